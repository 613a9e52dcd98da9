from datetime import timedelta
from time import process_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from tests.figures import note

from .common import ExactCommon


class TestMatching(ExactCommon):
    """The first match of partners with accounts that Exact has already (D6)."""

    connected = True

    def setUp(self):
        super().setUp()
        self.books.accounts.load([])
        self.customer.customer_rank = 1
        action = self.administration.action_match_customers()
        self.match = self.env["exact.match.accounts"].browse(action["res_id"])

    def account(self, name, code, **values):
        return self.books.insert(
            "accounts", **{"Name": name, "Code": code, "Status": "C"} | values
        )

    def new_partner(self, name, **values):
        return self.env["res.partner"].create(
            {"name": name, "customer_rank": 1, "is_company": True} | values
        )

    def read_accounts(self):
        with self.side_cursors() as env:
            self.match.with_env(env).action_read()
            env.cr.commit()
        self.env.invalidate_all()
        return self.match.line_ids

    def line(self, name):
        return self.match.line_ids.filtered(lambda line: line.name == name)

    def test_sure_ones_are_linked_all_and_nothing_changes_in_exact(self):
        baker = self.account("Janssens", "10", VATNumber="0477.472.701", Country="BE")
        other = self.new_partner("Garage Peeters", ref="KLANT-20")
        garage = self.account("GARAGE PEETERS BV", "20", Status="A")
        self.sandbox.calls.clear()
        self.read_accounts()
        self.assertEqual(self.calls(), ["GET /api/v1/1001/bulk/CRM/Accounts"])
        self.assertEqual(self.match.sure_count, 2)
        self.match.action_accept_sure()
        self.assertEqual(self.customer.exact_account_ids.guid, baker["ID"])
        self.assertTrue(self.customer.exact_account_ids.is_customer)
        self.assertEqual(other.exact_account_ids.guid, garage["ID"])
        self.assertEqual(self.customer.exact_account_ids.log_ids.event, "linked")
        self.assertEqual(self.match.done_count, 2)
        self.assertFalse([call for call in self.calls() if not call.startswith("GET")])
        self.assertFalse(self.administration.customers_matched_at)
        self.match.action_done()
        self.assertTrue(self.administration.customers_matched_at)
        # The prospect becomes a customer with its first invoice.
        self.customer = other
        other.country_id = self.env.ref("base.be")
        self.assertEqual(self.export(self.invoice()).state, "exported")
        self.assertEqual(self.books.accounts.get(garage["ID"])["Status"], "C")

    def test_others_are_linked_or_refused_one_by_one(self):
        peeters = self.new_partner("Garage Peeters", zip="9000")
        claes = self.new_partner("Claes", email="a@claes.be")
        self.account("Garage Peeters", "20", Postcode="9000")
        self.account("Drukkerij C", "30", Email="a@claes.be")
        self.read_accounts()
        self.assertEqual(
            (self.match.sure_count, self.match.ask_count, self.match.alone_count),
            (0, 2, 0),
        )
        line = self.line("Garage Peeters")
        self.assertEqual((line.partner_id, line.reason), (peeters, "name_and_postcode"))
        line.action_link()
        self.assertEqual(peeters.exact_account_ids.code, "20")
        self.line("Drukkerij C").action_refuse()
        self.assertFalse(claes.exact_account_ids)
        self.read_accounts()
        self.assertEqual(self.match.ask_count, 0, "not proposed again")
        self.assertEqual(self.match.alone_count, 1)
        self.assertEqual(self.line("Garage Peeters").state, "linked")

    def test_several_that_fit_ask_and_the_choice_settles_the_others(self):
        first = self.account("Janssens I", "10", VATNumber="BE0477472701")
        self.account("Janssens II", "11", VATNumber="BE0477472701")
        self.read_accounts()
        self.assertEqual(set(self.match.line_ids.mapped("kind")), {"several"})
        with self.assertRaises(UserError):
            self.match.line_ids.action_link()
        self.line("Janssens I").action_link()
        self.assertEqual(self.customer.exact_account_ids.guid, first["ID"])
        self.assertFalse(self.line("Janssens II"))

    def test_another_partner_is_chosen_by_hand(self):
        self.account("Zonder naam", "10")
        self.read_accounts()
        line = self.line("Zonder naam")
        with self.assertRaises(UserError):
            line.action_link()
        line.with_user(self.manager()).partner_id = self.customer
        self.assertEqual((line.kind, line.reason), ("likely", "by_hand"))
        line.action_link()
        self.assertEqual(self.customer.exact_account_ids.code, "10")

    def test_chosen_accounts_are_imported_as_partners(self):
        self.account(
            "Nieuw BV",
            "10",
            VATNumber="BE0403019261",
            Country="BE",
            AddressLine1="Kaai 1",
            Postcode="9000",
            City="Gent",
            IsSupplier=True,
        )
        self.account("Fout nummer", "11", VATNumber="BE123", Country="BE")
        self.read_accounts()
        self.match.line_ids.action_import()
        partner = self.env["res.partner"].search([("name", "=", "Nieuw BV")])
        self.assertEqual(
            (partner.vat, partner.zip, partner.country_id.code, partner.is_company),
            ("BE0403019261", "9000", "BE", True),
        )
        self.assertEqual((partner.customer_rank, partner.supplier_rank), (1, 1))
        self.assertEqual(partner.exact_account_ids.code, "10")
        self.assertEqual(self.match.alone_count, 0)
        self.assertTrue(self.env["res.partner"].search([("name", "=", "Fout nummer")]))

    def test_what_is_linked_is_not_proposed_and_what_is_gone_is_said(self):
        self.account("Janssens", "10", VATNumber="BE0477472701")
        self.read_accounts()
        self.match.action_accept_sure()
        link = self.customer.exact_account_ids
        self.assertFalse(
            self.read_accounts().filtered(lambda line: line.state == "open")
        )
        self.books.delete("accounts", link.guid, 2)
        self.read_accounts()
        self.assertEqual(link.state, "linked", "an empty list is not believed")
        self.account("Other", "11")
        self.read_accounts()
        self.assertEqual((link.state, self.match.gone_count), ("gone", 1))

    def test_a_page_that_breaks_changes_nothing(self):
        self.account("Janssens", "10", VATNumber="BE0477472701")
        self.read_accounts()
        before = self.match.line_ids
        self.sandbox.faults.add("truncate", path="bulk/CRM/Accounts")
        with self.assertRaises(UserError):
            self.read_accounts()
        self.env.invalidate_all()
        self.assertEqual(self.match.line_ids, before)

    def test_a_partner_that_is_being_created_is_left_alone(self):
        self.account("Janssens", "10", VATNumber="BE0477472701")
        self.read_accounts()
        self.env["exact.account"].sudo().create(
            {
                "administration_id": self.administration.id,
                "partner_id": self.customer.id,
                "state": "creating",
                "sending_at": fields.Datetime.now() - timedelta(minutes=1),
            }
        )
        with self.assertRaises(UserError):
            self.match.action_accept_sure()

    def manager(self):
        return new_test_user(
            self.env,
            "manager",
            "account.group_account_manager,optedo_exact.group_exact_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )

    def test_who_may(self):
        self.account("Janssens", "10", VATNumber="BE0477472701")
        self.account("Nieuw BV", "11")
        self.read_accounts()
        clerk = new_test_user(
            self.env,
            "clerk",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        for forbidden in (
            self.administration.with_user(clerk).action_match_customers,
            self.match.with_user(clerk).action_read,
            self.match.with_user(clerk).action_accept_sure,
            self.match.line_ids.with_user(clerk).action_link,
        ):
            with self.assertRaises(AccessError):
                forbidden()
        manager = self.manager()
        match = self.match.with_user(manager)
        with self.assertRaises(AccessError):
            match.line_ids.write({"guid": "x"})
        match.scope = "companies"
        match.action_accept_sure()
        line = self.line("Nieuw BV").with_user(manager)
        with self.assertRaises(AccessError):  # Odoo's own right to make contacts
            line.action_import()
        manager.group_ids += self.env.ref("base.group_partner_manager")
        line.action_import()
        linked = self.env["exact.account"].search([("state", "=", "linked")])
        self.assertEqual(len(linked), 2)

    def test_two_thousand_cost_few_calls_and_little_time(self):
        for i in range(2500):
            self.account(f"Firma {i}", str(i + 1), Postcode=str(i), Country="BE")
        self.env["res.partner"].create(
            [
                {
                    "name": f"Firma {i} BV",
                    "ref": f"K-{i + 1}" if i % 2 else False,
                    "zip": str(i),
                    "customer_rank": 1,
                }
                for i in range(2000)
            ]
        )
        self.sandbox.calls.clear()
        started = process_time()
        self.read_accounts()
        compared = process_time() - started
        self.assertEqual(len(self.calls()), 3)
        counts = (self.match.sure_count, self.match.ask_count, self.match.alone_count)
        self.assertEqual(counts, (1000, 1000, 500))
        started = process_time()
        self.match.action_accept_sure()
        self.assertEqual(self.match.done_count, 1000)
        note(
            f"first match, 2,000 partners and 2,500 accounts: {compared:.1f} s to read "
            f"and compare, {process_time() - started:.1f} s to link 1,000"
        )
