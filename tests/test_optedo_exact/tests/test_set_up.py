import uuid
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import DIVISION, ExactCommon

DUTCH = 1002


class TestSetUp(ExactCommon):
    """The set-up says what is done, what is missing, and leads to each place."""

    def states(self):
        self.env.invalidate_all()
        return {step.kind: step.state for step in self.administration.step_ids}

    def text(self, kind):
        self.env.invalidate_all()
        [step] = self.administration.step_ids.filtered(lambda s: s.kind == kind)
        return step.text

    def open(self, kind):
        [step] = self.administration.step_ids.filtered(lambda s: s.kind == kind)
        return step.action_open()

    # --- the steps -----------------------------------------------------------

    def test_from_nothing_the_steps_open_one_after_the_other(self):
        later = {"administration", "journal", "tax", "account", "payment_term"}
        states = self.states()
        self.assertEqual(states["login"], "to_do")
        self.assertTrue(all(states[kind] == "later" for kind in later))
        self.log_in()
        states = self.states()
        self.assertEqual((states["login"], states["administration"]), ("done", "to_do"))
        self.assertIn("Demo", self.text("login"))
        self.connect()
        self.assertEqual(self.states()["administration"], "done")
        self.assertIn(str(DIVISION), self.text("administration"))

    def test_all_done_is_ready(self):
        self.connect()
        self.assertFalse(self.administration.is_set_up)
        codes = {
            "journal": self.reference("journal", "70"),
            "tax": self.reference("vat_code", "3"),
            "payment_term": self.reference("payment_condition", "30"),
            "account": self.reference("gl_account", "700000"),
        }
        for row in self.administration.mapping_ids:
            row.reference_id = codes.get(row.kind)
        no_tax = self.env["account.tax"]
        self.map("tax", no_tax, "N")
        self.administration.export_from = fields.Date.today()
        self.administration.action_options_looked_at()
        move = self.invoice()
        self.assertEqual(self.states()["customers"], "to_do")
        self.export(move)
        self.assertEqual(self.states()["customers"], "done")
        self.invoice()
        action = self.open("preview")
        self.assertFalse(self.env["exact.preview"].browse(action["res_id"]).problem)
        self.assertEqual(set(self.states().values()), {"done"})
        self.assertTrue(self.administration.is_set_up)

    def test_a_preview_with_a_problem_does_not_count(self):
        self.connect()
        self.map("tax", self.tax, False)
        move = self.invoice()
        move.action_exact_preview()
        self.assertEqual(self.states()["preview"], "to_do")
        self.map("tax", self.tax, "3")
        move.action_exact_preview()
        self.assertEqual(self.states()["preview"], "done")

    def test_without_an_invoice_there_is_nothing_to_try(self):
        self.connect()
        with self.assertRaisesRegex(UserError, "Confirm one"):
            self.open("preview")

    def test_options_want_a_start_or_every_invoice_said(self):
        self.connect()
        self.administration.export_every_invoice = False
        with self.assertRaisesRegex(UserError, "from which date"):
            self.administration.action_options_looked_at()
        self.administration.export_every_invoice = True
        self.assertEqual(self.states()["options"], "to_do", "nobody looked yet")
        self.administration.action_options_looked_at()
        self.assertEqual(self.states()["options"], "done")
        self.administration.export_every_invoice = False
        self.assertEqual(self.states()["options"], "to_do")

    def test_each_step_leads_somewhere(self):
        self.connect()
        pages = {
            "journal": "journals",
            "tax": "taxes",
            "account": "accounts",
            "payment_term": "terms",
            "options": "options",
        }
        view = self.env.ref("optedo_exact.exact_administration_view_form")
        for kind, page in pages.items():
            self.assertEqual(self.open(kind)["params"]["page"], page)
            self.assertIn(f'name="{page}"', view.arch)
        self.administration.default_gl_account_id = False
        self.assertEqual(self.open("account")["params"]["page"], "options")

    def test_who_has_no_right_sees_the_steps_and_cannot_go(self):
        clerk = new_test_user(
            self.env,
            "clerk",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        steps = self.administration.with_user(clerk).step_ids
        self.assertEqual(len(steps), 10)
        with self.assertRaises(AccessError):
            steps[0].action_open()
        with self.assertRaises(AccessError):
            self.administration.with_user(clerk).action_options_looked_at()

    # --- settings ------------------------------------------------------------

    def test_every_option_stands_on_both_pages(self):
        fields_of = self.env["exact.administration"]._fields
        options = [
            name
            for name, field in fields_of.items()
            if getattr(field, "tracking", None) and not field.readonly
        ]
        self.assertIn("export_every_invoice", options)
        page = self.env.ref("optedo_exact.exact_administration_view_form").arch
        block = self.env.ref("optedo_exact.res_config_settings_view_form").arch
        settings = self.env["res.config.settings"]
        for name in options:
            self.assertIn(f'name="{name}"', page)
            self.assertIn(f'name="exact_{name}"', block)
            related = settings._fields[f"exact_{name}"].related
            self.assertEqual(related, f"exact_administration_id.{name}")

    def test_settings_warn_of_statements_and_count_what_waits(self):
        self.connect()
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": fields.Date.today(),
                "payment_ref": "Received",
                "amount": 10,
            }
        )
        settings = self.env["res.config.settings"].sudo().new({})
        settings.exact_import_payments = True
        warning = settings._onchange_exact_import_payments()["warning"]
        self.assertIn("Bank", warning["message"])
        entry = self.invoice()._exact_enqueue()
        self.assertEqual(entry.state, "queued")
        self.env.invalidate_all()
        self.assertEqual(settings.exact_waiting_count, 1)

    # --- which administration (A4, A5) ---------------------------------------

    def wizard_line(self, env, division):
        action = self.administration.with_env(env).action_choose_division()
        wizard = env["exact.choose.division"].browse(action["res_id"])
        return wizard.line_ids.filtered(lambda line: line.division == division)

    def test_another_vat_number_asks_with_both_names(self):
        self.company.sudo().partner_id.vat = "BE0428759497"
        self.log_in()
        with self.side_cursors() as env:
            line = self.wizard_line(env, DIVISION)
            action = line.action_choose()
            self.assertEqual(action["res_model"], line._name)
            self.assertTrue(line.other_vat)
            self.assertEqual(line.company_id.name, self.company.name)
            self.assertIn("Optedo Demo", line.name)
            self.assertFalse(line.wizard_id.administration_id.division)
            line.action_choose_anyway()
            env.cr.commit()
        self.assertEqual(self.administration.division, DIVISION)

    def test_the_same_vat_number_asks_nothing(self):
        self.company.sudo().partner_id.vat = "BE0477472701"
        self.log_in()
        with self.side_cursors() as env:
            self.wizard_line(env, DIVISION).action_choose()
            env.cr.commit()
        self.assertEqual(self.administration.division, DIVISION)

    def choose_dutch(self, copy_codes=True):
        with self.side_cursors() as env:
            line = self.wizard_line(env, DUTCH)
            line.action_choose()
            line.copy_codes = copy_codes
            self.assertEqual(line.exported_count, 1)
            self.assertTrue(line.is_another)
            action = line.action_choose_anyway()
            if copy_codes:
                self.assertEqual(action["res_model"], "exact.copy.codes", "a look")
                env[action["res_model"]].browse(action["res_id"]).action_take()
            env.cr.commit()
        self.env.invalidate_all()
        return self.company.exact_administration_id

    def test_codes_go_along_where_they_mean_the_same(self):
        self.connect()
        self.map("tax", self.tax, "3")
        low = self.tax.copy({"name": "none"})
        self.map("tax", low, "N")
        self.export(self.invoice())
        new = self.choose_dutch()
        self.assertNotEqual(new, self.administration)
        get = self.env["exact.mapping"]._get
        journal = self.company_data["default_journal_sale"]
        self.assertEqual(get(new, "journal", journal).reference_id.code, "70")
        self.assertEqual(get(new, "tax", low).reference_id.code, "N")
        self.assertFalse(get(new, "tax", self.tax).reference_id, "3 is not there")
        self.assertFalse(new.default_gl_account_id, "700000 is not there")

    def test_codes_stay_behind_where_that_is_wanted(self):
        self.connect()
        self.export(self.invoice())
        new = self.choose_dutch(copy_codes=False)
        self.assertFalse(new.mapping_ids.reference_id)

    # --- a login that ends (A6) ----------------------------------------------

    def age_token(self, env, days):
        env.cr.execute(
            "UPDATE exact_token SET obtained_at = now() AT TIME ZONE 'UTC' - %s"
            " WHERE connection_id = %s",
            (timedelta(days=days), self.connection.id),
        )
        env.cr.commit()

    def test_a_login_that_is_about_to_end_is_said_once_days_before(self):
        self.log_in()
        kind = "optedo_exact.mail_activity_type_login_ends"
        with self.side_cursors() as env:
            administration = self.administration.with_env(env)
            connection = administration.connection_id
            self.assertFalse(administration.login_warning)
            self.age_token(env, 25)
            env.invalidate_all()
            self.assertIn("30 days", administration.login_warning)
            for _day in range(2):
                connection.sudo()._warn_before_end()
                self.assertEqual(len(connection.activity_search([kind])), 1)
            self.age_token(env, 1)
            env.invalidate_all()
            self.assertFalse(administration.login_warning)
            connection.sudo()._warn_before_end()
            self.assertFalse(connection.activity_search([kind]))

    def test_a_login_that_is_about_to_end_is_said_by_one_of_two_workers(self):
        """Each administration of a login looks, at the same time of the day."""
        self.log_in()
        with self.side_cursors() as env:
            self.age_token(env, 25)
            env.invalidate_all()
            connection = self.connection.with_env(env).sudo()

            def taken(records, **_kwargs):
                return records.browse()

            with patch.object(type(connection), "try_lock_for_update", taken):
                connection._warn_before_end()
            self.assertFalse(connection.activity_ids)

    def test_the_daily_job_warns_also_without_an_administration(self):
        self.log_in()
        with self.side_cursors() as env:
            self.age_token(env, 25)
        with self.enter_registry_test_mode():
            cron = self.administration.reference_cron_id.sudo()
            self.assertIs(cron.method_direct_trigger(), True)
        self.assertTrue(
            self.connection.activity_search(
                ["optedo_exact.mail_activity_type_login_ends"]
            )
        )

    # --- speed ---------------------------------------------------------------

    def test_five_thousand_ledger_accounts(self):
        self.connect()
        for number in range(5000 - len(list(self.books.gl_accounts))):
            self.books.insert(
                "gl_accounts",
                ID=str(uuid.uuid4()),
                Code=f"9{number:05}",
                Description=f"Account {number}",
                Type=110,
                IsBlocked=False,
                UseCostcenter=0,
                UseCostunit=0,
            )

        def read():
            self.sandbox.calls.clear()
            with self.side_cursors() as env:
                administration = self.administration.with_env(env)
                before = env.cr.sql_log_count
                administration.action_read_references()
                env.flush_all()
                queries = env.cr.sql_log_count - before
                env.cr.commit()
            self.env.invalidate_all()
            return len(self.calls()), queries

        calls, _queries = read()
        self.assertLessEqual(calls, 12)
        found = self.administration.reference_ids
        self.assertEqual(len(found.filtered(lambda r: r.kind == "gl_account")), 5000)
        calls, queries = read()
        self.assertLessEqual(calls, 12)
        self.assertLess(queries, 250, "as many as for fifty accounts, not one each")
