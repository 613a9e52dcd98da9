import logging
from contextlib import contextmanager
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user

from odoo.addons.optedo_exact.exact import webhooks

from exact_sandbox.webhooks import message_for

from .common import DIVISION, ExactCommon

SECRET = "webhook-secret"


class TestWebhooks(ExactCommon, HttpCase):
    """Notices of Exact as a faster path (exact-api 4.10)."""

    def setUp(self):
        super().setUp()
        # What the sandbox sends is kept, and given to Odoo by the test.
        self.sent = []
        self.sandbox.webhooks.send = lambda address, body: (
            self.sent.append((address, body)) or 200
        )
        self.env.invalidate_all()  # what setUpClass read is not of this test
        self.connect()
        self.sandbox.webhooks.secret = SECRET
        self.administration.write(
            {"import_payments": True, "use_webhooks": True, "webhook_secret": SECRET}
        )
        self.cron = self.administration.sudo().payment_cron_id
        self.triggers().unlink()

    @contextmanager
    def side_cursors(self):
        with super().side_cursors() as env:
            yield env
        self.env.invalidate_all()  # what was read before the commits there

    def triggers(self):
        return (
            self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", self.cron.id)])
        )

    def renew(self):
        with self.side_cursors() as env:
            self.administration.with_env(env).action_renew_webhooks()
            env.cr.commit()

    def run_job(self):
        with self.enter_registry_test_mode():
            self.assertIs(self.cron.method_direct_trigger(), True)

    def in_exact(self):
        return sorted(row["Topic"] for row in self.books.subscriptions)

    def post(self, body, kind="application/json; charset=utf-8"):
        return self.opener.post(
            HttpCase.base_url() + webhooks.PATH,
            data=body,
            headers={"Content-Type": kind},
            timeout=12,
        ).status_code

    def notice(self, secret=SECRET, **values):
        content = {
            "Topic": "BankEntries",
            "ClientId": self.sandbox.client_id,
            "Division": DIVISION,
            "Action": "Create",
            "Key": "a3f1b6c2-0000-4000-8000-000000000000",
        }
        return message_for(content | values, secret).encode()

    # --- subscriptions -------------------------------------------------------

    def test_subscribed_once_and_shown(self):
        self.renew()
        self.assertEqual(self.in_exact(), sorted(webhooks.TOPICS))
        self.assertEqual(
            set(self.administration.webhook_ids.mapped("state")), {"standing"}
        )
        [address] = {row["CallbackURL"] for row in self.books.subscriptions}
        self.assertEqual(address, self.connection.webhook_url)
        self.renew()
        self.assertEqual(len(self.in_exact()), len(webhooks.TOPICS))

    def test_the_job_subscribes_by_itself_and_looks_once_a_day(self):
        self.run_job()
        self.assertEqual(self.in_exact(), sorted(webhooks.TOPICS))
        self.sandbox.calls.clear()
        self.run_job()
        self.assertFalse([call for call in self.calls() if "webhooks" in call])
        # Exact lost one; a day later it is back.
        self.books.subscriptions.remove(next(iter(self.books.subscriptions))["ID"])
        self.administration.webhook_ids.sudo().checked_at = fields.Datetime.subtract(
            fields.Datetime.now(), days=2
        )
        self.run_job()
        self.assertEqual(self.in_exact(), sorted(webhooks.TOPICS))

    def test_a_lost_answer_leaves_no_second_subscription(self):
        self.sandbox.faults.add(
            "lose_answer", path="WebhookSubscriptions", method="POST"
        )
        with self.assertRaises(UserError):
            self.renew()
        self.assertEqual(len(self.in_exact()), 1)
        self.renew()
        self.assertEqual(self.in_exact(), sorted(webhooks.TOPICS))

    def test_another_address_of_odoo_takes_the_place_of_the_old(self):
        self.renew()
        self.env["ir.config_parameter"].sudo().set_param(
            "web.base.url", "https://odoo.example.com"
        )
        self.renew()
        addresses = [row["CallbackURL"] for row in self.books.subscriptions]
        self.assertEqual(
            addresses, ["https://odoo.example.com/exact/webhook"] * len(webhooks.TOPICS)
        )

    def test_switched_off_they_go(self):
        self.renew()
        self.administration.use_webhooks = False
        self.assertTrue(self.triggers())
        self.run_job()
        self.assertEqual(self.in_exact(), [])
        self.assertFalse(self.administration.webhook_ids)

    def test_they_go_with_the_import_of_payments(self):
        self.renew()
        self.administration.import_payments = False
        self.run_job()
        self.assertEqual(self.in_exact(), [])

    def test_disconnecting_takes_them_away(self):
        self.renew()
        with self.side_cursors() as env:
            self.administration.with_env(env).action_disconnect()
            env.cr.commit()
        self.assertEqual(self.in_exact(), [])

    def test_a_copy_that_logs_in_leaves_those_of_the_original(self):
        self.renew()
        original = {row["ID"] for row in self.books.subscriptions}
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("database.uuid", "a-copy")
        parameters.set_param("web.base.url", "https://copy.example.com")
        self.log_in()
        self.renew()
        self.assertTrue(original < {row["ID"] for row in self.books.subscriptions})
        self.assertEqual(len(self.in_exact()), 2 * len(webhooks.TOPICS))

    def test_disconnecting_takes_those_of_an_earlier_administration_away(self):
        self.renew()
        self.administration.sudo()._set_division(1002, "Another")
        self.assertFalse(self.administration.active)
        with self.side_cursors() as env:
            self.connection.with_env(env).action_disconnect()
            env.cr.commit()
        self.assertEqual(self.in_exact(), [])

    def test_without_external_accounting_there_are_none(self):
        self.renew()
        with self.side_cursors() as env:
            self.company.with_env(env)._exact_set_external_accounting("none")
            env.cr.commit()
        self.assertEqual(self.in_exact(), [])

    def test_without_network_one_can_still_disconnect(self):
        self.renew()
        self.sandbox.faults.add("server_error", path="webhooks", status=503, count=0)
        with self.side_cursors() as env:
            self.administration.with_env(env).action_disconnect()
            env.cr.commit()
        self.assertEqual(self.connection.state, "disconnected")

    def test_an_app_that_may_not_is_explained(self):
        self.sandbox.switches.change(missing_scopes="organization.administration")
        self.addCleanup(self.sandbox.switches.change, missing_scopes="")
        with self.assertRaisesRegex(UserError, "scope organization.administration"):
            self.renew()
        self.run_job()
        message = self.administration.webhook_ids[0].issue_message
        self.assertIn("scope organization.administration", message)
        self.assertIn("Application Scope Violated", message)

    def test_payments_go_on_without(self):
        self.sandbox.faults.add("server_error", path="webhooks", status=503, count=0)
        move = self.invoice()
        self.export(move)
        self.books.pay(move.exact_entry_guid)
        self.run_job()
        self.assertFalse(self.administration.issue_message)
        self.assertEqual(move.payment_state, "paid")
        self.assertTrue(self.administration.webhook_ids[0].issue_message)

    def test_without_https_or_secret_it_is_said_before_any_call(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "web.base.url", "http://odoo.example.com"
        )
        self.sandbox.calls.clear()
        with self.assertRaisesRegex(UserError, "https"):
            self.renew()
        self.connection.sudo().webhook_secret_stored = False
        with self.assertRaisesRegex(UserError, "webhook secret"):
            self.renew()
        self.assertFalse(self.sandbox.calls)

    # --- notices -------------------------------------------------------------

    def test_the_empty_call_is_answered(self):
        self.assertEqual(self.post(b""), 200)
        self.assertFalse(self.triggers())

    def test_what_the_sandbox_sends_brings_the_payment(self):
        self.renew()
        move = self.invoice()
        self.export(move)
        self.sandbox.webhooks.wait()
        self.sent.clear()
        self.books.pay(move.exact_entry_guid)
        self.sandbox.webhooks.wait()
        bodies = [body for _address, body in self.sent if body]
        self.assertTrue(bodies)
        for body in bodies:
            self.assertEqual(self.post(body), 200)
        self.assertEqual(len(self.triggers()), 1)
        self.assertTrue(self.administration.webhook_notice_at)
        self.run_job()
        self.assertFalse(self.administration.issue_message)
        self.assertEqual(move.payment_state, "paid")

    def test_a_flood_is_one_check(self):
        self.renew()
        for number in range(25):
            self.assertEqual(self.post(self.notice(Key=str(number))), 200)
        self.assertEqual(len(self.triggers()), 1)

    def test_the_same_notice_again_brings_no_other_check(self):
        self.renew()
        self.post(self.notice())
        self.triggers().unlink()
        same = self.notice()
        head, sign, end = same.partition(b'"HashCode":"')
        for body in (same, same + b"\n", head + sign + end.lower()):
            self.assertEqual(self.post(body), 200)
        self.assertFalse(self.triggers())
        self.post(self.notice(Key="another"))
        self.assertEqual(len(self.triggers()), 1)
        # Not for ever: what Exact tells twice is news again a day later.
        self.triggers().unlink()
        for row in self.administration.webhook_ids.sudo().filtered("taken"):
            row.taken = dict.fromkeys(row.taken, "2020-01-01 00:00:00")
        self.post(same)
        self.assertEqual(len(self.triggers()), 1)

    def test_a_form_is_no_notice(self):
        self.renew()
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            self.assertEqual(self.post(self.notice(), kind), 415)
            self.assertEqual(self.post(b"", kind), 200)
        self.assertFalse(self.triggers())

    def test_a_notice_in_pieces_is_read_and_a_large_one_is_not(self):
        self.renew()
        self.assertEqual(self.post(iter([self.notice()])), 200)
        self.assertEqual(len(self.triggers()), 1)
        self.triggers().unlink()
        model = type(self.env["exact.webhook"])
        with patch.object(model, "_receive", autospec=True, return_value=400) as taken:
            self.assertEqual(self.post(b"x" * 1024 for _piece in range(1024)), 400)
        [(_model, body), _named] = taken.call_args
        self.assertLessEqual(len(body), webhooks.MAX_BYTES)

    def test_a_check_under_way_does_not_hide_a_later_notice(self):
        self.renew()
        self.cron._trigger(fields.Datetime.now())  # due: it may have begun
        self.assertEqual(self.post(self.notice()), 200)
        self.assertEqual(len(self.triggers()), 2)

    def test_two_checks_are_a_minute_apart(self):
        self.renew()
        self.check_payments()
        self.triggers().unlink()
        self.post(self.notice())
        last = self.administration.payments_read_at
        self.assertGreaterEqual((self.triggers().call_at - last).total_seconds(), 60)

    def test_who_does_not_know_the_secret_is_refused(self):
        self.renew()
        changed = self.notice().replace(b"BankEntries", b"CashEntries")
        for body in (self.notice("other"), self.notice(""), changed):
            self.assertEqual(self.post(body), 403)
        self.assertEqual(self.post(self.notice(ClientId="someone-else")), 403)
        self.assertEqual(self.post(b"{}"), 400)
        self.assertEqual(self.post(b"x" * (webhooks.MAX_BYTES + 1)), 413)
        self.assertFalse(self.triggers())

    def test_of_another_administration_or_switched_off_it_is_no_news(self):
        self.renew()
        self.assertEqual(self.post(self.notice(Division=DIVISION + 1)), 200)
        self.assertEqual(self.post(self.notice(Topic="Accounts")), 200)
        self.assertFalse(self.triggers())
        self.administration.use_webhooks = False
        self.triggers().unlink()
        self.assertEqual(self.post(self.notice()), 200)
        self.assertFalse(self.triggers())

    # --- the secret ----------------------------------------------------------

    def test_nobody_reads_the_secret(self):
        self.assertTrue(self.connection.has_webhook_secret)
        self.assertFalse(self.connection.webhook_secret)
        with self.assertRaises(AccessError):
            self.connection.read(["webhook_secret_stored"])
        clerk = new_test_user(
            self.env,
            "clerk.secret",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self.connection.with_user(clerk).read(["webhook_secret"])
        with self.assertRaises(AccessError):
            self.connection.with_user(clerk).search(
                [("webhook_secret_stored", "=", "x")]
            )
        with self.assertRaises(AccessError):
            self.administration.with_user(clerk).action_renew_webhooks()

    def test_the_secret_is_in_no_log(self):
        self.renew()
        with self.assertLogs(level=logging.DEBUG) as logs:
            self.post(self.notice())
            self.post(self.notice("other"))
        self.assertNotIn(SECRET, "\n".join(logs.output))
