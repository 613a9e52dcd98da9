from datetime import timedelta

from odoo import fields

from .common import ExactCommon


class TestPayments(ExactCommon):
    """What the accountant books in Exact shows on the invoice in Odoo."""

    connected = True

    def setUp(self):
        super().setUp()
        self.administration.import_payments = True
        self.day = fields.Date.today() - timedelta(days=1)

    def exported(self, *args, **kwargs):
        move = self.invoice(*args, **kwargs)
        self.assertEqual(self.export(move).state, "exported")
        return move

    def own_payments(self, move):
        return self.env["exact.payment.import"]._own_payments(move.exact_entry_id)

    def test_full_payment(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid, date=self.day)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        [payment] = self.own_payments(move)
        self.assertEqual(payment.date, self.day)
        self.assertEqual(payment.amount, move.amount_total)
        self.assertEqual(payment.journal_id, self.administration.payment_journal_id)
        self.assertEqual(payment.state, "paid")

    def test_part_then_the_rest(self):
        move = self.exported([100.0])
        self.books.pay(move.exact_entry_guid, 50, date=self.day)
        self.check_payments()
        self.assertEqual(move.payment_state, "partial")
        self.assertEqual(move.amount_residual, 71.0)
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(sorted(self.own_payments(move).mapped("amount")), [50, 71])

    def test_part_payment_where_a_settled_part_loses_its_amount(self):
        self.sandbox.switches.change(matched_amount_zero=True)
        self.addCleanup(self.sandbox.switches.change, matched_amount_zero=False)
        self.test_part_then_the_rest()

    def test_open_amounts_of_either_sign_read_the_same(self):
        self.sandbox.switches.change(receivable_sign=1)
        self.addCleanup(self.sandbox.switches.change, receivable_sign=-1)
        self.test_part_then_the_rest()

    def test_split_terms_that_keep_the_other_id(self):
        self.sandbox.switches.change(split_keeps_open_id=False)
        self.addCleanup(self.sandbox.switches.change, split_keeps_open_id=True)
        self.test_part_then_the_rest()

    def test_same_news_again_changes_nothing(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.administration.sudo().payment_cursor = "1"
        self.check_payments()
        self.assertEqual(len(self.own_payments(move)), 1)

    def test_nothing_changed_costs_two_calls(self):
        self.exported()
        self.check_payments()
        self.sandbox.calls.clear()
        self.check_payments()
        self.assertEqual(
            self.calls(),
            [
                "GET /api/v1/1001/sync/Deleted",
                "GET /api/v1/1001/sync/Cashflow/PaymentTerms",
            ],
        )

    def test_a_payment_that_is_not_the_last_of_its_journal_is_taken_back(self):
        move, other = self.exported(), self.exported()
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        [payment] = self.own_payments(move)
        self.books.pay(other.exact_entry_guid)
        self.check_payments()
        self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual((payment.state, payment.move_id.state), ("canceled", "cancel"))
        self.assertFalse(payment.exact_counter_id)
        self.assertEqual(move.payment_state, "not_paid")
        self.assertEqual(other.payment_state, "paid")

    def test_payment_that_is_taken_back(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "not_paid")
        self.assertFalse(self.own_payments(move))

    def test_credit_note_that_is_paid_out(self):
        move = self.exported([40.0], move_type="out_refund")
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(self.own_payments(move).payment_type, "outbound")

    def test_foreign_currency(self):
        currency = self.setup_other_currency("USD", rates=[("2020-01-01", 1.1234567)])
        move = self.exported([100.0], currency_id=currency.id)
        self.books.pay(move.exact_entry_guid, 21)
        self.check_payments()
        self.assertEqual(move.amount_residual, 100)
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")

    def test_payment_of_a_user_in_odoo_is_left_alone(self):
        move = self.exported()
        self._register_payment(move)
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertFalse(self.own_payments(move))
        self.assertIn(move.payment_state, ("paid", "in_payment"))

    def test_broken_page_moves_no_cursor_and_pays_nothing(self):
        move = self.exported()
        self.check_payments()
        before = self.administration.payment_cursor
        self.books.pay(move.exact_entry_guid)
        self.sandbox.faults.add("truncate", path="PaymentTerms")
        with self.enter_registry_test_mode():
            self.administration.payment_cron_id.sudo().method_direct_trigger()
        self.assertEqual(self.administration.payment_cursor, before)
        self.assertEqual(move.payment_state, "not_paid")
        self.assertIn(self.administration.issue_code, ("answer_broken", "no_answer"))
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")

    def test_payment_that_came_before_the_answer_was_found(self):
        self.export(self.invoice())
        self.sandbox.faults.add(
            "book_late", path="SalesEntries", method="POST", seconds=60
        )
        move = self.invoice([75.0])
        self.export(move)
        self.sandbox.clock.advance(seconds=61)
        self.sandbox.authorise()  # anything that lets the sandbox look at its clock
        [booked] = self.books.entries(your_ref=move.name) or self.late(move)
        self.books.pay(booked["EntryID"])
        self.check_payments()
        self.export(move)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")

    def late(self, move):
        """Any call lets the sandbox carry out what is due."""
        self.check_payments()
        return self.books.entries(your_ref=move.name)
