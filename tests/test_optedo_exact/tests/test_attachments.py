from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from tests.figures import note

from .common import ExactCommon

ENTRIES = "salesentry/SalesEntries"
DOCUMENTS = "documents/Documents"
ATTACHMENTS = "documents/DocumentAttachments"
MEGABYTE = 1024 * 1024


class TestAttachments(ExactCommon):
    """What the customer got stands on the entry in Exact, once, and never harms it."""

    connected = True

    def setUp(self):
        super().setUp()
        self.administration.attach_pdf = True
        self.export(self.invoice())  # the customer is known from here on
        self.sandbox.calls.clear()

    # --- helpers -------------------------------------------------------------

    def give_pdf(self, move, content=b"%PDF-1.4 what the customer got"):
        """The PDF that Send & Print makes and keeps on the invoice."""
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{move.name.replace('/', '_')}.pdf",
                "raw": content,
                "res_model": "account.move",
                "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
                "mimetype": "application/pdf",
            }
        )
        move.invalidate_recordset(["invoice_pdf_report_id", "invoice_pdf_report_file"])
        return attachment

    def send_and_print(self, move, **settings):
        """As a user does; reports are HTML where wkhtmltopdf is not there."""
        move._generate_and_send(sending_methods=["manual"], **settings)
        self.assertTrue(move.invoice_pdf_report_id)

    def printed_invoice(self, **values):
        move = self.invoice(**values)
        self.give_pdf(move)
        return move

    def documents(self, entry):
        """The documents in Exact of a booking of ours."""
        return list(self.books.documents.by("FinancialTransactionEntryID", entry.guid))

    def files(self, entry):
        """The names of the files on the one document of a booking."""
        [document] = self.documents(entry)
        found = self.books.attachments.by("Document", document["ID"])
        return sorted(file["FileName"] for file in found)

    def assert_attached_once(self, entry):
        self.assertEqual(entry.attach_state, "done")
        self.assertEqual(self.files(entry), [entry.move_id.invoice_pdf_report_id.name])

    def some_minutes_later(self):
        rows = self.env["exact.attachment"].sudo().search([("state", "=", "unknown")])
        for row in rows:
            row.unknown_since = fields.Datetime.subtract(row.unknown_since, minutes=6)

    def triggers(self):
        cron = self.administration.export_cron_id
        return self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", cron.id)])

    # --- what goes -----------------------------------------------------------

    def test_pdf_goes_with_the_booking_at_two_calls_more(self):
        move = self.printed_invoice()
        entry = self.export(move)
        self.assertEqual(entry.state, "exported")
        self.assert_attached_once(entry)
        note(f"calls of an export with its PDF: {len(self.calls())}")
        self.assertEqual(
            self.calls(),
            [
                f"POST /api/v1/1001/{ENTRIES}",
                f"POST /api/v1/1001/{DOCUMENTS}",
                f"POST /api/v1/1001/{ATTACHMENTS}",
            ],
        )
        [document] = self.documents(entry)
        self.assertEqual(entry.document_guid, document["ID"])
        self.assertEqual(document["Type"], 10)
        self.assertEqual(document["Subject"], f"{move.name} {self.customer.name}")
        self.assertEqual(document["Account"], self.customer.exact_account_ids.guid)
        self.assertEqual(float(document["AmountFC"]), move.amount_total)
        self.assertEqual(document["Currency"], "EUR")
        self.assertEqual(str(document["DocumentDate"])[:10], str(move.invoice_date))
        [booked] = self.books.entries(your_ref=move.name)
        self.assertEqual(booked["Document"], document["ID"], "seen from the entry")
        [file] = self.books.attachments.by("Document", document["ID"])
        self.assertEqual(file["Content"], move.invoice_pdf_report_id.raw)
        self.assertIn("(In Exact)", move.exact_files_text)
        self.assertNotIn("exact_files", move.alerts or {})

    def test_without_the_option_nothing_goes_and_nothing_is_kept(self):
        self.administration.attach_pdf = False
        entry = self.export(self.printed_invoice())
        self.run_export_job()
        self.assertEqual(self.calls(), [f"POST /api/v1/1001/{ENTRIES}"])
        self.assertFalse(entry.attach_state)
        self.assertFalse(entry.attachment_ids)
        self.assertFalse(entry.move_id.exact_files_text)

    def test_credit_note_in_foreign_currency(self):
        currency = self.setup_other_currency("USD", rates=[("2020-01-01", 1.25)])
        move = self.printed_invoice(move_type="out_refund", currency_id=currency.id)
        entry = self.export(move)
        self.assert_attached_once(entry)
        [document] = self.documents(entry)
        self.assertEqual(float(document["AmountFC"]), -move.amount_total)
        self.assertEqual(document["Currency"], "USD")

    def test_structured_file_goes_too(self):
        move = self.invoice()
        self.customer.invoice_edi_format = "ubl_bis3"
        self.company.vat = "BE0477472701"
        self.send_and_print(move, invoice_edi_format="ubl_bis3")
        xml = move.ubl_cii_xml_id
        self.assertTrue(xml, "Odoo made the structured file")
        entry = self.export(move)
        names = [move.invoice_pdf_report_id.name, xml.name]
        self.assertEqual(self.files(entry), sorted(names))
        self.assertEqual(
            sorted(entry.attachment_ids.mapped("kind")),
            ["document", "pdf", "structured"],
        )
        self.assertEqual(len(self.calls()), 4)

    # --- when it goes --------------------------------------------------------

    def test_what_is_not_sent_yet_waits_and_goes_once_it_was(self):
        move = self.invoice()
        entry = self.export(move)
        self.run_export_job()
        self.assertEqual(self.calls(), [f"POST /api/v1/1001/{ENTRIES}"])
        self.assertEqual(entry.attach_state, "todo")
        self.assertIn("until the invoice is sent", move.exact_files_text)
        before = self.triggers()
        self.send_and_print(move)
        self.assertTrue(self.triggers() - before, "Send & Print wakes the job")
        self.run_export_job()
        self.assert_attached_once(entry)

    def test_a_file_that_comes_later_joins_the_same_document(self):
        move = self.printed_invoice()
        entry = self.export(move)
        self.customer.invoice_edi_format = "ubl_bis3"
        self.company.vat = "BE0477472701"
        self.send_and_print(move, invoice_edi_format="ubl_bis3")
        self.assertEqual(entry.attach_state, "todo")
        self.sandbox.calls.clear()
        self.run_export_job()
        self.assertEqual(self.calls(), [f"POST /api/v1/1001/{ATTACHMENTS}"])
        self.assertEqual(len(self.files(entry)), 2)

    def test_a_file_that_comes_during_the_attempt_is_not_forgotten(self):
        move = self.printed_invoice()
        entry = self.export(move).sudo()
        self.customer.invoice_edi_format = "ubl_bis3"
        self.company.vat = "BE0477472701"
        self.send_and_print(move, invoice_edi_format="ubl_bis3")
        entry._exact_close_files()  # by an attempt that began before
        self.assertEqual(entry.attach_state, "todo")

    def test_a_file_that_odoo_no_longer_has_is_replaced(self):
        move = self.invoice()
        first = self.give_pdf(move, b"")
        entry = self.export(move)
        self.assertEqual(entry.attach_state, "refused")
        first.sudo().with_context(force_delete=True).unlink()
        self.give_pdf(move)
        self.attach(move)
        self.assert_attached_once(entry)

    def test_a_run_books_all_before_it_attaches(self):
        moves = [self.printed_invoice(), self.printed_invoice()]
        for move in moves:
            move.sudo()._exact_enqueue()
        self.run_export_job()
        for move in moves:
            self.assert_attached_once(move.exact_entry_id)
        paths = [call.rpartition("/")[2] for call in self.calls()]
        self.assertEqual(
            paths,
            ["SalesEntries"] * 2 + ["Documents", "DocumentAttachments"] * 2,
        )

    def test_switched_off_meanwhile_nothing_more_goes(self):
        move = self.invoice()
        entry = self.export(move)
        self.give_pdf(move)
        self.administration.attach_pdf = False
        self.run_export_job()
        self.assertFalse(self.documents(entry))
        with self.assertRaises(UserError):
            move.action_exact_attach()
        self.administration.attach_pdf = True
        self.run_export_job()
        self.assert_attached_once(entry)

    def test_booked_before_the_option_goes_at_a_users_wish_only(self):
        self.administration.attach_pdf = False
        move = self.printed_invoice()
        entry = self.export(move)
        self.administration.attach_pdf = True
        self.run_export_job()
        self.assertFalse(self.documents(entry))
        self.assertTrue(move.exact_can_attach)
        self.attach(move)
        self.assert_attached_once(entry)

    def test_what_is_being_removed_gets_no_files(self):
        move = self.invoice()
        entry = self.export(move)
        self.give_pdf(move)
        entry.sudo()._exact_move_to("undo")
        self.run_export_job()
        self.assertFalse(self.documents(entry))

    def test_a_new_booking_after_a_removed_one_gets_a_document_of_its_own(self):
        move = self.printed_invoice()
        entry = self.export(move)
        first = entry.document_guid
        entry.sudo()._exact_move_to("undo")
        entry.sudo()._exact_move_to("gone")
        self.assertFalse(entry.attach_state)
        self.export(move)
        self.assertNotEqual(entry.document_guid, first)
        self.assert_attached_once(entry)

    # --- exactly once --------------------------------------------------------

    def test_lost_answers_are_asked_about_and_nothing_is_sent_twice(self):
        for path in (DOCUMENTS, ATTACHMENTS):
            with self.subTest(path):
                self.sandbox.calls.clear()
                self.sandbox.faults.add("lose_answer", path=path, method="POST")
                entry = self.export(self.printed_invoice())
                self.assertEqual(entry.state, "exported")
                self.assert_attached_once(entry)
                self.assertIn(f"GET /api/v1/1001/{path}", self.calls())

    def test_what_arrives_late_is_adopted(self):
        for path in (DOCUMENTS, ATTACHMENTS):
            with self.subTest(path):
                self.sandbox.faults.add(
                    "book_late", path=path, method="POST", seconds=120
                )
                entry = self.export(self.printed_invoice())
                self.assertEqual(
                    (entry.state, entry.attach_state), ("exported", "todo")
                )
                self.run_export_job()  # too early to say that it is not there
                self.assertIn("unknown", entry.attachment_ids.mapped("state"))
                self.sandbox.clock.advance(seconds=121)
                self.some_minutes_later()
                self.run_export_job()
                self.assert_attached_once(entry)

    def test_what_never_arrived_goes_again_after_some_minutes(self):
        for path in (DOCUMENTS, ATTACHMENTS):
            with self.subTest(path):
                self.sandbox.faults.add("lose_request", path=path, method="POST")
                entry = self.export(self.printed_invoice())
                self.run_export_job()
                self.assertEqual(entry.attach_state, "todo")
                self.some_minutes_later()
                self.run_export_job()
                self.assert_attached_once(entry)

    def test_a_process_that_died_in_the_middle_is_asked_about(self):
        entry = self.export(self.printed_invoice())
        rows = entry.attachment_ids.sudo()
        document, file = rows
        # As it stood in the middle of the call for the document.
        self.books.delete("attachments", file.guid, 4)
        document.write({"state": "sending", "guid": False})
        file.write({"state": "new", "guid": False})
        entry.sudo().write({"attach_state": "todo", "document_guid": False})
        self.run_export_job()
        self.assert_attached_once(entry)
        # As it stood in the middle of the call for the file.
        file.write({"state": "sending", "guid": False})
        entry.sudo().attach_state = "todo"
        self.run_export_job()
        self.assert_attached_once(entry)

    def test_documents_of_others_on_the_entry_are_not_taken_for_ours(self):
        self.sandbox.faults.add("lose_request", path=DOCUMENTS, method="POST")
        entry = self.export(self.printed_invoice())
        self.books.insert(
            "documents",
            Subject="Order of the customer",
            Type=55,
            FinancialTransactionEntryID=entry.guid,
        )
        self.some_minutes_later()
        self.run_export_job()
        ours = [d for d in self.documents(entry) if d["ID"] == entry.document_guid]
        self.assertEqual(len(ours), 1)
        self.assertEqual(ours[0]["Type"], 10)

    # --- what goes wrong -----------------------------------------------------

    def attach(self, move):
        """Press the button on the form."""
        with self.side_cursors() as env:
            action = move.with_env(env).action_exact_attach()
            env.cr.commit()
        return action

    def test_refusal_leaves_the_booking_and_can_be_sent_again(self):
        for path in (DOCUMENTS, ATTACHMENTS):
            with self.subTest(path):
                self.sandbox.faults.add(
                    "server_error", path=path, method="POST", body="json"
                )
                move = self.printed_invoice()
                entry = self.export(move)
                self.assertEqual(
                    (entry.state, entry.attach_state, entry.issue_code),
                    ("exported", "refused", False),
                )
                alert = move.alerts["exact_files"]
                self.assertIn("Exact Online says:", alert["message"])
                self.assertIn("Refused", move.exact_files_text)
                self.sandbox.calls.clear()
                self.run_export_job()
                self.assertFalse(self.calls(), "a refusal is not repeated by itself")
                self.attach(move)
                self.assert_attached_once(entry)
                self.assertNotIn("exact_files", move.alerts or {})

    def test_document_that_was_deleted_in_exact_is_made_again(self):
        move = self.printed_invoice()
        self.sandbox.faults.add(
            "server_error", path=ATTACHMENTS, method="POST", body="json"
        )
        entry = self.export(move)
        self.books.delete("documents", entry.document_guid, 6)
        self.attach(move)
        self.assert_attached_once(entry)

    def test_file_that_is_too_large_is_named_without_a_call(self):
        move = self.invoice()
        self.give_pdf(move, b"x" * (25 * MEGABYTE + 1))
        entry = self.export(move)
        self.assertEqual((entry.state, entry.attach_state), ("exported", "refused"))
        self.assertEqual(self.calls(), [f"POST /api/v1/1001/{ENTRIES}"])
        message = move.alerts["exact_files"]["message"]
        self.assertIn(move.invoice_pdf_report_id.name, message)
        self.assertIn("25 MB", message)
        self.sandbox.calls.clear()
        self.assertEqual(move.alerts["exact_files"]["action_text"], "Leave it out")
        move.action_exact_leave_files()
        self.assertEqual(entry.attach_state, "left")
        self.assertNotIn("exact_files", move.alerts or {})
        self.assertIn("files_left", entry.log_ids.mapped("event"))
        self.run_export_job()
        self.assertFalse(self.calls())
        self.assertTrue(move.exact_can_attach, "who thinks better of it can")

    def test_missing_scope_is_said_and_goes_by_itself_once_it_is_there(self):
        self.sandbox.switches.change(missing_scopes="organization.documents")
        move = self.printed_invoice()
        entry = self.export(move)
        self.assertEqual((entry.state, entry.attach_state), ("exported", "todo"))
        self.assertIn("organization.documents", move.alerts["exact_files"]["message"])
        other = self.printed_invoice()
        other.sudo()._exact_enqueue()
        self.run_export_job()
        self.assertEqual(other.exact_state, "exported", "bookings go on")
        self.assertEqual(self.administration.issue_code, "attachments_forbidden")
        self.sandbox.switches.change(missing_scopes="")
        self.run_export_job()
        self.assert_attached_once(entry)
        self.assert_attached_once(other.exact_entry_id)
        self.assertFalse(self.administration.issue_code)

    def test_limit_and_connection_stop_quietly_and_go_on_later(self):
        for fault in ("too_many_requests", "maintenance"):
            with self.subTest(fault):
                self.sandbox.faults.add(fault, path="documents/", count=2)
                move = self.printed_invoice()
                entry = self.export(move)
                self.assertEqual(
                    (entry.state, entry.attach_state), ("exported", "todo")
                )
                self.assertNotIn("exact_files", move.alerts or {})
                self.env["exact.quota"].sudo().search([]).data = False
                self.some_minutes_later()
                self.sandbox.faults.clear()
                self.run_export_job()
                self.assert_attached_once(entry)

    def test_a_fault_of_our_own_is_said_and_does_not_stop_the_others(self):
        first, second = self.printed_invoice(), self.printed_invoice()
        for move in (first, second):
            move.sudo()._exact_enqueue()
        self.run_export_job_with_a_broken_file(first)
        self.assertEqual(first.exact_entry_id.attach_state, "refused")
        self.assertIn("log of Odoo", first.alerts["exact_files"]["message"])
        self.assert_attached_once(second.exact_entry_id)

    def run_export_job_with_a_broken_file(self, move):
        """The PDF of an invoice cannot be read at all: a fault nobody thought of."""
        attachment = self.env.registry["ir.attachment"]
        broken = move.invoice_pdf_report_id.id
        original = attachment._compute_raw

        def compute_raw(records):
            if broken in records.ids:
                raise OSError("the disk is broken")
            return original(records)

        self.patch(attachment, "_compute_raw", compute_raw)
        with self.assertLogs("odoo.addons.optedo_exact", "ERROR"):
            self.run_export_job()

    def test_file_that_is_gone_is_named(self):
        move = self.invoice()
        self.give_pdf(move, b"")
        entry = self.export(move)
        self.assertEqual(entry.attach_state, "refused")
        self.assertIn("empty", move.alerts["exact_files"]["message"])

    # --- rights --------------------------------------------------------------

    def test_rights(self):
        clerk = new_test_user(
            self.env,
            "clerk",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        employee = new_test_user(
            self.env,
            "employee",
            "base.group_user",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        move = self.printed_invoice()
        with self.side_cursors() as env:
            move.with_env(env(user=clerk)).action_exact_export()
            env.cr.commit()
        entry = move.exact_entry_id
        self.assert_attached_once(entry)
        mine = move.with_user(clerk)
        self.assertIn("(In Exact)", mine.exact_files_text)
        rows = entry.attachment_ids
        self.assertEqual(rows.with_user(clerk).mapped("state"), ["sent", "sent"])
        for user in (clerk, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                rows.with_user(user).write({"state": "new"})
            with self.assertRaises(AccessError):
                entry.with_user(user).write({"attach_state": "todo"})
        with self.assertRaises(AccessError):
            self.env["exact.attachment"].with_user(employee).search([])
        with self.assertRaises(AccessError):
            move.with_user(employee).action_exact_attach()
        with self.assertRaises(AccessError):
            move.with_user(employee).action_exact_leave_files()
        other = self.setup_other_company()["company"]
        clerk.write({"company_ids": [(4, other.id)], "company_id": other.id})
        elsewhere = rows.with_user(clerk).with_context(allowed_company_ids=other.ids)
        self.assertFalse(elsewhere.search([]))
