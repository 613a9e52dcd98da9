from time import monotonic

from odoo import fields

from odoo.addons.optedo_exact.models import (
    exact_administration_bill_import,
    exact_bill_files,
    exact_bill_service,
)
from odoo.addons.optedo_exact.models.exact_export_run import SECONDS

from .test_bill_import import BillCommon

FILES = 110
ATTACHMENTS = "bulk/Documents/DocumentAttachments"


class TestBillPace(BillCommon):
    """An import keeps within its slot and Exact's limits, and goes on by itself."""

    def setUp(self):
        super().setUp()
        self.slept = 0.0
        self.patch(exact_bill_service, "sleep", self.sleep)
        for module in (
            exact_bill_files,
            exact_bill_service,
            exact_administration_bill_import,
        ):
            self.patch(module, "monotonic", lambda: monotonic() + self.slept)

    def sleep(self, seconds):
        """Time goes by at once, here and in Exact."""
        self.slept += seconds
        self.sandbox.clock.advance(seconds)

    def the_minute_ends(self):
        self.sandbox.limits.reset()
        self.env["exact.quota"].sudo().search([]).data = False

    def run_job(self):
        """The job, in a slot of its own; returns how long it took by the clock."""
        self.triggers().unlink()
        self.the_minute_ends()
        self.slept, begun = 0.0, monotonic()
        with self.enter_registry_test_mode():
            self.administration.bill_cron_id.sudo().method_direct_trigger()
        self.env.invalidate_all()
        return self.slept + monotonic() - begun

    def triggers(self):
        cron = self.administration.bill_cron_id
        return self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", cron.id)])

    def book_with_files(self, count):
        for number in range(count):
            self.books.book_purchase(
                self.receive(f"bill-{number}.pdf", b"%%PDF %d" % number),
                supplier=self.supplier_in_exact,
                lines=[self.line()],
                YourRef=f"F-{number}",
            )

    def without_making(self):
        """All that is read, without Odoo's own work on a bill."""
        move = self.odoo_bill(self.vendor(), ref="ALL")
        self.patch(
            type(self.env["exact.bill.service"]),
            "_bring",
            lambda _service, row: row._exact_set_done(move.sudo().with_env(row.env)),
        )

    def test_many_files_come_by_themselves_within_the_limit_of_a_minute(self):
        self.without_making()
        self.sandbox.limits.minutely = 60
        self.book_with_files(FILES)
        jobs = 0
        while not jobs or self.triggers():
            self.assertLess(self.run_job(), SECONDS + 5, "the place is given back")
            jobs += 1
            self.assertLess(jobs, 10)
        self.assertEqual(set(self.rows().mapped("state")), {"done"})
        self.assertFalse(any(self.rows().mapped("files_wanted")))
        files = self.env["ir.attachment"].search_count(
            [("res_model", "=", "account.move"), ("name", "like", "bill-%.pdf")]
        )
        self.assertEqual(files, FILES)
        self.assertNotIn(429, {call.status for call in self.sandbox.calls})

    def test_an_open_delivery_costs_no_second_list_of_files(self):
        self.without_making()
        waiting = self.odoo_bill(self.vendor(), ref="WAITS")
        waiting._exact_make_entries()
        waiting.exact_entry_id.sudo().write(
            {
                "state": "delivered",
                "delivery_way": "mailbox",
                "delivery_key": "some-key",
                "sending_at": fields.Datetime.now(),
                "administration_id": self.administration.id,
            }
        )
        self.sandbox.limits.minutely = 1000
        self.book_with_files(61)
        self.sandbox.calls.clear()
        self.run_job()
        self.assertFalse(any(self.rows().mapped("files_wanted")))
        lists = [call for call in self.calls() if call.endswith(ATTACHMENTS)]
        self.assertEqual(len(lists), 2, "one for each sixty")

    def test_a_limit_wakes_the_job_when_it_is_over(self):
        self.book_with_files(3)
        self.run_job()
        self.book_with_files(1)
        self.sandbox.faults.add("too_many_requests", path=ATTACHMENTS, count=1)
        self.run_job()
        self.assertEqual(self.administration.issue_code, "limit_minute")
        [at] = self.triggers().mapped("call_at")
        self.assertGreater(at, fields.Datetime.now())
        self.run_job()
        self.assertFalse(any(self.rows().mapped("files_wanted")))
        self.assertFalse(self.administration.issue_code)

    def test_a_slot_that_is_over_leaves_the_rest_to_the_next(self):
        for number in range(3):
            self.book(YourRef=f"F-{number}")
        service = type(self.env["exact.bill.service"])
        bring = service._bring

        def slowly(this, row):
            self.slept += SECONDS
            return bring(this, row)

        self.patch(service, "_bring", slowly)
        self.run_job()
        self.assertEqual(
            sorted(self.rows().mapped("state")), ["done", "ready", "ready"]
        )
        run = self.env["exact.run"].search([("kind", "=", "bills")])
        self.assertEqual((run.total, run.done), (1, 1))
        for _job in range(2):
            self.assertLessEqual(self.triggers().call_at, fields.Datetime.now())
            self.run_job()
        self.assertEqual(set(self.rows().mapped("state")), {"done"})
        self.assertFalse(self.triggers())

    def press(self, button="action_import_bills"):
        with self.side_cursors() as env:
            action = getattr(self.administration.with_env(env), button)()
            env.cr.commit()
        self.env.invalidate_all()
        return action

    def test_who_presses_waits_shortly_and_the_job_does_the_rest(self):
        for number in range(2):
            self.book(YourRef=f"F-{number}")
        service = type(self.env["exact.bill.service"])
        bring = service._bring

        def slowly(this, row):
            self.slept += 30
            return bring(this, row)

        self.patch(service, "_bring", slowly)
        action = self.press()
        self.assertIn("in the background", action["params"]["message"])
        self.assertEqual(action["params"]["next"]["res_model"], "exact.bill.import")
        self.assertEqual(sorted(self.rows().mapped("state")), ["done", "ready"])
        self.assertTrue(self.triggers())
        self.run_job()
        self.assertEqual(set(self.rows().mapped("state")), {"done"})

    def test_a_long_look_goes_on_in_the_background_and_brings_nothing(self):
        self.administration.sudo().bills_started = False
        for number in range(2):
            self.book(self.line(gl="610000"), YourRef=f"F-{number}")
        service = type(self.env["exact.bill.service"])
        foresee = service._foresee

        def slowly(this, row):
            self.slept += 30
            return foresee(this, row)

        self.patch(service, "_foresee", slowly)
        action = self.press()
        self.assertIn("in the background", action["params"]["message"])
        self.assertEqual(len(self.rows().filtered("issue_code")), 1)
        self.run_job()
        self.assertEqual(
            self.rows().mapped("issue_code"), ["bill_account_unmapped"] * 2
        )
        self.assertEqual(set(self.rows().mapped("state")), {"ready"})
        self.assertFalse(self.administration.bills_look_open)
