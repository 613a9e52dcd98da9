from odoo import Command
from odoo.exceptions import ValidationError

from .common import ExactCommon


class TestBillingAccounts(ExactCommon):
    """Jurimmo, an agency, is invoiced for several owners' associations (D4)."""

    connected = True

    def setUp(self):
        super().setUp()
        belgium = self.env.ref("base.be")
        self.jurimmo = self.env["res.partner"].create(
            {
                "name": "Jurimmo BV",
                "is_company": True,
                "country_id": belgium.id,
                "vat": "BE0403019261",
            }
        )
        self.antigoon = self.env["res.partner"].create(
            {
                "name": "VME ANTIGOON",
                "is_company": True,
                "street": "Grote Markt 1",
                "zip": "2000",
                "city": "Antwerpen",
                "country_id": belgium.id,
            }
        )
        self.jurimmo.child_ids = [
            Command.create(
                {
                    "name": "VME Antigoon",
                    "type": "invoice",
                    "exact_billing_partner_id": self.antigoon.id,
                }
            )
        ]
        self.address = self.jurimmo.child_ids
        self.administration.use_billing_account = True

    def invoice_to(self, partner):
        return self.invoice(partner_id=partner.id)

    def account(self, name):
        return [a for a in self.books.accounts if a["Name"] == name]

    def test_invoice_to_vme_antigoon_is_booked_on_it_and_jurimmo_stays_untouched(self):
        [before] = self.account("Jurimmo BV")
        before = dict(before)
        self.administration.update_customer_on_export = True
        move = self.invoice_to(self.address)
        entry = self.export(move)
        self.assertEqual(entry.state, "exported", entry.issue_message)
        [antigoon] = self.account("VME ANTIGOON")
        [booked] = self.books.entries(your_ref=move.name)
        self.assertEqual(booked["Customer"], antigoon["ID"])
        self.assertEqual(antigoon["AddressLine1"], "Grote Markt 1")
        self.assertIn("VME ANTIGOON", booked["Description"])
        self.assertEqual(self.account("Jurimmo BV"), [before])
        self.assertFalse(self.jurimmo.exact_account_ids)

    def test_invoice_to_jurimmo_itself_is_booked_on_jurimmo(self):
        move = self.invoice_to(self.jurimmo)
        self.export(move)
        [booked] = self.books.entries(your_ref=move.name)
        self.assertEqual(booked["Customer"], self.account("Jurimmo BV")[0]["ID"])

    def test_what_the_billing_account_paid_shows_on_its_invoice(self):
        self.administration.import_payments = True
        moves = [self.invoice_to(self.address) for _number in range(2)]
        of_jurimmo = self.invoice_to(self.jurimmo)
        for move in (*moves, of_jurimmo):
            self.export(move)
        [antigoon] = self.account("VME ANTIGOON")
        self.books.receive(antigoon["ID"], 50)
        self.books.pay(moves[0].exact_entry_guid, 130)
        self.check_payments()
        for move in (*moves, of_jurimmo):
            move.invalidate_recordset()
        received = moves[1]._get_alerts()["exact_received"]["message"]
        self.assertIn("59.00", received)
        self.assertIn("VME ANTIGOON", received)
        self.assertIn("9.00", moves[0]._get_alerts()["exact_rest"]["message"])
        self.assertNotIn("exact_received", of_jurimmo._get_alerts())

    def test_a_billing_address_has_to_name_its_account(self):
        self.address.exact_billing_partner_id = False
        move = self.invoice_to(self.address)
        self.sandbox.calls.clear()
        entry = self.export(move)
        self.assertEqual(entry.issue_code, "party_billing_account_missing")
        self.assertIn("VME Antigoon", entry.issue_message)
        action = move.alerts["exact_issue"]["action"]
        self.assertEqual(action["res_id"], self.address.id)
        self.assertFalse(self.calls())

    def test_an_address_of_somebody_else_is_no_billing_account(self):
        with self.assertRaises(ValidationError):
            self.address.exact_billing_partner_id = self.address

    def test_without_the_option_it_goes_to_jurimmo_and_the_form_warns(self):
        self.administration.use_billing_account = False
        move = self.invoice_to(self.address)
        message = move.alerts["exact_other_name"]["message"]
        self.assertIn("VME Antigoon", message)
        self.assertIn("Jurimmo BV", message)
        self.export(move)
        [booked] = self.books.entries(your_ref=move.name)
        self.assertEqual(booked["Customer"], self.account("Jurimmo BV")[0]["ID"])
        self.assertFalse(self.account("VME ANTIGOON"))

    def test_payment_of_a_billed_account_reaches_the_invoice(self):
        self.administration.import_payments = True
        move = self.invoice_to(self.address)
        self.export(move)
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")

    def test_an_address_that_is_no_billing_address_any_more_names_nobody(self):
        self.address.type = "other"
        move = self.invoice_to(self.address)
        self.export(move)
        [booked] = self.books.entries(your_ref=move.name)
        self.assertEqual(booked["Customer"], self.account("Jurimmo BV")[0]["ID"])

    def test_a_contact_person_gives_no_warning(self):
        self.administration.use_billing_account = False
        person = self.env["res.partner"].create(
            {"name": "Jan", "parent_id": self.jurimmo.id, "type": "contact"}
        )
        self.assertNotIn("exact_other_name", self.invoice_to(person).alerts or {})
