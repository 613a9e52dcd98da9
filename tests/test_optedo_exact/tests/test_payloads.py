"""What Exact gets of each kind of invoice, compared with a stored file.

`payloads/<country>/<kind>.json` holds the payload per way of rounding. After a change
that is meant, `UPDATE_PAYLOADS=1 make test-odoo ARGS="-k payloads"` writes them anew;
read the difference before it is committed.
"""

import json
import os
import re
from decimal import Decimal
from pathlib import Path

from lxml import html

from odoo import Command

from odoo.addons.optedo_exact.exact import payloads
from odoo.addons.optedo_exact.exact.communication import dutch_check

from .common import ExactCommon

FOLDER = Path(__file__).parent.parent / "payloads"
DAY = "2026-06-15"


class Kinds(ExactCommon):
    """The kinds of invoices, each a method that returns a posted one."""

    # Tax of the chart → VAT code of the sandbox.
    taxes: dict[str, tuple[str, str]]
    lodging: dict[str, tuple[float, str]]
    oss: tuple[str, float, str]
    communication: str

    def setUp(self):
        super().setUp()
        # Each of these old invoices is looked up in Exact before it is booked.
        self.sandbox.limits.minutely = 1000
        self.connect()
        self.chart = self.env["account.chart.template"].with_company(self.company)
        self.chart_taxes = {}
        for name, (xmlid, code) in self.taxes.items():
            self.chart_taxes[name] = self.chart.ref(xmlid)
            self.map("tax", self.chart_taxes[name], code)
        self.map("tax", self.env["account.tax"], "N")
        self.foreign = self.env["res.partner"].create(
            {
                "name": "Boulangerie Martin SARL",
                "is_company": True,
                "street": "Rue de la Paix 1",
                "zip": "75002",
                "city": "Paris",
                "country_id": self.env.ref("base.fr").id,
                "vat": "FR23334175221",
            }
        )

    # --- builders ------------------------------------------------------------

    def line(self, price, tax="high", name="Bread", **values):
        taxes = self.chart_taxes[tax] if isinstance(tax, str) else tax
        return Command.create(
            {
                "name": name,
                "quantity": 1,
                "price_unit": price,
                "tax_ids": [Command.set(taxes.ids if taxes else [])],
            }
            | values
        )

    def post(self, *lines, **values):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": DAY,
                "invoice_date_due": "2026-07-01",
                "invoice_payment_term_id": False,
                "invoice_line_ids": list(lines),
            }
            | values
        )
        move.action_post()
        return move

    def own_tax(self, name, amount, code, **values):
        tax = self.env["account.tax"].create(
            {
                "name": name,
                "amount": amount,
                "type_tax_use": "sale",
                "company_id": self.company.id,
            }
            | values
        )
        self.map("tax", tax, code)
        return tax

    def term(self, **values):
        term = self.env["account.payment.term"].create(
            {
                "name": "30 days",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
            | values
        )
        self.map("payment_term", term, "30")
        return term

    # --- the kinds -----------------------------------------------------------

    def kind_plain(self):
        return self.post(self.line(100.0))

    def kind_several_rates(self):
        return self.post(self.line(100.0), self.line(50.0, "low"), self.line(9.99))

    def kind_cents_that_do_not_divide(self):
        lines = [self.line(3.333, quantity=3), self.line(10.01), self.line(10.02)]
        return self.post(*lines, self.line(0.07, "low"), self.line(0.07, "low"))

    def kind_without_tax(self):
        return self.post(self.line(100.0), self.line(25.0, None, "Stamps"))

    def kind_foreign_currency(self):
        dollar = self.setup_other_currency("USD", rates=[("2020-01-01", 1.1234567)])
        return self.post(
            self.line(33.33), self.line(66.67, "low"), currency_id=dollar.id
        )

    def kind_price_included(self):
        amount = self.chart_taxes["high"].amount
        code = self.taxes["high"][1]
        tax = self.own_tax("incl", amount, code, price_include_override="tax_included")
        return self.post(self.line(121.0, tax), self.line(9.99, tax))

    def kind_discount(self):
        return self.post(self.line(100.0, discount=12.5), self.line(33.33, discount=10))

    def kind_cash_rounding_as_line(self):
        return self.post(self.line(10.01), **self.rounded("add_invoice_line"))

    def kind_cash_rounding_in_tax(self):
        return self.post(self.line(10.01), **self.rounded("biggest_tax"))

    def rounded(self, strategy):
        account = self.company_data["default_account_expense"]
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "5 cent",
                "rounding": 0.05,
                "strategy": strategy,
                "profit_account_id": account.id,
                "loss_account_id": account.id,
                "rounding_method": "HALF-UP",
            }
        )
        return {"invoice_cash_rounding_id": rounding.id}

    def cash_discount(self, computation):
        term = self.term(
            early_discount=True,
            discount_percentage=2,
            discount_days=7,
            early_pay_discount_computation=computation,
        )
        lines = [self.line(100.0), self.line(93.04), self.line(50.0, "low")]
        return self.post(*lines, invoice_payment_term_id=term.id)

    def kind_cash_discount_included(self):
        return self.cash_discount("included")

    def kind_cash_discount_excluded(self):
        return self.cash_discount("excluded")

    def kind_cash_discount_mixed(self):
        return self.cash_discount("mixed")

    def kind_reverse_charge(self):
        return self.post(self.line(100.0, "charged"))

    def to_foreign(self, tax):
        return self.post(self.line(100.0, tax), partner_id=self.foreign.id)

    def kind_eu_goods(self):
        return self.to_foreign("eu_goods")

    def kind_eu_services(self):
        return self.to_foreign("eu_services")

    def kind_triangular(self):
        return self.to_foreign("triangular")

    def kind_export(self):
        customer = self.foreign.copy(
            {"country_id": self.env.ref("base.us").id, "vat": False}
        )
        return self.post(self.line(100.0, "export"), partner_id=customer.id)

    def kind_oss(self):
        country, rate, code = self.oss
        consumer = self.env["res.partner"].create(
            {"name": "Jean", "country_id": self.env.ref(country).id}
        )
        return self.post(
            self.line(100.0, self.own_tax("OSS", rate, code)), partner_id=consumer.id
        )

    def kind_margin(self):
        return self.post(self.line(100.0, self.own_tax("Margin", 0, "MAR")))

    def lodging_tax(self, when):
        rate, day = self.lodging[when]
        tax = self.own_tax(f"Lodging {when}", rate, "LOG")
        return self.post(self.line(100.0, tax), invoice_date=day)

    def kind_rate_before_it_changed(self):
        return self.lodging_tax("before")

    def kind_rate_after_it_changed(self):
        return self.lodging_tax("after")

    def kind_zero_total(self):
        return self.post(self.line(100.0), self.line(-100.0, name="Given back"))

    def kind_zero_lines(self):
        return self.post(self.line(100.0), self.line(0.0, name="Free of charge"))

    def kind_nothing_but_zeros(self):
        return self.post(self.line(0.0, name="Free of charge"))

    def kind_down_payment_deducted(self):
        return self.post(self.line(1000.0), self.line(-300.0, name="Down payment"))

    def kind_sections_and_notes(self):
        def text(display_type):
            return Command.create({"name": display_type, "display_type": display_type})

        return self.post(
            text("line_section"),
            self.line(100.0),
            text("line_subsection"),
            self.line(50.0, "low"),
            text("line_note"),
        )

    def kind_several_taxes(self):
        tax = self.own_tax(
            "Recycling",
            0.5,
            False,
            amount_type="fixed",
            include_base_amount=True,
            sequence=-1,
        )
        row = self.env["exact.mapping"]._get(self.administration, "tax", tax)
        row.gl_account_id = self.reference("gl_account", self.gl_account)
        return self.post(self.line(100.0, tax + self.chart_taxes["high"], quantity=3))

    def kind_instalments(self):
        halves = [
            Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
            for days in (0, 30)
        ]
        term = self.term(name="Half now", line_ids=halves)
        row = self.env["exact.mapping"]._get(self.administration, "payment_term", term)
        row.has_instalments = True
        return self.post(self.line(100.01), invoice_payment_term_id=term.id)

    def kind_structured_communication(self):
        return self.post(self.line(100.0), payment_reference=self.communication)

    def kind_credit_note(self):
        invoice = self.post(self.line(100.0), self.line(50.01, "low"))
        days = {"invoice_date": DAY, "invoice_date_due": DAY}
        refund = invoice._reverse_moves([days])
        refund.action_post()
        return refund

    def kind_refund_of_part(self):
        return self.post(self.line(33.33), move_type="out_refund")

    def kind_receipt(self):
        return self.post(self.line(12.34), move_type="out_receipt")

    def kind_reference_of_the_customer(self):
        return self.post(self.line(100.0), ref="PO4711")

    # --- comparing -----------------------------------------------------------

    def check_kinds(self, rounding):
        self.company.tax_calculation_rounding_method = rounding
        kinds = [name for name in dir(self) if name.startswith("kind_")]
        self.assertGreater(len(kinds), 30)
        for kind in kinds:
            with self.subTest(kind=kind):
                move = getattr(self, kind)()
                self.check_stored(move, kind.removeprefix("kind_"), rounding)
                self.check_booked(move)

    def check_stored(self, move, kind, rounding):
        invoice, issue = move._exact_prepare_entry(self.administration, "customer")
        self.assertFalse(issue, issue)
        sent = self.readable(payloads.sales_entry(invoice), move)
        path = FOLDER / self.country_code.lower() / f"{kind}.json"
        stored = json.loads(path.read_text()) if path.exists() else {}
        if os.environ.get("UPDATE_PAYLOADS"):
            path.parent.mkdir(parents=True, exist_ok=True)
            stored[rounding] = sent
            text = json.dumps(stored, indent=2, ensure_ascii=False, sort_keys=True)
            path.write_text(text + "\n")
        self.assertEqual(sent, stored.get(rounding))

    def readable(self, payload, move):
        """The payload with codes for GUIDs, and without what differs by the run."""
        ledger = {
            reference.guid: reference.code
            for reference in self.administration.reference_ids
            if reference.kind == "gl_account"
        }

        def value(name, it):
            if isinstance(it, list):
                return [{n: value(n, v) for n, v in row.items()} for row in it]
            text = ledger.get(it, str(it))
            return text.replace(move.name, "NUMBER")

        # Odoo's own communications are made of the ids of the database.
        if payload.get("PaymentReference") != self.communication:
            payload.pop("PaymentReference", None)
        return {name: value(name, it) for name, it in payload.items()}

    def check_booked(self, move):
        """Exact, Odoo and the paper agree to the cent, in total and per VAT code."""
        entry = self.export(move)
        self.assertEqual(entry.state, "exported", entry.issue_message)
        [booked] = self.books.entries(your_ref=move.name)
        total = Decimal(str(booked["AmountFC"]))
        sign = -1 if move.move_type == "out_refund" else 1
        self.assertEqual(total, sign * self.total_on_paper(move))
        lines = self.books.sales_lines.by("EntryID", booked["EntryID"])
        in_exact = {}
        for line in lines:
            code = line["VATCode"].strip()
            in_exact[code] = in_exact.get(code, 0) + float(line["VATAmountFC"])
        in_odoo = dict.fromkeys(in_exact, 0)
        for item in move.line_ids.filtered("tax_line_id"):
            row = self.env["exact.mapping"]._get(
                self.administration, "tax", item.tax_line_id
            )
            if row.reference_id:
                in_odoo[row.reference_id.code] -= item.amount_currency
        for code, vat in in_odoo.items():
            self.assertAlmostEqual(in_exact[code], vat, 3, code)
        self.assertFalse(booked["VATDifferenceFC"], "no cent is left over in Exact")

    def total_on_paper(self, move):
        page, _type = self.env["ir.actions.report"]._render_qweb_html(
            "account.account_invoices", move.ids
        )
        # The first one: a second is in the company's currency.
        row, *_more = html.fromstring(page).xpath("//tr[contains(@class, 'o_total')]")
        amount = re.sub(r"[^\d.,-]", "", row.xpath("string(td[last()])"))
        return Decimal(amount.replace(",", ""))


class TestBelgianPayloads(Kinds):
    taxes = {
        "high": ("attn_VAT-OUT-21-L", "3"),
        "low": ("attn_VAT-OUT-06-L", "1"),
        "charged": ("attn_VAT-OUT-00-CC", "MC"),
        "eu_goods": ("attn_VAT-OUT-00-EU-L", "ICG"),
        "eu_services": ("attn_VAT-OUT-00-EU-S", "ICD"),
        "triangular": ("attn_VAT-OUT-00-EU-T", "ICT"),
        "export": ("attn_VAT-OUT-00-ROW", "EXP"),
    }
    lodging = {"before": (6, "2026-02-28"), "after": (12, "2026-03-01")}
    oss = ("base.fr", 20, "OFR")
    communication = "+++090/9337/55493+++"

    def test_belgian_payloads_rounded_per_line(self):
        self.check_kinds("round_per_line")

    def test_belgian_payloads_rounded_globally(self):
        self.check_kinds("round_globally")


class TestDutchPayloads(Kinds):
    country_code = "NL"
    division = 1002
    vat_code, gl_account = "2", "8000"
    taxes = {
        "high": ("btw_21", "2"),
        "low": ("btw_9", "1"),
        "charged": ("btw_verk_0", "5"),
        "eu_goods": ("btw_X0_producten", "6"),
        "eu_services": ("btw_X0_diensten", "7"),
        "triangular": ("btw_X0_ABC_levering", "T"),
        "export": ("btw_X1", "8"),
    }
    lodging = {"before": (9, "2025-12-31"), "after": (21, "2026-01-01")}
    oss = ("base.de", 19, "ODE")
    communication = dutch_check("000000000202642") + "000000000202642"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write(
            {
                "name": "Jansen Metaal BV",
                "country_id": cls.env.ref("base.nl").id,
                "vat": "NL123456782B90",
                "company_registry": False,
                "street": "Herengracht 100",
                "zip": "1015 BS",
                "city": "Amsterdam",
            }
        )

    def test_dutch_payloads_rounded_per_line(self):
        self.check_kinds("round_per_line")

    def test_dutch_payloads_rounded_globally(self):
        self.check_kinds("round_globally")


class TestStoredPayloads(Kinds):
    taxes = TestBelgianPayloads.taxes

    def test_every_file_belongs_to_a_kind(self):
        kinds = {
            name.removeprefix("kind_") for name in dir(self) if name[:5] == "kind_"
        }
        for country in ("be", "nl"):
            stored = {path.stem for path in (FOLDER / country).glob("*.json")}
            self.assertEqual(stored, kinds)
