from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from .common import ExactCommon

LONG = "Vereniging van Mede-Eigenaars Residentie Antigoon aan de Schelde"
IBAN = "BE71096123456769"
OTHER_IBAN = "NL91ABNA0417164300"


class TestCustomers(ExactCommon):
    """Customers and suppliers on their own, beside any invoice (D1, D2, D5, D7)."""

    connected = True

    def press(self, button, record=None, **env_values):
        """A button on a form, in a request of its own."""
        record = record or self.customer
        with self.side_cursors() as env:
            action = getattr(record.with_env(env(**env_values)), button)()
            env.cr.commit()
        return action

    def message(self, action):
        return action["params"]["message"]

    def accounts(self, name):
        return [a for a in self.books.accounts if a["Name"] == name]

    @property
    def link(self):
        return self.customer.exact_account_ids

    def choose(self, action, position=0):
        with self.side_cursors() as env:
            wizard = env["exact.choose.account"].browse(action["res_id"])
            result = wizard.line_ids[position].action_choose()
            env.cr.commit()
        return result

    def remove_from_exact(self, guid):
        self.books.delete("accounts", guid, 2)

    # --- find and send -------------------------------------------------------

    def test_looking_up_creates_nothing(self):
        action = self.press("action_exact_find")
        self.assertIn("no account", self.message(action))
        self.assertFalse(self.accounts(self.customer.name))
        self.assertEqual(self.link.state, "new")

    def test_sent_once_it_is_created_and_twice_it_is_updated(self):
        action = self.press("action_exact_send")
        self.assertIn("Created", self.message(action))
        [account] = self.accounts(self.customer.name)
        self.assertEqual(self.link.guid, account["ID"])
        self.assertEqual((account["Status"], account["City"]), ("C", "Brugge"))
        self.assertTrue(self.link.updated_at)
        self.sandbox.calls.clear()
        self.assertIn("already", self.message(self.press("action_exact_send")))
        self.assertFalse(self.calls(), "nothing is sent when nothing changed")
        self.customer.city = "Damme"
        self.assertIn("were sent", self.message(self.press("action_exact_send")))
        [account] = self.accounts(self.customer.name)
        self.assertEqual(account["City"], "Damme")
        events = self.link.log_ids.mapped("event")
        self.assertEqual(events, ["updated", "created"])

    def test_found_by_its_number_it_is_linked_and_not_written_over(self):
        self.customer.vat = "BE0403019261"  # Jurimmo BV in the sandbox
        [before] = [dict(a) for a in self.accounts("Jurimmo BV")]
        action = self.press("action_exact_send")
        self.assertIn("Jurimmo BV", self.message(action))
        [after] = self.accounts("Jurimmo BV")
        self.assertEqual(after["City"], before["City"])
        self.press("action_exact_send")
        self.assertEqual(len(self.accounts(self.customer.name)), 1)

    def test_a_number_written_otherwise_in_exact_is_the_same(self):
        account = self.books.insert(
            "accounts",
            Name="Janssens",
            Code="900",
            VATNumber="0477472701",
            Country="BE",
            Status="C",
        )
        self.press("action_exact_find")
        self.assertEqual(self.link.guid, account["ID"])

    def test_several_that_fit_are_asked_about_and_email_is_a_suggestion(self):
        self.customer.write({"vat": False, "company_registry": False})
        self.customer.email = "info@janssens.be"
        self.books.insert(
            "accounts", Name="Janssens Brugge", Code="901", Email="info@janssens.be"
        )
        self.books.insert(
            "accounts", Name=self.customer.name, Code="902", Status="A", Country="BE"
        )
        action = self.press("action_exact_send")
        self.assertEqual(action["res_model"], "exact.choose.account")
        wizard = self.env["exact.choose.account"].browse(action["res_id"])
        self.assertEqual(set(wizard.line_ids.mapped("code")), {"901", "902"})
        self.choose(action, wizard.line_ids.mapped("code").index("902"))
        self.assertEqual(self.link.code, "902")
        self.assertTrue(self.link.is_customer, "it became one in Exact")
        self.assertEqual(self.accounts(self.customer.name)[0]["Status"], "C")

    def test_an_email_alone_never_links(self):
        self.customer.write({"vat": False, "company_registry": False})
        self.customer.email = "info@janssens.be"
        self.books.insert(
            "accounts", Name="Other", Code="901", Email="info@janssens.be"
        )
        self.assertIn("Created", self.message(self.press("action_exact_send")))

    def test_an_answer_that_is_lost_makes_no_second_account(self):
        self.sandbox.faults.add("lose_answer", path="crm/Accounts", method="POST")
        self.press("action_exact_send")
        self.assertEqual(len(self.accounts(self.customer.name)), 1)
        self.assertEqual(self.link.state, "linked")
        self.press("action_exact_send")
        self.assertEqual(len(self.accounts(self.customer.name)), 1)

    def test_it_does_not_become_somebody_else_without_a_question(self):
        self.press("action_exact_send")
        self.customer.write({"name": "Slagerij Claes", "vat": "BE0403019261"})
        action = self.press("action_exact_send")
        self.assertEqual(action["res_id"], self.link.id)
        self.assertIn("Slagerij Claes", self.link.identity_question)
        self.assertFalse(self.accounts("Slagerij Claes"))
        self.press("action_confirm_identity", self.link)
        [account] = self.accounts("Slagerij Claes")
        self.assertEqual(account["ID"], self.link.guid)
        self.assertFalse(self.link.identity_question)

    # --- roles ---------------------------------------------------------------

    def test_a_supplier_becomes_one_in_exact_and_stays_one_account(self):
        self.customer.supplier_rank = 1
        self.press("action_exact_send")
        [account] = self.accounts(self.customer.name)
        self.assertTrue(account["IsSupplier"])
        self.assertNotEqual(account["Status"], "C")
        self.assertFalse(self.link.is_customer)
        self.export(self.invoice())
        [booked] = self.entries_in_exact()
        self.assertEqual(booked["Customer"], account["ID"])
        [account] = self.accounts(self.customer.name)
        self.assertEqual((account["Status"], account["IsSupplier"]), ("C", True))

    # --- language, payment condition, bank account ---------------------------

    def test_language_and_payment_condition_go_along(self):
        term = self.env.ref("account.account_payment_term_30days")
        self.map("payment_term", term, "30")
        self.customer.property_payment_term_id = term
        self.customer.property_supplier_payment_term_id = term
        self.customer.lang = "en_US"
        self.press("action_exact_send")
        [account] = self.accounts(self.customer.name)
        self.assertEqual(account["PaymentConditionSales"], "30")
        self.assertEqual(account["PaymentConditionPurchase"], "30")
        self.assertEqual(account["Language"].strip(), "EN")
        self.customer.property_payment_term_id = False
        self.customer.city = "Damme"
        self.press("action_exact_send")
        [account] = self.accounts(self.customer.name)
        self.assertEqual(account["PaymentConditionSales"], "30", "not emptied")

    def bank(self, number=IBAN, trusted=True):
        bank = self.env["res.partner.bank"].create(
            {"partner_id": self.customer.id, "acc_number": number}
        )
        bank.sudo().allow_out_payment = trusted
        return bank

    def banks_in_exact(self):
        return {row["BankAccount"]: row["Main"] for row in self.books.bank_accounts}

    def test_only_a_trusted_bank_account_of_a_supplier_goes_once(self):
        self.books.bank_accounts.load([])
        bank = self.bank(trusted=False)
        self.customer.supplier_rank = 1
        self.press("action_exact_send")
        self.assertFalse(self.banks_in_exact())
        bank.sudo().allow_out_payment = True
        self.press("action_exact_send")
        self.assertEqual(self.banks_in_exact(), {IBAN: True})
        self.assertEqual(self.link.log_ids[0].event, "bank")
        self.assertEqual(self.link.log_ids[0].new, IBAN)
        self.assertEqual(self.link.log_ids[0].create_uid, self.env.user)
        self.sandbox.calls.clear()
        self.press("action_exact_send")
        self.assertFalse(self.calls())

    def test_an_existing_account_keeps_its_main_bank_account(self):
        account = self.books.insert(
            "accounts",
            Name="Janssens",
            Code="900",
            VATNumber="BE0477472701",
            IsSupplier=True,
        )
        for main in (True, False):
            self.books.bank_accounts.load([])
            if main:
                self.books.insert(
                    "bank_accounts",
                    Account=account["ID"],
                    BankAccount=OTHER_IBAN,
                    Main=True,
                )
            self.env["exact.account"].sudo().search([]).unlink()
            self.customer = self.customer.copy({"vat": "BE0477472701"})
            self.bank()
            self.customer.supplier_rank = 1
            self.press("action_exact_send")
            self.assertIs(self.banks_in_exact()[IBAN], False)
            if main:
                self.assertIs(self.banks_in_exact()[OTHER_IBAN], True)
                self.assertIn(OTHER_IBAN, self.link.log_ids[0].old)

    def test_a_bank_account_that_got_no_answer_is_asked_for_first(self):
        self.customer.supplier_rank = 1
        self.press("action_exact_send")
        self.bank()
        self.sandbox.faults.add("lose_answer", path="crm/BankAccounts", method="POST")
        self.press("action_exact_send")
        mine = [
            row for row in self.books.bank_accounts if row["Account"] == self.link.guid
        ]
        self.assertEqual(len(mine), 1)
        self.assertEqual(self.link.bank_ids.state, "there")

    def test_a_bank_account_that_may_still_appear_is_not_sent_again(self):
        self.customer.supplier_rank = 1
        self.press("action_exact_send")
        self.bank()
        self.link.sudo().bank_ids.create(
            {
                "account_id": self.link.id,
                "number": IBAN,
                "state": "sending",
                "sending_at": fields.Datetime.now(),
            }
        )
        with self.assertRaisesRegex(UserError, "not certain"):
            self.press("action_exact_send")
        past = fields.Datetime.now() - timedelta(minutes=8)
        self.link.sudo().bank_ids.sending_at = past
        self.press("action_exact_send")
        self.assertEqual(self.link.bank_ids.state, "there")

    # --- numbers that cannot be right, texts that do not fit -----------------

    def write_number(self, **values):
        self.customer.with_context(no_vat_validation=True).write(values)

    def test_a_number_that_cannot_be_right_is_named_before_any_call(self):
        cases = {
            "party_vat_malformed": {"vat": "BE123"},
            "party_company_number_malformed": {"company_registry": "RPR Gent"},
        }
        for code, values in cases.items():
            with self.subTest(code):
                kept = {name: self.customer[name] for name in values}
                self.write_number(**values)
                self.sandbox.calls.clear()
                move = self.invoice()
                entry = self.export(move)
                self.assertEqual(entry.issue_code, code)
                [wrong] = values.values()
                self.assertIn(wrong.replace(" ", ""), entry.issue_message)
                alert = move.alerts["exact_issue"]
                self.assertEqual(alert["action"]["res_id"], self.customer.id)
                with self.assertRaises(UserError):
                    self.press("action_exact_send")
                self.assertFalse(self.calls())
                self.write_number(**kept)
                move.action_exact_take_over_party()
                self.assertEqual(self.export(move).state, "exported")

    def test_the_sign_of_odoo_for_no_vat_number_is_not_sent(self):
        self.write_number(vat="/")
        self.press("action_exact_send")
        [account] = self.accounts(self.customer.name)
        self.assertFalse(account.get("VATNumber"))

    def test_a_code_is_never_shortened_and_belongs_to_one(self):
        self.administration.use_exact_customer_code = False
        self.customer.ref = "KLANT-" + "1" * 19
        with self.assertRaisesRegex(UserError, "more than 18 digits"):
            self.press("action_exact_send")
        self.customer.ref = "KLANT-1"  # the tax office has it in the sandbox
        self.assertTrue(self.books.coded("accounts", "1"))
        with self.assertRaisesRegex(
            UserError, self.books.coded("accounts", "1")["Name"]
        ):
            self.press("action_exact_send")
        self.customer.ref = "KLANT-00777"
        self.press("action_exact_send")
        self.assertEqual(self.link.code, "00777")
        other = self.customer.copy({"name": "Another", "ref": "LEV-00777"})
        other.write({"vat": False, "company_registry": False})
        with self.assertRaisesRegex(UserError, self.customer.name):
            self.press("action_exact_send", other)

    def test_a_long_name_is_shortened_and_that_is_shown(self):
        self.customer.name = LONG
        move = self.invoice()
        preview = self.env["exact.preview"]._make(move)
        self.assertIn("Antigoon…", preview.shortened)
        self.export(move)
        [account] = self.accounts(self.link.name)
        self.assertLessEqual(len(account["Name"]), 50)
        self.assertEqual(self.link.shortened, account["Name"])
        self.customer.name = "Short"
        self.assertFalse(self.link.shortened)

    # --- gone in Exact -------------------------------------------------------

    def test_an_account_that_is_gone_is_said_and_found_again_never_made_anew(self):
        self.press("action_exact_send")
        gone = self.link.guid
        self.remove_from_exact(gone)
        move = self.invoice()
        entry = self.export(move)
        self.assertEqual((entry.state, entry.issue_code), ("rejected", "account_gone"))
        self.assertEqual((self.link.state, self.link.guid), ("gone", False))
        self.assertFalse(self.accounts(self.customer.name))
        self.assertEqual(self.export(move).issue_code, "account_gone")
        action = self.press("action_exact_send")
        self.assertEqual(action["res_model"], "exact.choose.account")
        self.assertFalse(self.accounts(self.customer.name), "never a silent new one")
        # The accountant had merged it into another.
        into = self.books.insert(
            "accounts", Name="Janssens en zonen", Code=self.link.code, Status="C"
        )
        with self.side_cursors() as env:
            action = env["exact.choose.account"]._open(move.with_env(env))
            env.cr.commit()
        self.choose(action)
        self.assertEqual(self.link.guid, into["ID"])
        self.assertEqual(move.exact_state, "exported")

    def test_an_account_that_is_gone_is_noticed_by_an_update(self):
        self.press("action_exact_send")
        self.remove_from_exact(self.link.guid)
        self.customer.city = "Damme"
        action = self.press("action_exact_send")
        self.assertEqual(action["res_model"], "exact.choose.account")
        self.assertEqual(self.link.state, "gone")

    def test_a_refusal_for_another_reason_leaves_the_link(self):
        self.press("action_exact_send")
        today = fields.Date.today()
        self.books.close_period(today.year, today.month, "70")
        self.assertEqual(self.export(self.invoice()).state, "rejected")
        self.assertEqual(self.link.state, "linked")

    # --- break and choose again ----------------------------------------------

    def test_the_link_is_broken_and_chosen_by_who_may(self):
        self.press("action_exact_send")
        first = self.link.guid
        clerk = new_test_user(
            self.env,
            "clerk",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        for button in ("action_break", "action_choose"):
            with self.assertRaises(AccessError):
                self.press(button, self.link, user=clerk)
        second = self.books.insert(
            "accounts", Name=self.customer.name, Code="903", Status="A"
        )
        action = self.press("action_choose", self.link)
        wizard = self.env["exact.choose.account"].browse(action["res_id"])
        self.assertEqual(wizard.line_ids.mapped("guid"), [second["ID"]])
        self.choose(action)
        self.assertEqual(self.link.guid, second["ID"])
        self.press("action_break", self.link)
        self.assertEqual((self.link.state, self.link.guid), ("new", False))
        self.press("action_exact_find")
        self.assertEqual(self.link.guid, first, "by its VAT number")

    def test_a_clerk_sends_and_an_employee_does_not(self):
        company = [Command.set(self.company.ids)]
        groups = {
            "clerk": "account.group_account_invoice",
            "employee": "base.group_user",
        }
        users = {
            name: new_test_user(
                self.env,
                name,
                group,
                company_id=self.company.id,
                company_ids=company,
            )
            for name, group in groups.items()
        }
        with self.assertRaises(AccessError):
            self.press("action_exact_send", user=users["employee"])
        self.press("action_exact_send", user=users["clerk"])
        self.assertEqual(self.link.state, "linked")
        with self.assertRaises(AccessError):
            self.link.with_user(users["clerk"]).write({"guid": "x"})

    # --- consumers -----------------------------------------------------------

    def consumer(self, **values):
        values = {
            "name": "An Claes",
            "is_company": False,
            "country_id": self.env.ref("base.be").id,
        } | values
        return self.env["res.partner"].create(values)

    def test_consumers_are_booked_on_one_account(self):
        everybody = self.env["res.partner"].create(
            {
                "name": "Particulieren",
                "is_company": True,
                "country_id": self.env.ref("base.be").id,
            }
        )
        self.administration.collective_partner_id = everybody
        self.administration.update_customer_on_export = True
        for name in ("An Claes", "Els Maes"):
            entry = self.export(self.invoice(partner_id=self.consumer(name=name).id))
            self.assertEqual(entry.state, "exported", entry.issue_message)
            self.assertFalse(self.accounts(name))
        [account] = self.accounts("Particulieren")
        first, second = self.entries_in_exact()
        self.assertEqual({first["Customer"], second["Customer"]}, {account["ID"]})
        self.assertIn("An Claes", first["Description"])
        # A company, and a person with a VAT number, have their own.
        self.administration.update_customer_on_export = False
        self.export(self.invoice())
        self.assertTrue(self.accounts(self.customer.name))
        trader = self.consumer(name="Jan Peeters", vat="BE0403019261")
        self.export(self.invoice(partner_id=trader.id))
        self.assertEqual(trader.exact_account_ids.name, "Jurimmo BV")

    def test_the_default_ledger_account_is_that_of_the_consumer_s_country(self):
        everybody = self.customer.copy({"name": "Particulieren", "vat": False})
        everybody.company_registry = False
        self.administration.collective_partner_id = everybody
        self.administration.default_gl_account_eu_id = self.reference(
            "gl_account", "700600"
        )
        move = self.invoice(
            partner_id=self.consumer(country_id=self.env.ref("base.fr").id).id
        )
        self.assertEqual(self.export(move).state, "exported")
        line = self.books.sales_lines.by("EntryID", move.exact_entry_guid)[0]
        self.assertEqual(
            self.books.gl_accounts.get(line["GLAccount"])["Code"], "700600"
        )

    def test_an_address_is_no_account_for_consumers(self):
        address = self.customer.copy({"parent_id": self.customer.id, "vat": False})
        address.is_company = False
        with self.assertRaises(ValidationError):
            self.administration.collective_partner_id = address

    # --- merging contacts ----------------------------------------------------

    def merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo()
        wizard._merge((source + target).ids, target)

    def linked(self, name, **values):
        partner = self.customer.copy({"name": name, "vat": False, **values})
        partner.company_registry = False
        self.press("action_exact_send", partner)
        self.assertEqual(partner.exact_account_ids.state, "linked")
        return partner

    def test_merging_contacts_moves_the_link(self):
        source = self.linked("Janssens Brugge")
        guid = source.exact_account_ids.guid
        self.press("action_exact_find")  # an empty row of its own
        self.merge(source, self.customer)
        self.assertEqual(self.link.guid, guid)
        self.assertFalse(self.customer.exact_second_account_ids)

    def test_merging_contacts_that_both_have_an_account_keeps_both(self):
        source = self.linked("Janssens Brugge")
        second = source.exact_account_ids
        self.press("action_exact_send")
        first = self.link
        self.merge(source, self.customer)
        self.assertEqual(self.link, first)
        self.assertEqual(self.customer.exact_second_account_ids, second)
        self.assertEqual(first.log_ids[0].event, "merged")
        # Invoices go on; a person says which one counts.
        self.export(self.invoice())
        self.assertEqual(self.entries_in_exact()[0]["Customer"], first.guid)
        self.press("action_use_this", second)
        self.assertEqual(self.link, second)
        self.assertEqual(self.customer.exact_second_account_ids, first)
        self.export(self.invoice())
        self.assertEqual(self.entries_in_exact()[1]["Customer"], second.guid)
        self.press("action_drop", first)
        self.assertFalse(self.customer.exact_second_account_ids)
        self.assertTrue(self.accounts(self.customer.name), "it stays in Exact")

    def test_merging_three_contacts_keeps_all_of_their_accounts(self):
        one, two = self.linked("One"), self.linked("Two")
        self.press("action_exact_send")
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo()
        wizard._merge((one + two + self.customer).ids, self.customer)
        self.assertEqual(len(self.customer.exact_second_account_ids), 2)
        self.press("action_use_this", self.customer.exact_second_account_ids[0])
        self.assertEqual(len(self.customer.exact_second_account_ids), 2)
        self.assertEqual(len(self.link), 1)
