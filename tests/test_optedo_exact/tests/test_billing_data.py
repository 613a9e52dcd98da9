from odoo.exceptions import UserError
from odoo.tests import Form

from .common import ExactCommon


class TestBillingData(ExactCommon):
    """Exact gets the customer as the invoice names it (D3)."""

    def setUp(self):
        super().setUp()
        self.connect()

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
            "NULL, exact_party_country_id = NULL WHERE id = %s",
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
