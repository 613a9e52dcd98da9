from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from .bulk import BulkCommon
from .common import ExactCommon

# The sandbox has last year, with its first nine periods closed, this year, all open,
# and next year, of which only the first quarter is open yet.
YEAR = date.today().year
PERIODS = "financial/FinancialPeriods"


class PeriodsCommon(ExactCommon):
    connected = True

    def dated(self, day, **values):
        return self.invoice(invoice_date=day, **values)

    def close(self, *periods, year=YEAR):
        for period in periods:
            self.books.close_period(year, period, journal="70")
        self.read_again()

    def open(self, *periods, year=YEAR):
        for period in periods:
            self.books.open_period(year, period, journal="70")
        self.read_again()

    def read_again(self):
        """The list of periods is older than an hour."""
        self.administration.sudo().periods_read_at = "2020-01-01"

    def posts(self):
        return [c for c in self.calls() if c.startswith("POST") and "SalesEntr" in c]

    def choose(self, moves, what, reason="", user=None):
        with self.side_cursors() as env:
            env = env(user=user or self.env.user)
            action = moves.with_env(env).action_exact_choose_period()
            wizard = env[action["res_model"]].browse(action["res_id"])
            wizard.reason = reason
            result = getattr(wizard, what)()
            env.cr.commit()
        return result


class TestPeriods(PeriodsCommon):
    """An invoice goes only into a period that takes bookings (product F7)."""

    # --- not open yet --------------------------------------------------------

    def test_a_period_that_is_not_there_yet_is_waited_for_without_sending(self):
        move = self.dated(f"{YEAR + 4}-01-10")
        self.export(move)
        self.assertEqual(move.exact_state, "waiting")
        self.assertFalse(self.posts())
        self.assertEqual(
            move.exact_status_text, f"Waiting until period {YEAR + 4}-01 opens"
        )
        self.assertIn("by itself", move.alerts["exact_issue"]["message"])

    def test_it_goes_by_itself_when_the_period_opens_and_not_before(self):
        move = self.dated(f"{YEAR + 1}-05-10")
        self.export(move)
        self.assertEqual(move.exact_state, "waiting")
        self.run_export_job()
        self.assertEqual(move.exact_state, "waiting")
        self.open(4, year=YEAR + 1)
        self.run_export_job()
        self.assertEqual(move.exact_state, "waiting", "another period opened")
        self.open(5, year=YEAR + 1)
        self.run_export_job()
        self.assertEqual(move.exact_state, "exported")
        [entry] = self.entries_in_exact()
        self.assertEqual(entry["ReportingPeriod"], 5)

    def test_a_user_need_not_wait_for_the_job(self):
        move = self.dated(f"{YEAR + 1}-05-10")
        self.export(move)
        since = move.exact_entry_id.held_since
        self.export(move)
        self.assertEqual(move.exact_state, "waiting")
        self.assertEqual(move.exact_entry_id.held_since, since)
        self.open(5, year=YEAR + 1)
        self.export(move)
        self.assertEqual(move.exact_state, "exported")
        self.assertFalse(move.exact_entry_id.held_since)

    def test_an_old_list_is_not_trusted_for_longer_than_an_hour(self):
        move = self.dated(f"{YEAR}-06-10")
        self.books.close_period(YEAR, 6, journal="70")
        with self.side_cursors() as env:
            move.with_env(env)._exact_enqueue()
            env.cr.commit()
        self.read_again()
        self.run_export_job()
        self.assertEqual(move.exact_state, "closed")
        self.assertFalse(self.posts())

    def test_the_list_is_read_once_an_hour_and_not_where_nothing_waits(self):
        self.read_again()
        self.run_export_job()
        self.sandbox.calls.clear()
        self.run_export_job()
        self.assertFalse(self.calls(), "nobody asks, so Exact is not asked")
        for _number in range(2):
            self.export(self.dated(f"{YEAR}-06-10"))
        asked = [call for call in self.calls() if PERIODS in call]
        self.assertEqual(len(asked), 1)

    def test_a_user_who_waits_gets_a_list_of_this_minute(self):
        self.close(6)
        move = self.dated(f"{YEAR}-06-10")
        self.export(move)
        self.assertEqual(move.exact_state, "closed")
        self.books.open_period(YEAR, 6, journal="70")
        self.administration.sudo().periods_read_at -= timedelta(minutes=5)
        self.export(move)
        self.assertEqual(move.exact_state, "exported")

    def test_a_period_of_another_journal_does_not_matter(self):
        self.books.close_period(YEAR, 6, journal="90")
        move = self.dated(f"{YEAR}-06-10")
        self.export(move)
        self.assertEqual(move.exact_state, "exported")

    def test_what_is_missing_is_said_before_the_period(self):
        self.map("tax", self.tax, None)
        move = self.dated(f"{YEAR + 4}-01-10")
        self.export(move)
        self.assertEqual(move.exact_state, "blocked")

    def test_reset_to_draft_takes_a_waiting_invoice_out(self):
        move = self.dated(f"{YEAR + 1}-05-10")
        self.export(move)
        move.button_draft()
        self.assertEqual(move.exact_state, "none")
        move.write({"name": False, "invoice_date": f"{YEAR}-06-10"})
        move.action_post()
        self.export(move)
        self.assertEqual(move.exact_state, "exported")

    def test_a_login_that_may_not_read_periods_still_books(self):
        self.env["exact.period"].sudo().search([]).unlink()
        self.read_again()
        self.sandbox.switches.change(denied_services="read")
        self.addCleanup(self.sandbox.switches.change, denied_services="")
        move = self.dated(f"{YEAR}-06-10")
        self.export(move)
        self.assertEqual(move.exact_state, "exported")

    # --- closed --------------------------------------------------------------

    def closed(self, day=f"{YEAR}-03-20"):
        self.close(1, 2, 3, 4)
        move = self.dated(day)
        self.export(move)
        self.assertEqual(move.exact_state, "closed")
        return move

    def test_a_closed_period_asks_a_person_and_sends_nothing(self):
        move = self.closed()
        self.assertFalse(self.posts())
        self.assertEqual(
            move.exact_status_text, f"Period {YEAR}-03 is closed: choose what to do"
        )
        self.assertEqual(
            move.alerts["exact_issue"]["action"]["id"],
            self.env.ref("optedo_exact.exact_choose_period_action").id,
        )

    def test_years_before_those_that_are_read_are_closed_too(self):
        move = self.dated(f"{YEAR - 3}-03-20")
        self.export(move)
        self.assertEqual(move.exact_state, "closed")

    def test_it_is_never_released_by_itself(self):
        move = self.closed()
        self.open(1, 2, 3, 4)
        self.run_export_job()
        self.assertEqual(move.exact_state, "closed")
        self.assertEqual(move.exact_status_text, f"Period {YEAR}-03 is open again")
        self.assertFalse(self.posts())
        self.export(move)
        self.assertEqual(move.exact_state, "exported")
        self.assertEqual(self.entries_in_exact()[0]["ReportingPeriod"], 3)

    def test_the_first_open_period_keeps_the_date_of_the_invoice(self):
        move = self.closed()
        self.choose(move, "action_first_open", "As agreed with the accountant")
        self.assertEqual(move.exact_state, "exported")
        [entry] = self.entries_in_exact()
        self.assertEqual(entry["EntryDate"].date(), date(YEAR, 3, 20))
        self.assertEqual((entry["ReportingYear"], entry["ReportingPeriod"]), (YEAR, 5))
        log = move.exact_entry_id.log_ids.filtered("reason")
        self.assertIn(f"{YEAR}-05 - As agreed", log.reason)
        self.assertEqual(log.user_id, self.env.user)

    def test_a_whole_year_that_is_closed_goes_into_the_next(self):
        self.close(*range(1, 13))
        move = self.dated(f"{YEAR}-03-20")
        self.export(move)
        self.choose(move, "action_first_open")
        [entry] = self.entries_in_exact()
        self.assertEqual(
            (entry["ReportingYear"], entry["ReportingPeriod"]), (YEAR + 1, 1)
        )

    def test_a_chosen_period_that_was_closed_since_asks_again(self):
        moves = self.closed() | self.dated(f"{YEAR}-03-21")
        self.export(moves[1])
        self.choose(moves, "action_first_open")
        self.assertEqual(set(moves.mapped("exact_state")), {"queued"})
        self.close(5)
        self.run_export_job()
        self.assertEqual(set(moves.mapped("exact_state")), {"closed"})
        self.assertEqual(
            moves[0].exact_status_text, f"Period {YEAR}-05 is closed: choose what to do"
        )
        self.choose(moves, "action_first_open")
        self.run_export_job()
        self.assertEqual(
            {entry["ReportingPeriod"] for entry in self.entries_in_exact()}, {6}
        )

    def test_a_chosen_period_is_forgotten_when_the_invoice_is_corrected(self):
        moves = self.closed() | self.dated(f"{YEAR}-03-21")
        self.export(moves[1])
        self.choose(moves, "action_first_open")
        moves[0].button_draft()
        moves[0].invoice_date = f"{YEAR}-06-10"
        moves[0].action_post()
        self.export(moves[0])
        [entry] = self.entries_in_exact()
        self.assertEqual(entry["ReportingPeriod"], 6)

    def test_without_an_open_period_behind_it_cannot_be_chosen(self):
        move = self.closed()
        self.close(*range(5, 13))
        self.close(*range(1, 13), year=YEAR + 1)
        self.run_export_job()
        with self.assertRaisesRegex(UserError, "No period behind"):
            self.choose(move, "action_first_open")
        self.assertEqual(move.exact_state, "closed")

    def test_to_wait_is_kept_with_who_decided(self):
        move = self.closed()
        self.choose(move, "action_wait", "Asked them")
        self.assertEqual(move.exact_state, "closed")
        self.assertIn(self.env.user.name, move.alerts["exact_issue"]["message"])
        self.read_again()
        self.run_export_job()
        self.assertIn("decided to wait", move.alerts["exact_issue"]["message"])
        self.assertFalse(self.posts())

    def test_keeping_out_needs_its_right_and_a_reason(self):
        move = self.closed()
        with self.assertRaises(AccessError):
            self.choose(move, "action_keep_out", "Booked by hand")
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_keep_out")
        with self.assertRaisesRegex(UserError, "why"):
            self.choose(move, "action_keep_out", "  ")
        self.choose(move, "action_keep_out", "Booked by hand")
        self.assertEqual(move.exact_state, "marked")
        self.open(1, 2, 3, 4)
        self.run_export_job()
        self.assertFalse(self.posts())

    def test_choosing_needs_the_invoicing_right(self):
        move = self.closed()
        auditor = new_test_user(
            self.env, "auditor", "account.group_account_readonly,base.group_user"
        )
        with self.assertRaises(AccessError):
            self.choose(move, "action_first_open", user=auditor)

    def test_an_invoice_without_the_question_is_not_decided_about(self):
        move = self.dated(f"{YEAR}-06-10")
        with self.assertRaises(UserError):
            self.choose(move, "action_first_open")

    def test_a_period_closed_since_the_list_was_read_is_asked_about(self):
        """Exact refuses it; the refusal leads to the same question."""
        self.export(self.dated(f"{YEAR}-06-09"))
        self.books.close_period(YEAR, 6, journal="70")
        move = self.dated(f"{YEAR}-06-10")
        self.export(move)
        self.assertEqual(move.exact_state, "rejected")
        self.assertIn("afgesloten", move.alerts["exact_issue"]["message"])
        self.choose(move, "action_first_open")
        self.assertEqual(move.exact_state, "exported")
        self.assertEqual(self.entries_in_exact()[-1]["ReportingPeriod"], 7)

    # --- the accounting date -------------------------------------------------

    def locked(self):
        self.company.sudo().sale_lock_date = date(YEAR - 1, 10, 31)
        return self.dated(f"{YEAR - 1}-10-20")

    def test_under_a_lock_date_it_is_reported_in_the_period_of_the_books(self):
        move = self.locked()
        self.assertEqual(move.invoice_date, date(YEAR - 1, 10, 20))
        self.assertGreaterEqual(move.date, date(YEAR - 1, 11, 1))
        self.export(move)
        [entry] = self.entries_in_exact()
        self.assertEqual(entry["EntryDate"].date(), date(YEAR - 1, 10, 20))
        self.assertEqual(
            (entry["ReportingYear"], entry["ReportingPeriod"]),
            (move.date.year, move.date.month),
        )

    def test_a_closed_period_of_the_paper_does_not_matter_then(self):
        self.close(10, year=YEAR - 1)
        move = self.locked()
        self.export(move)
        self.assertEqual(move.exact_state, "exported")

    # --- before confirming ---------------------------------------------------

    def hint(self, day):
        with Form(
            self.env["account.move"].with_context(default_move_type="out_invoice")
        ) as form:
            form.partner_id = self.customer
            form.invoice_date = day
            form.save()
            return form.exact_booking_hint

    def test_the_form_names_the_period_and_says_whether_it_is_open(self):
        self.close(1, 2, 3)
        with self.enter_registry_test_mode():
            self.administration.reference_cron_id.sudo().method_direct_trigger()
        self.assertIn(f"period {YEAR}-06", self.hint(f"{YEAR}-06-15"))
        self.assertIn(f"{YEAR}-02 (closed in Exact)", self.hint(f"{YEAR}-02-15"))
        self.company.sudo().sale_lock_date = date(YEAR - 1, 10, 31)
        self.assertNotIn(f"{YEAR - 1}-10", self.hint(f"{YEAR - 1}-10-20"))
        self.assertIn(
            f"{YEAR + 1}-05 (not open yet in Exact)", self.hint(f"{YEAR + 1}-05-15")
        )


class TestPeriodsOfRuns(PeriodsCommon, BulkCommon):
    """What a run left because of its period goes on without that run."""

    def test_what_stopped_a_run_goes_once_a_person_chose_its_period(self):
        self.close(1, 2, 3, 4)
        moves = self.dated(f"{YEAR}-03-20") | self.dated(f"{YEAR}-03-21")
        run = self.synchronise()
        self.run_export_job()
        self.assertEqual((run.state, run.failed, run.waiting), ("stopped", 1, 1))
        with self.side_cursors() as env:
            run.with_env(env).action_go_on()
        self.run_export_job()
        self.assertEqual((run.state, run.failed), ("stopped", 2))
        self.choose(moves, "action_first_open")
        self.run_export_job()
        self.assertEqual(set(moves.mapped("exact_state")), {"exported"})

    def test_it_stays_in_a_run_that_is_under_way(self):
        self.administration.on_error = "continue"
        self.close(1, 2, 3, 4)
        moves = self.dated(f"{YEAR}-03-20") | self.dated(f"{YEAR}-03-21")
        run = self.synchronise()
        self.run_export_job()
        self.assertEqual((run.state, run.failed), ("done", 2))
        run.sudo().state = "waiting"
        self.choose(moves, "action_first_open")
        self.run_export_job()
        self.assertEqual((run.state, run.total, run.done), ("done", 2, 2))

    def test_what_waits_goes_when_its_period_opens_also_after_a_stop(self):
        early = self.dated(f"{YEAR + 1}-05-10")
        late = self.dated(f"{YEAR + 1}-05-11")
        run = self.synchronise()
        self.run_export_job()
        self.assertEqual((run.state, run.total, run.waiting), ("done", 2, 2))
        run.sudo().state = "stopped"
        self.open(5, year=YEAR + 1)
        self.run_export_job()
        self.assertEqual((early.exact_state, late.exact_state), ("exported",) * 2)

    def test_a_finished_run_does_not_say_for_ever_that_something_waits(self):
        moves = [self.dated(f"{YEAR + 1}-05-{day}") for day in (10, 11, 12)]
        self.invoice()
        run = self.synchronise()
        self.run_export_job()
        self.assertEqual((run.state, run.done, run.waiting), ("done", 1, 3))
        moves[0].button_draft()
        self.assertEqual((run.done, run.waiting), (1, 2), "taken back")
        self.open(5, year=YEAR + 1)
        self.export(moves[1])
        self.assertEqual((run.done, run.waiting), (1, 1), "by hand")
        self.assertIn(moves[2].name, run.problems_html)
        self.run_export_job()
        self.assertEqual((run.total, run.done, run.waiting), (1, 1, 0), "by itself")
        self.assertFalse(run.problems_html)
