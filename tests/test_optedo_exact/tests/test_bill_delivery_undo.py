from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from exact_sandbox import postbox
from exact_sandbox.books import documents

from .bills import SENDER, BillCommon


@tagged("post_install", "-at_install")
class TestBillTakenBack(BillCommon):
    def test_the_document_is_removed_and_the_bill_goes_again(self):
        bill = self.bill()
        self.deliver(bill)
        self.assertFalse(self.take_back(bill))
        self.assertEqual(bill.exact_state, "none")
        self.assertEqual(self.documents(), [])
        self.assertFalse(bill.exact_entry_id.document_guid)
        self.assertEqual(bill.exact_log_ids[-1:].mapped("event"), ["queue"])
        self.assertIn("Wrong file", bill.exact_log_ids.mapped("reason"))
        self.assertEqual(self.deliver(bill).state, "delivered")
        self.assertEqual(len(self.documents()), 1)

    def test_a_booked_one_stays(self):
        bill = self.bill()
        self.deliver(bill)
        self.book(self.documents()[0])
        self.assertEqual(self.take_back(bill), "undo_delivery_booked")
        self.assertEqual(bill.exact_state, "delivered")
        self.assertEqual(len(self.documents()), 1)

    def test_one_that_never_arrived_needs_a_persons_word(self):
        postbox.forbid(self.books, SENDER)
        bill = self.bill()
        self.deliver(bill)
        self.assertEqual(self.take_back(bill), "undo_delivery_not_seen")
        self.assertEqual(bill.exact_state, "delivered")
        self.assertFalse(self.take_back(bill, by_hand=True))
        self.assertEqual(bill.exact_state, "none")

    def test_a_lost_answer_is_asked_about(self):
        bill = self.bill()
        self.deliver(bill)
        self.sandbox.faults.add("lose_answer", method="DELETE")
        self.assertFalse(self.take_back(bill))
        self.assertEqual(bill.exact_state, "none")

    def two_documents(self):
        """A bill that arrived twice; the documents in the order of their removal."""
        bill = self.bill()
        self.deliver(bill)
        subject = self.documents()[0]["Subject"]
        with self.books.atomic():
            documents.create(self.books, Subject=subject, Type=20)
        self.ask(bill)
        return bill

    def test_the_second_of_two_documents_is_refused(self):
        bill = self.two_documents()
        self.sandbox.faults.add("server_error", method="DELETE", status=500, skip=1)
        self.assertEqual(self.take_back(bill), "undo_delivery_partly")
        entry = bill.exact_entry_id
        [left] = self.documents()
        self.assertEqual((entry.state, entry.document_guid), ("delivered", left["ID"]))
        self.assertIn("1 gone, 1 still there", entry.issue_message)
        self.assertFalse(self.take_back(bill))
        self.assertEqual((bill.exact_state, self.documents()), ("none", []))

    def test_the_answer_to_the_second_is_lost_and_it_stays(self):
        bill = self.two_documents()
        self.sandbox.faults.add("lose_request", method="DELETE", skip=1)
        self.take_back(bill)
        self.later(minutes=10)
        bill.exact_entry_id.sudo().unknown_since = fields.Datetime.subtract(
            fields.Datetime.now(), minutes=10
        )
        self.run_export_job()
        entry = bill.exact_entry_id
        [left] = self.documents()
        self.assertEqual((entry.state, entry.document_guid), ("delivered", left["ID"]))
        self.assertEqual(entry.issue_code, "undo_delivery_partly")

    def test_it_needs_the_right(self):
        bill = self.bill()
        self.deliver(bill)
        with self.assertRaises(AccessError):
            bill.with_user(self.simple_accountman).action_exact_undo_delivery()

    def test_delivered_by_hand(self):
        bill = self.bill()
        wizard = self.env["exact.mark"].create(
            {"move_ids": [Command.set(bill.ids)], "reason": "Uploaded in Exact"}
        )
        self.assertEqual(wizard.count, 1)
        wizard.action_mark()
        self.assertEqual(bill.exact_state, "marked")
        with self.assertRaisesRegex(UserError, "not delivered again"):
            self.deliver(bill)
        bill.action_exact_unmark()
        self.assertEqual(self.deliver(bill).state, "delivered")
