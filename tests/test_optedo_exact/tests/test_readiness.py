from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import ExactCommon


class TestReadiness(ExactCommon):
    """Codes are proposed with a reason, and what is missing is listed."""

    connected = True

    def setUp(self):
        super().setUp()
        self.map("tax", self.tax, False)
        self.map("journal", self.company_data["default_journal_sale"], False)

    def row(self, kind, record):
        return self.env["exact.mapping"]._get(self.administration, kind, record)

    def test_a_proposal_has_a_reason_and_is_only_applied_when_accepted(self):
        row = self.row("tax", self.tax)
        self.assertEqual(row.proposal_id.code, "3")
        self.assertIn("rate", row.proposal_reason)
        self.assertFalse(row.reference_id)
        row.action_accept_proposal()
        self.assertEqual(row.reference_id.code, "3")
        self.assertFalse(row.proposal_id)

    def test_lines_without_tax_are_proposed_the_code_without_vat(self):
        row = self.row("tax", self.env["account.tax"])
        self.assertEqual(row.proposal_id.code, "N")

    def test_where_several_fit_nothing_is_proposed(self):
        row = self.row("journal", self.company_data["default_journal_sale"])
        self.assertFalse(row.proposal_id, "journals 70 and 71 both fit")

    def test_payment_term_by_its_days(self):
        term = self.env.ref("account.account_payment_term_30days")
        row = self.map("payment_term", term, False)
        self.assertEqual(row.proposal_id.code, "30")

    def test_ledger_account_by_its_code(self):
        account = self.company_data["default_account_revenue"]
        account.code = "701000"
        row = self.map("account", account, False)
        self.assertEqual(row.proposal_id.code, "701000")

    def test_all_proposals_are_accepted_by_who_may_map(self):
        before = self.administration.proposal_count
        self.assertTrue(before)
        clerk = new_test_user(
            self.env,
            "clerk",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self.administration.with_user(clerk).action_accept_proposals()
        self.administration.action_accept_proposals()
        self.assertEqual(self.row("tax", self.tax).reference_id.code, "3")
        self.administration.invalidate_recordset()
        self.assertFalse(self.administration.proposal_count)

    def test_what_is_missing_counts_down_to_ready(self):
        action = self.administration.action_open_missing()
        missing = self.env["exact.mapping"].search(action["domain"])
        self.assertIn(self.row("tax", self.tax), missing)
        self.assertEqual(self.administration.missing_count, len(missing))
        sales = self.env["account.journal"]._check_company_domain(self.company)
        for journal in self.env["account.journal"].search(
            [*sales, ("type", "=", "sale")]
        ):
            self.map("journal", journal, "70")
        for row in missing.filtered(lambda row: row.kind == "tax"):
            row.reference_id = self.reference("vat_code", "3" if row.tax_id else "N")
        for row in missing.filtered(lambda row: row.kind == "payment_term"):
            row.reference_id = self.reference("payment_condition", "30")
        self.administration.invalidate_recordset()
        self.assertEqual(self.administration.missing_count, 0)
        states = {step.kind: step.state for step in self.administration.step_ids}
        for kind in ("login", "administration", "journal", "tax", "account"):
            self.assertEqual(states[kind], "done", kind)

    def test_a_code_that_vanished_in_exact_is_missing_again(self):
        row = self.map("tax", self.tax, "3")
        self.assertFalse(row.problem)
        code = self.books.coded("vat_codes", "3")
        self.books.vat_codes.remove(code["ID"])
        with self.side_cursors() as env:
            self.administration.with_env(env).action_read_references()
            env.cr.commit()
        self.assertEqual(row.problem, "gone")
        self.assertIn(row, row.search([("problem", "=", "gone")]))
        self.assertEqual(self.export(self.invoice()).issue_code, "reference_gone")

    def test_the_invoices_that_wait_for_a_code_are_counted(self):
        row = self.row("tax", self.tax)
        before = row.invoice_count
        self.invoice()
        self.invoice()
        row.invalidate_recordset()
        self.assertEqual(row.invoice_count, before + 2)

    # --- the page ------------------------------------------------------------

    def lines(self):
        action = self.administration.action_open_readiness()
        return self.env[action["res_model"]].search(action["domain"])

    def test_each_row_of_the_page_leads_to_what_it_is_about(self):
        for line in self.lines():
            action = line.action_open()
            self.assertEqual(action["res_model"], line.link_model)
        journal = self.row("journal", self.company_data["default_journal_sale"])
        [line] = self.lines().filtered(lambda line: line.link_ids == journal.ids)
        found = self.env["exact.mapping"].search(line.action_open()["domain"])
        self.assertEqual(found, journal)
        self.assertTrue(line.holds_back)

    def test_the_page_is_made_anew_each_time(self):
        before = self.lines()
        self.map("tax", self.tax, "3")
        after = self.lines()
        self.assertEqual(len(after), len(before) - 1)
        self.assertFalse(before.exists() - after)

    def test_numbers_that_clash_are_on_the_page_with_their_invoices(self):
        self.map("journal", self.company_data["default_journal_sale"], "70")
        first, second, large = (self.invoice() for _number in range(3))
        second.name = "R" + first.name
        large.name = "INV/2026/11/00012345"

        def number_lines():
            return self.lines().filtered(lambda x: x.link_model == "account.move")

        self.assertFalse(number_lines(), "Exact gives the numbers")
        self.administration.use_exact_entry_number = False
        found = {frozenset(line.link_ids): line.text for line in number_lines()}
        clash = found.pop(frozenset((first + second).ids))
        self.assertIn(first.name, clash)
        self.assertIn(second.name, clash)
        self.assertIn("2147483647", found.pop(frozenset(large.ids)))
        self.assertFalse(found)

    def test_many_numbers_cost_as_many_queries_as_few(self):
        self.administration.use_exact_entry_number = False

        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.administration._number_problems()
            return self.env.cr.sql_log_count - before

        self.invoice()
        queries()
        few = queries()
        for _number in range(20):
            self.invoice()
        self.assertEqual(queries(), few)

    def test_the_page_is_for_who_may_map(self):
        clerk = new_test_user(
            self.env,
            "clerk",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self.administration.with_user(clerk).action_open_readiness()
