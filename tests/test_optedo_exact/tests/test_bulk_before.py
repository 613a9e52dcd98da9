from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from odoo.addons.optedo_exact.wizards import exact_synchronise

from .bulk import BulkCommon


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
