from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError, ValidationError

from .bulk import LOGGER_BULK, BulkCommon


class TestSchedule(BulkCommon):
    """Invoices go by themselves at a fixed time (B16)."""

    def start_schedule(self):
        with self.enter_registry_test_mode():
            cron = self.administration.schedule_cron_id.sudo()
            self.assertIs(cron.method_direct_trigger(), True)

    def test_off_until_it_is_switched_on(self):
        self.invoice()
        self.assertFalse(self.administration.next_export_at)
        self.start_schedule()
        self.assertFalse(self.env["exact.run"].search([]))

    def test_every_working_day_in_the_evening_is_proposed(self):
        self.company.partner_id.tz = "Europe/Brussels"
        with freeze_time("2026-01-16 12:00:00"):  # a Friday
            self.administration.export_scheduled = True
            expected = fields.Datetime.to_datetime("2026-01-16 19:00:00")
            self.assertEqual(self.administration.next_export_at, expected)
        days = self.administration.export_weekday_ids.mapped("number")
        self.assertEqual(days, [0, 1, 2, 3, 4])

    def test_the_job_is_called_at_that_moment(self):
        self.administration.export_scheduled = True
        cron = self.administration.schedule_cron_id
        triggers = (
            self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", cron.id)])
        )
        self.assertIn(self.administration.next_export_at, triggers.mapped("call_at"))

    def test_it_goes_when_it_is_due_and_plans_the_next(self):
        move = self.invoice()
        self.administration.export_scheduled = True
        due = fields.Datetime.now() - timedelta(hours=3)  # Odoo was off
        self.administration.sudo().next_export_at = due
        self.start_schedule()
        run = self.env["exact.run"].search([])
        self.assertEqual((run.origin, run.total), ("schedule", 1))
        self.assertGreater(self.administration.next_export_at, fields.Datetime.now())
        self.start_schedule()
        self.assertEqual(len(self.env["exact.run"].search([])), 1)
        self.run_export_job()
        self.assertEqual((run.state, move.exact_state), ("done", "exported"))

    def test_a_start_that_fails_is_tried_again_and_lets_nothing_out(self):
        move = self.invoice()
        self.administration.export_scheduled = True
        due = fields.Datetime.now() - timedelta(hours=1)
        self.administration.sudo().next_export_at = due
        bulk = type(self.env["exact.bulk"])
        with (
            patch.object(bulk, "_start", side_effect=ValueError("a fault")),
            self.assertLogs(LOGGER_BULK, "ERROR"),
        ):
            self.start_schedule()
        self.assertEqual(self.administration.next_export_at, due)
        self.start_schedule()
        self.run_export_job()
        self.assertEqual(move.exact_state, "exported")

    def fail_to_start(self, error):
        bulk = type(self.env["exact.bulk"])
        with (
            patch.object(bulk, "_start", side_effect=error),
            self.assertLogs(LOGGER_BULK, "ERROR"),
        ):
            self.start_schedule()

    def test_a_start_that_fails_is_told_once_until_it_succeeds(self):
        def told():
            return self.administration.activity_ids.filtered(
                lambda a: a.summary == "Booking in Exact could not be started"
            )

        self.administration.responsible_id = self.env.user
        self.administration.export_scheduled = True
        self.administration.sudo().next_export_at = fields.Datetime.now()
        self.fail_to_start(UserError("The books are on fire."))
        self.fail_to_start(ValueError("a fault"))
        [task] = told()
        self.assertEqual(task.user_id, self.env.user)
        self.assertIn("The books are on fire.", task.note)
        self.run_export_job()
        self.assertTrue(told(), "what goes otherwise says nothing of it")
        self.start_schedule()
        self.assertFalse(told())

    def test_what_is_no_sentence_for_a_person_is_not_told_in_its_own_words(self):
        self.administration.responsible_id = self.env.user
        self.administration.export_scheduled = True
        self.administration.sudo().next_export_at = fields.Datetime.now()
        self.fail_to_start(ValueError("a fault"))
        notes = " ".join(self.administration.activity_ids.mapped("note"))
        self.assertIn("Odoo's log says more", notes)
        self.assertNotIn("a fault", notes)

    def test_the_end_of_a_scheduled_export_that_went_wrong_is_told_once(self):
        self.administration.responsible_id = self.env.user
        self.administration.on_error = "continue"
        self.administration.export_scheduled = True
        self.administration.sudo().next_export_at = fields.Datetime.now()
        self.invoice()
        self.refuse()
        self.start_schedule()
        self.run_export_job()

        def told():
            return self.administration.activity_ids.filtered(
                lambda activity: "Not booked: 1" in (activity.note or "")
            )

        self.assertEqual(len(told()), 1)
        told().action_feedback()
        self.run_export_job()
        self.assertFalse(told())

    def test_the_end_of_a_run_that_a_scheduled_export_joined_is_told(self):
        self.administration.responsible_id = self.env.user
        self.administration.on_error = "continue"
        self.select(self.invoice())
        self.invoice()
        self.refuse()
        self.administration.export_scheduled = True
        self.administration.sudo().next_export_at = fields.Datetime.now()
        self.start_schedule()
        run = self.env["exact.run"].search([])
        self.assertEqual((run.origin, run.is_scheduled), ("selection", True))
        self.run_export_job()
        self.assertEqual((run.done, run.failed), (1, 1))
        notes = " ".join(self.administration.activity_ids.mapped("note"))
        self.assertIn("Not booked: 1", notes)

    def test_the_end_of_a_run_that_a_person_started_is_not_told(self):
        self.administration.responsible_id = self.env.user
        self.administration.on_error = "continue"
        self.refuse()
        self.select(self.invoice())
        self.run_export_job()
        notes = " ".join(self.administration.activity_ids.mapped("note"))
        self.assertNotIn("Not booked: 1", notes)

    def test_where_a_scheduled_export_stopped_is_told_to_who_may_see_it(self):
        self.administration.responsible_id = self.env.user
        self.administration.export_scheduled = True
        self.administration.sudo().next_export_at = fields.Datetime.now()
        move = self.invoice()
        self.refuse()
        self.start_schedule()
        self.run_export_job()
        notes = " ".join(self.administration.activity_ids.mapped("note"))
        self.assertIn(f"It stopped at invoice {move.name}", notes)

    def test_before_its_time_nothing_goes(self):
        self.invoice()
        self.administration.export_scheduled = True
        self.start_schedule()
        self.assertFalse(self.env["exact.run"].search([]))

    def test_what_cannot_go_is_said_also_where_nothing_goes(self):
        self.without_code()
        self.administration.export_scheduled = True
        self.administration.sudo().next_export_at = fields.Datetime.now()
        self.start_schedule()
        run = self.env["exact.run"].search([])
        self.assertEqual((run.state, run.total, run.left_out), ("done", 0, 1))
        self.assertIn("other", run.problems_html)
        self.administration.responsible_id = self.env.user
        self.run_export_job()
        self.assertEqual(
            set(self.administration.activity_ids.mapped("summary")),
            {"No VAT code chosen", "Booking in Exact did not go well"},
        )

    def test_without_days_or_with_an_impossible_hour_it_is_refused(self):
        self.administration.export_scheduled = True
        with self.assertRaises(ValidationError):
            self.administration.export_weekday_ids = False
        with self.assertRaises(ValidationError):
            self.administration.export_hour = 24.5

    def test_the_jobs_have_names_that_a_person_understands(self):
        name = self.administration.export_cron_id.sudo().name
        self.assertIn("book what waits", name)
        self.assertIn("1001", name)
        self.assertIn(self.company.name, name)
