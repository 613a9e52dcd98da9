from datetime import timedelta
from unittest.mock import patch
from urllib.parse import unquote_plus

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.optedo_exact.exact import bills
from odoo.addons.optedo_exact.exact.errors import Refused

from exact_sandbox import postbox
from exact_sandbox.books import documents

from . import bills as outgoing
from . import test_bill_import as incoming
from .bills import SENDER, pdf


class RoundTripCommon(incoming.BillCommon, outgoing.BillCommon):
    """Bills are mailed to Exact, booked there from their document, and come back."""

    bill = outgoing.BillCommon.bill  # one that goes out

    def setUp(self):
        super().setUp()
        self.administration.deliver_draft_bills = True

    def book_document(self, document, amount=100, **values):
        """The accountant books a bill from its document, as it arrived."""
        return self.books.book_purchase(
            document["ID"],
            supplier=self.supplier_in_exact,
            lines=[self.line(amount)],
            **{"YourRef": "F-77"} | values,
        )

    def scan(self, ref=False):
        """A draft that is only a file: Exact does the typing."""
        return self.bill(
            post=False,
            partner_id=False,
            ref=ref,
            invoice_line_ids=[],
            invoice_date=False,
        )

    def bills(self):
        return self.env["account.move"].search(
            [
                ("company_id", "child_of", self.company.id),
                ("move_type", "in", ("in_invoice", "in_refund")),
            ]
        )

    def look(self):
        """The job looks for deliveries, some hours later."""
        self.administration.sudo().write(
            {"deliveries_asked_at": False, "bookings_asked_at": False}
        )
        self.run_export_job()
        self.env.invalidate_all()

    def assert_met(self, bill, entry, state="exported"):
        self.env.invalidate_all()
        self.assertEqual(self.bills(), bill, "no second bill")
        self.assertEqual(bill.exact_state, state)
        self.assertEqual(bill.exact_entry_guid, entry["EntryID"])
        self.assertEqual(bill.exact_entry_number, str(entry["EntryNumber"]))


@tagged("post_install", "-at_install")
class TestBillRoundTrip(RoundTripCommon):
    """What was delivered and is booked there completes that bill: never a second."""

    def test_booked_before_anybody_looked_whether_it_arrived(self):
        bill = self.scan()
        self.deliver(bill)
        [document] = self.documents()
        entry = self.book_document(document)
        self.assertFalse(bill.exact_entry_id.seen_at)
        self.import_bills()
        self.assert_met(bill, entry)
        self.assertTrue(bill.exact_entry_id.seen_at)

    def test_an_empty_draft_is_completed_to_the_cent(self):
        bill = self.scan()
        self.deliver(bill)
        entry = self.book_document(self.documents()[0], 99.95)
        self.import_bills()
        self.assert_met(bill, entry)
        self.assertEqual(bill.state, "posted")
        self.assertEqual(bill.ref, "F-77")
        self.assertEqual(bill.partner_id.name, "Drukkerij Peeters NV")
        self.assertAlmostEqual(bill.amount_total, float(entry["AmountFC"]), 2)
        self.assertFalse(bill.exact_entry_id.issue_code)

    def test_an_empty_draft_becomes_the_credit_note_that_it_is(self):
        bill = self.scan()
        self.deliver(bill)
        entry = self.book_document(self.documents()[0], -40)
        self.import_bills()
        self.assert_met(bill, entry)
        self.assertEqual((bill.move_type, bill.amount_total), ("in_refund", 48.4))
        self.assertFalse(bill.exact_entry_id.issue_code)

    def test_a_bill_that_is_a_credit_note_in_exact_is_said(self):
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        entry = self.book_document(self.documents()[0], -100)
        self.import_bills()
        self.assert_met(bill, entry)
        self.assertIn("credit note", bill.exact_entry_id.issue_message)

    def test_what_differs_is_shown_on_the_bill(self):
        bill = self.bill(ref="OURS")
        self.deliver(bill)
        entry = self.book_document(self.documents()[0], 110)
        self.import_bills()
        self.assert_met(bill, entry)
        message = bill.exact_entry_id.issue_message
        self.assertIn("total 121.00 ≠ 133.10", message)
        self.assertIn("reference OURS ≠ F-77", message)
        self.assertEqual(bill.amount_total, 121)

    def test_another_supplier_in_exact_is_shown_on_the_bill(self):
        bill = self.bill(ref="F-77")
        self.assertEqual(bill.partner_id.name, "Télécom NV")
        self.deliver(bill)
        entry = self.book_document(self.documents()[0])
        self.import_bills()
        self.assert_met(bill, entry)
        self.assertIn(
            "supplier Télécom NV ≠ Drukkerij Peeters NV",
            bill.exact_entry_id.issue_message,
        )

    def test_the_same_supplier_by_its_number_is_no_difference(self):
        self.supplier.vat = "BE0428759497"
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        entry = self.book_document(self.documents()[0])
        self.import_bills()
        self.assert_met(bill, entry)
        self.assertFalse(bill.exact_entry_id.issue_code)

    def test_what_would_come_names_the_bill_that_was_delivered(self):
        self.administration.sudo().bills_started = False
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        self.book_document(self.documents()[0])
        self.import_bills()
        row = self.rows()
        self.assertEqual((row.state, row.foreseen_move_id), ("ready", bill))
        self.assertEqual(bill.exact_state, "delivered")

    def test_a_mail_that_was_perhaps_sent_and_was_booked(self):
        bill = self.scan()
        self.deliver(bill)
        bill.exact_entry_id.sudo().write({"state": "unknown", "delivered_at": False})
        entry = self.book_document(self.documents()[0])
        self.import_bills()
        self.assert_met(bill, entry)

    def test_a_process_that_died_while_mailing(self):
        """The bill is in no state to meet; the entry waits instead of doubling it."""
        bill = self.scan()
        self.deliver(bill)
        bill.exact_entry_id.sudo().state = "sending"
        entry = self.book_document(self.documents()[0])
        self.import_bills()
        row = self.rows()
        self.assertEqual((row.state, row.issue_code), ("ready", "bill_busy"))
        self.assertEqual(self.bills(), bill)
        self.run_export_job()  # finds out what became of it
        self.import_bills()
        self.assert_met(bill, entry)
        self.assertFalse(self.rows().issue_code)

    def test_the_second_document_of_a_bill_is_booked(self):
        bill = self.scan()
        self.deliver(bill)
        self.ask(bill)
        second = self.receive(name=bill.exact_entry_id.sent["name"])
        entry = self.book_document({"ID": second})
        self.assertNotEqual(bill.exact_entry_id.document_guid, second)
        self.import_bills()
        self.assert_met(bill, entry)

    def test_a_renamed_document_is_known_by_its_file(self):
        bill = self.scan()
        self.deliver(bill)
        [document] = self.documents()
        with self.books.atomic():
            self.books.update("documents", document, Subject="Telecom, October")
        entry = self.book_document(document)
        self.import_bills()
        self.assert_met(bill, entry)

    def test_a_file_that_was_put_on_another_document(self):
        """Neither the document nor its subject is ours, the file is."""
        bill = self.scan()
        self.deliver(bill)
        self.ask(bill)
        [(name, content)] = self.files(self.documents()[0])
        other = self.receive(name="Purchase invoice")
        for attachment in list(self.books.attachments):
            if attachment["Document"] == other:
                with self.books.atomic():
                    self.books.update("attachments", attachment, FileName=name)
        entry = self.book_document({"ID": other})
        self.import_bills()
        self.assert_met(bill, entry)

    def test_no_open_delivery_costs_no_call_for_names(self):
        self.book()
        self.sandbox.calls.clear()
        self.import_bills()
        self.assertNotIn("Documents/Documents", " ".join(self.calls()))

    def test_taken_back_by_a_persons_word_it_came_all_the_same(self):
        postbox.forbid(self.books, SENDER)
        bill = self.scan()
        self.deliver(bill)
        self.assertFalse(self.take_back(bill, by_hand=True))
        document = self.receive(name=bill._exact_delivery_name())
        entry = self.book_document({"ID": document})
        self.import_bills()
        self.assert_met(bill, entry)

    def test_booked_again_after_a_deletion_it_meets_the_same_bill(self):
        self.supplier.vat = "BE0428759497"  # who it is in Exact
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        [document] = self.documents()
        first = self.book_document(document)
        self.import_bills()
        self.assert_met(bill, first)
        self.books.delete_entry(first["EntryID"])
        self.import_bills()
        self.assertEqual(bill.exact_entry_id.issue_code, "bill_deleted")
        second = self.book_document(document)
        self.import_bills()
        self.assert_met(bill, second)
        self.assertFalse(bill.exact_entry_id.issue_code)

    def test_an_imported_bill_that_was_booked_again_in_exact(self):
        first = self.book()
        self.import_bills()
        bill = self.rows().move_id
        self.books.delete_entry(first["EntryID"])
        second = self.book()
        self.import_bills()
        self.assert_met(bill, second, "imported")

    def test_two_entries_on_documents_of_one_bill_ask(self):
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        first = self.book_document(self.documents()[0])
        self.import_bills()
        second = self.receive(name=bill.exact_entry_id.sent["name"])
        self.book_document({"ID": second}, YourRef="F-78")
        self.import_bills()
        row = self.rows()[-1]
        self.assertEqual((row.state, row.issue_code), ("problem", "bill_booked_twice"))
        self.assertIn(str(first["EntryNumber"]), row.issue_message)
        self.assert_met(bill, first)

    def test_a_bill_of_a_branch_meets_its_entry(self):
        branch = self.env["res.company"].create(
            {
                "name": "Branch",
                "parent_id": self.company.id,
                "country_id": self.company.country_id.id,
            }
        )
        self.env.user.company_ids += branch
        self.cr.precommit.run()  # load the chart of accounts of the branch
        bill = self.bill(ref="F-77", company_id=branch.id)
        self.assertEqual(bill.company_id, branch)
        self.deliver(bill)
        entry = self.book_document(self.documents()[0])
        self.import_bills()
        self.assert_met(bill, entry)
        self.assertEqual(bill.company_id, branch)


@tagged("post_install", "-at_install")
class TestBillBookedWithoutImport(RoundTripCommon):
    """Where bills do not come in, the link still sees which ones were booked."""

    def setUp(self):
        super().setUp()
        self.administration.import_bills = "no"
        self.administration.sudo().bills_started = False

    def test_a_booked_bill_leaves_the_list(self):
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        self.look()
        self.assertEqual(bill.exact_state, "delivered")
        entry = self.book_document(self.documents()[0], 110)
        self.look()
        self.assert_met(bill, entry)
        self.assertIn("121.00 ≠ 133.10", bill.exact_entry_id.issue_message)

    def test_a_draft_is_not_typed_in_and_no_supplier_is_made(self):
        bill = self.scan()
        self.deliver(bill)
        entry = self.book_document(self.documents()[0])
        partners = self.env["res.partner"].search_count([])
        self.look()
        self.assert_met(bill, entry)
        self.assertFalse(bill.invoice_line_ids or bill.partner_id)
        self.assertEqual(bill.state, "draft")
        self.assertEqual(self.env["res.partner"].search_count([]), partners)

    def test_a_bill_as_a_document(self):
        self.deliver_by("document")
        self.administration.deliver_draft_bills = False
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        entry = self.book_document(self.documents()[0])
        self.look()
        self.assert_met(bill, entry)

    def test_ask_exact_sees_it_at_once(self):
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        self.ask(bill)
        entry = self.book_document(self.documents()[0])
        self.ask(bill)
        self.assert_met(bill, entry)

    def test_the_second_of_two_documents_was_booked(self):
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        second = self.receive(name=bill.exact_entry_id.sent["name"])
        self.look()
        self.assertEqual(bill.exact_entry_id.issue_code, "delivered_twice")
        entry = self.book_document({"ID": second})
        self.look()
        self.assert_met(bill, entry)

    def test_a_question_names_few_documents_where_bills_have_several(self):
        bill, other = self.bill(ref="F-77"), self.bill(ref="F-78")
        for move in bill + other:
            self.deliver(move)
            self.receive(name=move.exact_entry_id.sent["name"])
        self.look()
        self.assertEqual(len(bill.exact_entry_id._exact_documents()), 2)
        self.sandbox.calls.clear()
        with patch.object(bills, "BATCH", 3):
            self.look()
        queries = [
            unquote_plus(call.query)
            for call in self.sandbox.calls
            if call.path.endswith("Documents/Documents")
        ]
        named = [query.count("ID eq") for query in queries if "ID eq" in query]
        self.assertEqual(sorted(named), [1, 3])
        self.assertFalse(other.exact_entry_id.guid)

    def test_bills_of_before_the_start_of_the_import(self):
        self.administration.write(
            {"import_bills": "posted", "import_bills_from": fields.Date.today()}
        )
        self.administration.sudo().bills_started = True
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        day = fields.Datetime.now() - timedelta(days=40)
        entry = self.book_document(self.documents()[0], EntryDate=day)
        self.import_bills()
        self.assertEqual(bill.exact_state, "delivered")
        self.look()
        self.assert_met(bill, entry)

    def test_a_document_that_was_removed_in_exact_is_said(self):
        bill = self.bill(ref="F-77")
        self.deliver(bill)
        self.look()
        [document] = self.documents()
        with self.books.atomic():
            documents.remove(self.books, document)
        self.look()
        self.assertEqual(bill.exact_state, "delivered")
        self.assertEqual(bill.exact_entry_id.issue_code, "delivery_gone")
        self.assertFalse(self.take_back(bill, by_hand=True))
        self.assertEqual(self.deliver(bill).state, "delivered")

    def test_a_look_costs_one_call_for_fifty_and_is_not_repeated(self):
        for number in range(3):
            self.deliver(self.bill(ref=f"F{number}"))
        self.look()
        self.administration.sudo().bookings_asked_at = False
        self.sandbox.calls.clear()
        self.run_export_job()
        self.assertEqual(len(self.calls()), 1)
        self.run_export_job()
        self.assertEqual(len(self.calls()), 1)


@tagged("post_install", "-at_install")
class TestBillFiles(RoundTripCommon):
    """Files that nobody can read, and large ones, on their way in (out: deliveries)."""

    def came_with(self, content):
        document = self.receive(content=content)
        self.book_document({"ID": document})
        self.import_bills()
        return self.rows()

    def test_an_encrypted_pdf_comes_as_it_is(self):
        content = pdf(password="secret")
        row = self.came_with(content)
        self.assertEqual(row.state, "done", row.issue_message)
        self.assertEqual(row.move_id.attachment_ids.raw, content)

    def test_a_file_of_30_megabytes_stays_in_exact_and_is_said(self):
        row = self.came_with(pdf() + b"\n" * (30 * 1024 * 1024))
        self.assertEqual(row.state, "done", row.issue_message)
        self.assertFalse(row.move_id.attachment_ids)
        self.assertIn("25 MB", row.file_issue)


@tagged("post_install", "-at_install")
class TestBillStandsThere(RoundTripCommon):
    """Before an old or refused bill goes, Exact is asked for it (product F12)."""

    def old(self, **values):
        day = fields.Date.today() - timedelta(days=5)
        return self.bill(**{"ref": "F-77", "invoice_date": day} | values)

    def by_hand(self, **values):
        """The accountant booked the bill on paper."""
        return self.book(**{"YourRef": "F-77"} | values)

    def adopt(self, bill):
        with self.side_cursors() as env:
            action = bill.with_env(env).action_exact_adopt()
            env.cr.commit()
        return self.env[action["res_model"]].browse(action["res_id"])

    def tie_supplier(self, guid):
        link = self.env["exact.party"]._link(self.supplier, self.administration)
        link.sudo().write({"guid": guid, "state": "linked"})

    def test_an_old_bill_that_stands_there_is_not_delivered(self):
        entry = self.by_hand()
        bill = self.old()
        delivery = self.deliver(bill)
        self.assertEqual(
            (delivery.state, delivery.issue_code), ("blocked", "stands_there")
        )
        self.assertIn(str(entry["EntryNumber"]), delivery.issue_message)
        self.assertEqual(self.mails(), [])

    def test_it_is_linked_and_an_import_brings_no_second(self):
        entry = self.by_hand()
        bill = self.old()
        self.deliver(bill)
        wizard = self.adopt(bill)
        line = wizard.line_ids
        self.assertEqual(line.customer, "Drukkerij Peeters NV")
        self.assertIn("date", line.remark)
        line.chosen = True
        wizard.action_adopt()
        self.import_bills()
        self.assert_met(bill, entry)

    def test_it_is_another_one_and_goes(self):
        self.by_hand()
        bill = self.old()
        self.deliver(bill)
        wizard = self.adopt(bill)
        with self.side_cursors() as env:
            wizard.with_env(env).action_another()
            env.cr.commit()
        self.assertEqual(bill.exact_state, "delivered")

    def test_the_reference_of_another_supplier_keeps_nothing_back(self):
        self.by_hand()
        self.tie_supplier(self.books.coded("accounts", "2")["ID"])
        self.assertEqual(self.deliver(self.old()).state, "delivered")

    def test_a_supplier_that_is_not_tied_is_known_by_the_amount(self):
        self.by_hand()
        bill = self.old(ref="f-77")
        bill_of_another_amount = self.old(
            invoice_line_ids=[
                Command.create({"name": "Line", "price_unit": 7.0, "tax_ids": False})
            ]
        )
        self.assertEqual(self.deliver(bill).state, "blocked")
        self.assertEqual(self.deliver(bill_of_another_amount).state, "delivered")

    def test_a_refused_bill_is_asked_for(self):
        bill = self.bill(ref="F-77")
        with patch.object(
            type(self.env["exact.postbox"]),
            "_hand_over",
            side_effect=Refused("mail_refused", answer="no"),
        ):
            self.deliver(bill)
        self.assertEqual(bill.exact_state, "rejected")
        self.by_hand()
        self.assertEqual(self.deliver(bill).issue_code, "stands_there")

    def test_a_run_asks_once_for_many(self):
        self.by_hand()
        bills = [self.old(ref=f"F-{number}") for number in range(76, 80)]
        for bill in bills:
            bill._exact_enqueue()
        self.sandbox.calls.clear()
        self.run_export_job()
        self.env.invalidate_all()
        states = [bill.exact_state for bill in bills]
        self.assertEqual(states, ["delivered", "blocked", "delivered", "delivered"])
        asked = [call for call in self.calls() if "PurchaseEntries" in call]
        self.assertEqual(len(asked), 1)

    def test_who_may_not_see_purchases_delivers_all_the_same(self):
        self.sandbox.switches.change(denied_services="purchaseentry")
        self.assertEqual(self.deliver(self.old()).state, "delivered")

    def test_a_new_bill_costs_no_call(self):
        bill = self.bill(ref="F-77")
        self.sandbox.calls.clear()
        self.deliver(bill)
        self.assertEqual(self.calls(), [])
