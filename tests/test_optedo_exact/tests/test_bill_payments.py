from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_bill_round_trip import RoundTripCommon


@tagged("post_install", "-at_install")
class TestBillPayments(RoundTripCommon):
    """What Exact pays of a bill reaches that bill in Odoo, and nobody pays it twice."""

    def setUp(self):
        super().setUp()
        self.administration.write(
            {"import_payments": True, "supplier_payer": "exact", "payment_share": 100}
        )
        self.day = fields.Date.today() - timedelta(days=1)

    def pay(self, bill, amount=None):
        """The accountant pays, and Odoo hears of it."""
        self.books.pay(bill.exact_entry_guid, amount, date=self.day)
        self.check_payments()
        self.env.invalidate_all()

    def own(self, bill):
        return self.env["exact.payment.import"]._own_payments(bill.exact_entry_id)

    def assert_not_paid_in_odoo(self, bill):
        with self.assertRaisesRegex(UserError, "suppliers are paid there"):
            bill.action_register_payment()
        with self.assertRaisesRegex(UserError, "suppliers are paid there"):
            self._register_payment(bill)

    def assert_follows(self, bill):
        """Paid in part, then the rest; the rest is not paid in Odoo meanwhile."""
        self.assertEqual(bill.amount_total, 121)
        self.assert_not_paid_in_odoo(bill)
        self.pay(bill, 50)
        self.assertEqual((bill.payment_state, bill.amount_residual), ("partial", 71))
        self.assert_not_paid_in_odoo(bill)
        self.pay(bill)
        self.assertEqual((bill.payment_state, bill.amount_residual), ("paid", 0))
        payments = self.own(bill)
        self.assertEqual(sorted(payments.mapped("amount")), [50, 71])
        self.assertEqual(set(payments.mapped("payment_type")), {"outbound"})
        self.assertEqual(set(payments.mapped("date")), {self.day})
        self.check_payments()
        self.assertEqual(self.own(bill), payments, "once each")

    def test_a_bill_that_came_from_exact(self):
        entry = self.book()
        self.import_bills()
        bill = self.rows().move_id
        self.assertEqual(bill.exact_entry_guid, entry["EntryID"])
        self.assert_follows(bill)

    def test_a_bill_that_was_delivered_and_met_its_entry(self):
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        entry = self.book_document(self.documents()[0])
        self.import_bills()
        self.assert_met(bill, entry)
        self.assert_follows(bill)

    def test_a_bill_that_was_booked_with_another_total(self):
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        self.book_document(self.documents()[0], amount=90)
        self.import_bills()
        entry = bill.exact_entry_id
        self.assertEqual(
            (entry.issue_code, entry.booked_total), ("bill_differs", 108.9)
        )
        self.pay(bill, 50)
        self.assertEqual((bill.payment_state, bill.amount_residual), ("partial", 71))
        self.pay(bill)
        self.assertEqual((bill.payment_state, bill.amount_residual), ("partial", 12.1))
        self.assertEqual(entry.issue_code, "bill_differs")

    def test_a_bill_that_was_booked_where_none_come_in(self):
        self.administration.import_bills = "no"
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        self.look()
        self.book_document(self.documents()[0])
        self.look()
        self.assert_follows(bill)

    def test_paid_in_exact_while_it_is_a_draft_in_odoo(self):
        self.administration.import_bills = "draft"
        self.book()
        self.import_bills()
        bill = self.rows().move_id
        self.pay(bill)
        self.assertEqual((bill.state, bill.payment_state), ("draft", "not_paid"))
        bill.action_post()
        self.check_payments()
        self.env.invalidate_all()
        self.assertEqual((bill.payment_state, len(self.own(bill))), ("paid", 1))

    def test_taken_back_in_exact(self):
        self.book()
        self.import_bills()
        bill = self.rows().move_id
        self.pay(bill)
        self.books.take_back(bill.exact_entry_guid)
        self.check_payments()
        self.env.invalidate_all()
        self.assertEqual((bill.payment_state, bill.amount_residual), ("not_paid", 121))

    def test_a_credit_note_of_a_supplier(self):
        self.book(self.line(-100))
        self.import_bills()
        bill = self.rows().move_id
        self.assertEqual(bill.move_type, "in_refund")
        self.pay(bill, 21)
        self.assertEqual((bill.payment_state, bill.amount_residual), ("partial", 100))
        self.assertEqual(self.own(bill).payment_type, "inbound")
        self.pay(bill)
        self.assertEqual(bill.payment_state, "paid")

    def test_a_bill_that_is_not_in_exact_is_paid_in_odoo(self):
        bill = self.bill(ref="HERE")
        self._register_payment(bill)
        self.assertIn(bill.payment_state, ("paid", "in_payment"))
