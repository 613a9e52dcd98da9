from odoo import fields
from odoo.tests import tagged

from .bills import UBL, BillCommon, pdf


@tagged("post_install", "-at_install")
class TestBillsInBulk(BillCommon):
    """Bills go with the same page before, run and history as sales invoices."""

    def page(self, moves=None):
        pages = self.env["exact.synchronise"]
        if moves is None:
            return pages._make(self.administration, "all")
        return pages._make(self.administration, "selection", moves.ids)

    def start(self, moves=None):
        with self.side_cursors() as env:
            if moves is None:
                action = self.administration.with_env(env).action_synchronise()
            else:
                action = moves.with_env(env).action_exact_synchronise()
            page = env["exact.synchronise"].browse(action["res_id"])
            run_id = page.action_start()["res_id"]
        return self.env["exact.run"].browse(run_id)

    def test_sales_and_bills_go_together(self):
        sale, bill = self.invoice(), self.bill()
        page = self.page()
        self.assertEqual((page.go_count, page.left_count), (2, 0))
        self.assertTrue(page.has_sales, "it speaks of their customers")
        run = self.start()
        self.run_export_job()
        self.assertEqual(
            (sale.exact_state, bill.exact_state), ("exported", "delivered")
        )
        self.assertEqual((run.state, run.done, run.failed), ("done", 2, 0))
        entries = self.env["exact.entry"].search(run.action_open_done()["domain"])
        self.assertEqual(entries.move_id, sale + bill)
        self.assertEqual(run.read_progress()["done_word"], "booked or delivered")
        self.assertEqual(self.page().go_count, 0)

    def test_a_mail_costs_no_call_and_a_document_two(self):
        self.bill()
        [few, many] = [self.page().calls, None]
        self.deliver_by("document")
        many = self.page().calls
        self.assertEqual(many - few, 4, "document, file, a new supplier found and made")

    def test_codes_of_sales_keep_no_bill_back(self):
        self.administration.default_gl_account_id = False
        sale, bill = self.invoice(), self.bill()
        page = self.page()
        self.assertEqual((page.go_count, page.left_count), (1, 1))
        self.assertFalse(page.has_sales)
        [cause] = page.cause_line_ids
        self.assertEqual(cause.issue_code, "default_gl_account_missing")
        self.assertEqual(cause.count, 1)
        action = cause.action_open()
        self.assertEqual(self.env["account.move"].search(action["domain"]), sale)
        run = self.start(bill)
        self.run_export_job()
        self.assertEqual(bill.exact_state, "delivered")
        self.assertEqual(run.failed_word, "not delivered")

    def test_what_cannot_go_is_named(self):
        self.bill(("note.txt", b"hello"))
        self.assertEqual(
            self.page().cause_line_ids.mapped("issue_code"), ["bulk_bill_file_missing"]
        )
        self.administration.postbox_from = False
        codes = self.page().cause_line_ids.mapped("issue_code")
        self.assertIn("postbox_missing", codes)

    def test_an_xml_file_of_plain_text_is_a_file(self):
        bill = self.bill(("bill.XML", UBL))
        files = self.env["ir.attachment"].search([("res_id", "=", bill.id)])
        files.filtered(lambda file: file.name == "bill.XML").mimetype = "text/plain"
        self.assertTrue(bill.exact_file_id)
        self.assertNotIn(
            "bulk_bill_file_missing", self.page().cause_line_ids.mapped("issue_code")
        )

    def test_a_file_of_no_record_hides_no_bill_without_file(self):
        self.bill(("note.txt", b"hello"))
        stray = {"name": "s.pdf", "raw": pdf(), "res_model": "account.move"}
        stray = self.env["ir.attachment"].create(stray)
        self.env.cr.execute(
            "UPDATE ir_attachment SET res_id = NULL WHERE id = %s", (stray.id,)
        )
        self.assertEqual(
            self.page().cause_line_ids.mapped("issue_code"), ["bulk_bill_file_missing"]
        )

    def test_bad_files_are_said_and_keep_no_good_one_back(self):
        self.administration.write({"on_error": "continue", "deliver_draft_bills": True})
        contents = {
            "bill_file_encrypted": pdf(password="secret"),
            "bill_file_broken": b"%PDF-1.7 nothing",
            "bill_file_large": pdf() + b"\n" * (30 * 1024 * 1024),
        }
        bad = {
            code: self.bill(("bill.pdf", content), ref=code)
            for code, content in contents.items()
        }
        scan = self.bill(post=False, partner_id=False, ref=False, invoice_line_ids=[])
        good = self.bill(ref=False)
        run = self.start()
        self.run_export_job()
        for code, bill in bad.items():
            entry = bill.exact_entry_id
            self.assertEqual((entry.state, entry.issue_code), ("blocked", code))
            self.assertIn(bill.name, entry.issue_message)
        # Without supplier and without reference, a mail goes all the same.
        self.assertEqual({m.exact_state for m in scan + good}, {"delivered"})
        self.assertEqual((run.done, run.failed), (2, 3))
        self.assertEqual(len(self.documents()), 2)

    def test_why_a_selected_bill_is_not_offered(self):
        delivered = self.bill()
        self.deliver(delivered)
        draft = self.bill(post=False, ref="F2")
        self.administration.export_from = fields.Date.today()
        old = self.bill(ref="F3", invoice_date="2020-01-01")
        page = self.page(delivered + draft + old)
        self.assertEqual((page.go_count, page.left_count), (0, 3))
        self.assertEqual(
            set(page.cause_line_ids.mapped("issue_code")),
            {"bulk_bill_there", "bulk_draft", "bulk_too_old"},
        )

    def test_off_by_default_and_nothing_goes(self):
        self.administration.export_bills = "no"
        bill = self.bill()
        self.assertEqual(self.page().go_count, 0)
        self.assertFalse(bill.exact_can_deliver)
        self.assertFalse(bill.exact_is_bill)
        [cause] = self.page(bill).cause_line_ids
        self.assertEqual(cause.issue_code, "bills_off")

    def test_what_came_from_exact_never_goes_back(self):
        bill = self.bill()
        bill._exact_make_entries()
        entry = bill.exact_entry_id.sudo()
        entry.administration_id = self.administration
        entry._exact_move_to("import")
        self.assertFalse(bill.exact_can_deliver)
        self.assertEqual(self.page().go_count, 0)
        self.assertEqual(self.page(bill).go_count, 0)

    def test_drafts_go_where_they_are_wanted(self):
        draft = self.bill(post=False)
        typed = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.supplier.id}
        )
        self.assertEqual(self.page().go_count, 0)
        self.administration.deliver_draft_bills = True
        self.assertEqual(self.page().go_count, 1)
        self.start()
        self.run_export_job()
        self.assertEqual(draft.exact_state, "delivered")
        self.assertFalse(typed.exact_entry_id)

    def test_delivered_and_not_booked_for_long_is_a_list(self):
        bills = [self.bill(ref=f"F{number}") for number in range(2)]
        for bill in bills:
            self.deliver(bill)
        late = bills[0].exact_entry_id
        late.sudo().delivered_at = fields.Datetime.subtract(
            fields.Datetime.now(), days=15
        )
        self.assertEqual(self.administration.late_bill_count, 1)
        found = self.env["exact.entry"].search([("is_late", "=", True)])
        self.assertEqual(found, late)
        self.assertTrue(late.is_late)
        self.administration.bill_patience_days = 30
        self.assertFalse(self.env["exact.entry"].search([("is_late", "=", True)]))

    def test_a_run_does_not_wait_for_a_mail_that_is_not_certain(self):
        bill = self.bill()
        run = self.start()
        entry = bill.exact_entry_id.sudo()
        entry.write({"delivery_way": "mailbox", "sending_at": fields.Datetime.now()})
        entry.write({"state": "sending", "sent": {"key": "OXAAAAAAAA", "name": "x"}})
        self.run_export_job()
        self.assertEqual(entry.state, "unknown")
        self.assertEqual(run.state, "done")
        self.assertEqual(run.failed, 1)
