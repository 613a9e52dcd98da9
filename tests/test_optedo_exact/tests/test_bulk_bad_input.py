from datetime import timedelta

from odoo import fields

from .test_bulk_batch import BatchCommon


class TestBadInput(BatchCommon):
    """What goes wrong in the middle of a run: it goes on or stops as set (B14).

    Three invoices, of which the second gets into trouble once the run has read them.
    """

    def setUp(self):
        super().setUp()
        self.baker = self.customer.copy(
            {"name": "Slagerij Peeters BV", "vat": "BE0203201340"}
        )
        self.export(self.invoice(partner_id=self.baker.id))  # known from here on
        self.first = self.invoice()
        self.second = self.invoice(partner_id=self.baker.id)
        self.third = self.invoice()
        self.moves = self.first + self.second + self.third
        self.sandbox.calls.clear()

    def states(self):
        return [move.exact_state for move in self.moves]

    def booked_once(self, *moves):
        for move in moves:
            self.assertEqual(len(self.books.entries(your_ref=move.name)), 1, move.name)

    def go_on(self, run):
        """A person looked at it, and lets the rest go."""
        with self.side_cursors() as env:
            run.with_env(env).action_go_on()
        self.run_export_job()

    def troubled(self, run, state, words="", code=None):
        """The second failed, is named with its cause, and the run stopped there."""
        self.assertEqual(run.state, "stopped")
        self.assertIn(self.second.name, run.issue_message)
        self.assertIn(self.second.name, run.problems_html)
        self.assertEqual(self.states(), ["exported", state, "queued"])
        entry = self.second.exact_entry_id
        if code:
            self.assertEqual(entry.issue_code, code)
        if words:
            self.assertIn(words, entry.issue_text)
            self.assertIn(words, run.problems_html)
            self.assertIn(words, self.second.alerts["exact_issue"]["message"])
        self.go_on(run)
        self.assertEqual(self.states(), ["exported", state, "exported"])
        self.assertEqual((run.state, run.done, run.failed), ("done", 2, 1))
        self.booked_once(self.first, self.third)
        self.assertFalse(self.books.entries(your_ref=self.second.name))

    def goes_on(self, meanwhile, state, words=""):
        """The same where the others are to go all the same."""
        self.administration.on_error = "continue"
        run = self.run_with(meanwhile)
        self.assertEqual(self.states(), ["exported", state, "exported"])
        self.assertEqual((run.state, run.done, run.failed), ("done", 2, 1))
        self.assertIn(self.second.name, run.problems_html)
        if words:
            self.assertIn(words, run.problems_html)
        self.booked_once(self.first, self.third)
        self.assertFalse(self.books.entries(your_ref=self.second.name))

    # --- another window of Odoo ----------------------------------------------

    def delete(self, env):
        move = self.second.with_env(env)
        move.button_draft()
        move.with_context(force_delete=True).unlink()

    def test_a_deleted_invoice_is_gone_and_the_others_go(self):
        name = self.second.name
        run = self.run_with(self.delete)
        self.assertFalse(self.second.exists())
        self.assertEqual((run.state, run.total, run.done), ("done", 2, 2))
        self.assertFalse(run.problems_html)
        self.booked_once(self.first, self.third)
        self.assertFalse(self.books.entries(your_ref=name))

    def test_so_it_is_while_exact_is_asked_whether_it_stands_there(self):
        old = fields.Date.today() - timedelta(days=5)
        self.first = self.invoice(invoice_date=old)
        doomed = self.invoice(invoice_date=old)
        find = type(self.env["exact.lookup"])._find
        once = [doomed]

        def delete_then_find(lookup, client, moves, *args):
            found = find(lookup, client, moves, *args)
            while once:
                move = once.pop().with_env(lookup.env)
                move.button_draft()
                move.with_context(force_delete=True).unlink()
                lookup.env.flush_all()
            return found

        self.patch(type(self.env["exact.lookup"]), "_find", delete_then_find)
        run = self.synchronise()
        self.run_export_job()
        self.assertFalse(doomed.exists())
        self.assertEqual((run.state, run.total, run.done), ("done", 4, 4))
        self.booked_once(self.first, self.second, self.third)

    def test_so_it_is_where_it_was_not_ready(self):
        """It was to be said what is missing, and nobody is there to say it of."""
        self.second.button_draft()
        self.second.invoice_line_ids.tax_ids = self.tax.copy({"name": "Other"})
        self.second.action_post()
        self.second.sudo()._exact_enqueue()
        run = self.run_with(self.delete)
        self.assertEqual((run.state, run.total, run.done), ("done", 2, 2))
        self.booked_once(self.first, self.third)

    def take_the_country(self, env):
        move = self.second.with_env(env)
        move.button_draft()
        move.partner_id.country_id = False
        move.exact_party_country_id = False
        move.action_post()
        move.sudo()._exact_enqueue(self.env["exact.run"].search([], limit=1))

    def test_an_edit_that_leaves_it_incomplete_keeps_it_back(self):
        run = self.run_with(self.take_the_country)
        self.run_export_job()  # it was put in the queue once more
        self.troubled(run, "blocked", code="party_country_missing")

    def test_a_merged_customer_is_booked_on_the_account_that_is_left(self):
        def merge(env):
            wizard = env["base.partner.merge.automatic.wizard"].sudo().create({})
            both = (self.customer + self.baker).with_env(env)
            wizard._merge(both.ids, self.customer.with_env(env))

        accounts = len(self.books.tables["accounts"])
        run = self.run_with(merge)
        self.assertEqual((run.state, run.done, run.failed), ("done", 3, 0))
        self.booked_once(*self.moves)
        [link] = self.customer.exact_account_ids.filtered(
            lambda link: not link.duplicate_of_id
        )
        self.assertEqual(self.second.partner_id, self.customer)
        self.assertEqual(self.booked(self.second)["Customer"], link.guid)
        self.assertEqual(len(self.books.tables["accounts"]), accounts)

    # --- Exact ---------------------------------------------------------------

    def other_journal(self):
        """The second invoice goes to a sales journal of its own in Exact."""
        journal = self.company_data["default_journal_sale"].copy({"code": "SHOP"})
        code = self.env["exact.reference"].search(
            [
                ("administration_id", "=", self.administration.id),
                ("kind", "=", "journal"),
                ("type", "=", "20"),
                ("code", "!=", "70"),
            ],
            limit=1,
        )
        self.map("journal", journal, code.code)
        self.second.button_draft()
        self.second.write({"name": False, "journal_id": journal.id})
        self.second.action_post()
        return code.code

    def remove_journal(self, code):
        def remove(_env):
            journal = self.books.coded("journals", code)
            self.books.delete("journals", journal["ID"])

        return remove

    def test_a_journal_that_was_removed_in_exact_stops_at_its_invoice(self):
        code = self.other_journal()
        run = self.run_with(self.remove_journal(code))
        self.troubled(run, "rejected", words="Journals")

    def test_a_journal_that_was_removed_in_exact_holds_up_nobody_else(self):
        code = self.other_journal()
        self.goes_on(self.remove_journal(code), "rejected", words="Journals")

    def forbid(self, _env):
        self.sandbox.switches.change(denied_services="salesentry")

    def permit(self):
        self.sandbox.switches.change(denied_services="")

    def forbidden(self):
        """It concerns every invoice, so the first one that meets it is the only one."""
        self.addCleanup(self.permit)
        run = self.run_with(self.forbid)
        self.assertEqual((run.state, run.issue_code), ("stopped", "forbidden"))
        self.assertEqual(self.states(), ["rejected", "queued", "queued"])
        self.assertEqual(self.posts(), 1, "one call told it")
        words = self.first.exact_entry_id.issue_text
        self.assertIn("Forbidden", words)
        self.assertIn(words, run.issue_message)
        self.assertIn(self.first.name, run.problems_html)
        self.permit()
        with self.side_cursors() as env:
            self.first.with_env(env).exact_entry_id.action_send_again()
        self.go_on(run)
        self.assertEqual(self.states(), ["exported"] * 3)
        self.booked_once(*self.moves)

    def test_a_company_without_the_right_stops_the_run(self):
        self.forbidden()

    def test_a_company_without_the_right_stops_it_whatever_is_set(self):
        self.administration.on_error = "continue"
        self.forbidden()

    def take_number(self, _env):
        """The accountant books something else by hand, under the number."""
        number = int("".join(c for c in self.second.name if c.isdigit()))
        header = {
            "Journal": "70",
            "Customer": self.customer.exact_account_ids.guid,
            "YourRef": "by hand",
            "EntryNumber": number,
            "EntryDate": fields.Datetime.to_datetime(self.second.invoice_date),
        }
        line = {
            "GLAccount": self.books.coded("gl_accounts", "700000")["ID"],
            "AmountFC": 10,
            "VATCode": "3",
        }
        self.books.book_sale(header, [line])

    def test_a_number_that_exact_has_already_stops_at_its_invoice(self):
        self.administration.use_exact_entry_number = False
        run = self.run_with(self.take_number)
        self.troubled(run, "rejected", words="Boekstuknummer")
        self.assertEqual(len(self.books.entries(your_ref="by hand")), 1)

    def test_a_number_that_exact_has_already_holds_up_nobody_else(self):
        self.administration.use_exact_entry_number = False
        self.goes_on(self.take_number, "rejected", words="Boekstuknummer")

    def last_year(self):
        """The second invoice is of a year that is still open."""
        self.second.button_draft()
        year = fields.Date.today().year - 1
        self.second.name = False
        self.second.invoice_date = f"{year}-12-15"
        self.second.action_post()
        # Its turn is the second all the same.
        self.first.button_draft()
        self.first.name = False
        self.first.invoice_date = f"{year}-12-01"
        self.first.action_post()
        return year

    def close_year(self, year):
        def close(_env):
            for period in range(1, 13):
                self.books.close_period(year, period)

        return close

    def test_a_year_that_was_closed_stops_at_its_first_invoice(self):
        year = self.last_year()
        run = self.run_with(self.close_year(year))
        self.assertEqual(run.state, "stopped")
        self.assertIn(self.first.name, run.issue_message)
        self.assertIn("afgesloten", run.problems_html)
        self.assertEqual(self.states(), ["rejected", "queued", "queued"])
        self.go_on(run)
        self.assertEqual(run.state, "stopped", "the next of that year")
        self.assertIn(self.second.name, run.issue_message)
        self.go_on(run)
        self.assertEqual((run.state, run.done, run.failed), ("done", 1, 2))
        self.assertEqual(self.third.exact_state, "exported")
        for move in self.first + self.second:
            self.assertIn(move.exact_state, ("rejected", "closed"))
            self.assertIn(move.name, run.problems_html)
        self.booked_once(self.third)

    def test_a_year_that_was_closed_holds_up_no_other_year(self):
        self.administration.on_error = "continue"
        year = self.last_year()
        run = self.run_with(self.close_year(year))
        self.assertEqual((run.state, run.done, run.failed), ("done", 1, 2))
        self.assertEqual(self.states()[2], "exported")
        for move in self.first + self.second:
            self.assertIn(move.exact_state, ("rejected", "closed"))
            self.assertIn(move.name, run.problems_html)
        self.assertIn("afgesloten", run.problems_html)
        self.booked_once(self.third)
