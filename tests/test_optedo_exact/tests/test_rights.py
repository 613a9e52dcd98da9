from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import ExactCommon


class TestRights(ExactCommon):
    """Who may do what, also past the views."""

    connected = True

    def setUp(self):
        super().setUp()
        company = Command.set(self.company.ids)
        self.clerk = new_test_user(
            self.env,
            "clerk",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[company],
        )
        self.employee = new_test_user(
            self.env,
            "employee",
            "base.group_user",
            company_id=self.company.id,
            company_ids=[company],
        )
        # Keeps books and has the right E1, but is not Odoo's administrator.
        self.accountant = new_test_user(
            self.env,
            "accountant",
            "account.group_account_manager,optedo_exact.group_exact_manager",
            company_id=self.company.id,
            company_ids=[company],
        )

    def test_clerk_exports_but_does_not_set_up(self):
        move = self.invoice()
        with self.side_cursors() as env:
            move.with_env(env(user=self.clerk)).action_exact_export()
            env.cr.commit()
        self.assertEqual(move.exact_state, "exported")
        administration = self.administration.with_user(self.clerk)
        for forbidden in (
            administration.action_connect,
            administration.action_disconnect,
            administration.action_choose_division,
            administration.action_read_references,
            lambda: administration.write({"import_payments": True}),
            lambda: administration.tax_mapping_ids.write({"reference_id": False}),
            lambda: administration.connection_id.read(["client_id"]),
        ):
            with self.assertRaises(AccessError):
                forbidden()

    def test_accountant_with_the_right_sets_up_without_being_administrator(self):
        administration = self.administration.with_user(self.accountant)
        administration.write({"use_line_gl_account": True, "client_id": "another"})
        administration.tax_mapping_ids[0].reference_id = False
        self.assertEqual(administration.client_id, "another")
        administration.import_payments = True
        self.assertTrue(administration.payment_journal_id)
        self.company.with_user(self.accountant)._exact_set_external_accounting("exact")

    def test_employee_sees_nothing(self):
        for model in (
            "exact.administration",
            "exact.connection",
            "exact.entry",
            "exact.open.item",
            "exact.call",
            "exact.token",
            "exact.quota",
        ):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.employee).search([])
        with self.assertRaises(AccessError):
            self.invoice().with_user(self.employee).action_exact_export()

    def test_state_of_an_entry_is_written_by_the_link_alone(self):
        move = self.invoice()
        self.export(move)
        for user in (self.clerk, self.accountant, self.env.ref("base.user_admin")):
            entry = move.exact_entry_id.with_user(user)
            for forbidden in (
                lambda entry=entry: entry.write({"state": "none"}),
                lambda entry=entry: entry.create({"move_id": move.id}),
                lambda entry=entry: entry.unlink(),
                lambda user=user: move.with_user(user).write({"exact_entry_id": False}),
            ):
                with self.assertRaises(AccessError):
                    forbidden()

    def stranger(self):
        """Sets up the link of another company."""
        other = self.env["res.company"].create({"name": "Another"})
        return new_test_user(
            self.env,
            "stranger",
            "account.group_account_manager,optedo_exact.group_exact_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )

    def test_other_companies_cannot_use_the_connection(self):
        stranger = self.stranger()
        administration = self.administration.with_user(stranger)
        connection = self.connection.with_user(stranger)
        for forbidden in (
            connection.action_connect,
            connection.action_disconnect,
            connection.action_is_moved,
            administration.action_connect,
            administration.action_disconnect,
            administration.action_choose_division,
            administration.action_read_references,
            administration.action_check_payments,
            administration.action_test,
        ):
            with self.assertRaises(AccessError):
                forbidden()
        self.assertEqual(self.connection.state, "connected")

    def test_what_the_link_sets_itself_is_not_written_over_rpc(self):
        administration = self.administration.with_user(self.accountant)
        for name in (
            "connection_id",
            "company_id",
            "division",
            "active",
            "payment_cursor",
            "payment_journal_id",
            "export_cron_id",
        ):
            with self.assertRaises(AccessError, msg=name):
                administration.write({name: administration[name]})
        for name in ("state", "login_name", "issue_code", "logged_in_by_id"):
            with self.assertRaises(AccessError, msg=name):
                administration.connection_id.write({name: False})
        with self.assertRaises(AccessError):
            administration.tax_mapping_ids.write({"administration_id": 1})

    def test_choice_of_an_account_is_not_forged(self):
        """Rows of the choice come from Exact, and only where the link asked."""
        move = self.invoice()
        self.export(move)
        wizards = self.env["exact.choose.account"].with_user(self.clerk)
        with self.assertRaises(AccessError):
            wizards.create({"move_id": move.id})
        with self.assertRaises(AccessError):
            wizards.line_ids.create({"wizard_id": 1, "guid": "forged"})
        with self.assertRaises(UserError):  # nothing is asked of a linked customer
            wizards._open(move.with_user(self.clerk))
        line = self.env["exact.choose.account.line"].sudo()
        wizard = self.env["exact.choose.account"].sudo().create({"move_id": move.id})
        line = line.create({"wizard_id": wizard.id, "guid": "x", "status": "C"})
        with self.assertRaises(UserError):
            line.with_user(self.clerk).sudo(False).action_choose()
        self.assertNotEqual(self.customer.exact_account_ids.guid, "x")

    def test_auditor_opens_the_set_up_behind_an_invoice(self):
        auditor = new_test_user(
            self.env,
            "auditor",
            "account.group_account_readonly",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        move = self.invoice().with_user(auditor)
        self.assertTrue(move.exact_status_text)
        self.assertTrue(move.exact_administration_id.tax_mapping_ids)
        self.assertTrue(move.exact_administration_id.connection_state)

    def test_other_companies_see_nothing(self):
        stranger = self.stranger()
        self.export(self.invoice())
        for model in (
            "exact.administration",
            "exact.connection",
            "exact.reference",
            "exact.mapping",
            "exact.account",
            "exact.entry",
            "exact.entry.log",
            "exact.call",
            "exact.quota",
        ):
            found = self.env[model].with_user(stranger).search([])
            self.assertFalse(found, model)
        with self.assertRaises(AccessError):
            self.company.with_user(stranger)._exact_set_external_accounting("none")

    def test_a_preview_is_seen_by_who_asked_for_it_alone(self):
        move = self.invoice()
        action = move.with_user(self.clerk).action_exact_preview()
        preview = self.env["exact.preview"].browse(action["res_id"])
        self.assertTrue(preview.with_user(self.clerk).amount_total)
        for other in (self.accountant, self.stranger()):
            found = self.env["exact.preview"].with_user(other).search([])
            self.assertNotIn(preview.id, found.ids)
            with self.assertRaises(AccessError):
                preview.with_user(other).read(["description"])

    def test_the_set_up_opens_without_any_right_in_accounting(self):
        company = [Command.set(self.company.ids)]
        for name, groups in (
            ("manager", "optedo_exact.group_exact_manager"),
            ("administrator", "base.group_system"),
        ):
            user = new_test_user(
                self.env, name, groups, company_id=self.company.id, company_ids=company
            )
            administration = self.administration.with_user(user)
            administration.invalidate_recordset()
            values = administration.read(
                ["is_set_up", "missing_count", "waiting_count", "proposal_count"]
            )
            self.assertFalse(values[0]["is_set_up"])
            texts = administration.step_ids.mapped("text")
            self.assertTrue(texts and all(texts))
            rows = administration.tax_mapping_ids
            self.assertTrue(rows.read(["source_name", "proposal_id", "invoice_count"]))

    def test_a_new_secret_is_kept_whatever_the_order_of_the_fields(self):
        for vals in (
            {"client_secret": "one", "base_url": "http://127.0.0.1:1"},
            {"base_url": "http://127.0.0.1:2", "client_secret": "two"},
        ):
            with self.side_cursors() as env:
                self.administration.with_env(env).write(vals)
                env.cr.commit()
            self.assertEqual(
                self.connection.sudo().client_secret_stored, vals["client_secret"]
            )

    def test_who_uses_odoo_s_invoicing_reads_every_field_of_what_is_extended(self):
        """As programs do over RPC, which name no fields. Odoo refuses some of its own
        to some users, so of most models those of the link count."""
        move = self.invoice()
        self.export(move)
        company = {
            "company_id": self.company.id,
            "company_ids": [Command.set(self.company.ids)],
        }
        auditor = new_test_user(
            self.env,
            "auditor",
            "account.group_account_readonly,base.group_user",
            **company,
        )
        keeper = new_test_user(
            self.env, "bookkeeper", "account.group_account_manager", **company
        )
        records = [
            move,
            self.customer,
            move.journal_id,
            self.tax,
            move.invoice_line_ids.account_id,
            self.env.ref("account.account_payment_term_30days"),
            self.company,
        ]
        for user in (self.clerk, keeper, auditor):
            for record in records:
                with self.subTest(user=user.login, model=record._name):
                    self.env.invalidate_all()
                    seen = record.with_user(user)
                    names = [
                        name
                        for name in seen.fields_get()
                        if "optedo_exact" in seen._fields[name]._modules
                    ]
                    self.assertTrue(names)
                    seen.read(names)
        for user in (self.clerk, keeper):
            self.env.invalidate_all()
            move.with_user(user).read()
