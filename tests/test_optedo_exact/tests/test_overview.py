from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError

from odoo.addons.optedo_exact.models import issues

from .locations import BRUGES, GHENT, LocationsCommon

CARD = [
    "name",
    "health",
    "health_text",
    "way_out",
    "open_count",
    "mend_count",
    "mend_causes",
    "delivered_count",
    "oldest_open",
    "last_run_id",
    "last_run_text",
    "calls_left",
]


class TestOverview(LocationsCommon):
    """How each administration stands, on a card of its own (product I5)."""

    def setUp(self):
        super().setUp()
        self.connect()

    def card(self, administration, user=None):
        user = user or self.env.user
        administration.invalidate_recordset()
        found = self.env["exact.administration"].with_user(user)
        found = found.with_context(allowed_company_ids=user.company_ids.ids)
        [values] = found.browse(administration.id).read(CARD)
        return values

    def listed(self, action, user=None):
        """How many rows the list behind a number has."""
        entries = self.env["exact.entry"].with_user(user or self.env.user)
        companies = entries.env.user.company_ids.ids
        entries = entries.with_context(allowed_company_ids=companies)
        return entries.search_count(action["domain"])

    def blocked(self, **values):
        """An invoice whose tax is not chosen in Exact."""
        taxes = self.env["account.tax"]
        tax = taxes.search([("name", "=", "Other tax")])
        tax = tax or self.tax.copy({"name": "Other tax"})
        move = self.invoice(tax=tax, **values)
        self.assertEqual(self.export(move).state, "blocked")
        return move

    def start(self, administration=None):
        with self.side_cursors() as env:
            own = (administration or self.administration).with_env(env)
            mine = own.sudo().company_id.ids
            own = own.with_context(allowed_company_ids=mine)
            run = own.env["exact.bulk"]._start(own, "all", env.cr.commit)
            return self.env["exact.run"].browse(run.id)

    # --- the numbers ---------------------------------------------------------

    def test_each_number_is_that_of_the_list_behind_it(self):
        self.export(self.invoice())
        yesterday = fields.Date.today() - timedelta(days=1)
        self.blocked(invoice_date=yesterday)
        self.blocked()
        nowhere = self.customer.copy({"name": "Nowhere", "country_id": False})
        self.export(self.invoice(partner_id=nowhere.id))
        for _number in range(2):
            self.invoice().sudo()._exact_enqueue()
        card = self.card(self.administration)
        self.assertEqual((card["open_count"], card["mend_count"]), (2, 3))
        self.assertEqual(card["health"], "mend")
        own = self.administration
        self.assertEqual(self.listed(own.action_open_waiting()), 2)
        self.assertEqual(self.listed(own.action_open_problems()), 3)
        self.assertEqual(self.listed(own.action_open_delivered()), 0)
        self.assertEqual(card["delivered_count"], 0)
        counts = [cause["count"] for cause in card["mend_causes"]]
        self.assertEqual(sum(counts), 3)
        self.assertEqual(counts, sorted(counts, reverse=True))
        self.assertTrue(all(cause["label"] for cause in card["mend_causes"]))
        self.assertEqual(card["oldest_open"], yesterday)

    def test_an_unknown_outcome_counts_once(self):
        self.export(self.invoice())  # the customer is known from here on
        self.sandbox.faults.add("lose_request", path="SalesEntries", method="POST")
        move = self.invoice()
        self.assertEqual(self.export(move).state, "unknown")
        card = self.card(self.administration)
        self.assertEqual((card["open_count"], card["mend_count"]), (1, 0))
        move.exact_entry_id.sudo().issue_code = "found_other"
        card = self.card(self.administration)
        self.assertEqual((card["open_count"], card["mend_count"]), (0, 1))

    def test_a_clerk_of_a_branch_counts_what_he_sees(self):
        for company in (self.company, self.bruges, self.bruges):
            self.invoice(company_id=company.id).sudo()._exact_enqueue()
        self.blocked()
        clerk = self.user_of(self.bruges)
        card = self.card(self.administration, clerk)
        self.assertEqual((card["open_count"], card["mend_count"]), (2, 0))
        own = self.administration.with_user(clerk)
        self.assertEqual(self.listed(own.action_open_waiting(), clerk), 2)
        both = self.card(self.administration)
        self.assertEqual((both["open_count"], both["mend_count"]), (3, 1))

    def test_who_is_of_another_branch_has_no_card(self):
        in_ghent = self.separate(self.ghent, GHENT)
        clerk = self.user_of(self.bruges)
        found = self.env["exact.administration"].with_user(clerk)
        found = found.with_context(allowed_company_ids=self.bruges.ids)
        self.assertNotIn(in_ghent.id, found.search([]).ids)
        with self.assertRaises(AccessError):
            found.browse(in_ghent.id).action_way_out()

    def test_the_cards_open_without_any_right_in_accounting(self):
        self.blocked()
        for groups in ("optedo_exact.group_exact_manager", "base.group_system"):
            user = self.user_of(self.company, groups=groups, login=groups)
            card = self.card(self.administration, user)
            # An administrator of Odoo does not see the invoices.
            self.assertEqual(card["health"], "mend" if card["mend_count"] else "good")
            self.assertTrue(card["calls_left"])

    def test_many_cards_take_as_many_queries_as_one(self):
        in_ghent = self.separate(self.ghent, GHENT)
        in_bruges = self.separate(self.bruges, BRUGES)
        for company in (self.company, self.ghent, self.bruges):
            self.export(self.invoice(company_id=company.id))
            self.invoice(company_id=company.id).sudo()._exact_enqueue()
        three = self.administration + in_ghent + in_bruges
        for administration in three:
            self.start(administration)

        def queries(administrations):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            administrations.read(CARD)
            return self.env.cr.sql_log_count - before

        queries(three)  # what is cached for the whole registry
        self.assertLessEqual(queries(three), queries(self.administration))

    # --- how it stands -------------------------------------------------------

    def test_in_order(self):
        self.invoice()
        run = self.start()
        self.run_export_job()
        card = self.card(self.administration)
        self.assertEqual((card["health"], card["health_text"]), ("good", ""))
        self.assertFalse(card["way_out"])
        self.assertEqual(card["last_run_id"][0], run.id)
        self.assertIn("done, 1 booked, 0 not booked", card["last_run_text"])
        action = self.administration.action_open_last_run()
        self.assertEqual((action["res_model"], action["res_id"]), ("exact.run", run.id))

    def test_the_calls_left_are_those_of_exact(self):
        before = self.card(self.administration)["calls_left"]
        self.export(self.invoice())
        after = self.card(self.administration)["calls_left"]
        self.assertLess(after, before)
        self.assertEqual(after, self.administration.calls_left_today)

    def test_one_that_waits_for_its_day_says_until_when(self):
        self.export(self.invoice())
        self.sandbox.faults.add("too_many_requests", path="SalesEntries", daily=True)
        self.invoice()
        run = self.start()
        self.run_export_job()
        card = self.card(self.administration)
        self.assertEqual(card["health"], "waits")
        self.assertIn("allows for today are used up", card["health_text"])
        self.assertIn(f"Goes on about {run._moment(run.until)}", card["health_text"])
        self.assertFalse(card["way_out"], "nobody has to do anything")
        self.assertEqual((card["calls_left"], card["open_count"]), (0, 1))

    def test_a_broken_connection_says_so_with_the_way_out(self):
        with self.side_cursors() as env:
            self.connection.with_env(env).action_disconnect()
        card = self.card(self.administration)
        self.assertEqual(card["health"], "stopped")
        self.assertIn("Log in", card["health_text"])
        self.assertEqual(card["way_out"], "Log in to Exact")
        action = self.administration.action_way_out()
        self.assertEqual(action["type"], "ir.actions.act_url")
        # A clerk reads it, and is offered nothing that he may not do.
        clerk = self.user_of(self.company)
        card = self.card(self.administration, clerk)
        self.assertEqual((card["health"], card["way_out"]), ("stopped", ""))
        action = self.administration.with_user(clerk).action_way_out()
        self.assertEqual(action["res_model"], "exact.administration", "no login page")

    def test_without_administration_it_is_to_be_chosen(self):
        self.company.sudo().exact_separate_per_location = True
        self.ghent.sudo().external_accounting = "exact"
        in_ghent = self.ghent.exact_administration_id
        in_ghent.sudo().connection_id = self.connection
        card = self.card(in_ghent)
        self.assertEqual(card["health"], "stopped")
        self.assertEqual(card["way_out"], "Choose the administration")
        with self.side_cursors() as env:
            action = in_ghent.with_env(env).action_way_out()
        self.assertEqual(action["res_model"], "exact.choose.division")

    def test_one_that_its_branch_left_says_where_it_is_booked_now(self):
        in_ghent = self.separate(self.ghent, GHENT)
        self.company.sudo().exact_separate_per_location = False
        card = self.card(in_ghent)
        self.assertEqual((card["health"], card["way_out"]), ("good", ""))
        self.assertIn("Ghent is booked in Optedo Demo now", card["health_text"])

    def test_a_run_that_stopped_at_an_invoice_leads_to_it(self):
        self.export(self.invoice())
        first, _second = self.invoice(), self.invoice()
        run = self.start()
        self.sandbox.faults.add("server_error", path="SalesEntries", method="POST")
        self.run_export_job()
        self.assertEqual(run.state, "stopped")
        card = self.card(self.administration)
        self.assertEqual(card["health"], "stopped")
        self.assertIn(first.name, card["health_text"])
        self.assertEqual(card["way_out"], "Open the export")
        self.assertEqual(self.administration.action_way_out()["res_id"], run.id)

    def test_the_button_goes_where_it_says(self):
        self.invoice()
        self.invoice()
        run = self.start()
        self.sandbox.faults.add("server_error", path="SalesEntries", method="POST")
        self.run_export_job()
        self.assertEqual(run.state, "stopped")
        run.sudo().waiting = 0
        self.administration.sudo().write(issues.make("exact_no_division"))
        self.assertEqual(self.card(self.administration)["way_out"], "Open the set-up")
        action = self.administration.action_way_out()
        self.assertEqual(action["res_model"], "exact.administration")
