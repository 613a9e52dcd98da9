from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError

from .common import ExactCommon


class TestCodes(ExactCommon):
    """A code that does not fit the invoice is refused before any call (C3, C4)."""

    connected = True

    def setUp(self):
        super().setUp()
        self.map("tax", self.env["account.tax"], "N")
        self.foreign = self.env["res.partner"].create(
            {
                "name": "Boulangerie Martin SARL",
                "is_company": True,
                "country_id": self.env.ref("base.fr").id,
                "vat": "FR23334175221",
            }
        )

    def chart(self, xmlid):
        """A tax of the Belgian chart of accounts."""
        return self.env["account.chart.template"].with_company(self.company).ref(xmlid)

    def refused(self, code, move, *words):
        self.sandbox.calls.clear()
        entry = self.export(move)
        self.assertEqual((entry.state, entry.issue_code), ("blocked", code))
        for word in words:
            self.assertIn(word, entry.issue_message)
        self.assertIn("action", move.alerts["exact_issue"])
        self.assertFalse(self.calls())

    def booked(self, move):
        entry = self.export(move)
        self.assertEqual(entry.state, "exported", entry.issue_message)
        [booked] = self.books.entries(your_ref=move.name)
        lines = [
            line
            for line in self.books.sales_lines
            if line["EntryID"] == booked["EntryID"]
        ]
        self.assertEqual(
            float(booked["AmountFC"]), move.amount_total_in_currency_signed
        )
        return sorted(lines, key=lambda line: line["LineNumber"])

    # --- VAT codes -----------------------------------------------------------

    def test_a_code_of_another_rate(self):
        low = self.chart("attn_VAT-OUT-06-L")
        self.map("tax", low, "3")
        self.refused("vat_code_rate", self.invoice(tax=low), "21 %", "6 %")

    def test_a_tax_that_came_into_use_since_has_a_row_to_choose_its_code(self):
        new = self.tax.copy({"name": "brand new", "amount": 6})
        move = self.invoice(tax=new)
        self.refused("tax_unmapped", move, "brand new")
        self.assertFalse(
            self.administration.tax_mapping_ids.filtered(lambda row: row.tax_id == new)
        )
        action = move.action_exact_choose_code()
        rows = self.env["exact.mapping"].search(action["domain"])
        self.assertIn(new, rows.tax_id)
        self.map("tax", new, "1")
        self.booked(move)
        with self.assertRaises(UserError):
            move.action_exact_choose_code()

    def test_a_code_for_purchases(self):
        self.map("tax", self.tax, "A21")
        self.refused("vat_code_direction", self.invoice(), "A21")

    def test_a_code_of_another_nature(self):
        goods = self.chart("attn_VAT-OUT-00-EU-L")
        for code in ("ICD", "ICT", "EXP", "MC"):
            self.map("tax", goods, code)
            move = self.invoice(tax=goods, partner_id=self.foreign.id)
            self.refused("vat_code_nature", move, "goods to another EU country", code)
        self.map("tax", goods, "ICG")
        [line] = self.booked(self.invoice(tax=goods, partner_id=self.foreign.id))
        self.assertEqual(line["VATCode"].strip(), "ICG")

    def test_each_nature_of_the_belgian_chart_has_its_code(self):
        for xmlid, code, partner in (
            ("attn_VAT-OUT-21-L", "3", self.customer),
            ("attn_VAT-OUT-06-S", "1", self.customer),
            ("attn_VAT-OUT-00-L", "0", self.customer),
            ("attn_VAT-OUT-00-CC", "MC", self.customer),
            ("attn_VAT-OUT-00-EU-L", "ICG", self.foreign),
            ("attn_VAT-OUT-00-EU-S", "ICD", self.foreign),
            ("attn_VAT-OUT-00-EU-T", "ICT", self.foreign),
            ("attn_VAT-OUT-00-ROW", "EXP", self.foreign),
        ):
            tax = self.chart(xmlid)
            self.map("tax", tax, code)
            [line] = self.booked(self.invoice(tax=tax, partner_id=partner.id))
            self.assertEqual(line["VATCode"].strip(), code)

    def test_an_eu_code_needs_the_vat_number_of_another_country(self):
        goods = self.chart("attn_VAT-OUT-00-EU-L")
        self.map("tax", goods, "ICG")
        for number in ("", "BE0477472701"):
            move = self.invoice(tax=goods, partner_id=self.foreign.id)
            move.exact_party_vat = number
            self.refused("party_eu_number_missing", move, "ICG", number)
        move = self.invoice(tax=goods, partner_id=self.foreign.id)
        move.exact_party_vat = "FR123"
        self.refused("party_vat_malformed", move, "FR123")

    def test_an_oss_code_needs_a_customer_in_that_country(self):
        french = self.tax.copy({"name": "20 % FR", "amount": 20})
        self.map("tax", french, "OFR")
        self.refused("party_oss_country", self.invoice(tax=french), "FR")
        self.booked(self.invoice(tax=french, partner_id=self.foreign.id))

    def test_the_rate_counts_on_the_day_of_the_invoice(self):
        before = fields.Date.from_string("2026-02-28")
        low = self.tax.copy({"name": "6 % lodging", "amount": 6})
        high = self.tax.copy({"name": "12 % lodging", "amount": 12})
        self.map("tax", low, "LOG")
        self.map("tax", high, "LOG")
        self.booked(self.invoice(tax=low, invoice_date=before))
        self.booked(self.invoice(tax=high, invoice_date=before + timedelta(days=1)))
        self.refused("vat_code_rate", self.invoice(tax=low), "12 %", "6 %")

    def test_lines_without_tax_take_no_code_with_vat(self):
        self.map("tax", self.env["account.tax"], "3")
        self.refused("vat_code_rate", self.invoice(tax=False), "lines without tax")

    def test_an_inclusive_code_is_grossed_up(self):
        self.map("tax", self.tax, "3I")
        [line] = self.booked(self.invoice([100.0]))
        self.assertEqual(float(line["AmountFC"]), 121.0)
        self.assertEqual(float(line["VATAmountFC"]), 21.0)

    def test_the_set_up_offers_only_codes_that_fit_and_names_those_that_do_not(self):
        row = self.map("tax", self.tax, "3")
        codes = row.fitting_ids.mapped("code")
        self.assertIn("3", codes)
        self.assertIn("3I", codes)
        self.assertFalse({"1", "A21", "ICG", "N"} & set(codes))
        self.assertFalse(row.problem)
        row.reference_id = self.reference("vat_code", "1")
        self.assertEqual(row.problem, "unfit")
        self.assertIn("6 %", row.misfit_message)
        found = self.env["exact.mapping"].search([("problem", "in", ["unfit"])])
        self.assertEqual(found, row)
        self.assertNotIn(
            row, self.env["exact.mapping"].search([("problem", "=", False)])
        )

    def test_a_tax_of_the_one_stop_shop_never_takes_a_code_at_home(self):
        tag = self.env.ref("l10n_eu_oss.tag_oss", raise_if_not_found=False)
        if not tag:
            [tag] = self.env["account.account.tag"].create(
                [{"name": "OSS", "applicability": "taxes"}]
            )
            self.env["ir.model.data"].create(
                {
                    "module": "l10n_eu_oss",
                    "name": "tag_oss",
                    "model": tag._name,
                    "res_id": tag.id,
                }
            )
        spanish = self.tax.copy({"name": "21 % ES"})
        for line in spanish.invoice_repartition_line_ids:
            line.tag_ids = [Command.set(tag.ids)]
        row = self.map("tax", spanish, False)
        self.assertFalse(row.proposal_id)
        self.assertNotIn("3", row.fitting_ids.mapped("code"))
        row.reference_id = self.reference("vat_code", "3")
        self.assertEqual(row.problem, "unfit")
        move = self.invoice(tax=spanish)
        self.refused("vat_code_nature", move, "OSS")

    def test_a_person_may_say_that_another_nature_is_right(self):
        goods = self.chart("attn_VAT-OUT-00-EU-L")
        row = self.map("tax", goods, "EXP")
        self.assertEqual(row.problem, "unfit")
        row.nature_confirmed = True
        self.assertFalse(row.problem)
        self.assertIn("ICD", row.fitting_ids.mapped("code"))
        self.assertIn("right all the same", self.administration.message_ids[0].body)
        self.booked(self.invoice(tax=goods, partner_id=self.foreign.id))
        # Not the rate, though.
        self.map("tax", self.tax, "1").nature_confirmed = True
        self.refused("vat_code_rate", self.invoice(), "6 %")

    def test_lines_without_tax_are_named_in_the_readers_language(self):
        self.map("tax", self.env["account.tax"], "3")
        entry = self.export(self.invoice(tax=False))
        self.assertEqual(entry.issue_params["tax"], "no_tax")
        self.assertIn("lines without tax", entry.issue_message)

    # --- taxes that are no VAT ----------------------------------------------

    def contribution(self):
        """A recycling contribution, on which VAT is due as well."""
        tax = self.env["account.tax"].create(
            {
                "name": "Recupel",
                "amount_type": "fixed",
                "amount": 0.5,
                "type_tax_use": "sale",
                "include_base_amount": True,
                "sequence": 1,
                "company_id": self.company.id,
            }
        )
        self.tax.sequence = 10
        self.tax.is_base_affected = True
        return tax

    def with_contribution(self, tax):
        move = self.invoice([100.0])
        move.button_draft()
        move.invoice_line_ids.tax_ids = tax + self.tax
        move.action_post()
        return move

    def test_several_taxes_on_a_line_are_refused_until_one_is_no_vat(self):
        tax = self.contribution()
        self.map("tax", tax, "3")
        self.refused("several_taxes", self.with_contribution(tax), "Recupel")

    def test_a_tax_that_is_no_vat_becomes_a_line_of_its_own(self):
        tax = self.contribution()
        row = self.map("tax", tax, False)
        row.gl_account_id = self.reference("gl_account", "746000")
        self.assertFalse(row.problem)
        move = self.with_contribution(tax)
        self.assertEqual(move.amount_total, 121.61)
        bread, recupel = self.booked(move)
        self.assertEqual(float(bread["AmountFC"]), 100.0)
        self.assertEqual(float(recupel["AmountFC"]), 0.5)
        self.assertEqual(recupel["VATCode"].strip(), "3")
        self.assertEqual(
            float(bread["VATAmountFC"]) + float(recupel["VATAmountFC"]), 21.11
        )
        account = self.books.gl_accounts.get(recupel["GLAccount"])
        self.assertEqual(account["Code"].strip(), "746000")

    def test_the_row_without_tax_cannot_become_a_line_of_its_own(self):
        row = self.map("tax", self.env["account.tax"], False)
        with self.assertRaises(ValidationError):
            row.gl_account_id = self.reference("gl_account", "746000")

    def test_a_tax_without_a_rate_is_no_vat_code(self):
        tax = self.contribution()
        tax.include_base_amount = False
        self.map("tax", tax, "3")
        move = self.invoice([100.0], tax=tax)
        self.refused("tax_no_rate", move, "Recupel")

    # --- currencies ----------------------------------------------------------

    def test_a_currency_that_the_journal_does_not_take(self):
        dollar = self.setup_other_currency("USD", rates=[("2020-01-01", 1.1234567)])
        self.map("journal", self.company_data["default_journal_sale"], "71")
        self.refused(
            "currency_not_in_journal", self.invoice(currency=dollar), "USD", "71"
        )
        self.map("journal", self.company_data["default_journal_sale"], "70")
        self.booked(self.invoice(currency=dollar))

    def test_a_currency_that_exact_does_not_know(self):
        crown = self.setup_other_currency("ISK", rates=[("2020-01-01", 150.0)])
        with self.side_cursors() as env:
            self.administration.with_env(env).action_read_references()
            env.cr.commit()
        self.refused("currency_unknown", self.invoice(currency=crown), "ISK")

    # --- ledger accounts -----------------------------------------------------

    def test_a_ledger_account_for_receivables_takes_no_line(self):
        self.administration.default_gl_account_id = self.reference(
            "gl_account", "400000"
        )
        self.refused("gl_account_type", self.invoice(), "400000")

    def test_confirming_is_refused_only_where_that_was_chosen(self):
        self.administration.use_line_gl_account = True
        self.administration.require_line_gl_account = True
        self.invoice()  # confirmed all the same
        self.administration.block_confirm_without_gl_account = True
        with self.assertRaisesRegex(UserError, "Bread"):
            self.invoice()
        self.map("account", self.company_data["default_account_revenue"], "701000")
        self.booked(self.invoice())

    def test_lines_on_other_accounts_than_income_are_said(self):
        move = self.invoice()
        self.assertNotIn("exact_other_account", move.alerts or {})
        move.button_draft()
        deposit = self.company_data["default_account_assets"]
        move.invoice_line_ids.account_id = deposit
        alert = move._exact_alert_of_accounts()["exact_other_account"]
        self.assertIn(deposit.display_name, alert["message"])
        self.administration.use_line_gl_account = True
        self.assertFalse(move._exact_alert_of_accounts())

    # --- cost centres and units ----------------------------------------------

    def analytic(self):
        plans = self.env["account.analytic.plan"].create(
            [{"name": "Departments"}, {"name": "Vehicles"}]
        )
        accounts = self.env["account.analytic.account"].create(
            [
                {"name": "Antwerp", "code": "ANT", "plan_id": plans[0].id},
                {"name": "Ghent", "code": "GEN", "plan_id": plans[0].id},
                {"name": "Van", "plan_id": plans[1].id},
            ]
        )
        self.administration.cost_center_plan_id = plans[0]
        self.administration.cost_unit_plan_id = plans[1]
        return accounts

    def spread(self, distribution, amounts=(100.0,)):
        move = self.invoice(list(amounts))
        move.button_draft()
        move.invoice_line_ids.analytic_distribution = distribution
        move.action_post()
        return move

    def test_a_line_is_split_over_cost_centres_with_no_cent_lost(self):
        antwerp, ghent, van = self.analytic()
        self.map("cost_center", antwerp, "ANT")
        self.map("cost_center", ghent, "GEN")
        [unit, *_] = (row["Code"].strip() for row in self.books.cost_units)
        self.map("cost_unit", van, unit)
        move = self.spread({f"{antwerp.id},{van.id}": 33.33, str(ghent.id): 50.0}, [10])
        lines = self.booked(move)
        found = {
            (
                (line["CostCenter"] or "").strip(),
                (line["CostUnit"] or "").strip(),
            ): float(line["AmountFC"])
            for line in lines
        }
        self.assertEqual(found, {("ANT", unit): 3.33, ("GEN", ""): 5.0, ("", ""): 1.67})
        self.assertEqual(float(sum(line["VATAmountFC"] for line in lines)), 2.1)

    def test_plans_that_are_spread_each_by_itself_meet_on_one_line(self):
        antwerp, _ghent, van = self.analytic()
        self.map("cost_center", antwerp, "ANT")
        [unit, *_] = (row["Code"].strip() for row in self.books.cost_units)
        self.map("cost_unit", van, unit)
        [line] = self.booked(self.spread({antwerp.id: 100, van.id: 100}))
        self.assertEqual(line["CostCenter"].strip(), "ANT")
        self.assertEqual(line["CostUnit"].strip(), unit)
        self.assertEqual(float(line["AmountFC"]), 100.0)

    def test_thirds_leave_nothing_without_a_cost_centre(self):
        antwerp, ghent, _van = self.analytic()
        self.map("cost_center", antwerp, "ANT")
        self.map("cost_center", ghent, "GEN")
        self.administration.default_gl_account_id = self.reference(
            "gl_account", "705000"
        )
        lines = self.booked(self.spread({antwerp.id: 33.33, ghent.id: 66.66}))
        self.assertEqual(sum(float(line["AmountFC"]) for line in lines), 100.0)
        self.assertEqual(len(lines), 2)

    def test_a_cash_discount_stays_on_the_cost_centre_of_its_lines(self):
        antwerp, _ghent, _van = self.analytic()
        self.map("cost_center", antwerp, "ANT")
        self.administration.default_gl_account_id = self.reference(
            "gl_account", "705000"
        )
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % in 7 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 7,
                "early_pay_discount_computation": "mixed",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100})],
            }
        )
        self.map("payment_term", term, "30")
        move = self.invoice([100.0], invoice_payment_term_id=term.id)
        move.button_draft()
        move.invoice_line_ids.analytic_distribution = {antwerp.id: 100}
        move.action_post()
        lines = self.booked(move)
        self.assertGreater(len(lines), 1)
        self.assertEqual({line["CostCenter"].strip() for line in lines}, {"ANT"})

    def test_the_default_goes_only_where_a_cost_centre_is_demanded(self):
        self.map("cost_center", self.env["account.analytic.account"], "HQ")
        [line] = self.booked(self.invoice())
        self.assertFalse(line["CostCenter"])

    def test_an_analytic_account_without_cost_centre_is_named(self):
        antwerp, *_ = self.analytic()
        self.refused("cost_center_unmapped", self.spread({antwerp.id: 100}), "Antwerp")

    def test_analytic_accounts_of_another_plan_stay_in_odoo(self):
        antwerp, _ghent, _van = self.analytic()
        self.administration.cost_center_plan_id = False
        self.administration.cost_unit_plan_id = False
        [line] = self.booked(self.spread({antwerp.id: 100}))
        self.assertFalse(line["CostCenter"])

    def test_a_ledger_account_that_demands_a_cost_centre(self):
        self.administration.default_gl_account_id = self.reference(
            "gl_account", "705000"
        )
        self.refused("cost_center_missing", self.invoice(), "705000", "Bread")
        self.map("cost_center", self.env["account.analytic.account"], "HQ")
        [line] = self.booked(self.invoice())
        self.assertEqual(line["CostCenter"].strip(), "HQ")

    def test_groups_keep_cost_centres_apart(self):
        antwerp, ghent, _van = self.analytic()
        self.map("cost_center", antwerp, "ANT")
        self.map("cost_center", ghent, "GEN")
        self.administration.group_lines_by_vat = True
        lines = self.booked(self.spread({antwerp.id: 50, ghent.id: 50}, [10, 20, 30]))
        self.assertEqual([float(line["AmountFC"]) for line in lines], [30.0, 30.0])

    def test_the_set_up_lists_the_analytic_accounts_in_use(self):
        antwerp, ghent, _van = self.analytic()
        self.spread({antwerp.id: 100})
        self.env["exact.mapping"]._list_used(self.administration)
        rows = self.administration.cost_center_mapping_ids
        self.assertIn(antwerp, rows.analytic_account_id)
        self.assertNotIn(ghent, rows.analytic_account_id)
        row = rows.filtered("analytic_account_id")
        self.assertEqual((row.problem, row.invoice_count), ("missing", 1))
        self.assertEqual(row.proposal_id.code, "ANT")
        default = rows - row
        self.assertFalse(default.problem, "a default is no duty")
        missing = self.env["exact.mapping"].search(
            self.administration.action_open_missing()["domain"]
        )
        self.assertIn(row, missing)
        self.assertNotIn(default, missing)

    def test_cost_centres_and_units_need_a_plan_each(self):
        self.analytic()
        with self.assertRaises(ValidationError):
            self.administration.cost_unit_plan_id = (
                self.administration.cost_center_plan_id
            )

    # --- payment conditions --------------------------------------------------

    def instalments(self):
        return self.env["account.payment.term"].create(
            {
                "name": "Half now",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 0}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 30}
                    ),
                ],
            }
        )

    def test_instalments_need_a_condition_that_has_them(self):
        term = self.instalments()
        row = self.map("payment_term", term, "30")
        move = self.invoice(invoice_payment_term_id=term.id)
        self.refused("instalments", move, "Half now", "30")
        row.has_instalments = True
        self.booked(move)
        [booked] = self.books.entries(your_ref=move.name)
        self.assertIsNone(booked["SentDueDate"])
