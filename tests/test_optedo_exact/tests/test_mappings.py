from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user

from .common import ExactCommon


class TestMappings(ExactCommon):
    """Codes that are chosen: where they are set, and what changes in Exact."""

    connected = True

    def setUp(self):
        super().setUp()
        self.journal = self.company_data["default_journal_sale"]
        self.row = self.env["exact.mapping"]._get(self.administration, "tax", self.tax)

    def read_lists(self):
        with self.side_cursors() as env:
            self.administration.with_env(env).action_read_references()
            env.cr.commit()
        self.env.invalidate_all()

    def change_vat_code(self, code, **values):
        table = self.books.vat_codes
        self.books.update("vat_codes", self.books.coded("vat_codes", code), **values)
        return table

    # --- changed in Exact ----------------------------------------------------

    def test_a_renamed_code_shows_old_and_new_until_it_is_confirmed(self):
        self.change_vat_code("3", Description="21 % oud")
        self.read_lists()
        self.assertEqual(self.row.problem, "changed")
        self.assertIn("21 % verkoop → 21 % oud", self.row.change_text)
        self.assertIn(self.row, self.row.search([("problem", "=", "changed")]))
        self.row.action_confirm_change()
        self.assertFalse(self.row.problem)
        self.assertFalse(self.row.change_text)
        self.assertNotIn(self.row, self.row.search([("problem", "=", "changed")]))

    def test_another_rate_and_nature_are_named(self):
        code = self.books.coded("vat_codes", "3")
        [rate] = self.books.vat_percentages.by("VATCodeID", code["ID"])
        self.books.update("vat_percentages", rate, Percentage=rate["Percentage"] + 1)
        self.change_vat_code("3", Charged=True)
        self.read_lists()
        self.assertIn("rate 21 % → 121 %", self.row.change_text)
        self.assertIn("reverse charge no → yes", self.row.change_text)

    def test_a_change_before_the_choice_is_none(self):
        self.map("tax", self.tax, False)
        self.change_vat_code("3", Description="21 % nieuw")
        self.read_lists()
        self.map("tax", self.tax, "3")
        self.assertFalse(self.row.problem)

    def test_choosing_another_code_confirms_it(self):
        self.change_vat_code("3", Description="anders")
        self.read_lists()
        self.assertEqual(self.row.problem, "changed")
        self.map("tax", self.tax, "2")
        self.assertFalse(self.row.change_text)
        self.assertEqual(self.row.problem, "unfit", "12 % is not 21 %")

    def test_a_changed_default_ledger_account_is_shown_on_the_set_up(self):
        account = self.books.coded("gl_accounts", "700000")
        self.books.update("gl_accounts", account, Description="Verkoop anders")
        self.read_lists()
        self.assertIn("Verkoop anders", self.administration.change_text)
        self.assertEqual(self.step("account").state, "to_do")
        self.administration.action_confirm_change()
        self.assertFalse(self.administration.change_text)
        self.assertEqual(self.step("account").state, "done")

    def step(self, kind):
        self.administration.step_ids.invalidate_recordset()
        return self.administration.step_ids.filtered(lambda s: s.kind == kind)

    def test_nobody_sets_what_was_chosen_from_outside(self):
        with self.assertRaises(AccessError):
            self.row.write({"chosen": {}})
        with self.assertRaises(AccessError):
            self.administration.write({"chosen": {}})

    def test_a_blocked_journal_for_credit_notes_is_a_problem(self):
        row = self.map("journal", self.journal, "70")
        row.credit_note_reference_id = self.reference("journal", "71")
        journal = self.books.coded("journals", "71")
        self.books.update("journals", journal, IsBlocked=True)
        self.read_lists()
        self.assertEqual(row.problem, "blocked")
        self.assertIn(row, row.search([("problem", "=", "blocked")]))

    # --- on the forms of Odoo ------------------------------------------------

    def new_user(self, login, *groups):
        return new_test_user(
            self.env,
            login,
            ",".join(groups),
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    def test_the_code_is_set_on_the_form_of_tax_journal_account_and_term(self):
        manager = self.new_user(
            "manager",
            "account.group_account_manager",
            "optedo_exact.group_exact_manager",
        )
        cases = {
            "journal": (self.journal, "journal", "71"),
            "tax": (self.tax, "vat_code", "2"),
            "account": (
                self.company_data["default_account_revenue"],
                "gl_account",
                "701000",
            ),
            "payment_term": (
                self.env.ref("account.account_payment_term_30days"),
                "payment_condition",
                "30",
            ),
        }
        for kind, (record, reference_kind, code) in cases.items():
            record = record.with_user(manager).with_company(self.company)
            self.assertTrue(record.exact_may_map)
            self.assertEqual(record.exact_administration_ids, self.administration)
            with Form(record) as form:
                rows = form.exact_mapping_ids
                with rows.edit(0) if len(rows) else rows.new() as row:
                    row.reference_id = self.reference(reference_kind, code)
            found = self.env["exact.mapping"]._get(self.administration, kind, record)
            self.assertEqual(found.reference_id.code, code, kind)

    def test_who_may_not_map_sees_the_code_and_cannot_set_it(self):
        clerk = self.new_user("clerk", "account.group_account_manager")
        tax = self.tax.with_user(clerk).with_company(self.company)
        self.assertFalse(tax.exact_may_map)
        self.assertEqual(tax.exact_mapping_ids.reference_id.code, "3")
        with self.assertRaises(AccessError):
            tax.exact_mapping_ids.reference_id = self.reference("vat_code", "2")

    def test_a_company_without_the_link_shows_nothing(self):
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        tax = self.tax.with_context(allowed_company_ids=other.ids)
        self.assertFalse(tax.sudo().exact_administration_ids)

    # --- journals (B2) -------------------------------------------------------

    def test_credit_notes_go_to_their_own_journal(self):
        row = self.map("journal", self.journal, "70")
        row.credit_note_reference_id = self.reference("journal", "71")
        for move_type, code in (("out_invoice", "70"), ("out_refund", "71")):
            move = self.invoice(move_type=move_type)
            self.assertEqual(self.export(move).state, "exported")
            [booked] = self.books.entries(your_ref=move.name)
            self.assertEqual(booked["Journal"].strip(), code)

    def check_journals(self):
        with self.side_cursors() as env:
            self.administration.with_env(env).action_check_journals()
            env.cr.commit()
        self.env.invalidate_all()

    def test_entries_of_others_in_our_journal_are_named_and_ours_are_not(self):
        row = self.map("journal", self.journal, "70")
        ours = self.invoice()
        self.export(ours)
        self.check_journals()
        self.assertFalse(row.journal_warning)
        strange = self.invoice()
        self.export(strange)
        number = strange.exact_entry_number
        strange.exact_entry_id.sudo().guid = "00000000-0000-0000-0000-000000000001"
        self.env.flush_all()
        self.sandbox.calls.clear()
        self.check_journals()
        self.assertEqual(len(self.calls()), 1)
        self.assertIn("1 of its last 2 entries", row.journal_warning)
        self.assertIn(number, row.journal_warning)

    def test_two_series_in_one_journal_may_clash_where_odoos_numbers_go_along(self):
        second = self.journal.copy({"name": "Webshop", "code": "WEB"})
        row, other = (self.map("journal", j, "70") for j in (self.journal, second))
        self.assertFalse(row.journal_warning)
        self.administration.use_exact_entry_number = False
        self.assertIn(second.name, row.journal_warning)
        self.assertIn(self.journal.name, other.journal_warning)
        self.map("journal", second, "71")
        self.assertFalse(row.journal_warning)

    def test_another_journal_after_the_first_booking_asks(self):
        row = self.map("journal", self.journal, "70")
        row.reference_id = self.reference("journal", "71")

        def choose(code):
            draft = row.new(origin=row)
            draft.reference_id = self.reference("journal", code)
            return draft._onchange_journal_reference()

        self.assertFalse(choose("70"))
        self.export(self.invoice())
        self.assertIn("1 invoices and 1 customers", choose("70")["warning"]["message"])
        self.assertFalse(choose("71"), "it stays the same")

    # --- payments beside statements (B4) -------------------------------------

    def test_bank_statements_of_late_are_named_where_payments_are_imported(self):
        self.assertFalse(self.administration._statement_warning())
        bank = self.company_data["default_journal_bank"]
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": bank.id,
                "date": fields.Date.today(),
                "payment_ref": "Received",
                "amount": 10,
            }
        )
        warning = self.administration._statement_warning()["warning"]
        self.assertIn(bank.name, warning["message"])
        with self.assertLogs("odoo.tests.form.onchange", "WARNING"):
            with Form(self.administration) as form:
                form.import_payments = True
        line.date = fields.Date.subtract(fields.Date.today(), months=4)
        self.assertFalse(self.administration._statement_warning())
