"""Whatever an invoice looks like, Exact gets its base and VAT per code to the cent."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import Command

from odoo.addons.optedo_exact.exact import payloads

from .common import ExactCommon

prices = st.integers(-200_000, 500_000).map(lambda cents: cents / 100)
quantities = st.sampled_from([1, 3, 7, 0.333])
discounts = st.sampled_from([0, 0, 5, 12.5, 33.33])
lines = st.lists(
    st.tuples(
        prices, quantities, discounts, st.sampled_from(["high", "low", "incl", "none"])
    ),
    min_size=1,
    max_size=6,
)
distributions = st.sampled_from(
    [None, {"first": 33.33, "second": 66.67}, {"first": 50}]
)


class TestPayloadProperties(ExactCommon):
    connected = True

    def setUp(self):
        super().setUp()
        low = self.tax.copy({"name": "low", "amount": 6})
        included = self.tax.copy(
            {"name": "incl", "price_include_override": "tax_included"}
        )
        self.taxes = {
            "high": self.tax,
            "low": low,
            "incl": included,
            "none": self.env["account.tax"],
        }
        self.map("tax", low, "1")
        self.map("tax", included, "3")
        self.map("tax", self.env["account.tax"], "N")
        self.dollar = self.setup_other_currency(
            "USD", rates=[("2020-01-01", 1.1234567)]
        )
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        self.administration.cost_center_plan_id = plan
        self.analytic = {}
        for name, code in (("first", "ANT"), ("second", "GEN")):
            account = self.env["account.analytic.account"].create(
                {"name": name, "plan_id": plan.id}
            )
            self.analytic[name] = account
            self.map("cost_center", account, code)

    def make(self, rows, foreign, distribution):
        spread = distribution and {
            str(self.analytic[name].id): share for name, share in distribution.items()
        }
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-06-15",
                "currency_id": (
                    self.dollar if foreign else self.company.currency_id
                ).id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Bread",
                            "price_unit": price,
                            "quantity": quantity,
                            "discount": discount,
                            "tax_ids": [Command.set(self.taxes[tax].ids)],
                            "analytic_distribution": spread,
                        }
                    )
                    for price, quantity, discount, tax in rows
                ],
            }
        )
        if move.amount_total < 0:
            move.action_switch_move_type()
        move.action_post()
        return move

    def per_code(self, move):
        """Base and VAT per code of Exact, as Odoo booked them."""
        mapping = self.env["exact.mapping"]
        base, vat = defaultdict(Decimal), defaultdict(Decimal)

        def code(tax):
            return mapping._get(self.administration, "tax", tax).reference_id.code

        for item in move.line_ids:
            amount = -Decimal(f"{item.amount_currency:.2f}")
            if item.display_type == "tax":
                vat[code(item.tax_line_id)] += amount
            elif item.display_type == "product":
                base[code(item.tax_ids)] += amount
        return dict(base), {code: amount for code, amount in vat.items() if amount}

    def test_base_and_vat_per_code_are_those_of_odoo(self):
        @settings(
            max_examples=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            lines,
            st.booleans(),
            st.sampled_from(["round_per_line", "round_globally"]),
            st.booleans(),
            distributions,
        )
        def check(rows, foreign, rounding, grouped, distribution):
            self.company.tax_calculation_rounding_method = rounding
            self.administration.group_lines_by_vat = grouped
            move = self.make(rows, foreign, distribution)
            invoice, issue = move._exact_prepare_entry(self.administration, "x")
            self.assertFalse(issue)
            entry = payloads.sales_entry(invoice)
            base, vat = defaultdict(Decimal), defaultdict(Decimal)
            for line in entry["SalesEntryLines"]:
                base[line["VATCode"]] += line["AmountFC"]
                vat[line["VATCode"]] += line.get("VATAmountFC", Decimal(0))
            in_odoo, vat_in_odoo = self.per_code(move)
            for code in base.keys() | in_odoo.keys():
                self.assertEqual(base[code], in_odoo.get(code, 0), code)
            self.assertEqual({c: v for c, v in vat.items() if v}, vat_in_odoo)
            total = sum(base.values()) + sum(vat.values())
            signed = move.amount_total_in_currency_signed
            self.assertEqual(total, Decimal(f"{signed:.2f}"))

        check()
