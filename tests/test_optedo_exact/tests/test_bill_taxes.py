from odoo.tests import tagged

from .test_bill_import import BillCommon

# What an accountant books: the VAT code of Exact, the ledger account that decides the
# box (G 81, S 82, I 83), the taxes of Odoo's Belgian chart that the code is chosen for,
# and the one that it is.
PURCHASES = {
    "goods": ("A21", "604000", ["V81-21", "V82-21-S", "V83-21"], "V81-21"),
    "services": ("A21", "610000", ["V81-21", "V82-21-S", "V83-21"], "V82-21-S"),
    "investment": ("A21", "240000", ["V81-21", "V82-21-S", "V83-21"], "V83-21"),
    "co-contractor": (
        "AMC",
        "610000",
        ["V81-21-CC", "V82-21-CC", "V83-21-CC"],
        "V82-21-CC",
    ),
    "goods from the EU": (
        "AIG",
        "604000",
        ["V81-21-EU", "V82-21-EU-G", "V83-21-EU"],
        "V81-21-EU",
    ),
    "a service from the EU": ("AID", "610000", ["V82-21-EU-S"], "V82-21-EU-S"),
    "import": (
        "AIM",
        "604000",
        ["V81-21-ROW-CC", "V82-21-ROW-CC", "V83-21-ROW-CC"],
        "V81-21-ROW-CC",
    ),
    "a car": ("A21", "615000", ["V82-21-S", "V82-CAR-EXC"], "V82-CAR-EXC"),
    "6 %": ("A6", "604000", ["V81-06", "V82-06-S"], "V81-06"),
    "0 %": ("A0", "610000", ["V81-00", "V82-00-S"], "V82-00-S"),
}
CHARGED = ("AMC", "AIG", "AID", "AIM")


@tagged("post_install", "-at_install")
class TestBelgianTaxes(BillCommon):
    """Odoo's own Belgian taxes: the right box, and the total as it is paid."""

    def tax_of(self, name):
        return self.env["account.chart.template"].ref(f"attn_VAT-IN-{name}")

    def setUp(self):
        super().setUp()
        self.map("tax", self.purchase_tax, False)
        self.map("account", self.cost, False)
        for code in {gl_account for _code, gl_account, *_rest in PURCHASES.values()}:
            account = self.cost.copy({"code": f"69{code}", "tax_ids": False})
            self.map("account", account, code)
        for code, _gl_account, names, _expected in PURCHASES.values():
            for name in names:
                self.map("tax", self.tax_of(name), code)

    def check(self, kind, amount):
        code, gl_account, _names, expected = PURCHASES[kind]
        entry = self.book(self.line(amount, code=code, gl=gl_account), YourRef=kind)
        self.import_bills()
        row = self.rows()[-1]
        self.assertEqual(row.state, "done", row.issue_message)
        move, sign = row.move_id, -1 if amount < 0 else 1
        self.assertEqual(move.invoice_line_ids.tax_ids, self.tax_of(expected))
        self.assertEqual(move.state, "posted")
        self.assertAlmostEqual(move.amount_total, sign * float(entry["AmountFC"]), 2)
        if code in CHARGED:
            self.assertAlmostEqual(move.amount_total, abs(amount), 2)
            taxes = move.line_ids.filtered("tax_line_id").mapped("balance")
            self.assertEqual(len(taxes), 2)
            self.assertAlmostEqual(sum(taxes), 0, 2)
            self.assertAlmostEqual(max(taxes), round(abs(amount) * 0.21, 2), 2)

    def test_each_kind_of_purchase(self):
        for kind in PURCHASES:
            with self.subTest(kind):
                self.check(kind, 123.45)

    def test_each_kind_of_credit_note(self):
        for kind in PURCHASES:
            with self.subTest(kind):
                self.check(kind, -67.89)
