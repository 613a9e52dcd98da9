import random
from decimal import ROUND_HALF_UP, Decimal
from unittest.mock import patch

from odoo import Command

from .bills import SEED
from .test_bill_import import BillCommon

CALLS = 40
CENT = Decimal("0.01")


class TestManyBills(BillCommon):
    """Random entries come to the same totals; a thousand cost few calls."""

    RATES = {"A21": "0.21", "A6": "0.06", "A12": "0.12", "AMC": "0.21"}

    def half_deductible(self):
        """A tax for cars: half of it is a cost."""
        car = self.purchase_tax.copy({"name": "21 % car"})
        account = self.company_data["default_account_tax_purchase"].id
        car.repartition_line_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "document_type": kind,
                        "repartition_type": "tax" if share else "base",
                        "factor_percent": share or 100,
                        "account_id": account if claim else False,
                    }
                )
                for kind in ("invoice", "refund")
                for share, claim in ((0, False), (50, True), (50, False))
            ),
        ]
        self.map("tax", car, "A21")
        self.map("account", self.cost.copy({"code": "615999"}), "615000")

    def vat_is_included(self, code):
        """Lines with this code have their VAT in the amount."""
        row = self.books.coded("vat_codes", code)
        with self.books.atomic():
            self.books.update("vat_codes", row, Type="I")
        self.reference("vat_code", code).sudo().type = "I"

    def random_lines(self, dice):
        """Lines as an accountant may book them, some with VAT corrected by cents."""
        lines = []
        for _number in range(dice.randint(1, 6)):
            amount = dice.choice([1, 1, 1, -1]) * dice.randint(1, 300_000) / 100
            code = dice.choice(["A21", "A6", "A12", "N", "AMC"])
            gl = "615000" if code == "A21" and dice.random() < 0.3 else "612000"
            line = self.line(amount, code=code, gl=gl)
            if line["VATCode"] == "N":
                line["Description"] = "Without VAT"
            elif code != "A12" and dice.random() < 0.3:
                vat = line["AmountFC"] * self.books_amount(self.RATES[line["VATCode"]])
                cent = self.books_amount(dice.choice(["0.01", "-0.01", "0.02"]))
                line["VATAmountFC"] = round(vat, 2) + cent
            lines.append(line)
        return lines

    def random_header(self, dice, lines):
        """A fourth in dollars, at a rate of Exact's own; some rounded on the header."""
        header = {}
        if dice.random() < 0.25:
            rate = self.books_amount(dice.randint(7000, 13000)) / 10000
            header |= {"Currency": "USD", "Rate": rate}
        if dice.random() < 0.3 and all(li["VATCode"] in ("A21", "A6") for li in lines):
            cents = self.books_amount(dice.randint(-5, 5)) / 100
            header["VATAmountFC"] = sum(map(self.vat_of, lines)) + cents
        return header

    def vat_of(self, line):
        vat = line["AmountFC"] * self.books_amount(self.RATES[line["VATCode"]])
        return line.get("VATAmountFC", vat.quantize(CENT, ROUND_HALF_UP))

    def test_random_entries_have_equal_totals(self):
        self.setup_other_currency("USD", rates=[("2020-01-01", 1.1)])
        low = self.purchase_tax.copy({"name": "6 %", "amount": 6})
        self.map("tax", low, "A6")
        charged = self.env["account.chart.template"].ref("attn_VAT-IN-V81-21-CC")
        self.map("tax", charged, "AMC")
        twelve = self.purchase_tax.copy({"name": "12 %", "amount": 12})
        self.map("tax", twelve, "A12")
        self.vat_is_included("A12")
        self.half_deductible()
        dice = random.Random(SEED)
        booked = {}
        for number in range(60):
            lines = self.random_lines(dice)
            header = self.random_header(dice, lines)
            entry = self.book(*lines, YourRef=f"R-{number}", **header)
            booked[entry["EntryID"]] = (entry, lines, header)
        self.import_bills()
        rows = self.rows()
        self.assertEqual(len(rows), len(booked))
        for row in rows:
            with self.subTest(seed=SEED, entry=row.number, issue=row.issue_message):
                self.assertEqual((row.state, row.issue_code), ("done", False))
                self.same_amounts(*booked[row.guid], row.move_id)
                self.assertFalse(self.env["exact.bill.service"]._differences(row))

    def same_amounts(self, entry, lines, header, move):
        sign = -1 if move.move_type == "in_refund" else 1
        total, vat = sign * entry["AmountFC"], sign * entry["VATAmountFC"]
        self.assertAlmostEqual(move.amount_total, float(total), 2)
        charged = any(line["VATCode"] == "AMC" for line in lines)
        if not charged and "VATAmountFC" not in header:
            self.assertAlmostEqual(move.amount_tax, float(vat), 2)
        # In the company's currency each of the two rounds its own lines.
        self.assertAlmostEqual(
            abs(move.amount_total_signed),
            abs(float(entry["AmountDC"])),
            delta=0.02 * len(lines),
        )
        self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0, 6)

    def test_a_thousand_new_entries_cost_at_most_forty_calls(self):
        """Of as many suppliers, that Odoo does not know; but for their files."""
        number_of = {}
        for number in range(1000):
            with self.books.atomic():
                account = self.books.insert(
                    "accounts",
                    Name=f"Supplier {number}",
                    Code=f"{number + 5000:>18}",
                    Status="A",
                    IsSupplier=True,
                    Country="BE",
                )
            number_of[account["ID"]] = number
            self.book(Supplier=account["ID"], YourRef=f"M-{number}")
        self.sandbox.calls.clear()
        self.import_bills_without_making()
        rows = self.rows()
        self.assertEqual(len(rows), 1000)
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertLessEqual(len(self.calls()), CALLS)
        for row in rows:
            number = number_of[row.supplier_guid]
            self.assertEqual(row.supplier_data["Name"], f"Supplier {number}")
            self.assertEqual(row.reference, f"M-{number}")

    def import_bills_without_making(self):
        """All that is read of them, without Odoo's own work on a bill."""

        def bring(_service, row):
            row._exact_set_done(self.env["account.move"])
            row.files_wanted = False

        with patch.object(type(self.env["exact.bill.service"]), "_bring", bring):
            self.import_bills()

    def test_more_lines_than_come_along_are_read_page_by_page(self):
        """Of 150 lines some come along, the others in pages of 60 (exact-api 2.2)."""
        lines = [self.line(1 + number / 100) for number in range(150)]
        entry = self.book(*lines)
        self.sandbox.switches.change(nested_page=60)
        move = self.bill()
        self.assertEqual(len(move.invoice_line_ids), 150)
        self.assertAlmostEqual(move.amount_total, float(entry["AmountFC"]), 2)
        asked = [call for call in self.calls() if "PurchaseEntryLines" in call]
        self.assertEqual(len(asked), 3)
