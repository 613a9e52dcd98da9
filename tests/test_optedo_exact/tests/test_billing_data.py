from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from .common import ExactCommon


class TestBillingData(ExactCommon):
    """Exact gets the customer as the invoice names it (D3)."""

    connected = True

    def account(self, name):
        [found] = [a for a in self.books.accounts if a["Name"] == name]
        return found

    def draft(self):
        move = self.invoice()
        move.button_draft()
        return move

    def test_they_are_taken_over_when_the_customer_is_chosen(self):
        move = self.draft()
        self.assertEqual(move.exact_party_name, "Bakkerij Janssens BV")
        self.assertEqual(move.exact_party_street, "Markt 1")
        self.assertEqual(move.exact_party_vat, "BE0477472701")
        other = self.customer.copy({"name": "Slagerij Peeters", "street": "Plein 2"})
        with Form(move) as form:
            form.partner_id = other
        self.assertEqual(move.exact_party_name, "Slagerij Peeters")
        self.assertEqual(move.exact_party_street, "Plein 2")

    def test_later_changes_of_the_customer_do_not_leak_into_the_invoice(self):
        move = self.invoice()
        self.customer.write({"street": "Nieuwstraat 5", "email": "new@example.com"})
        self.assertEqual(move.exact_party_street, "Markt 1")
        self.export(move)
        account = self.account("Bakkerij Janssens BV")
        self.assertEqual(account["AddressLine1"], "Markt 1")
        self.assertFalse(account.get("Email"))

    def test_what_was_typed_on_the_draft_is_what_exact_gets(self):
        move = self.draft()
        with Form(move) as form:
            form.exact_party_street = "Achterdeur 9"
            form.exact_party_email = "boekhouding@example.com"
        move.action_post()
        self.export(move)
        account = self.account("Bakkerij Janssens BV")
        self.assertEqual(account["AddressLine1"], "Achterdeur 9")
        self.assertEqual(account["Email"], "boekhouding@example.com")
        self.assertEqual(self.customer.street, "Markt 1")

    def test_after_confirming_they_can_be_mended_until_somebody_saw_them(self):
        move = self.invoice()
        move.exact_party_street = "Markt 1 bus 2"
        move.is_move_sent = True
        with self.assertRaises(UserError):
            move.exact_party_street = "Elders"
        other = self.invoice()
        self.export(other)
        with self.assertRaises(UserError):
            other.exact_party_street = "Elders"
        with self.assertRaises(UserError):
            other.action_exact_take_over_party()

    def test_the_customers_present_data_can_be_taken_over(self):
        move = self.invoice()
        self.assertFalse(move.exact_party_differs)
        self.customer.street = "Nieuwstraat 5"
        self.assertTrue(move.exact_party_differs)
        move.action_exact_take_over_party()
        self.assertEqual(move.exact_party_street, "Nieuwstraat 5")

    def test_a_copy_starts_from_the_customer_again(self):
        move = self.invoice()
        move.exact_party_street = "Only this once"
        self.assertEqual(move.copy().exact_party_street, "Markt 1")

    def test_an_invoice_from_before_the_link_keeps_its_data_from_the_queue_on(self):
        move = self.invoice()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET exact_party_name = NULL, exact_party_street = "
            "NULL, exact_party_country_id = NULL, exact_party_partner_id = NULL "
            "WHERE id = %s",
            (move.id,),
        )
        move.invalidate_recordset()
        self.export(move)
        self.assertEqual(move.exact_party_name, "Bakkerij Janssens BV")
        self.customer.street = "Nieuwstraat 5"
        self.assertEqual(move.exact_party_street, "Markt 1")

    def test_a_country_that_was_forgotten_is_mended_on_the_customer(self):
        self.customer.country_id = False
        move = self.invoice()
        entry = self.export(move)
        self.assertEqual(entry.issue_code, "party_country_missing")
        self.customer.country_id = self.env.ref("base.be")
        self.export(move)
        self.assertEqual(entry.state, "exported", entry.issue_message)

    def test_the_form_says_where_it_will_be_booked(self):
        move = self.draft()
        hint = move.exact_booking_hint
        self.assertIn("Bakkerij Janssens BV (is looked up, else created)", hint)
        self.assertIn("70", hint)
        self.assertIn(f"{move.invoice_date:%Y-%m}", hint)
        move.action_post()
        self.export(move)
        self.assertFalse(move.exact_booking_hint)
        code = self.customer.exact_account_ids.code
        self.assertIn(f"{code} Bakkerij", self.draft().exact_booking_hint)

    def test_an_address_for_invoices_gives_its_own_name_and_street(self):
        address = self.env["res.partner"].create(
            {
                "name": "Janssens, boekhouding",
                "parent_id": self.customer.id,
                "type": "invoice",
                "street": "Kantoor 3",
                "city": "Gent",
            }
        )
        move = self.invoice(partner_id=address.id)
        self.assertEqual(move.exact_party_name, "Janssens, boekhouding")
        self.assertEqual(move.exact_party_street, "Kantoor 3")
        self.assertFalse(move.exact_party_zip, "no mix of two addresses")
        self.assertEqual(move.exact_party_vat, "BE0477472701")
        self.assertIn(
            "Janssens, boekhouding", move.alerts["exact_other_name"]["message"]
        )
        self.export(move)
        account = self.account("Janssens, boekhouding")
        self.assertEqual(account["AddressLine1"], "Kantoor 3")

    def test_another_country_than_the_taxes_were_chosen_for_is_said(self):
        move = self.invoice()
        self.assertNotIn("exact_other_country", move.alerts or {})
        move.exact_party_country_id = self.env.ref("base.fr")
        message = move.alerts["exact_other_country"]["message"]
        self.assertIn("Belgium", message)
        self.assertIn("France", message)

    def test_a_customer_that_would_become_somebody_else_is_asked_about(self):
        self.administration.update_customer_on_export = True
        self.export(self.invoice())
        move = self.draft()
        move.write(
            {"exact_party_name": "VME Antigoon", "exact_party_vat": "BE0403019261"}
        )
        move.action_post()
        entry = self.export(move)
        self.assertEqual(
            (entry.state, entry.issue_code), ("blocked", "party_identity_changed")
        )
        for word in ("Bakkerij Janssens BV", "BE0477472701", "VME Antigoon"):
            self.assertIn(word, entry.issue_message)
        self.account("Bakkerij Janssens BV")  # untouched
        self.assertIn("exact_issue", move.alerts)
        with self.side_cursors() as env:
            move.with_env(env).action_exact_confirm_identity()
            env.cr.commit()
        self.assertEqual(entry.state, "exported", entry.issue_message)
        self.account("VME Antigoon")

    def test_a_new_name_alone_is_no_other_party(self):
        self.administration.update_customer_on_export = True
        self.export(self.invoice())
        self.customer.name = "Bakkerij Janssens & Zonen BV"
        entry = self.export(self.invoice())
        self.assertEqual(entry.state, "exported", entry.issue_message)
        self.account("Bakkerij Janssens & Zonen BV")

    def test_another_country_is_another_party(self):
        self.administration.update_customer_on_export = True
        self.export(self.invoice())
        move = self.invoice()
        move.exact_party_country_id = self.env.ref("base.nl")
        self.assertEqual(self.export(move).issue_code, "party_identity_changed")

    # --- what must not happen ------------------------------------------------

    def test_a_new_form_without_customer_says_nothing(self):
        with Form(
            self.env["account.move"].with_context(default_move_type="out_invoice")
        ) as form:
            self.assertFalse(form.exact_booking_hint)
            form.partner_id = self.customer
            self.assertIn("Bakkerij Janssens BV", form.exact_booking_hint)

    def test_the_first_invoice_does_not_tie_the_customer_to_somebody_else(self):
        move = self.draft()
        move.write(
            {"exact_party_name": "Jurimmo BV", "exact_party_vat": "BE0403019261"}
        )
        move.action_post()
        entry = self.export(move)
        self.assertEqual(
            (entry.state, entry.issue_code), ("blocked", "party_named_otherwise")
        )
        self.assertFalse(self.customer.exact_account_ids.guid)
        self.assertFalse([call for call in self.calls() if "crm/Accounts" in call])

    def test_an_address_that_names_another_account_since_changes_no_old_invoice(self):
        self.administration.use_billing_account = True
        antigoon, other = self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "is_company": True,
                    "country_id": self.env.ref("base.be").id,
                    "vat": number,
                }
                for name, number in (
                    ("VME Antigoon", "BE0403019261"),
                    ("VME Brabo", "BE0428759497"),
                )
            ]
        )
        address = self.env["res.partner"].create(
            {
                "name": "VME",
                "parent_id": self.customer.id,
                "type": "invoice",
                "exact_billing_partner_id": antigoon.id,
            }
        )
        move = self.invoice(partner_id=address.id)
        move.is_move_sent = True
        address.exact_billing_partner_id = other
        self.export(move)
        self.assertFalse(other.exact_account_ids)
        self.assertTrue(antigoon.exact_account_ids)

    def test_what_was_left_empty_can_be_filled_in_after_sending(self):
        self.customer.vat = False
        move = self.invoice()
        move.is_move_sent = True
        move.exact_party_vat = "BE0477472701"
        with self.assertRaises(UserError):
            move.exact_party_vat = "BE0403019261"
        self.customer.email = "new@example.com"
        move.action_exact_take_over_party()
        self.assertEqual(move.exact_party_email, "new@example.com")
        self.assertEqual(move.exact_party_street, "Markt 1")
        self.export(move)
        with self.assertRaises(UserError):
            move.exact_party_street2 = "bus 3"

    def test_an_invoicing_user_cannot_thaw_the_data(self):
        move = self.invoice()
        move.is_move_sent = True
        clerk = new_test_user(
            self.env,
            "clerk",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        move = move.with_user(clerk)
        other = self.customer.copy({"name": "Slagerij Peeters"})
        for values in (
            {"is_move_sent": False},
            {"partner_id": other.id},
            {"exact_party_name": "Elders", "is_move_sent": True},
        ):
            with self.assertRaises(UserError):
                move.with_context(skip_readonly_check=True).write(values)
        with self.assertRaises(AccessError):
            move.exact_party_partner_id = other

    def test_an_empty_name_is_the_customers_and_nothing_else_leaks(self):
        move = self.draft()
        move.write({"exact_party_name": False, "exact_party_street": "Elders 1"})
        move.action_post()
        self.customer.street = "Nieuwstraat 5"
        self.export(move)
        account = self.account("Bakkerij Janssens BV")
        self.assertEqual(account["AddressLine1"], "Elders 1")

    def test_a_credit_note_goes_to_whom_the_invoice_went(self):
        move = self.draft()
        move.write({"exact_party_street": "Achterdeur 9"})
        move.action_post()
        self.customer.street = "Nieuwstraat 5"
        credit_note = move._reverse_moves()
        self.assertEqual(credit_note.exact_party_street, "Achterdeur 9")
        self.assertEqual(credit_note.exact_party_partner_id, self.customer)

    def test_two_identities_that_were_agreed_to_are_not_asked_about_again(self):
        self.administration.update_customer_on_export = True
        self.export(self.invoice())

        def dutch():
            move = self.invoice()
            move.exact_party_country_id = self.env.ref("base.nl")
            move.exact_party_vat = False
            return move

        first = dutch()
        self.assertEqual(self.export(first).issue_code, "party_identity_changed")
        with self.side_cursors() as env:
            first.with_env(env).action_exact_confirm_identity()
            env.cr.commit()
        back = self.invoice()
        entry = self.export(back)
        self.assertEqual(entry.issue_code, "party_identity_changed")
        with self.side_cursors() as env:
            back.with_env(env).action_exact_confirm_identity()
            env.cr.commit()
        self.assertEqual(self.export(dutch()).state, "exported")

    def test_a_slash_is_no_vat_number(self):
        self.customer.vat = "/"
        move = self.invoice()
        self.sandbox.calls.clear()
        entry = self.export(move)
        self.assertEqual(entry.issue_code, "party_vat_slash")
        self.assertIn("action", move.alerts["exact_issue"])
        self.assertFalse(self.calls())
        move.is_move_sent = True
        self.customer.vat = False
        move.exact_party_vat = False
        self.assertEqual(self.export(move).state, "exported")
