from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.optedo_exact.models import exact_export_run, exact_run_progress
from odoo.addons.optedo_exact.wizards import exact_synchronise

from .common import ExactCommon

ENTRIES = "salesentry/SalesEntries"
ACCOUNTS = "crm/Accounts"
LOGGER_BULK = "odoo.addons.optedo_exact.models.exact_administration_bulk"
POST_ENTRY = "POST /api/v1/1001/salesentry/SalesEntries"


class BulkCommon(ExactCommon):
    connected = True

    def setUp(self):
        self.sandbox.limits.minutely, self.sandbox.limits.daily = 0, 5000
        self.sandbox.clock.set(fields.Datetime.now())
        super().setUp()
        self.export(self.invoice())  # the customer is known from here on
        self.sandbox.calls.clear()

    def synchronise(self):
        """Press Synchronise and Start; returns the run."""
        with self.side_cursors() as env:
            administration = self.administration.with_env(env)
            page = env["exact.synchronise"].browse(
                administration.action_synchronise()["res_id"]
            )
            run_id = page.action_start()["res_id"]
        return self.env["exact.run"].browse(run_id)

    def select(self, moves):
        """Select invoices in the list and start; returns the page and the run."""
        with self.side_cursors() as env:
            action = moves.with_env(env).action_exact_synchronise()
            page = env["exact.synchronise"].browse(action["res_id"])
            run_id = page.action_start()["res_id"]
        return self.env["exact.run"].browse(run_id)

    def page(self, moves=None):
        """What the page before an export says."""
        pages = self.env["exact.synchronise"]
        if moves is None:
            return pages._make(self.administration, "all")
        return pages._make(self.administration, "selection", moves.ids)

    def posts(self):
        return self.calls().count(POST_ENTRY)

    def without_code(self):
        """An invoice with a tax that no code is chosen for."""
        named = [("name", "=", "other"), ("company_id", "=", self.company.id)]
        other = self.env["account.tax"].search(named)
        return self.invoice(tax=other or self.tax.copy({"name": "other"}))

    def refuse(self, count=1, skip=0):
        """Exact refuses bookings, in its own words."""
        self.sandbox.faults.add(
            "server_error",
            path=ENTRIES,
            method="POST",
            body="json",
            count=count,
            skip=skip,
        )


class TestRun(BulkCommon):
    """From Synchronise to the history of runs."""

    def test_everything_that_waits_goes_oldest_first(self):
        today = fields.Date.today()
        moves = [
            self.invoice(invoice_date=today - timedelta(days=days))
            for days in (1, 3, 2)
        ]
        run = self.synchronise()
        self.assertEqual((run.state, run.total, run.waiting), ("waiting", 3, 3))
        self.run_export_job()
        self.assertEqual((run.state, run.done, run.waiting), ("done", 3, 0))
        self.assertTrue(run.started_at and run.ended_at)
        booked = [entry["YourRef"] for entry in self.entries_in_exact()][-3:]
        self.assertEqual(booked, [moves[1].name, moves[2].name, moves[0].name])
        self.assertFalse(run.problems_html)

    def test_who_looks_is_told_now_and_then_and_of_each_state(self):
        told = []
        runs = type(self.env["exact.run"])
        self.patch(runs, "_exact_notify", lambda run: told.append(run.state))
        for every, more in ((3600.0, 0), (0.0, 1)):
            told.clear()
            self.patch(exact_run_progress, "EVERY", every)
            for _number in range(3):
                self.invoice()
            self.synchronise()
            self.run_export_job()
            self.assertEqual((told[0], told[-1]), ("running", "done"))
            self.assertEqual(told.count("running") > 1, bool(more))

    def test_one_call_an_invoice_and_none_on_top(self):
        for _number in range(5):
            self.invoice()
        run = self.synchronise()
        self.sandbox.calls.clear()
        self.run_export_job()
        self.assertEqual(self.calls(), [POST_ENTRY] * 5)
        self.assertEqual(run.calls, 5)

    def test_what_was_selected_goes_and_nothing_else(self):
        selected, other = self.invoice(), self.invoice()
        run = self.select(selected)
        self.run_export_job()
        self.assertEqual((run.state, run.total), ("done", 1))
        self.assertEqual(selected.exact_state, "exported")
        self.assertEqual(other.exact_state, "none")

    def test_a_second_start_joins_the_run_that_is_under_way(self):
        self.invoice()
        run = self.synchronise()
        self.invoice()
        self.assertTrue(self.page().is_under_way)
        self.assertEqual(self.synchronise(), run)
        self.assertEqual(run.total, 2)
        self.run_export_job()
        self.assertEqual((run.state, run.done), ("done", 2))

    def test_nothing_to_start(self):
        with self.assertRaisesRegex(UserError, "no invoice"):
            self.synchronise()

    # --- B14 -----------------------------------------------------------------

    def test_stop_ends_the_run_at_the_first_that_fails(self):
        first, second, third = (self.invoice() for _number in range(3))
        run = self.synchronise()
        self.refuse(skip=1)
        self.run_export_job()
        self.assertEqual(run.state, "stopped")
        self.assertIn(second.name, run.issue_message)
        self.assertEqual((run.done, run.failed, run.waiting), (1, 1, 1))
        states = [move.exact_state for move in first + second + third]
        self.assertEqual(states, ["exported", "rejected", "queued"])
        self.run_export_job()
        self.assertEqual(third.exact_state, "queued", "nothing goes by itself")

    def test_invoices_of_another_branch_are_not_named_to_who_may_not_see_them(self):
        branches = self.env["res.company"].create(
            [
                {
                    "name": name,
                    "parent_id": self.company.id,
                    "country_id": self.company.country_id.id,
                }
                for name in ("Ghent", "Bruges")
            ]
        )
        clerks = [
            new_test_user(
                self.env,
                f"clerk_{branch.name}",
                "account.group_account_invoice",
                company_id=branch.id,
                company_ids=[Command.set(branch.ids)],
            )
            for branch in branches
        ]
        self.env.user.company_ids += branches
        self.cr.precommit.run()  # load the chart of accounts of the branches
        move = self.invoice(company_id=branches[0].id)
        run = self.synchronise()
        self.refuse()
        self.run_export_job()
        self.assertEqual(run.state, "stopped")
        for clerk, named in zip(clerks, (True, False), strict=True):
            seen = run.with_user(clerk).with_company(clerk.company_id)
            for text in (seen.issue_message, seen.problems_html):
                self.assertEqual(move.name in text, named, f"{clerk.login}: {text}")
            self.assertNotIn(move.name, str(seen.issue_params))
            with self.assertRaises(AccessError):
                seen.read(["failures"])

    def test_a_stopped_run_goes_on_when_a_person_says_so(self):
        moves = [self.invoice() for _number in range(3)]
        run = self.synchronise()
        self.refuse()
        self.run_export_job()
        with self.side_cursors() as env:
            run.with_env(env).action_go_on()
        self.run_export_job()
        self.assertEqual((run.state, run.done, run.failed), ("done", 2, 1))
        self.assertIn(moves[0].name, run.problems_html)

    def test_continue_keeps_the_reason_and_goes_on(self):
        self.administration.on_error = "continue"
        moves = [self.invoice() for _number in range(3)]
        run = self.synchronise()
        self.refuse(skip=1)
        self.run_export_job()
        self.assertEqual((run.state, run.done, run.failed), ("done", 2, 1))
        self.assertIn(moves[1].name, run.problems_html)
        self.assertIn(moves[1].exact_entry_id.issue_text, run.problems_html)

    def test_an_invoice_that_was_not_part_of_the_run_does_not_stop_it(self):
        alone = self.invoice(partner_id=self.customer.copy({"name": False}).id)
        alone.sudo()._exact_enqueue()
        self.invoice()
        run = self.synchronise()
        alone.exact_entry_id.sudo().run_id = False
        self.run_export_job()
        self.assertEqual(run.state, "done")

    def test_what_failed_before_goes_last_and_holds_up_nobody(self):
        bad = self.invoice()
        self.refuse()
        self.export(bad)
        self.assertEqual(bad.exact_state, "rejected")
        good = self.invoice()
        run = self.select(bad + good)
        self.refuse(skip=1)
        self.run_export_job()
        self.assertEqual((good.exact_state, bad.exact_state), ("exported", "rejected"))
        self.assertEqual(run.state, "stopped")

    # --- the connection, the login, a lost answer -----------------------------

    def test_a_lapsed_login_waits_whatever_the_option_says(self):
        self.administration.on_error = "continue"
        moves = [self.invoice() for _number in range(2)]
        run = self.synchronise()
        self.sandbox.faults.add("lapse_login")
        self.run_export_job()
        self.assertEqual((run.state, run.issue_code), ("waiting", "login_lapsed"))
        self.assertEqual(run.done, 0)
        self.sandbox.faults.clear()
        self.log_in()
        self.run_export_job()
        self.assertEqual((run.state, run.done), ("done", 2))
        self.assertFalse(run.issue_code)
        self.assertEqual({move.exact_state for move in moves}, {"exported"})

    def test_a_lost_answer_is_asked_about_at_once_and_the_run_goes_on(self):
        lost, other = self.invoice(), self.invoice()
        run = self.synchronise()
        self.sandbox.faults.add("lose_answer", path=ENTRIES, method="POST")
        self.run_export_job()
        self.assertEqual((lost.exact_state, other.exact_state), ("exported",) * 2)
        self.assertEqual(run.state, "done")
        self.assertEqual(self.posts(), 2)

    def test_a_lost_request_is_left_open_while_the_others_go(self):
        lost, other = self.invoice(), self.invoice()
        run = self.synchronise()
        self.sandbox.faults.add("lose_request", path=ENTRIES, method="POST")
        self.run_export_job()
        self.assertEqual((lost.exact_state, other.exact_state), ("unknown", "exported"))
        self.assertEqual((run.state, run.issue_code), ("waiting", "run_recheck"))
        self.assertTrue(run.until)
        self.later(minutes=6)
        self.run_export_job()
        self.assertEqual((run.state, run.done), ("done", 2))
        self.assertEqual(len(self.books.entries(your_ref=lost.name)), 1)

    def test_an_unexpected_fault_is_kept_and_the_others_go(self):
        self.administration.on_error = "continue"
        bad, good = self.invoice(), self.invoice()
        run = self.synchronise()
        check = type(bad)._exact_check

        def broken(move, administration):
            if move.id == bad.id:
                raise ValueError("of a module that extends the link")
            return check(move, administration)

        self.patch(type(bad), "_exact_check", broken)
        with self.assertLogs("odoo.addons.optedo_exact", "ERROR"):
            self.run_export_job()
        self.assertEqual((bad.exact_state, good.exact_state), ("blocked", "exported"))
        self.assertEqual((run.state, run.failed), ("done", 1))

    # --- stop by a person -----------------------------------------------------

    def test_stop_leaves_the_rest_where_it_is(self):
        moves = [self.invoice() for _number in range(3)]
        run = self.synchronise()
        with self.side_cursors() as env:
            run.with_env(env).action_stop()
        self.run_export_job()
        self.assertEqual((run.state, run.done, run.waiting), ("stopped", 0, 3))
        self.assertIn(self.env.user.name, run.issue_message)
        self.assertEqual(self.posts(), 0)
        self.export(moves[1])
        self.assertEqual(moves[1].exact_state, "exported", "by hand it goes")

    def test_a_new_run_takes_over_what_a_stopped_one_left(self):
        self.invoice()
        stopped = self.synchronise()
        with self.side_cursors() as env:
            stopped.with_env(env).action_stop()
        run = self.synchronise()
        self.assertNotEqual(run, stopped)
        self.run_export_job()
        self.assertEqual((run.state, run.done), ("done", 1))

    def test_stop_is_seen_in_the_middle(self):
        for _number in range(4):
            self.invoice()
        run = self.synchronise()
        self.patch_every_second()
        send = type(self.env["exact.export"])._send_and_ask

        def stop_at_the_second(export, entry, *args, **kwargs):
            result = send(export, entry, *args, **kwargs)
            if self.posts() == 2:
                run.with_env(export.env).action_stop()
            return result

        self.patch(type(self.env["exact.export"]), "_send_and_ask", stop_at_the_second)
        self.run_export_job()
        self.assertEqual((run.state, run.done, run.waiting), ("stopped", 2, 2))

    def patch_every_second(self):
        """Let a run look at its row after each invoice."""
        self.patch(exact_run_progress, "EVERY", 0)

    def test_another_administration_ends_the_run_and_takes_over_what_is_left(self):
        move = self.invoice()
        run = self.synchronise()
        new = self.administration.sudo()._set_division(1002, "Other")
        self.assertEqual((run.state, run.waiting), ("stopped", 0))
        entry = move.exact_entry_id
        self.assertEqual((entry.administration_id, entry.run_id.id), (new, False))

    def test_another_administration_also_frees_what_a_stopped_run_left(self):
        move = self.invoice()
        run = self.synchronise()
        with self.side_cursors() as env:
            run.with_env(env).action_stop()
        self.env.invalidate_all()
        self.administration.sudo()._set_division(1002, "Other")
        self.assertFalse(move.exact_entry_id.run_id)

    # --- what happens while it is being filled ----------------------------------

    def test_what_changed_since_it_was_chosen_does_not_stop_the_rest(self):
        run = self.select(self.invoice())
        booked, drafted, deleted, fresh = (self.invoice() for _number in range(4))
        self.export(booked)
        drafted.button_draft()
        deleted.button_draft()
        ids = (booked + drafted + deleted + fresh).ids
        deleted.name = False
        deleted.unlink()
        with self.side_cursors() as env:
            env["exact.bulk"].sudo()._queue(ids, run.with_env(env), env.cr.commit)
        self.env.invalidate_all()
        self.assertEqual(fresh.exact_entry_id.run_id, run)
        self.assertEqual(fresh.exact_state, "queued")
        self.assertEqual(booked.exact_state, "exported")
        self.assertEqual(drafted.exact_state, "none")

    def test_a_run_that_a_job_took_for_done_is_opened_again(self):
        self.invoice()
        run = self.synchronise()
        self.run_export_job()
        self.assertEqual(run.state, "done")
        late = self.invoice()
        late._exact_enqueue(run)
        run.sudo()._exact_reopen()
        self.assertEqual((run.state, run.waiting), ("waiting", 1))
        self.run_export_job()
        self.assertEqual((run.state, run.done), ("done", 2))

    def test_what_a_person_has_to_look_at_does_not_keep_the_run_waiting(self):
        move, other = self.invoice(), self.invoice()
        run = self.synchronise()
        entry = move.exact_entry_id.sudo()
        entry.write({"state": "unknown", "issue_code": "found_other"})
        entry.issue_params = {
            "count": 2,
            "number": move.name,
            "journal": "70",
            "entries": "1, 2",
        }
        self.run_export_job()
        self.assertEqual((run.state, run.done, run.failed), ("done", 1, 1))
        self.assertEqual(other.exact_state, "exported")
        self.assertIn(move.name, run.problems_html)

    # --- the slot of the job ---------------------------------------------------

    def test_a_job_makes_room_and_the_next_goes_on_where_it_was(self):
        for _number in range(3):
            self.invoice()
        run = self.synchronise()
        cron = self.administration.export_cron_id.sudo()
        self.patch(exact_export_run, "SECONDS", 1)
        self.sandbox.faults.add("delay", path=ENTRIES, seconds=1.1, count=0)
        woken = self.note_triggers()
        self.run_export_job()
        self.assertEqual(run.state, "running")
        self.assertGreater(run.waiting, 0)
        triggers = self.env["ir.cron.trigger"].sudo()
        now = fields.Datetime.now()
        again = [("cron_id", "=", cron.id), ("call_at", "<=", now)]
        self.assertTrue(triggers.search_count(again), "it is called again at once")
        self.assertTrue(
            any(at <= now for at in woken), "and Odoo does not sleep before"
        )
        self.sandbox.faults.clear()
        self.patch(exact_export_run, "SECONDS", 60)
        self.run_export_job()
        self.assertEqual((run.state, run.done), ("done", 3))
        self.assertEqual(self.posts(), 3)

    def note_triggers(self):
        """When the scheduler was asked to look; what is due wakes it."""
        moments, crons = [], type(self.env["ir.cron"])
        trigger = crons._trigger_list

        def note(cron, at_list):
            moments.extend(at_list)
            return trigger(cron, at_list)

        self.patch(crons, "_trigger_list", note)
        return moments

    def told(self):
        """What the scheduler knows of each time that it called the job."""
        rows = self.env["ir.cron.progress"].sudo()
        rows.invalidate_model()
        rows = rows.search([("cron_id", "=", self.administration.export_cron_id.id)])
        return [(row.done, row.remaining) for row in rows]

    def test_the_scheduler_knows_of_what_is_done_before_the_job_ends(self):
        """It gives up a job that ends by force three times without having done any."""
        self.patch(exact_run_progress, "TELL_EVERY", 0)
        for _number in range(3):
            self.invoice()
        self.synchronise()
        told, steps = [], type(self.env["exact.export"])._isolated

        def note(export, *args, **kwargs):
            told.append(self.told())
            return steps(export, *args, **kwargs)

        self.patch(type(self.env["exact.export"]), "_isolated", note)
        self.run_export_job()
        self.assertEqual(told, [[(0, 0)], [(1, 1)], [(2, 1)]])
        self.assertEqual(self.told(), [(4, 0)])

    def test_a_job_that_the_limit_ends_is_not_called_again_at_once(self):
        self.patch(exact_run_progress, "TELL_EVERY", 0)
        for _number in range(3):
            self.invoice()
        run = self.synchronise()
        self.sandbox.faults.add("too_many_requests", path=ENTRIES, daily=True, skip=1)
        self.run_export_job()
        self.assertEqual((run.state, run.done, run.waiting), ("waiting", 1, 2))
        self.assertEqual(self.told(), [(1, 0)])

    def test_a_job_that_died_leaves_nothing_to_repair(self):
        moves = [self.invoice() for _number in range(3)]
        run = self.synchronise()
        entry = moves[0].exact_entry_id.sudo()
        entry._exact_set_sending(
            {
                "journal": "70",
                "number": moves[0].name,
                "customer": "x",
                "total": "121.00",
            },
            "fingerprint",
        )
        run.sudo().write({"state": "running", "done": 17})
        self.run_export_job()
        self.assertEqual((run.state, run.done, run.waiting), ("waiting", 2, 1))
        self.later(minutes=6)
        self.run_export_job()
        self.assertEqual((run.state, run.done), ("done", 3))
        self.assertEqual(self.posts(), 3)


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

    def test_what_is_left_shows_on_the_administration(self):
        self.sandbox.limits.daily = 5000
        self.use_up(99)
        self.export(self.invoice())
        self.assertIn("4,9", self.administration.limits_text)
        self.assertEqual(self.administration.calls_left_today, 4900)


class TestBefore(BulkCommon):
    """The page before an export: what goes, what cannot and why."""

    def test_totals_per_journal_and_vat_code(self):
        self.invoice([100.0])
        self.invoice([50.0, 25.0])
        self.invoice([10.0], move_type="out_refund")
        page = self.page()
        self.assertEqual((page.go_count, page.left_count), (3, 0))
        [journal] = page.journal_line_ids
        self.assertEqual((journal.count, journal.untaxed), (3, 165.0))
        self.assertAlmostEqual(journal.vat, 34.65)
        [vat] = page.vat_line_ids
        self.assertIn("3", vat.name)
        self.assertEqual((vat.untaxed, vat.count), (165.0, 3))
        self.assertAlmostEqual(vat.vat, 34.65)
        self.assertAlmostEqual(vat.total, journal.total)

    def test_it_lists_what_goes_first(self):
        today = fields.Date.today()
        new, old, middle = (
            self.invoice(invoice_date=today - timedelta(days=days))
            for days in (0, 9, 5)
        )
        left_out = self.without_code()
        page = self.page()
        self.assertEqual(page.go_ids, old + middle + new)
        self.assertNotIn(left_out, page.go_ids)
        self.assertFalse(page.shown_text, "all of them are shown")
        self.patch(exact_synchronise, "SHOWN", 2)
        page = self.page()
        self.assertEqual((page.go_ids, page.go_count), (old + middle, 3))
        self.assertEqual(page.shown_text, "The first 2 of them:")

    def test_calls_count_new_customers_and_files(self):
        self.invoice()
        self.invoice(partner_id=self.customer.copy({"name": "New"}).id)
        without = self.page().calls
        self.assertEqual(without, 2 + 2 + 1 + 5)
        self.administration.attach_pdf = True
        self.assertEqual(self.page().calls, without + 2 * 2)

    def test_the_expected_end_follows_the_limit_of_the_minute(self):
        for _number in range(3):
            self.invoice()
        quota = self.env["exact.quota"].sudo().search([])
        quota.data = {
            "minute": {"limit": 1, "remaining": 1, "reset": 0},
            "day": {"limit": 5000, "remaining": 5000, "reset": 0},
            "errors": {},
        }
        minutes = (self.page().expected_end - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(minutes / 60, 3 + 1 + 5, delta=0.5)

    def test_each_cause_with_its_invoices(self):
        self.invoice()
        uncoded = self.without_code()
        term = self.env.ref("account.account_payment_term_15days")
        self.invoice(invoice_payment_term_id=term.id)
        foreign = self.customer.copy({"name": "Nowhere", "country_id": False})
        self.invoice(partner_id=foreign.id)
        page = self.page()
        self.assertEqual((page.go_count, page.left_count), (1, 3))
        causes = {line.issue_code: line for line in page.cause_line_ids}
        self.assertEqual(
            set(causes),
            {"tax_unmapped", "payment_term_unmapped", "bulk_country_missing"},
        )
        self.assertIn("other", causes["tax_unmapped"].name)
        action = causes["tax_unmapped"].action_open()
        self.assertEqual(self.env["account.move"].search(action["domain"]), uncoded)

    def test_what_the_page_holds_back_would_not_have_gone(self):
        """The page and the check of each invoice agree."""
        good, bad = self.invoice(), self.without_code()
        run = self.synchronise()
        self.assertEqual((run.total, run.left_out), (1, 1))
        self.assertIn("other", run.problems_html)
        self.run_export_job()
        self.assertEqual(run.state, "done")
        self.assertEqual(good.exact_state, "exported")
        entry = bad.exact_entry_id
        self.assertEqual((entry.state, entry.issue_code), ("blocked", "tax_unmapped"))

    def test_what_was_left_out_is_kept_with_its_reason_and_stops_nothing(self):
        """Who looks afterwards has it in the list of what is to be mended."""
        self.administration.responsible_id = self.env.user
        bad = [self.without_code(), self.without_code()]
        good = self.invoice()
        run = self.synchronise()
        self.assertIn(bad[0].name, run.problems_html)
        self.run_export_job()
        self.assertEqual((run.state, run.total, run.failed), ("done", 1, 0))
        self.assertEqual(good.exact_state, "exported")
        self.assertEqual([move.exact_state for move in bad], ["blocked"] * 2)
        summaries = self.administration.activity_ids.mapped("summary")
        self.assertIn("No VAT code chosen", summaries)
        self.invoice()
        logs = len(bad[0].exact_entry_id.log_ids)
        self.synchronise()
        self.run_export_job()
        self.assertEqual(len(bad[0].exact_entry_id.log_ids), logs, "not once a run")

    def test_what_was_not_selected_is_left_alone(self):
        good, bad, other = self.invoice(), self.without_code(), self.without_code()
        self.select(good + bad)
        self.run_export_job()
        states = [move.exact_state for move in good + bad + other]
        self.assertEqual(states, ["exported", "blocked", "none"])

    def test_no_journal_no_account_no_line_tax(self):
        self.invoice()
        self.invoice(tax=self.env["account.tax"])
        self.assertEqual(self.page().cause_line_ids.issue_code, "bulk_no_tax_unmapped")
        self.map("journal", self.company_data["default_journal_sale"], False)
        self.assertEqual(self.page().go_count, 0)
        self.map("journal", self.company_data["default_journal_sale"], "70")
        self.administration.default_gl_account_id = False
        self.assertEqual(self.page().go_count, 0)

    def test_a_mandatory_ledger_account(self):
        self.invoice()
        self.administration.write(
            {"use_line_gl_account": True, "require_line_gl_account": True}
        )
        page = self.page()
        self.assertEqual(page.go_count, 0)
        self.assertEqual(page.cause_line_ids.issue_code, "bulk_account_unmapped")

    def test_what_exact_refused_goes_by_selection_only(self):
        move = self.invoice()
        self.refuse()
        self.export(move)
        page = self.page()
        self.assertEqual((page.go_count, page.left_count), (0, 1))
        self.assertEqual(page.cause_line_ids.issue_code, "bulk_refused")
        self.assertEqual(self.page(move).go_count, 1)

    def test_a_selection_says_what_cannot_go_at_all(self):
        there = self.invoice()
        self.export(there)
        draft = self.invoice()
        draft.button_draft()
        old = self.invoice(invoice_date=fields.Date.today() - timedelta(days=9))
        self.administration.export_from = fields.Date.today() - timedelta(days=5)
        bill = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.customer.id}
        )
        page = self.page(there + draft + old + bill + self.invoice())
        self.assertEqual((page.go_count, page.left_count), (1, 4))
        self.assertEqual(
            set(page.cause_line_ids.mapped("issue_code")),
            {"bulk_there", "bulk_draft", "bulk_too_old", "bills_off"},
        )

    def test_the_page_writes_nothing_and_asks_nobody(self):
        self.invoice()
        self.page()
        self.assertFalse(self.calls())
        self.assertFalse(self.env["exact.run"].search([]))

    def test_rights(self):
        move = self.invoice()
        clerk = new_test_user(
            self.env,
            "clerk",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self.administration.with_user(clerk).action_synchronise()
        action = move.with_user(clerk).action_exact_synchronise()
        page = self.env["exact.synchronise"].browse(action["res_id"])
        with self.assertRaises(AccessError):
            page.with_user(clerk).write({"origin": "all"})
        reader = new_test_user(
            self.env,
            "reader",
            groups="account.group_account_readonly",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            move.with_user(reader).action_exact_synchronise()
        run = (
            self.env["exact.run"]
            .sudo()
            .create({"administration_id": self.administration.id, "origin": "all"})
        )
        self.assertTrue(run.with_user(reader).read_progress())
        with self.assertRaises(AccessError):
            run.with_user(reader).action_stop()
        with self.assertRaises(AccessError):
            run.with_user(clerk).write({"state": "done"})
        run.write({"state": "stopped", "waiting": 2})
        self.assertTrue(run.can_go_on)
        self.assertFalse(run.with_user(clerk).can_go_on)
        with self.assertRaises(AccessError):
            run.with_user(clerk).action_go_on()
        run.origin = "selection"
        self.assertTrue(run.with_user(clerk).can_go_on)
        run.with_user(clerk).action_go_on()
        self.assertEqual(run.state, "waiting")
        self.assertFalse(run.can_go_on)


class TestQueueOfMany(BulkCommon):
    """A thousand invoices are queued in a handful of statements."""

    def test_a_thousand_invoices_with_a_bounded_number_of_queries(self):
        moves = self.copies(self.invoice(), 1000)
        administration = self.administration.sudo()
        run = (
            self.env["exact.run"]
            .sudo()
            .create({"administration_id": administration.id, "origin": "all"})
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        moves.sudo()._exact_enqueue(run)
        queries = self.cr.sql_log_count - before
        self.assertLess(queries, 60)
        run._exact_count()
        self.assertEqual((run.total, run.waiting), (1000, 1000))
        self.assertEqual(set(moves.mapped("exact_party_name")), {self.customer.name})
        logs = self.env["exact.entry.log"].sudo()
        queued = [("entry_id.run_id", "=", run.id), ("event", "=", "queue")]
        self.assertEqual(logs.search_count(queued), 1000)

    def test_the_page_asks_the_same_of_ten_as_of_a_thousand(self):
        move = self.invoice()
        self.copies(move, 9)
        self.page()
        few = self.queries_of_page()
        self.copies(move, 990)
        self.assertLessEqual(self.queries_of_page(), few + 5)

    def queries_of_page(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        page = self.page()
        self.env.flush_all()
        self.assertTrue(page.go_count)
        return self.cr.sql_log_count - before

    def copies(self, move, count):
        """Posted invoices as another module may have left them: no entry, no billing
        data. In SQL, since Odoo takes 200 ms for each."""
        self.env.flush_all()
        skip = {"id", "name", "exact_entry_id", "sequence_number", "payment_reference"}
        skip |= {name for name in move._fields if name.startswith("exact_party_")}
        columns = ", ".join(self.columns("account_move", skip))
        lines = ", ".join(self.columns("account_move_line", {"id", "move_id"}))
        self.cr.execute(
            f"""
            WITH copies AS (
                INSERT INTO account_move (name, sequence_number, {columns})
                     SELECT 'COPY/' || currval('account_move_id_seq') || '/' || number,
                            number + 100000 + currval('account_move_id_seq'), {columns}
                       FROM account_move, generate_series(1, %s) AS number
                      WHERE id = %s
                  RETURNING id),
            items AS (
                INSERT INTO account_move_line (move_id, {lines})
                     SELECT copies.id, {lines}
                       FROM copies, account_move_line
                      WHERE move_id = %s
                  RETURNING id, display_type),
            taxed AS (
                INSERT INTO account_move_line_account_tax_rel
                            (account_move_line_id, account_tax_id)
                     SELECT id, %s FROM items WHERE display_type = 'product')
            SELECT id FROM copies
            """,  # noqa: S608 - names of columns
            (count, move.id, move.id, self.tax.id),
        )
        ids = [move_id for (move_id,) in self.cr.fetchall()]
        self.env.invalidate_all()
        return self.env["account.move"].browse(ids)

    def columns(self, table, skip):
        self.cr.execute(
            """
            SELECT column_name FROM information_schema.columns
             WHERE table_name = %s AND is_generated = 'NEVER'
            """,
            (table,),
        )
        return sorted(name for (name,) in self.cr.fetchall() if name not in skip)


class TestCustomers(BulkCommon):
    """B7 and B8: which customers an export changes in Exact, and when."""

    def setUp(self):
        super().setUp()
        self.other = self.customer.copy(
            {"name": "Other BV", "vat": False, "company_registry": False}
        )
        self.export(self.invoice(partner_id=self.other.id))
        for customer in self.customer + self.other:
            customer.street = "Nieuwstraat 9"
        # The newest invoice of the other one names its new street too.
        other = self.invoice(partner_id=self.other.id)
        other.exact_entry_id.sudo()._exact_move_to("mark")
        self.sandbox.calls.clear()

    def street(self, customer):
        account = customer.exact_account_ids.sudo()
        [row] = [a for a in self.books.accounts if a["ID"] == account.guid]
        return row["AddressLine1"]

    def set_options(self, at_once, all_customers):
        self.administration.write(
            {
                "update_customer_on_export": at_once,
                "update_all_customers_on_bulk": all_customers,
            }
        )

    def test_table_of_the_combinations(self):
        """After one invoice, and after an export of many: who is new in Exact."""
        new, old = "Nieuwstraat 9", "Markt 1"
        table = [
            # B7, B8, after one: the customer; after many: the customer, the other
            (False, False, old, new, old),
            (False, True, old, new, new),
            (True, False, new, new, old),
            (True, True, new, new, new),
        ]
        for at_once, all_customers, single, customer, other in table:
            with (
                self.subTest(B7=at_once, B8=all_customers),
                self.cr.savepoint() as point,
            ):
                self.sandbox_streets("Markt 1")
                self.set_options(at_once, all_customers)
                self.export(self.invoice())
                self.assertEqual(self.street(self.customer), single)
                self.assertEqual(self.street(self.other), old)
                self.invoice()
                run = self.synchronise()
                self.run_export_job()
                self.assertEqual(run.state, "done")
                self.assertEqual(self.street(self.customer), customer)
                self.assertEqual(self.street(self.other), other)
                point.rollback()

    def sandbox_streets(self, street):
        for account in self.books.accounts:
            if account["Name"] in (self.customer.name, self.other.name):
                account["AddressLine1"] = street

    def test_each_combination_has_a_sentence_of_its_own(self):
        sentences = set()
        for at_once in (False, True):
            for all_customers in (False, True):
                self.set_options(at_once, all_customers)
                sentences.add(self.administration.customer_update_text)
        self.assertEqual(len(sentences), 4)

    def test_unchanged_customers_cost_no_call(self):
        self.set_options(at_once=False, all_customers=True)
        self.invoice()
        self.synchronise()
        self.run_export_job()
        self.invoice()
        run = self.synchronise()
        self.sandbox.calls.clear()
        self.run_export_job()
        self.assertEqual(self.calls(), [POST_ENTRY])
        self.assertEqual((run.customers_total, run.customers_done), (2, 2))

    def test_invoices_of_more_than_a_year_ago_do_not_count(self):
        self.set_options(at_once=False, all_customers=True)
        self.env.cr.execute(
            "UPDATE account_move SET invoice_date = %s WHERE partner_id = %s",
            (fields.Date.today() - timedelta(days=400), self.other.id),
        )
        self.invoice()
        self.synchronise()
        self.run_export_job()
        self.assertEqual(self.street(self.other), "Markt 1")

    def test_a_customer_that_exact_refuses_is_named_and_the_others_go(self):
        self.set_options(at_once=False, all_customers=True)
        self.invoice()
        run = self.synchronise()
        self.sandbox.faults.add(
            "server_error", path=ACCOUNTS, method="PUT", body="json"
        )
        self.run_export_job()
        self.assertEqual((run.state, run.customers_failed), ("done", 1))
        self.assertIn(self.customer.name, run.problems_html)
        self.assertEqual(self.street(self.other), "Nieuwstraat 9")

    def test_a_fault_at_one_customer_is_kept_and_the_others_go(self):
        parties = type(self.env["exact.party"])
        whole = parties._is_outdated

        def broken(party, link, move):
            if link.partner_id == self.customer:
                raise ValueError("a fault of ours")
            return whole(party, link, move)

        self.patch(parties, "_is_outdated", broken)
        self.set_options(at_once=False, all_customers=True)
        self.invoice()
        run = self.synchronise()
        with self.assertLogs("odoo.addons.optedo_exact.models.exact_party_bulk"):
            self.run_export_job()
        self.assertEqual((run.state, run.customers_failed), ("done", 1))
        self.assertIn(self.customer.name, run.problems_html)
        self.assertEqual(self.street(self.customer), "Markt 1")
        self.assertEqual(self.street(self.other), "Nieuwstraat 9")

    def test_customers_go_on_where_a_job_stopped(self):
        self.set_options(at_once=False, all_customers=True)
        self.invoice()
        run = self.synchronise()
        self.sandbox.faults.add(
            "too_many_requests", path=ACCOUNTS, method="PUT", skip=1, daily=True
        )
        self.run_export_job()
        self.assertEqual((run.state, run.customers_done), ("waiting", 1))
        self.assertEqual(run.done, 1)
        self.env["exact.quota"].sudo().search([]).data = False
        self.sandbox.calls.clear()
        self.run_export_job()
        self.assertEqual((run.state, run.customers_done), ("done", 2))
        self.assertEqual(len(self.calls()), 1)


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
