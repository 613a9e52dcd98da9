from odoo import fields
from odoo.exceptions import UserError, ValidationError

from .bulk import LOGGER_BULK, BulkCommon


class TestStart(BulkCommon):
    """Nothing goes by itself before it was said from when on (product B17)."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice(invoice_date="2020-01-15")
        self.administration.export_every_invoice = False

    def start_schedule(self):
        with self.enter_registry_test_mode():
            cron = self.administration.schedule_cron_id.sudo()
            self.assertIs(cron.method_direct_trigger(), True)

    def assert_nothing_queued(self):
        self.assertFalse(self.env["exact.run"].search([]))
        self.assertEqual(self.move.exact_state, "none")

    def test_the_page_before_says_so_of_each_and_leads_to_the_set_up(self):
        for page in (self.page(), self.page(self.move)):
            self.assertEqual((page.go_count, page.left_count), (0, 1))
            [line] = page.cause_line_ids
            self.assertEqual(line.issue_code, "start_missing")
            self.assertIn("Export every invoice", line.name)
            action = line.action_mend()
            self.assertEqual(action["res_id"], self.administration.id)

    def test_bills_wait_for_it_too(self):
        self.administration.export_bills = "document"
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2020-01-15",
                "invoice_line_ids": [
                    fields.Command.create({"name": "Flour", "price_unit": 10.0})
                ],
            }
        )
        bill.action_post()
        page = self.page(bill)
        self.assertEqual((page.go_count, page.left_count), (0, 1))
        self.assertEqual(page.cause_line_ids.issue_code, "start_missing")

    def test_no_run_starts(self):
        for start in (self.synchronise, lambda: self.select(self.move)):
            with self.assertRaisesRegex(UserError, "from which date"):
                start()
        self.assert_nothing_queued()

    def test_the_fixed_time_is_not_switched_on(self):
        with self.assertRaisesRegex(ValidationError, "from which date"):
            self.administration.export_scheduled = True
        self.administration.export_every_invoice = True
        self.administration.export_scheduled = True
        with self.assertRaisesRegex(ValidationError, "from which date"):
            self.administration.export_every_invoice = False

    def test_the_settings_take_the_start_with_the_fixed_time(self):
        settings = self.env["res.config.settings"].sudo()
        for start in (
            {"exact_export_scheduled": True, "exact_export_from": "2026-01-01"},
            {"exact_export_from": False, "exact_export_every_invoice": True},
            {"exact_export_from": "2026-01-01", "exact_export_every_invoice": False},
        ):
            settings.create(start).execute()
        self.assertTrue(self.administration.export_scheduled)
        self.assertFalse(self.administration.export_every_invoice)

    def test_a_fixed_time_of_before_starts_nothing(self):
        self.administration.export_every_invoice = True
        self.administration.export_scheduled = True
        self.administration.sudo().next_export_at = fields.Datetime.now()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE exact_administration SET export_every_invoice = FALSE"
        )
        self.env.invalidate_all()
        with self.assertLogs(LOGGER_BULK, "ERROR"):
            self.start_schedule()
        self.assert_nothing_queued()

    def test_confirming_does_not_ask(self):
        draft = self.move.copy({"invoice_date": fields.Date.today()})
        asking = draft.with_context(validate_analytic=True)
        self.assertFalse(asking.action_post())
        self.administration.export_from = fields.Date.today()
        draft = self.move.copy({"invoice_date": fields.Date.today()})
        self.assertTrue(draft.with_context(validate_analytic=True).action_post())

    def test_the_send_window_has_no_tick(self):
        sending = self.env["account.move.send"]
        self.assertFalse(sending._exact_is_applicable(self.move))
        self.administration.export_every_invoice = True
        self.assertTrue(sending._exact_is_applicable(self.move))

    def test_the_readiness_page_says_that_it_keeps_invoices_back(self):
        self.administration.action_open_readiness()
        lines = self.env["exact.readiness.line"]
        [line] = lines.search([("subject", "=", "Start of the export")])
        self.assertTrue(line.holds_back)
        self.assertEqual(line.invoice_count, 1)
        self.administration.export_every_invoice = True
        self.administration.action_open_readiness()
        self.assertFalse(lines.search([("subject", "=", "Start of the export")]))

    def test_a_single_one_goes_from_its_form(self):
        move = self.invoice()
        self.export(move)
        self.assertEqual(move.exact_state, "exported")
