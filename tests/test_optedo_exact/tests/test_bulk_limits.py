from datetime import timedelta

from odoo import fields

from odoo.addons.optedo_exact.models import exact_export_run, exact_run_progress

from .bulk import ACCOUNTS, ENTRIES, BulkCommon


class TestLimits(BulkCommon):
    """Exact's limits are kept, and work goes on by itself."""

    def setUp(self):
        super().setUp()
        self.moves = [self.invoice() for _number in range(6)]
        self.the_window_ends()
        self.slept = []

    def statuses(self):
        return {call.status for call in self.sandbox.calls}

    def the_window_ends(self):
        """Exact allows calls again, and Odoo's memory of the window is over too."""
        self.sandbox.limits.reset()
        self.env["exact.quota"].sudo().search([]).data = False

    def test_the_day_ends_before_its_reserve_and_goes_on_after_midnight(self):
        self.sandbox.limits.daily = 40  # of which 4 are for users
        self.sandbox.limits.take(self.sandbox.client_id, 1001)
        self.use_up(32)
        run = self.synchronise()
        self.run_export_job()
        self.assertEqual((run.state, run.issue_code), ("waiting", "limit_day"))
        self.assertGreater(run.until, fields.Datetime.now())
        self.assertGreater(run.done, 0)
        self.assertGreater(run.waiting, 0)
        self.assertNotIn(429, self.statuses())
        self.assertIn("calls left today", run.read_progress()["text"])
        triggers = self.env["ir.cron.trigger"].sudo()
        cron = self.administration.export_cron_id
        at = triggers.search([("cron_id", "=", cron.id)]).mapped("call_at")
        self.assertIn(run.until, at, "nobody has to do anything")
        alone = self.invoice()
        self.export(alone)
        self.assertEqual(alone.exact_state, "exported", "the reserve is for users")
        self.the_window_ends()
        self.run_export_job()
        self.assertEqual((run.state, run.done), ("done", 6), run.issue_message)
        self.assertNotIn(429, self.statuses())

    def use_up(self, calls):
        for _call in range(calls):
            self.sandbox.limits.take(self.sandbox.client_id, 1001)

    def test_a_minute_that_is_used_up_gives_the_place_back(self):
        self.sandbox.limits.minutely = 3
        self.sandbox.clock.advance((65 - fields.Datetime.now().second) % 60)
        run = self.synchronise()
        self.patch_sleep()
        self.run_export_job()
        self.assertEqual((run.state, run.issue_code), ("waiting", "limit_minute"))
        self.assertEqual(run.done, 3)
        self.assertTrue(all(seconds <= 5 for seconds in self.slept))
        self.the_window_ends()
        self.run_export_job()
        self.assertEqual((run.state, run.done), ("done", 6))
        self.assertNotIn(429, self.statuses())

    def patch_sleep(self):
        for module in (exact_run_progress, exact_export_run):
            self.patch(module, "sleep", self.slept.append)

    def test_calls_are_spread_over_the_minute(self):
        self.sandbox.limits.minutely = 30
        self.sandbox.clock.advance((65 - fields.Datetime.now().second) % 60)
        run = self.synchronise()
        self.patch_sleep()
        self.run_export_job()
        self.assertEqual(run.state, "done")
        self.assertTrue(self.slept)
        self.assertTrue(all(seconds <= 1 for seconds in self.slept))

    def test_a_429_that_nobody_foresaw_waits_and_goes_on(self):
        run = self.synchronise()
        self.sandbox.faults.add(
            "too_many_requests", path=ENTRIES, method="POST", skip=2, daily=True
        )
        self.run_export_job()
        self.assertEqual((run.state, run.issue_code), ("waiting", "limit_day"))
        self.assertEqual((run.done, run.failed), (2, 0))
        self.the_window_ends()
        self.run_export_job()
        self.assertEqual((run.state, run.done), ("done", 6))

    def test_errors_end_before_exact_blocks_the_app(self):
        self.administration.on_error = "continue"
        moves = self.env["account.move"].union(
            *self.moves, *(self.invoice() for _number in range(4))
        )
        run = self.synchronise()
        self.refuse(count=0)
        self.run_export_job()
        self.assertEqual((run.state, run.issue_code), ("waiting", "limit_errors"))
        self.assertEqual((run.failed, run.waiting), (6, 4))
        self.assertEqual(set(moves.mapped("exact_state")), {"rejected", "queued"})

    def test_errors_about_customers_hold_back_new_customers_alone(self):
        self.administration.on_error = "continue"
        yesterday = fields.Date.today() - timedelta(days=1)
        new = self.env["account.move"]
        for number in range(8):
            partner = self.customer.copy({"name": f"New {number}", "vat": False})
            new |= self.invoice(partner_id=partner.id, invoice_date=yesterday)
        run = self.synchronise()
        self.sandbox.faults.add("server_error", path=ACCOUNTS, body="json", count=0)
        self.run_export_job()
        known = self.env["account.move"].union(*self.moves)
        self.assertEqual(set(known.mapped("exact_state")), {"exported"})
        self.assertEqual(new.mapped("exact_state"), ["blocked"] * 6 + ["queued"] * 2)
        self.assertEqual(new[-1].exact_entry_id.issue_code, "limit_errors")
        self.assertEqual((run.state, run.issue_code), ("waiting", "limit_errors"))
        self.assertGreater(run.until, fields.Datetime.now())
        cron = self.administration.export_cron_id.sudo()
        now = fields.Datetime.now() + timedelta(minutes=10)
        later = [("cron_id", "=", cron.id), ("call_at", ">", now)]
        triggers = self.env["ir.cron.trigger"].sudo()
        self.assertEqual(triggers.search_count(later), 1, "one for all that wait")

    def test_what_is_left_shows_on_the_administration(self):
        self.sandbox.limits.daily = 5000
        self.use_up(99)
        self.export(self.invoice())
        self.assertIn("4,9", self.administration.limits_text)
        self.assertEqual(self.administration.calls_left_today, 4900)
