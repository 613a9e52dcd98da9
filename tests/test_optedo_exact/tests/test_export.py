from contextlib import contextmanager

from odoo import Command, fields
from odoo.exceptions import UserError

from tests.figures import note

from .common import ExactCommon

NOBODY = "http://127.0.0.1:9"


class TestExport(ExactCommon):
    """One invoice from the form into Exact's ledger."""

    connected = True

    def test_invoice_becomes_a_sales_entry_that_agrees_to_the_cent(self):
        move = self.invoice([100.0, 33.33, 0.1])
        entry = self.export(move)
        [booked] = self.entries_in_exact()
        self.assertEqual(entry.state, "exported", entry.issue_message)
        self.assertEqual(move.exact_entry_number, str(booked["EntryNumber"]))
        self.assertEqual(move.exact_entry_guid, booked["EntryID"])
        self.assertEqual(float(booked["AmountFC"]), move.amount_total)
        self.assertEqual(float(booked["VATAmountFC"]), move.amount_tax)
        self.assertEqual(booked["YourRef"], move.name)
        self.assertIn(str(booked["EntryNumber"]), move.exact_status_text)

    def test_structured_communication_goes_along_and_free_text_does_not(self):
        move = self.invoice(payment_reference="+++090/9337/55493+++")
        self.export(move)
        free = self.invoice(payment_reference="thanks for the bread")
        self.export(free)
        first, second = self.entries_in_exact()
        self.assertEqual(first["PaymentReference"], "+++090/9337/55493+++")
        self.assertFalse(second.get("PaymentReference"))

    def test_credit_note_is_booked_with_negative_amounts(self):
        move = self.invoice([50.0], move_type="out_refund")
        self.assertEqual(self.export(move).state, "exported")
        [booked] = self.entries_in_exact()
        self.assertEqual(float(booked["AmountFC"]), -move.amount_total)
        self.assertEqual(booked["Type"], 21)

    def test_second_invoice_of_a_known_customer_costs_one_call(self):
        self.export(self.invoice())
        self.sandbox.calls.clear()
        self.assertEqual(self.export(self.invoice()).state, "exported")
        note(f"calls of a second export to a known customer: {len(self.calls())}")
        self.assertEqual(self.calls(), ["POST /api/v1/1001/salesentry/SalesEntries"])

    def test_customer_with_the_vat_number_is_found_not_created(self):
        self.customer.vat = "BE0403019261"  # Jurimmo BV in the sandbox
        self.export(self.invoice())
        [booked] = self.entries_in_exact()
        link = self.customer.exact_account_ids
        self.assertEqual(link.name, "Jurimmo BV")
        self.assertEqual(booked["Customer"], link.guid)

    def test_new_customer_is_created_once_as_customer(self):
        self.export(self.invoice())
        self.export(self.invoice())
        created = [
            account
            for account in self.books.accounts
            if account["Name"] == "Bakkerij Janssens BV"
        ]
        self.assertEqual(len(created), 1)
        self.assertEqual(created[0]["Status"], "C")

    def test_customer_with_the_same_name_only_is_asked_about(self):
        self.customer.write({"vat": False, "name": "Jurimmo BV", "zip": "2000"})
        move = self.invoice()
        entry = self.export(move)
        self.assertEqual(entry.state, "blocked")
        self.assertEqual(entry.issue_code, "accounts_found")
        self.assertFalse(self.entries_in_exact())
        with self.side_cursors() as env:
            action = env["exact.choose.account"]._open(move.with_env(env))
            env.cr.commit()
            wizard = env["exact.choose.account"].browse(action["res_id"])
            wizard.line_ids[0].action_choose()
            env.cr.commit()
        self.assertEqual(move.exact_state, "exported")
        self.assertEqual(self.customer.exact_account_ids.name, "Jurimmo BV")

    def test_a_postcode_that_is_missing_or_written_otherwise_does_not_tell_apart(self):
        for postcode in (False, "20 00"):
            self.customer = self.customer.copy(
                {"vat": False, "name": "Jurimmo BV", "zip": postcode}
            )
            self.customer.company_registry = False
            entry = self.export(self.invoice())
            self.assertEqual(entry.issue_code, "accounts_found", postcode)
        self.customer = self.customer.copy({"name": "Jurimmo BV", "zip": "9000"})
        self.assertEqual(self.export(self.invoice()).state, "exported")

    def test_customer_that_is_said_to_be_new_is_created(self):
        self.customer.write({"vat": False, "name": "Jurimmo BV", "zip": "2000"})
        move = self.invoice()
        self.export(move)
        with self.side_cursors() as env:
            action = env["exact.choose.account"]._open(move.with_env(env))
            env["exact.choose.account"].browse(action["res_id"]).action_new()
            env.cr.commit()
        self.assertEqual(move.exact_state, "exported")
        same = [a for a in self.books.accounts if a["Name"] == "Jurimmo BV"]
        self.assertEqual(len(same), 2)

    def test_foreign_currency_goes_with_its_rate(self):
        currency = self.setup_other_currency("USD", rates=[("2020-01-01", 1.1234567)])
        move = self.invoice([100.0], currency_id=currency.id)
        entry = self.export(move)
        self.assertEqual(entry.state, "exported", entry.issue_message)
        [booked] = self.entries_in_exact()
        self.assertEqual(booked["Currency"], "USD")
        self.assertEqual(float(booked["AmountFC"]), move.amount_total)

    def test_what_is_missing_is_named_before_any_call(self):
        self.sandbox.calls.clear()
        journal = self.company_data["default_journal_sale"]
        cases = [
            (
                "tax_unmapped",
                self.env["exact.mapping"]._get(self.administration, "tax", self.tax),
                "reference_id",
            ),
            (
                "journal_unmapped",
                self.env["exact.mapping"]._get(self.administration, "journal", journal),
                "reference_id",
            ),
            (
                "default_gl_account_missing",
                self.administration,
                "default_gl_account_id",
            ),
            ("party_country_missing", self.customer, "country_id"),
        ]
        for code, record, field in cases:
            with self.subTest(code):
                kept, record[field] = record[field], False
                move = self.invoice()
                entry = self.export(move)
                self.assertEqual((entry.state, entry.issue_code), ("blocked", code))
                alert = move.alerts["exact_issue"]
                self.assertIn(move.name, alert["message"])
                self.assertTrue(alert["action"], "a button to the place of the cause")
                record[field] = kept
                self.assertEqual(self.export(move).state, "exported")
        self.assertEqual(len(self.entries_in_exact()), len(cases))

    def test_a_code_that_is_gone_in_exact_is_named(self):
        self.reference("vat_code", "3").sudo().gone = True
        entry = self.export(self.invoice())
        self.assertEqual(entry.issue_code, "reference_gone")
        self.assertIn("21 % verkoop", entry.issue_message)

    def test_mended_invoice_goes_with_the_same_button(self):
        self.map("tax", self.tax, False)
        move = self.invoice()
        self.assertEqual(self.export(move).state, "blocked")
        self.map("tax", self.tax, "3")
        self.assertEqual(self.export(move).state, "exported")
        self.assertFalse(move.alerts)

    def test_line_without_tax_needs_its_own_code(self):
        move = self.invoice(tax=self.env["account.tax"])
        self.assertEqual(self.export(move).issue_code, "no_tax_unmapped")
        self.map("tax", self.env["account.tax"], "0")
        self.assertEqual(self.export(move).state, "exported")

    def test_refusal_keeps_the_words_of_exact_and_the_number(self):
        today = fields.Date.today()
        self.books.close_period(today.year, today.month, "70")
        move = self.invoice()
        entry = self.export(move)
        self.assertEqual(entry.state, "rejected")
        self.assertIn("eriode", entry.issue_text)
        message = move.alerts["exact_issue"]["message"]
        self.assertIn(move.name, message)
        self.assertIn(entry.issue_text, message)

    def test_exported_invoice_is_not_booked_again_nor_reset(self):
        move = self.invoice()
        self.export(move)
        self.sandbox.calls.clear()
        self.export(move)  # as where Odoo takes a request again that somebody overtook
        self.assertEqual(self.calls(), [])
        for button in ("button_draft", "button_cancel"):
            with self.assertRaises(UserError):
                getattr(move, button)()
        self.assertEqual(len(self.entries_in_exact()), 1)

    def test_host_that_cannot_be_reached_is_named_and_nothing_is_lost(self):
        move = self.invoice()
        with self.unreachable():
            entry = self.export(move)
        self.assertEqual((entry.state, entry.issue_code), ("queued", "unreachable"))
        self.assertIn("127.0.0.1", move.alerts["exact_issue"]["message"])
        self.run_export_job()
        self.assertEqual(entry.state, "exported")
        self.assertFalse(entry.issue_code)

    @contextmanager
    def unreachable(self):
        """Nobody listens at the address of Exact."""
        self.env.cr.execute("UPDATE exact_connection SET base_url = %s", (NOBODY,))
        self.env.invalidate_all()
        yield
        self.env.cr.execute(
            "UPDATE exact_connection SET base_url = %s", (self.base_url,)
        )
        self.env.invalidate_all()


class TestHardInvoices(ExactCommon):
    """Invoices with money outside the plain lines agree to the cent, or do not go."""

    connected = True

    def setUp(self):
        super().setUp()
        self.map("tax", self.env["account.tax"], "0")

    def assert_agrees(self, move):
        entry = self.export(move)
        self.assertEqual(entry.state, "exported", entry.issue_message)
        [booked] = self.books.entries(your_ref=move.name)
        self.assertEqual(float(booked["AmountFC"]), move.amount_total)
        self.assertEqual(float(booked["VATAmountFC"]), move.amount_tax)
        return booked

    def test_many_small_lines_whose_vat_rounds(self):
        self.assert_agrees(self.invoice([0.07] * 13 + [1.03, 2.49]))

    def test_discount_and_a_negative_line_as_of_a_down_payment(self):
        move = self.invoice([100.0, -30.0])
        move.button_draft()
        move.invoice_line_ids[0].discount = 12.5
        move.action_post()
        self.assert_agrees(move)

    def test_price_that_includes_its_tax(self):
        tax = self.tax.copy(
            {"name": "21% incl.", "price_include_override": "tax_included"}
        )
        self.map("tax", tax, "3")
        self.assert_agrees(self.invoice([9.99, 19.95], tax=tax))

    def test_section_and_note_carry_no_money(self):
        text = [
            Command.create({"display_type": "line_section", "name": "Section"}),
            Command.create({"display_type": "line_note", "name": "Note"}),
        ]
        move = self.invoice([10.0])
        move.button_draft()
        move.invoice_line_ids = text
        move.action_post()
        self.assert_agrees(move)
        self.assertEqual(len(move.invoice_line_ids), 3)

    def test_cash_rounding(self):
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "5 cents",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "profit_account_id": self.company_data["default_account_revenue"].id,
                "loss_account_id": self.company_data["default_account_expense"].id,
            }
        )
        move = self.invoice([9.99], invoice_cash_rounding_id=rounding.id)
        self.assertTrue(move.line_ids.filtered(lambda i: i.display_type == "rounding"))
        self.assert_agrees(move)

    def test_cash_discount_of_the_belgian_kind(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2% in 8 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 8,
                "early_pay_discount_computation": "mixed",
                "line_ids": [Command.create({"value": "percent", "value_amount": 100})],
            }
        )
        self.map("payment_term", term, "30")
        move = self.invoice([100.0, 93.04], invoice_payment_term_id=term.id)
        self.assertTrue(move.line_ids.filtered(lambda i: i.display_type == "epd"))
        self.assert_agrees(move)

    def test_zero_total(self):
        move = self.invoice([50.0, -50.0])
        self.assertEqual(
            self.assert_agrees(move)["EntryNumber"], int(move.exact_entry_number)
        )
        self.administration.import_payments = True
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        self.assertFalse(move.exact_entry_id.settle)

    def test_line_with_two_taxes_is_refused_beforehand(self):
        other = self.tax.copy({"name": "another"})
        self.map("tax", other, "3")
        entry = self.export(self.invoice([10.0], tax=self.tax + other))
        self.assertEqual((entry.state, entry.issue_code), ("blocked", "several_taxes"))

    def test_term_that_is_not_mapped_is_named(self):
        term = self.env.ref("account.account_payment_term_15days")
        entry = self.export(self.invoice(invoice_payment_term_id=term.id))
        self.assertEqual(entry.issue_code, "payment_term_unmapped")
        self.assertIn(term.name, entry.issue_message)

    def test_invoice_of_a_branch_goes_to_the_administration_of_its_root(self):
        self.company.sudo().child_ids = [Command.create({"name": "Branch"})]
        branch = self.company.child_ids
        self.env.user.company_ids += branch
        self.cr.precommit.run()  # load the chart of accounts of the branch
        self.administration.import_payments = True
        move = self.invoice([100.0], company_id=branch.id)
        self.assertEqual(move.company_id, branch)
        self.assert_agrees(move)
        self.assertEqual(move.exact_administration_id, self.administration)
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        payment = self.env["exact.payment.import"]._own_payments(move.exact_entry_id)
        self.assertEqual(payment.company_id, branch)
