from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .test_bill_import import BillCommon


@tagged("post_install", "-at_install")
class TestCodesOfBills(BillCommon):
    """Codes of Exact that do not go one by one with those of Odoo (product H2)."""

    def setUp(self):
        super().setUp()
        self.rent = self.env["account.account"].search(
            [("company_ids", "in", self.company.id), ("code", "=", "610000")]
        )

    def row_of(self, mapping_kind, record):
        return self.env["exact.mapping"]._get(self.administration, mapping_kind, record)

    def problem(self, code):
        row = self.imported()
        self.assertEqual((row.state, row.issue_code), ("problem", code))
        return row

    def test_two_ledger_accounts_of_exact_come_in_on_one_account(self):
        self.book(YourRef="R-1")
        self.import_bills()
        self.book(self.line(gl="604000"), YourRef="R-2")
        self.import_bills()
        row = self.rows().filtered(lambda row: row.reference == "R-2")
        self.assertEqual(row.issue_code, "bill_account_unmapped")
        wizard = self.choose(row)
        wizard.account_id = self.cost
        self.assertIn("still goes to 612000", wizard.effect)
        self.press(wizard)
        self.assertEqual(self.rows().mapped("state"), ["done", "done"])
        self.assertEqual(
            self.rows().move_id.invoice_line_ids.account_id, self.cost, "both"
        )
        # What Odoo books on the account goes where it went before.
        self.assertEqual(self.row_of("account", self.cost).reference_id.code, "612000")

    def test_two_accounts_of_odoo_go_to_one_and_one_takes_the_bills(self):
        self.map("account", self.rent, "612000")
        self.book()
        row = self.problem("bill_account_several")
        wizard = self.choose(row)
        wizard.account_id = self.rent
        self.press(wizard)
        self.assertEqual(row.move_id.invoice_line_ids.account_id, self.rent)
        for account in self.rent + self.cost:
            mapping = self.row_of("account", account)
            self.assertEqual(mapping.reference_id.code, "612000")

    def test_two_vat_codes_of_exact_are_one_tax(self):
        charged = self.env["account.chart.template"].ref("attn_VAT-IN-V81-21-CC")
        self.map("tax", charged, "AMC")
        self.book(self.line(code="AIM"))
        row = self.problem("bill_tax_unmapped")
        wizard = self.choose(row)
        wizard.tax_id = charged
        self.press(wizard)
        self.assertEqual(row.move_id.invoice_line_ids.tax_ids, charged)
        self.assertEqual(self.row_of("tax", charged).reference_id.code, "AMC")

    def test_a_vat_code_of_another_rate_is_not_the_tax(self):
        self.book(self.line(code="A6"))
        wizard = self.choose(self.problem("bill_tax_unmapped"))
        wizard.tax_id = self.purchase_tax
        with self.assertRaisesRegex(ValidationError, "6 %"), self.env.cr.savepoint():
            wizard.action_choose()

    def test_a_ledger_account_comes_in_on_one_account_only(self):
        other = self.reference("gl_account", "604000")
        self.map("account", self.rent, "610000").bill_reference_ids = other
        with self.assertRaisesRegex(ValidationError, "610000.* already"):
            self.row_of("account", self.cost).bill_reference_ids = other

    def test_bills_come_in_on_no_sales_journal(self):
        mapping = self.row_of("journal", self.company_data["default_journal_sale"])
        purchases = self.env["exact.reference"].search(
            [
                ("administration_id", "=", self.administration.id),
                ("kind", "=", "journal"),
                ("type", "=", "22"),
            ],
            limit=1,
        )
        with self.assertRaisesRegex(ValidationError, "No vendor bills come in"):
            mapping.bill_reference_ids = purchases

    def test_a_code_of_another_kind_is_refused_by_name(self):
        tax = self.row_of("tax", self.purchase_tax)
        account = self.reference("gl_account", "612000")
        for field in ("reference_id", "bill_reference_ids"):
            with (
                self.subTest(field),
                self.assertRaisesRegex(
                    ValidationError, "612000.* is not a code of this administration for"
                ),
            ):
                tax[field] = account
