from odoo.tests import tagged

from .bills import BillCommon
from .locations import GHENT, LocationsCommon

ENTRIES = "salesentry/SalesEntries"
OTHER = 1002  # another administration, chosen instead of the first


@tagged("post_install", "-at_install")
class TestFormerAdministration(BillCommon):
    """What stands in an administration is finished there, whatever is chosen since."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice()
        self.entry = self.export(self.move)

    def choose_another(self):
        with self.side_cursors() as env:
            former = self.administration.with_env(env).sudo()
            former._set_division(OTHER, "Another")
            env.cr.commit()
        self.env.invalidate_all()
        self.assertFalse(self.administration.active)

    def run_job(self):
        """As Odoo's scheduler does, which leaves alone what is switched off."""
        self.assertTrue(self.administration.export_cron_id.active)
        self.run_export_job()

    def test_a_removal_whose_answer_was_lost_is_asked_about(self):
        self.choose_another()
        self.sandbox.faults.add("lose_request", path=ENTRIES, method="DELETE")
        with self.side_cursors() as env:
            self.move.with_env(env)._exact_undo("Wrong ledger account")
            env.cr.commit()
        self.assertEqual(self.entry.state, "undoing")
        self.run_job()
        self.entry.sudo().unknown_since = "2020-01-01"
        self.run_job()
        self.assertEqual(
            (self.entry.state, self.entry.issue_code), ("exported", "undo_not_done")
        )

    def test_the_file_of_an_invoice_follows_it(self):
        self.administration.attach_pdf = True
        self.choose_another()
        self.env["ir.attachment"].create(
            {
                "name": "invoice.pdf",
                "raw": b"%PDF-1.4 what the customer got",
                "res_model": "account.move",
                "res_id": self.move.id,
                "res_field": "invoice_pdf_report_file",
                "mimetype": "application/pdf",
            }
        )
        self.entry.sudo().attach_state = "todo"
        self.run_job()
        self.assertEqual(self.entry.attach_state, "done")
        documents = self.books.documents
        self.assertTrue(
            list(documents.by("FinancialTransactionEntryID", self.entry.guid))
        )

    def test_a_bill_that_was_delivered_is_seen_to_be_booked(self):
        bill = self.bill()
        entry = self.deliver(bill)
        self.choose_another()
        self.run_job()
        self.assertTrue(entry.seen_at)
        [document] = self.documents()
        self.book(document)
        self.administration.sudo().write(
            {"bookings_asked_at": False, "deliveries_asked_at": False}
        )
        self.run_job()
        self.assertEqual(entry.state, "exported", entry.issue_message)

    def test_where_nothing_stands_its_job_rests(self):
        with self.side_cursors() as env:
            self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_undo")
            self.move.with_env(env)._exact_undo("Wrong ledger account")
            env.cr.commit()
        self.choose_another()
        self.assertFalse(self.administration.export_cron_id.active)


class TestLeftAdministration(LocationsCommon):
    """An administration that its branch left, and may come back to."""

    def setUp(self):
        super().setUp()
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_undo")
        self.connect()
        self.in_ghent = self.separate(self.ghent, GHENT)
        self.move = self.invoice(company_id=self.ghent.id)
        self.entry = self.export(self.move)
        self.ghent.sudo().external_accounting = "none"

    def run_job(self):
        with self.enter_registry_test_mode():
            self.in_ghent.export_cron_id.sudo().method_direct_trigger()

    def test_what_stands_there_is_finished_and_nothing_is_booked_there(self):
        self.sandbox.faults.add("lose_request", path=ENTRIES, method="DELETE")
        with self.side_cursors() as env:
            self.move.with_env(env)._exact_undo("Wrong ledger account")
            env.cr.commit()
        self.assertEqual(self.entry.state, "undoing")
        stray = self.invoice(company_id=self.ghent.id)
        stray.sudo()._exact_enqueue().administration_id = self.in_ghent
        self.run_job()
        self.entry.sudo().unknown_since = "2020-01-01"
        self.run_job()
        self.assertEqual(self.entry.issue_code, "undo_not_done")
        self.assertEqual(stray.exact_state, "queued")
        self.assertEqual(self.numbers_in(GHENT), [self.move.name])
