import logging
from datetime import timedelta

from odoo.exceptions import UserError

from .common import DIVISION, ExactCommon


class TestConnection(ExactCommon):
    """From not connected to connected, and what happens when the login ends."""

    def refused(self, fragment, **values):
        if values:
            self.connection.write(values)
        message = ""
        with self.side_cursors() as env:
            try:
                self.connection.with_env(env).action_connect()
            except UserError as error:
                message = str(error)
        self.assertIn(fragment, message)

    def test_login_and_choice_of_the_administration(self):
        self.log_in()
        self.assertEqual(self.connection.login_name, "Demo Koppeling")
        with self.side_cursors() as env:
            action = self.administration.with_env(env).action_choose_division()
            wizard = env[action["res_model"]].browse(action["res_id"])
            self.assertEqual(wizard.line_ids.mapped("division"), [1001, 1002])
            wizard.line_ids[0].action_choose()
            env.cr.commit()
        self.assertEqual(self.administration.division, DIVISION)
        self.assertTrue(self.reference("journal", "70"))
        journals = self.administration.journal_mapping_ids.journal_id
        self.assertIn(self.company_data["default_journal_sale"], journals)

    def test_the_test_says_what_login_and_licence_may_do(self):
        self.connect()
        self.assertEqual(self.answers_of_the_test(), {})
        self.sandbox.switches.change(denied_services="documents")
        self.addCleanup(self.sandbox.switches.change, denied_services="")
        refused = self.answers_of_the_test()
        self.assertEqual(list(refused), ["documents"])
        self.assertIn("Forbidden", refused["documents"])

    def test_codes_are_found_by_what_a_user_sees(self):
        self.connect()
        for words in ("3 21 %", "3", "verkoop"):
            found = self.env["exact.reference"].name_search(
                words, [("kind", "=", "vat_code")]
            )
            self.assertIn("3 21 % verkoop", [name for _id, name in found], words)

    def answers_of_the_test(self):
        """What is not allowed, with the words of Exact."""
        with self.side_cursors() as env:
            action = self.administration.with_env(env).action_test()
            wizard = env[action["res_model"]].browse(action["res_id"])
            self.assertEqual(wizard.login_name, "Demo Koppeling")
            self.assertEqual(len(wizard.line_ids), 6)
            return {
                line.kind: line.words for line in wizard.line_ids if not line.allowed
            }

    def test_wrong_settings_are_named_before_the_browser_leaves(self):
        self.refused("client id 0000", client_id="0000")
        secret = {"client_secret": "secret"}
        self.refused("cannot be reached", base_url="http://127.0.0.1:9", **secret)
        self.refused("unencrypted", base_url="http://exact.example.com", **secret)
        self.refused("Fill in the address", base_url=False, **secret)
        self.refused("client secret", base_url=self.base_url)

    def test_wrong_secret_is_named_after_the_login(self):
        self.connection.client_secret = "wrong"
        with self.side_cursors() as env:
            connection = self.connection.with_env(env)
            back = self.answer_login_page(connection.action_connect()["url"])
            connection._finish_login(back["state"], back["code"], "")
            env.cr.commit()
        self.assertEqual(self.connection.state, "disconnected")
        self.assertIn("client secret", self.connection.issue_message)

    def test_refused_login_is_said(self):
        with self.side_cursors() as env:
            connection = self.connection.with_env(env)
            url = connection.action_connect()["url"]
            back = self.answer_login_page(url, action="refuse")
            connection._finish_login(back["state"], "", back["error"])
            env.cr.commit()
        self.assertEqual(self.connection.issue_code, "login_denied")
        self.assertEqual(self.connection.state, "disconnected")

    def test_login_that_was_started_elsewhere_or_long_ago_is_refused(self):
        with self.side_cursors() as env:
            connection = self.connection.with_env(env)
            back = self.answer_login_page(connection.action_connect()["url"])
            connection._finish_login("another", back["code"], "")
            self.assertEqual(connection.issue_code, "login_state")
            connection.sudo().login_started_at -= timedelta(hours=1)
            connection._finish_login(back["state"], back["code"], "")
            env.cr.commit()
        self.assertEqual(self.connection.state, "disconnected")

    def test_secrets_are_not_readable_and_not_in_the_log(self):
        lines = []
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(record.getMessage())
        for name in ("requests_oauthlib", "oauthlib", "urllib3", "odoo"):
            logger = logging.getLogger(name)
            self.addCleanup(logger.setLevel, logger.level)
            self.addCleanup(logger.removeHandler, handler)
            logger.setLevel(logging.DEBUG)
            logger.addHandler(handler)
        self.log_in()
        self.assertTrue(lines, "DEBUG is on")
        self.age_token(600)
        with self.side_cursors() as env:
            self.connection.with_env(env)._client().me()  # refreshes
        self.env.cr.execute("SELECT access_token, refresh_token FROM exact_token")
        [tokens] = self.env.cr.fetchall()
        for secret in (self.sandbox.client_secret, *tokens):
            self.assertNotIn(secret, "\n".join(lines))
        [values] = self.connection.read(["client_secret"])
        self.assertFalse(values["client_secret"])
        fields_of_secrets = self.env["exact.token"].fields_get()
        self.assertNotIn("refresh_token", fields_of_secrets)

    def test_disconnect_forgets_the_tokens_and_keeps_the_rest(self):
        self.connect()
        self.export(self.invoice())  # the customer is known from here on
        with self.side_cursors() as env:
            self.connection.with_env(env).action_disconnect()
            env.cr.commit()
        self.env.cr.execute("SELECT count(*) FROM exact_token")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        self.assertTrue(self.administration.tax_mapping_ids.reference_id)
        move = self.invoice()
        entry = self.export(move)
        self.assertEqual((entry.state, entry.issue_code), ("queued", "not_connected"))

    # --- a login that lapses -------------------------------------------------

    def test_lapsed_login_stops_asks_once_and_goes_on_after_a_new_login(self):
        self.connect()
        self.sandbox.lapse_login()
        move = self.invoice()
        entry = self.export(move)
        self.assertEqual((entry.state, entry.issue_code), ("queued", "login_lapsed"))
        self.assertEqual(self.connection.state, "expired")
        self.assertIn("Log in again", move.alerts["exact_issue"]["message"])
        self.assertEqual(len(self.connection.activity_ids), 1)
        self.sandbox.calls.clear()
        self.run_export_job()
        self.export(move)
        self.assertFalse(self.calls(), "quiet until someone logs in")
        self.assertEqual(len(self.connection.activity_ids), 1)
        self.log_in()
        self.assertFalse(self.connection.activity_ids)
        self.assertFalse(self.connection.issue_code)
        self.run_export_job()
        self.assertEqual(entry.state, "exported")

    def age_token(self, seconds):
        """Let the tokens be older, here and in the sandbox."""
        self.sandbox.clock.advance(seconds=seconds)
        self.env.cr.execute(
            "UPDATE exact_token SET obtained_at = obtained_at - %s * INTERVAL '1 s'",
            (seconds,),
        )

    def test_token_is_refreshed_when_it_is_old_and_only_then(self):
        self.connect()
        self.age_token(300)
        self.export(self.invoice())
        self.assertEqual(self.tokens_refreshed(), 0)
        self.age_token(300)
        self.assertEqual(self.export(self.invoice()).state, "exported")
        self.assertEqual(self.tokens_refreshed(), 1)
        self.assertEqual(self.export(self.invoice()).state, "exported")
        self.assertEqual(self.tokens_refreshed(), 1)

    def tokens_refreshed(self):
        self.env.cr.execute("SELECT refresh_count FROM exact_token")
        [count] = self.env.cr.fetchone()
        return count

    def test_refresh_token_used_elsewhere_is_a_lapsed_login(self):
        self.connect()
        self.age_token(600)
        self.sandbox.lapse_login()
        entry = self.export(self.invoice())
        self.assertEqual((entry.state, entry.issue_code), ("queued", "login_lapsed"))

    # --- a copied database ---------------------------------------------------

    def test_copied_database_does_not_talk_to_the_administration(self):
        self.connect()
        self.export(self.invoice())  # the customer is known from here on
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "a-copy")
        self.sandbox.calls.clear()
        move = self.invoice()
        entry = self.export(move)
        self.assertEqual((entry.state, entry.issue_code), ("queued", "copied"))
        self.assertEqual(self.connection.state, "copied")
        self.assertFalse(self.calls())
        with self.side_cursors() as env:
            self.connection.with_env(env).action_is_moved()
            env.cr.commit()
        self.run_export_job()
        self.assertEqual(entry.state, "exported")

    def choose(self, division):
        with self.side_cursors() as env:
            administration = self.administration.with_env(env).sudo()
            new = administration._set_division(division, "Another")
            env.cr.commit()
            return self.administration.browse(new.id)

    def test_another_administration_starts_afresh_and_keeps_the_old_links(self):
        self.connect()
        self.administration.import_payments = True
        move = self.invoice()
        self.export(move)
        self.map("tax", self.tax, False)
        waiting = self.invoice()
        self.export(waiting)
        new = self.choose(1002)
        self.assertFalse(self.administration.active)
        self.assertEqual(move.exact_administration_id, self.administration)
        self.assertEqual(self.company.exact_administration_id, new)
        # What waited goes into the new one, and payments of the old are followed.
        self.assertEqual(waiting.exact_entry_id.administration_id, new)
        self.assertEqual(new.payment_journal_id, self.administration.payment_journal_id)
        self.books.pay(move.exact_entry_guid)
        with self.enter_registry_test_mode():
            self.administration.payment_cron_id.sudo().method_direct_trigger()
        self.assertEqual(move.payment_state, "paid")

    def test_an_invoice_does_not_follow_into_another_administration_while_it_goes(self):
        self.connect()
        move = self.invoice()
        move.sudo()._exact_enqueue()
        entry = move.exact_entry_id.sudo()
        with self.side_cursors() as env:
            administration = self.administration.with_env(env).sudo()
            client = administration._client()
            administration._set_division(1002, "Another")
            self.sandbox.calls.clear()
            entry = entry.with_env(env).sudo()
            env["exact.export"]._send(entry, client, env.cr.commit)
            self.assertEqual(entry.state, "queued")
        self.assertFalse(self.calls())

    def test_another_administration_waits_for_what_is_not_certain(self):
        self.connect()
        self.export(self.invoice())
        self.sandbox.faults.add("lose_request", path="SalesEntries", method="POST")
        move = self.invoice()
        self.export(move)
        with self.assertRaises(UserError) as caught:
            self.administration.sudo()._set_division(1002, "Another")
        self.assertIn(move.name, str(caught.exception))

    def test_another_address_forgets_the_login(self):
        self.connect()
        with self.side_cursors() as env:
            self.connection.with_env(env).base_url = "http://127.0.0.1:9"
            env.cr.commit()
        self.assertEqual(self.connection.state, "disconnected")
        self.assertFalse(self.connection.has_client_secret)
        self.env.cr.execute("SELECT count(*) FROM exact_token")
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_a_login_without_answer_leaves_the_invoice_waiting(self):
        self.connect()
        self.export(self.invoice())
        self.age_token(600)
        self.sandbox.faults.add("lose_request", path="oauth2/token")
        entry = self.export(self.invoice())
        self.assertEqual((entry.state, entry.issue_code), ("queued", "login_no_answer"))
        self.run_export_job()
        self.assertEqual(entry.state, "exported")

    def test_administration_in_another_currency_is_refused(self):
        self.log_in()
        self.company.sudo().currency_id = self.env.ref("base.USD")
        with self.side_cursors() as env:
            action = self.administration.with_env(env).action_choose_division()
            wizard = env[action["res_model"]].browse(action["res_id"])
            with self.assertRaises(UserError) as caught:
                wizard.line_ids[0].action_choose()
        self.assertIn("EUR", str(caught.exception))
