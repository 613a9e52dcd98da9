from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools.safe_eval import safe_eval

from odoo.addons.optedo_exact.models import issues

from .common import ExactCommon

ENTRIES = "salesentry/SalesEntries"


class TestErrors(ExactCommon):
    """What went wrong, in plain words and Exact's own, and the way out (product F6)."""

    connected = True

    def refused(self, *values, **kwargs):
        """An invoice that Exact refuses: its customer there is none any more."""
        move = self.invoice(*values, **kwargs)
        self.export(self.invoice())
        self.set_status("S")
        self.export(move)
        self.assertEqual(move.exact_state, "rejected")
        return move

    def set_status(self, status):
        """The accountant makes the customer a suspect (S) or a customer (C)."""
        guid = self.customer.exact_account_ids.guid
        self.books.accounts.get(guid)["Status"] = status

    def blocked(self, count=1, name="Unmapped"):
        """Invoices with a tax for which no VAT code was chosen."""
        tax = self.tax.copy({"name": name})
        moves = self.env["account.move"].union(
            *(self.invoice(tax=tax) for _number in range(count))
        )
        for move in moves:
            self.export(move)
        self.assertEqual(set(moves.mapped("exact_state")), {"blocked"})
        return moves

    def to_mend(self):
        action = self.env.ref("optedo_exact.exact_entry_mend_action")
        return self.env["exact.entry"].search(safe_eval(action.domain), order="id")

    def activities(self):
        return self.administration.activity_ids.filtered(
            lambda a: (
                a.activity_type_id
                == self.env.ref("optedo_exact.mail_activity_type_mend")
            )
        )

    # --- words ---------------------------------------------------------------

    def test_a_known_refusal_is_explained_beside_the_words_of_exact(self):
        move = self.refused()
        self.assertEqual(move.exact_entry_id.issue_code, "exact_not_customer")
        message = move.alerts["exact_issue"]["message"]
        self.assertIn(move.name, message)
        self.assertIn("is no customer, so it takes no sales", message)
        self.assertIn("Exact Online says: Ongeldig: Klant (Type)", message)

    def test_the_explanation_is_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        move = self.refused()
        labels = self.env["exact.entry"].with_context(lang="nl_BE")
        self.assertIn("exact_not_customer", dict(labels._selection_issue_code()))
        self.assertIn(
            "Ongeldig: Klant (Type)",
            move.with_context(lang="nl_BE").exact_entry_id.issue_message,
        )

    def test_words_that_nobody_knows_are_shown_as_they_came(self):
        move = self.invoice()
        self.sandbox.faults.add(
            "server_error", path=ENTRIES, method="POST", body="json"
        )
        self.export(move)
        self.assertIn("Exact Online says", move.alerts["exact_issue"]["message"])

    def from_nowhere(self):
        """An invoice of a customer whose country nobody filled in."""
        move = self.invoice(
            partner_id=self.customer.copy(
                {"name": "Nowhere", "country_id": False, "vat": False}
            ).id
        )
        self.export(move)
        self.assertEqual(move.exact_state, "blocked")
        return move

    def test_the_button_leads_to_the_customer(self):
        move = self.from_nowhere()
        action = move.alerts["exact_issue"]["action"]
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", move.partner_id.id)
        )

    def test_no_button_leads_where_only_exact_has_the_cause(self):
        self.assertNotIn("action", self.refused().alerts["exact_issue"])

    def test_the_button_leads_to_the_rows_where_a_code_is_chosen(self):
        move = self.blocked()
        offered = move.alerts["exact_issue"]["action"]
        server = self.env["ir.actions.server"].browse(offered["id"])
        action = server.with_context(**offered["context"]).run()
        rows = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(set(rows.mapped("kind")), {"tax"})
        self.assertEqual(rows.administration_id, self.administration)

    def test_every_cause_has_a_name_without_gaps_of_a_program(self):
        for code, label in issues.selection(self.env):
            self.assertTrue(label, code)
            self.assertNotIn("%", label.replace("0 %", ""), code)
            self.assertLess(len(label), 130, code)
        shown = self.env["exact.entry"].fields_get(["issue_code"], ["selection"])
        self.assertIn(
            ("tax_unmapped", "No VAT code chosen"), shown["issue_code"]["selection"]
        )

    # --- the list ------------------------------------------------------------

    def test_the_list_has_each_cause_with_its_count(self):
        moves = self.blocked(2) + self.refused()
        self.assertEqual(self.to_mend().move_id, moves)
        groups = self.env["exact.entry"].formatted_read_group(
            [("id", "in", self.to_mend().ids)], ["issue_code"], ["__count"]
        )
        self.assertEqual(
            {group["issue_code"]: group["__count"] for group in groups},
            {"tax_unmapped": 2, "exact_not_customer": 1},
        )

    def test_each_row_leads_to_the_place_and_to_the_invoice(self):
        entry = self.blocked().exact_entry_id
        self.assertTrue(entry.can_mend)
        choose = self.env.ref("optedo_exact.exact_choose_code_action")
        self.assertEqual(entry.action_mend()["id"], choose.id)
        action = choose.with_context(**entry.action_mend()["context"]).run()
        self.assertEqual(action["res_model"], "exact.mapping")
        self.assertEqual(entry.action_open_move()["res_id"], entry.move_id.id)

    def colleague(self, login, *groups):
        return new_test_user(
            self.env,
            login,
            ",".join(groups),
            name=login.capitalize(),
            company_ids=[(6, 0, self.company.ids)],
            company_id=self.company.id,
        )

    def test_who_can_change_nothing_there_reads_whom_to_ask(self):
        clerk = self.colleague("clerk", "account.group_account_invoice")
        manager = self.env.ref("optedo_exact.group_exact_manager")
        contacts = self.env.ref("base.group_partner_manager")
        keep_out = self.env.ref("optedo_exact.group_exact_keep_out")
        code, customer = self.blocked(), self.from_nowhere()
        there = self.blocked(name="Another")
        there.exact_entry_id.sudo()._exact_set_issue(issues.make("stands_there"))
        keep_out.sudo().user_ids = [Command.clear()]
        message = there.with_user(clerk).alerts["exact_issue"]["message"]
        self.assertIn("Nobody may mend this yet", message)
        self.assertIn("Keeping out of Exact Online", message)
        boss = self.colleague("boss", "account.group_account_readonly")
        boss.group_ids += manager + contacts + keep_out
        self.administration.responsible_id = boss  # is named first
        self.env.invalidate_all()
        for move in code + customer + there:
            entry, alert = move.exact_entry_id, move.with_user(clerk).alerts
            self.assertNotIn("action", alert["exact_issue"])
            self.assertIn(
                "Ask who may mend this: Boss", alert["exact_issue"]["message"]
            )
            self.assertFalse(entry.with_user(clerk).can_mend)
            self.assertIn(
                "Ask who may mend this: Boss", entry.with_user(clerk).mend_message
            )
            self.assertTrue(entry.with_user(boss).can_mend)
            self.assertNotIn("Ask who", entry.with_user(boss).mend_message)

    def test_a_clerk_mends_what_takes_no_right_of_its_own(self):
        clerk = self.colleague("clerk", "account.group_account_invoice")
        today = fields.Date.today()
        self.books.close_period(today.year, today.month, journal="70")
        move = self.invoice()
        self.export(move)
        entry = move.exact_entry_id.with_user(clerk)
        self.assertTrue(entry.can_mend, entry.status_text)
        self.assertIn("action", move.with_user(clerk).alerts["exact_issue"])

    def test_one_is_sent_again_at_once(self):
        move = self.blocked()
        self.map("tax", move.invoice_line_ids.tax_ids, self.vat_code)
        with self.side_cursors() as env:
            told = move.exact_entry_id.with_env(env).action_send_again()
            env.cr.commit()
        self.assertEqual(move.exact_state, "exported")
        self.assertEqual(told["params"]["type"], "success")
        self.assertIn(f"{move.name}: Booked in Exact", told["params"]["message"])

    def test_one_that_is_refused_again_says_so(self):
        move = self.refused()
        with self.side_cursors() as env:
            told = move.exact_entry_id.with_env(env).action_send_again()
            env.cr.commit()
        self.assertEqual(told["params"]["type"], "warning")
        self.assertIn(f"{move.name}: Refused", told["params"]["message"])

    def test_all_of_a_cause_are_sent_again_and_no_other(self):
        moves, other = self.blocked(3), self.refused()
        self.map("tax", moves.invoice_line_ids.tax_ids, self.vat_code)
        with self.side_cursors() as env:
            moves[0].exact_entry_id.with_env(env).action_send_all_of_cause()
            env.cr.commit()
        self.assertEqual(set(moves.mapped("exact_state")), {"queued"})
        self.assertEqual(other.exact_state, "rejected")
        self.set_status("C")
        self.run_export_job()
        self.assertEqual(set(moves.mapped("exact_state")), {"exported"})
        self.assertFalse(self.to_mend().move_id & moves)

    def test_a_selection_that_cannot_go_says_so(self):
        moves = self.blocked(2)
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_keep_out")
        moves._exact_mark("Former bookkeeping")
        with self.assertRaises(UserError):
            moves.exact_entry_id.action_send_again()

    def test_sending_again_needs_the_invoicing_right(self):
        entries = self.blocked(2).exact_entry_id
        auditor = new_test_user(
            self.env, "auditor", "account.group_account_readonly,base.group_user"
        )
        for name in ("action_send_again", "action_send_all_of_cause"):
            with self.assertRaises(AccessError):
                getattr(entries.with_user(auditor), name)()
        self.assertEqual(set(entries.mapped("state")), {"blocked"})

    # --- who is told ---------------------------------------------------------

    def test_one_activity_a_cause_for_who_connected(self):
        self.blocked(3)
        self.run_export_job()
        self.run_export_job()
        activity = self.activities()
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.connection.logged_in_by_id)
        self.assertEqual(activity.summary, "No VAT code chosen")
        self.assertIn(": 3.", activity.note)
        self.assertIn("/odoo/exact-to-mend", activity.note)

    def test_the_one_chosen_gets_it(self):
        boss = new_test_user(
            self.env,
            "boss",
            "account.group_account_invoice,base.group_user",
            company_ids=[(6, 0, self.company.ids)],
            company_id=self.company.id,
        )
        self.administration.responsible_id = boss
        self.blocked()
        self.run_export_job()
        self.assertEqual(self.activities().user_id, boss)

    def test_somebody_who_may_not_look_at_it_gets_nothing(self):
        stranger = new_test_user(self.env, "stranger", "base.group_user")
        self.administration.responsible_id = stranger
        self.blocked()
        self.run_export_job()
        self.assertEqual(self.activities().user_id, self.connection.logged_in_by_id)

    def test_it_closes_by_itself_when_the_cause_is_gone(self):
        moves = self.blocked(2)
        self.run_export_job()
        self.map("tax", moves.invoice_line_ids.tax_ids, self.vat_code)
        self.export(moves[0])
        self.assertTrue(self.activities(), "one of the cause is left")
        self.export(moves[1])
        self.assertFalse(self.activities())
        self.assertFalse(self.administration.reported)

    def test_one_that_a_person_closed_does_not_come_back_for_the_same_cause(self):
        moves = self.blocked()
        self.run_export_job()
        self.activities().action_done()
        self.run_export_job()
        self.assertFalse(self.activities())
        self.map("tax", moves.invoice_line_ids.tax_ids, self.vat_code)
        self.export(moves)
        self.blocked(name="Another")
        self.run_export_job()
        self.assertEqual(len(self.activities()), 1, "the cause came back")

    def test_what_waits_for_a_period_is_told_after_five_days(self):
        move = self.invoice(invoice_date="2099-01-10")
        self.export(move)
        self.run_export_job()
        self.assertFalse(self.activities())
        move.exact_entry_id.sudo().held_since = "2020-01-01"
        self.run_export_job()
        self.assertEqual(self.activities().summary, "Period not open yet")

    def test_an_automatic_run_that_failed_is_told_and_taken_back(self):
        def run(**values):
            common = {"administration_id": self.administration.id, "state": "done"}
            run = (
                self.env["exact.run"]
                .sudo()
                .create(common | {"origin": "schedule", "is_scheduled": True} | values)
            )
            self.administration._report_last_run()
            return run

        run(done=12)
        self.assertFalse(self.activities())
        failed = run(done=12, failed=3)
        self.assertIn("Booked: 12. Not booked: 3.", self.activities().note)
        self.assertIn(f"/odoo/exact-exports/{failed.id}", self.activities().note)
        run(left_out=4)
        self.assertIn("Booked: 0. Not booked: 4.", self.activities().note)
        run(state="stopped", **issues.make("login_lapsed"))
        self.assertEqual(len(self.activities()), 1)
        self.assertIn("has lapsed", self.activities().note)
        run(done=15)
        self.assertFalse(self.activities())

    def stopped_run(self):
        """An automatic run that stopped at the first of its two invoices."""
        self.export(self.invoice())
        self.administration.on_error = "stop"
        self.administration.export_scheduled = True
        self.administration.sudo().next_export_at = fields.Datetime.now()
        moves = self.invoice() + self.invoice()
        self.set_status("S")
        with self.enter_registry_test_mode():
            self.administration.schedule_cron_id.sudo().method_direct_trigger()
        self.run_export_job()
        run = self.env["exact.run"].search([])
        self.assertEqual((run.state, run.failed, run.waiting), ("stopped", 1, 1))
        self.assertIn("Booking in Exact did not", " ".join(self.tasks()))
        self.set_status("C")
        return run, moves

    def tasks(self):
        self.env.invalidate_all()
        return self.activities().mapped("summary")

    def test_the_task_of_a_run_that_went_on_and_ended_well_is_done(self):
        run, moves = self.stopped_run()
        self.export(moves[0])
        run.action_go_on()
        self.run_export_job()
        self.assertEqual((run.state, run.failed), ("done", 0))
        self.assertFalse(self.tasks())

    def test_a_run_that_went_on_and_failed_again_tells_what_is_so_now(self):
        run, moves = self.stopped_run()
        run.action_go_on()
        self.run_export_job()
        self.assertEqual((run.state, run.done, run.failed), ("done", 1, 1))
        self.assertIn("Booking in Exact did not go well", self.tasks())
        notes = " ".join(self.activities().mapped("note"))
        self.assertIn("Booked: 1. Not booked: 1.", notes)
        self.assertNotIn("Booked: 0.", notes)
        self.export(moves[0])
        self.run_export_job()
        self.assertFalse(self.tasks(), "the last one was booked by hand")

    def test_an_automatic_run_that_cannot_reach_exact_for_hours_is_told(self):
        self.administration.export_scheduled = True
        self.administration.sudo().next_export_at = fields.Datetime.now()
        move = self.invoice()
        with self.enter_registry_test_mode():
            self.administration.schedule_cron_id.sudo().method_direct_trigger()
        self.sandbox.faults.add("server_error", body="html", status=503, count=0)
        self.run_export_job()
        run = self.env["exact.run"].search([])
        self.assertEqual((run.state, run.waiting), ("waiting", 1))
        self.assertFalse(self.activities(), "it may go on any moment")
        self.env.cr.execute(
            "UPDATE exact_run SET create_date = create_date - interval '7 hours'"
        )
        run.invalidate_recordset()
        for _time in range(2):
            self.run_export_job()
        self.assertEqual(self.activities().summary, "Booking in Exact waits for hours")
        self.assertIn("Waiting: 1", self.activities().note)
        self.sandbox.faults.clear()
        self.run_export_job()
        self.assertEqual((run.state, move.exact_state), ("done", "exported"))
        self.assertFalse(self.activities(), "it went on by itself")
