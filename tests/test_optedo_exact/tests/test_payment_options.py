from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.optedo_exact.models import exact_payment_check

from .common import ExactCommon


class TestPaymentOptions(ExactCommon):
    """How often, how exact, on which accounts (product B4, B12, B16)."""

    def test_the_interval_is_that_of_the_job_from_now_on(self):
        self.administration.payment_interval = 15
        cron = self.administration.sudo().payment_cron_id
        self.assertEqual((cron.interval_number, cron.interval_type), (15, "minutes"))
        soon = fields.Datetime.now() + timedelta(minutes=16)
        self.assertLess(cron.nextcall, soon)

    def test_an_interval_that_exact_would_not_take_is_refused(self):
        for minutes in (0, 4, 1441):
            with self.assertRaises(ValidationError):
                self.administration.payment_interval = minutes

    def test_the_tolerance_is_at_most_five_hundred_cents(self):
        account = self.company_data["default_account_expense"]
        self.administration.write_off_account_id = account
        self.administration.payment_tolerance = 500
        for cents in (-1, 501):
            with self.assertRaises(ValidationError):
                self.administration.payment_tolerance = cents

    def test_the_next_check_shows_where_there_is_one(self):
        self.assertFalse(self.administration.next_payment_check_at)
        self.connect()
        self.administration.import_payments = True
        cron = self.administration.sudo().payment_cron_id
        self.assertEqual(self.administration.next_payment_check_at, cron.nextcall)
        self.connection.sudo().state = "expired"
        self.administration.invalidate_recordset()
        self.assertFalse(self.administration.next_payment_check_at)

    def test_the_clearing_journal_is_made_for_it(self):
        self.administration.import_payments = True
        journal = self.administration.payment_journal_id
        self.assertEqual(journal.type, "bank")
        self.assertFalse(journal.bank_account_id or journal.restrict_mode_hash_table)
        account = journal.default_account_id
        self.assertEqual(account.account_type, "asset_cash")
        methods = (
            journal.inbound_payment_method_line_ids
            + journal.outbound_payment_method_line_ids
        )
        self.assertEqual(methods.payment_account_id, account)

    def test_a_bank_that_has_the_code_already_is_left_alone(self):
        bank = self.company_data["default_journal_bank"]
        bank.code = "EXACT"
        self.env["account.bank.statement.line"].create(
            {"journal_id": bank.id, "amount": 5, "payment_ref": "x"}
        )
        self.administration.import_payments = True
        self.assertEqual(self.administration.payment_journal_id.code, "EXAC2")

    def test_the_clearing_journal_stays_one(self):
        self.administration.import_payments = True
        journal = self.administration.payment_journal_id
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "BE68539007547034", "partner_id": self.company.partner_id.id}
        )
        for values in (
            {"bank_account_id": bank.id},
            {"restrict_mode_hash_table": True},
            {"active": False},
        ):
            with self.assertRaisesRegex(ValidationError, "Exact Online"):
                journal.write(values)
        with self.assertRaisesRegex(ValidationError, "no bank statements"):
            self.env["account.bank.statement.line"].create(
                {"journal_id": journal.id, "amount": 5, "payment_ref": "x"}
            )

    def test_belgium_is_asked_for_the_write_off_account(self):
        self.administration.write(
            {"import_payments": True, "export_every_invoice": True}
        )
        self.administration.action_options_looked_at()
        self.assertFalse(self.administration.write_off_account_id)
        step = self.administration.step_ids.filtered(lambda s: s.kind == "options")
        self.assertEqual(step.state, "to_do")
        self.assertIn("account for differences", step.text)
        action = self.administration.action_open_readiness()
        lines = self.env["exact.readiness.line"].search(action["domain"])
        [row] = lines.filtered(lambda line: line.subject == "Payments")
        self.assertFalse(row.holds_back)
        self.administration.write_off_account_id = self.company_data[
            "default_account_expense"
        ]
        self.administration.invalidate_recordset()
        step.invalidate_recordset()
        self.assertEqual(step.state, "done")
        self.administration.action_open_readiness()
        self.assertFalse(
            self.env["exact.readiness.line"]
            .search(action["domain"])
            .filtered(lambda line: line.subject == "Payments")
        )

    def test_without_the_right_no_option_changes(self):
        clerk = new_test_user(
            self.env,
            "clerk.options",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        for name in ("payment_interval", "payment_tolerance", "use_webhooks"):
            with self.assertRaises(AccessError):
                self.administration.with_user(clerk).write({name: 7})

    def test_the_settings_page_holds_the_same(self):
        account = self.company_data["default_account_expense"]
        self.administration.import_payments = True
        self.env.user.group_ids += self.env.ref("base.group_system")
        self.env["res.config.settings"].create(
            {
                "exact_payment_interval": 30,
                "exact_payment_tolerance": 5,
                "exact_write_off_account_id": account.id,
                "exact_write_off_gain_account_id": account.id,
            }
        ).execute()
        administration = self.administration
        self.env["res.config.settings"].create({"exact_payment_share": 50}).execute()
        self.assertEqual(administration.payment_share, 50)
        self.assertEqual(administration.payment_interval, 30)
        self.assertEqual(administration.payment_tolerance, 5)
        self.assertEqual(administration.write_off_account_id, account)
        self.assertEqual(administration.write_off_gain_account_id, account)
        self.env["res.config.settings"].create(
            {"exact_payment_tolerance": 0, "exact_write_off_account_id": False}
        ).execute()
        self.assertFalse(administration.write_off_account_id)


class TestDutchWriteOff(ExactCommon):
    """The Dutch chart has an account for it."""

    country_code = "NL"
    division = 1002

    @classmethod
    @ExactCommon.setup_country("nl")
    def setUpClass(cls):
        super().setUpClass()

    def test_the_rounding_difference_account_is_the_default(self):
        self.administration.import_payments = True
        self.assertEqual(
            self.administration.write_off_account_id,
            self.company.l10n_nl_rounding_difference_loss_account_id,
        )
        self.assertEqual(
            self.administration.write_off_gain_account_id,
            self.company.l10n_nl_rounding_difference_profit_account_id,
        )
        self.assertTrue(self.administration.write_off_gain_account_id)
        self.assertTrue(self.administration.write_off_account_id)

    def test_a_choice_of_ones_own_stays(self):
        account = self.company_data["default_account_expense"]
        self.administration.write_off_account_id = account
        self.administration.import_payments = True
        self.assertEqual(self.administration.write_off_account_id, account)


class TestCheckNow(ExactCommon):
    """A user asks Exact for payments, and is told what came (product B16)."""

    connected = True

    def setUp(self):
        super().setUp()
        self.administration.import_payments = True

    def exported(self, *args, **kwargs):
        move = self.invoice(*args, **kwargs)
        self.assertEqual(self.export(move).state, "exported")
        return move

    def check(self, moves, user=None):
        with self.side_cursors() as env:
            moves = moves.with_env(env(user=user) if user else env)
            action = moves.action_exact_check_payments()
            env.cr.commit()
        return action["params"]["message"]

    def clerk(self):
        return new_test_user(
            self.env,
            "clerk.check",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    def test_it_says_what_came_for_these_invoices(self):
        moves = self.exported() + self.exported([20.0])
        other = self.exported([30.0])
        for move in moves + other:
            self.books.pay(move.exact_entry_guid)
        clerk = self.clerk()
        message = self.check(moves, clerk)
        self.assertEqual(message, "Payments registered: 2.")
        self.assertEqual(other.payment_state, "paid")
        self.assertTrue(moves[0].exact_payments_read_at)
        self.assertEqual(
            self.check(moves, clerk), "Nothing changed since the last check."
        )
        self.books.take_back(moves[0].exact_entry_guid)
        self.assertEqual(self.check(moves, clerk), "Payments taken back: 1.")

    def test_the_payments_are_listed_on_the_invoice(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid, 20)
        self.check(move)
        self.assertEqual(move.exact_payment_count, 1)
        payments = self.env["account.payment"].search(
            move.action_exact_payments()["domain"]
        )
        self.assertEqual(payments.mapped("amount"), [20])

    def test_a_user_does_not_wait_long_and_the_job_goes_on(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid)
        cron = self.administration.sudo().payment_cron_id
        triggers = self.env["ir.cron.trigger"].sudo()
        triggers.search([("cron_id", "=", cron.id)]).unlink()
        with patch.object(exact_payment_check, "PATIENCE", -1):
            message = self.check(move)
        self.assertIn("goes on in the background", message)
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), 1)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(move.payment_state, "paid")

    def test_what_does_not_follow_payments_is_said(self):
        with self.assertRaisesRegex(UserError, "follows payments"):
            self.invoice().action_exact_check_payments()
        move = self.exported()
        self.administration.import_payments = False
        with self.assertRaisesRegex(UserError, "follows payments"):
            move.action_exact_check_payments()

    def test_without_the_invoicing_right_nobody_asks(self):
        move = self.exported()
        auditor = new_test_user(
            self.env,
            "auditor.check",
            groups="account.group_account_readonly",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.assertRaises(AccessError):
            move.with_user(auditor).action_exact_check_payments()
        with self.assertRaises(AccessError):
            self.administration.with_user(auditor).action_check_payments()

    def test_no_network_is_said_in_a_sentence(self):
        move = self.exported()
        self.sandbox.faults.add("server_error", path="sync", status=503, count=0)
        with self.assertRaisesRegex(UserError, "Exact Online"):
            self.check(move)
