from datetime import timedelta

from odoo import fields
from odoo.tests import Form

from .common import ExactCommon


class TestOptions(ExactCommon):
    """Each option, on and off, by what reaches Exact."""

    connected = True

    def lines(self, move):
        [booked] = self.books.entries(your_ref=move.name)
        return [
            line
            for line in self.books.sales_lines
            if line["EntryID"] == booked["EntryID"]
        ]

    def exported(self, move):
        entry = self.export(move)
        self.assertEqual(entry.state, "exported", entry.issue_message)
        return move

    def ledger(self, line):
        return next(
            account["Code"].strip()
            for account in self.books.gl_accounts
            if account["ID"] == line["GLAccount"]
        )

    # --- B5 ------------------------------------------------------------------

    def test_exact_numbers_by_default_and_our_number_is_the_reference(self):
        move = self.exported(self.invoice())
        self.assertNotEqual(move.exact_entry_number, self.digits(move))

    def digits(self, move):
        return "".join(c for c in move.name if c.isdigit())

    def test_own_number_goes_along_as_digits(self):
        self.administration.use_exact_entry_number = False
        move = self.invoice()
        name = move.name
        self.exported(move)
        [booked] = self.books.entries(your_ref=name)
        self.assertEqual(str(booked["EntryNumber"]), self.digits(move))
        self.assertEqual(move.exact_entry_number, self.digits(move))
        self.assertEqual(move.name, name)

    def test_numbers_that_clash_or_do_not_fit_are_named_before_any_call(self):
        self.administration.use_exact_entry_number = False
        first = self.exported(self.invoice())
        credit_note = self.invoice(move_type="out_refund")
        credit_note.name = "R" + first.name  # the same digits
        self.sandbox.calls.clear()
        entry = self.export(credit_note)
        self.assertEqual((entry.state, entry.issue_code), ("blocked", "number_taken"))
        self.assertIn(first.name, entry.issue_message)
        for name, code in (
            ("INV/2026/11/00012345", "number_too_large"),
            ("INV/ABC", "number_without_digits"),
        ):
            move = self.invoice()
            move.name = name
            self.assertEqual(self.export(move).issue_code, code)
        self.assertFalse(self.calls())

    def test_a_change_that_is_hard_to_take_back_says_what_it_touches(self):
        self.administration.use_exact_customer_code = True
        with Form(self.administration) as form:
            form.use_exact_entry_number = False  # nothing is booked yet: no warning
        self.administration.use_exact_entry_number = True
        self.exported(self.invoice())
        warning = self.administration._warn_of_change(["use_exact_entry_number"])
        self.assertIn("1 invoices and 1 customers", warning["warning"]["message"])
        self.assertIn("Use Exact's entry numbers", warning["warning"]["message"])
        with self.assertLogs("odoo.tests.form.onchange", "WARNING"):
            with Form(self.administration) as form:
                form.use_exact_entry_number = False

    # --- B9 ------------------------------------------------------------------

    def test_every_line_goes_or_one_per_vat_code(self):
        amounts = [10.01, 20.02, 30.03]
        single = self.exported(self.invoice(amounts))
        self.assertEqual(len(self.lines(single)), 3)
        self.administration.group_lines_by_vat = True
        together = self.exported(self.invoice(amounts))
        [line] = self.lines(together)
        self.assertEqual(float(line["AmountFC"]), 60.06)
        self.assertEqual(float(line["VATAmountFC"]), together.amount_tax)

    def test_a_group_per_vat_code(self):
        low = self.tax.copy({"name": "low", "amount": 6})
        self.map("tax", low, "1")
        self.administration.group_lines_by_vat = True
        move = self.invoice([10.0, 20.0, 30.0])
        move.button_draft()
        move.invoice_line_ids[0].tax_ids = low
        move.action_post()
        self.exported(move)
        codes = sorted(line["VATCode"].strip() for line in self.lines(move))
        self.assertEqual(codes, ["1", "3"])

    # --- B11 -----------------------------------------------------------------

    def test_ledger_account_of_the_line_or_the_default(self):
        account = self.company_data["default_account_revenue"]
        self.map("account", account, "701000")
        off = self.exported(self.invoice())
        self.assertEqual(self.ledger(self.lines(off)[0]), "700000")
        self.administration.use_line_gl_account = True
        on = self.exported(self.invoice())
        self.assertEqual(self.ledger(self.lines(on)[0]), "701000")
        self.map("account", account, False)
        default = self.exported(self.invoice())
        self.assertEqual(self.ledger(self.lines(default)[0]), "700000")

    def test_a_mandatory_ledger_account_names_the_lines_without_one(self):
        self.administration.use_line_gl_account = True
        self.administration.require_line_gl_account = True
        move = self.invoice([10.0])
        entry = self.export(move)
        self.assertEqual(entry.issue_code, "account_unmapped")
        self.assertIn("Bread", entry.issue_message)
        self.map("account", self.company_data["default_account_revenue"], "701000")
        self.exported(move)

    def test_the_default_follows_the_country_of_the_customer(self):
        self.administration.default_gl_account_eu_id = self.reference(
            "gl_account", "700600"
        )
        self.administration.default_gl_account_export_id = self.reference(
            "gl_account", "700700"
        )
        expected = {"be": "700000", "fr": "700600", "us": "700700"}
        for country, code in expected.items():
            self.customer = self.env["res.partner"].create(
                {
                    "name": f"Customer in {country}",
                    "country_id": self.env.ref(f"base.{country}").id,
                }
            )
            move = self.exported(self.invoice(tax=self.tax))
            self.assertEqual(self.ledger(self.lines(move)[0]), code)

    # --- B3, B17, F11 --------------------------------------------------------

    def confirm_on_the_form(self, **values):
        move = self.invoice(**values)
        move.button_draft()
        return move, move.with_context(validate_analytic=True).action_post()

    def test_odoo_asks_after_the_confirmation_with_the_booking_to_be(self):
        move, action = self.confirm_on_the_form()
        self.assertEqual(action["res_model"], "exact.preview")
        preview = self.env["exact.preview"].browse(action["res_id"])
        self.assertEqual(preview.amount_total, move.amount_total)
        self.assertEqual(preview.difference, 0)
        self.assertIn("700000", preview.line_ids.gl_account)
        self.assertIn("21 %", preview.line_ids.vat_code)
        self.assertFalse(self.entries_in_exact())
        with self.side_cursors() as env:
            preview.with_env(env).action_book()
            env.cr.commit()
        self.assertEqual(move.exact_state, "exported")

    def test_odoo_does_not_ask_where_that_is_off_or_makes_no_sense(self):
        self.administration.ask_after_confirm = False
        self.assertFalse(self.confirm_on_the_form()[1])
        self.administration.ask_after_confirm = True
        self.assertFalse(self.invoice().button_draft())
        self.administration.export_from = fields.Date.today() + timedelta(days=1)
        self.assertFalse(self.confirm_on_the_form()[1])
        self.administration.export_from = False
        self.connection.sudo().state = "expired"
        self.assertFalse(self.confirm_on_the_form()[1])

    def test_an_older_invoice_is_still_booked_from_its_form(self):
        self.administration.export_from = fields.Date.today() + timedelta(days=1)
        move = self.invoice()
        self.assertTrue(move.exact_is_before_start)
        self.exported(move)

    def test_the_preview_says_what_is_missing_and_writes_nothing(self):
        self.map("tax", self.tax, False)
        move = self.invoice()
        self.sandbox.calls.clear()
        action = move.action_exact_preview()
        preview = self.env["exact.preview"].browse(action["res_id"])
        self.assertIn("VAT code", preview.problem)
        self.assertFalse(self.calls())
        self.assertEqual(move.exact_state, "none")

    def test_the_preview_names_what_changes_of_the_customer(self):
        def preview():
            action = self.invoice().action_exact_preview()
            return self.env["exact.preview"].browse(action["res_id"])

        self.assertFalse(preview().account_changes)  # nobody there yet
        self.exported(self.invoice())
        self.customer.write({"street": "Markt 2", "email": "new@example.com"})
        self.assertFalse(preview().account_changes)  # it stays as it is
        self.administration.update_customer_on_export = True
        changes = preview().account_changes
        self.assertIn("Street: Markt 1 → Markt 2", changes)
        self.assertIn("Email: … → new@example.com", changes)
        self.assertNotIn("City", changes)
        self.exported(self.invoice())
        self.assertFalse(preview().account_changes)

    # --- B6 ------------------------------------------------------------------

    def account(self, name):
        [found] = [a for a in self.books.accounts if a["Name"] == name]
        return found

    def test_exact_gives_the_code_by_default(self):
        self.customer.ref = "KLANT-00777"
        self.exported(self.invoice())
        code = self.account(self.customer.name)["Code"].strip()
        self.assertNotEqual(code, "00777")
        self.assertEqual(self.customer.exact_account_ids.code, code)

    def test_the_reference_goes_along_as_digits(self):
        self.administration.use_exact_customer_code = False
        self.customer.ref = "KLANT-00777"
        self.exported(self.invoice())
        self.assertEqual(self.account(self.customer.name)["Code"].strip(), "00777")

    def test_an_account_with_the_code_and_the_name_is_the_customer(self):
        self.administration.use_exact_customer_code = False
        self.customer.write({"name": "Jurimmo BV", "vat": False, "ref": "K-2"})
        self.customer.write({"company_registry": False, "zip": "2000"})
        self.exported(self.invoice())
        self.assertEqual(self.customer.exact_account_ids.code, "2")

    def test_a_code_of_somebody_else_in_exact_is_said_with_both_names(self):
        self.administration.use_exact_customer_code = False
        self.customer.ref = "KLANT-1"  # the tax office's in the sandbox
        entry = self.export(self.invoice())
        self.assertEqual(
            (entry.state, entry.issue_code), ("blocked", "party_code_taken")
        )
        for name in ("FOD Financiën", self.customer.name):
            self.assertIn(name, entry.issue_message)
        self.assertFalse([c for c in self.calls() if c.startswith("POST")])

    def test_no_digits_or_the_code_of_another_customer_is_said_without_a_call(self):
        self.administration.use_exact_customer_code = False
        self.sandbox.calls.clear()
        for reference in (False, "KLANT"):
            self.customer.ref = reference
            entry = self.export(self.invoice())
            self.assertEqual(entry.issue_code, "party_code_missing")
        self.assertFalse(self.calls())
        self.customer.ref = "KLANT-00777"
        self.exported(self.invoice())
        first, self.customer = self.customer, self.customer.copy({"ref": "C00777"})
        entry = self.export(self.invoice())
        self.assertEqual(entry.issue_code, "party_code_twice")
        self.assertIn(first.name, entry.issue_message)

    # --- B7 ------------------------------------------------------------------

    def test_a_customer_that_changed_is_updated_only_where_wanted(self):
        self.exported(self.invoice())
        self.customer.street = "Markt 99"
        self.exported(self.invoice())
        self.assertEqual(self.account(self.customer.name)["AddressLine1"], "Markt 1")
        self.administration.update_customer_on_export = True
        self.sandbox.calls.clear()
        self.exported(self.invoice())
        self.assertEqual(self.account(self.customer.name)["AddressLine1"], "Markt 99")
        self.assertEqual(len(self.calls()), 2)
        self.sandbox.calls.clear()
        self.exported(self.invoice())
        self.assertEqual(len(self.calls()), 1, "nothing changed, nothing is sent")

    def test_an_older_invoice_does_not_overwrite_newer_data(self):
        self.administration.update_customer_on_export = True
        self.exported(self.invoice())
        self.customer.street = "Markt 2"
        self.exported(self.invoice())
        self.customer.street = "Markt 3"
        old = fields.Date.today() - timedelta(days=20)
        self.exported(self.invoice(invoice_date=old))
        self.assertEqual(self.account(self.customer.name)["AddressLine1"], "Markt 2")

    def test_an_update_that_exact_refuses_blocks_with_its_words(self):
        self.exported(self.invoice())
        self.administration.update_customer_on_export = True
        self.customer.street = "Markt 2"
        self.sandbox.faults.add(
            "server_error", path="crm/Accounts", method="PUT", body="json"
        )
        entry = self.export(self.invoice())
        self.assertEqual(
            (entry.state, entry.issue_code), ("blocked", "account_refused")
        )
        self.assertTrue(entry.issue_text)

    def test_the_data_of_a_newer_invoice_stay_also_where_nothing_was_updated(self):
        self.administration.update_customer_on_export = True
        self.exported(self.invoice())  # creates the customer
        self.customer.street = "Markt 3"
        old = fields.Date.today() - timedelta(days=20)
        self.exported(self.invoice(invoice_date=old))
        self.assertEqual(self.account(self.customer.name)["AddressLine1"], "Markt 1")

    def test_a_linked_customer_keeps_its_code_when_the_option_changes(self):
        self.exported(self.invoice())
        self.administration.use_exact_customer_code = False
        self.assertFalse(self.customer.ref)
        self.exported(self.invoice())

    def test_a_right_that_is_missing_stops_the_run_instead_of_each_invoice(self):
        self.sandbox.switches.change(denied_services="crm")
        self.addCleanup(self.sandbox.switches.change, denied_services="")
        entry = self.export(self.invoice())
        self.assertEqual((entry.state, entry.issue_code), ("queued", "forbidden"))
