from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.optedo_exact.models import exact_export_run, exact_run_progress

from .bulk import ENTRIES, POST_ENTRY, BulkCommon


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
