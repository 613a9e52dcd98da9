from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import ExactCommon

ENTRIES = "salesentry/SalesEntries"


class TestUndo(ExactCommon):
    """An entry is removed in Exact only as it was sent, and once."""

    connected = True

    def setUp(self):
        super().setUp()
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_undo")
        self.move = self.invoice()
        self.entry = self.export(self.move)

    def remove(self, move=None, reason="Wrong ledger account", user=None):
        """Press the button, say why, and confirm; returns what the dialog says."""
        with self.side_cursors() as env:
            env = env(user=user or self.env.user)
            action = (move or self.move).with_env(env).action_exact_undo()
            wizard = env[action["res_model"]].browse(action["res_id"])
            wizard.reason = reason
            wizard.action_remove()
            env.cr.commit()
            return wizard.problem or ""

    def deletes(self):
        return [call for call in self.calls() if call.startswith("DELETE")]

    def period(self):
        today = fields.Date.today()
        return today.year, today.month

    def assert_stays(self, word, calls=0):
        problem = self.remove()
        self.assertIn(word, problem)
        self.assertEqual(self.entry.state, "exported")
        self.assertEqual(len(self.entries_in_exact()), 1)
        self.assertEqual(len(self.deletes()), calls)

    # --- removed -------------------------------------------------------------

    def test_the_entry_is_removed_and_the_invoice_can_be_booked_again(self):
        self.assertFalse(self.remove())
        self.assertFalse(self.entries_in_exact())
        self.assertEqual(self.move.exact_state, "none")
        self.assertFalse(self.entry.guid or self.entry.number)
        log = self.entry.log_ids.filtered(lambda line: line.event == "undo")
        self.assertEqual(
            (log.reason, log.user_id), ("Wrong ledger account", self.env.user)
        )
        self.assertTrue(log.create_date)
        self.export(self.move)
        self.assertEqual(self.move.exact_state, "exported")
        self.assertEqual(len(self.entries_in_exact()), 1)

    def test_a_removed_invoice_can_be_reset_to_draft_and_corrected(self):
        self.remove()
        self.move.button_draft()
        self.move.invoice_line_ids.price_unit = 50
        self.move.action_post()
        self.export(self.move)
        [booked] = self.entries_in_exact()
        self.assertEqual(float(booked["AmountFC"]), 60.5)

    def test_a_credit_note_and_a_foreign_currency_are_removed_too(self):
        currency = self.env.ref("base.USD")
        currency.active = True
        for values in ({"move_type": "out_refund"}, {"currency_id": currency.id}):
            move = self.invoice([80.0, 20.0], **values)
            self.assertEqual(self.export(move).state, "exported")
            self.assertFalse(self.remove(move), values)
            self.assertEqual(move.exact_state, "none")
        self.assertEqual(len(self.entries_in_exact()), 1)

    def test_an_entry_that_the_accountant_removed_already_is_let_go(self):
        self.books.delete_entry(self.entry.guid)
        self.assertFalse(self.remove())
        self.assertEqual(self.move.exact_state, "none")

    # --- not removed ---------------------------------------------------------

    def test_a_closed_period_keeps_it_there(self):
        self.books.close_period(*self.period(), journal="70")
        self.administration.sudo().periods_read_at = False
        self.assert_stays("closed")

    def test_a_period_of_another_journal_does_not_matter(self):
        self.books.close_period(*self.period(), journal="90")
        self.assertFalse(self.remove())

    def test_the_periods_are_read_again_when_older_than_an_hour(self):
        self.remove()
        self.export(self.move)
        self.books.close_period(*self.period(), journal="70")
        self.administration.sudo().periods_read_at = "2020-01-01"
        self.assert_stays("closed", calls=1)

    def test_a_vat_return_keeps_it_there(self):
        self.books.file_vat_return(*self.period())
        self.assert_stays("VAT return")

    def test_a_payment_in_exact_keeps_it_there(self):
        self.books.pay(self.entry.guid, 21)
        self.assert_stays("paid or matched")

    def test_a_payment_on_its_way_keeps_it_there(self):
        self.books.select(self.entry.guid)
        self.assert_stays("on its way")

    def test_a_change_in_exact_keeps_it_there(self):
        [line] = self.books.tables["sales_lines"].by("EntryID", self.entry.guid)
        self.books.change_line(line["ID"], AmountFC=90)
        self.assert_stays("changed in Exact")

    def test_another_ledger_account_in_exact_is_a_change_too(self):
        [line] = self.books.tables["sales_lines"].by("EntryID", self.entry.guid)
        other = self.books.coded("gl_accounts", "701000")
        self.books.change_line(line["ID"], GLAccount=other["ID"])
        self.assert_stays("changed in Exact")

    def test_a_description_that_the_accountant_touched_up_is_no_change(self):
        self.books.change_entry(self.entry.guid, Description="Bread, as agreed")
        self.assertFalse(self.remove())

    def test_a_refusal_of_exact_shows_its_words_and_the_entry_stays_booked(self):
        self.books.process_entry(self.entry.guid)
        self.assert_stays("Reeds verwerkt", calls=1)
        self.assertIn("Reeds verwerkt", self.move.alerts["exact_issue"]["message"])
        action = self.move.alerts["exact_issue"]["action"]
        self.assertEqual(action["res_model"], "account.move.reversal")

    def test_a_credit_note_is_offered_instead(self):
        self.books.pay(self.entry.guid)
        self.remove()
        wizard = self.env["exact.remove"].search([], order="id desc", limit=1)
        action = wizard.action_credit_note()
        reversal = self.env[action["res_model"]].with_context(**action["context"])
        credit_note = reversal.create(
            {"journal_id": self.move.journal_id.id}
        ).refund_moves()
        self.assertEqual(credit_note["res_model"], "account.move")

    def test_a_reason_is_needed(self):
        with self.assertRaisesRegex(UserError, "why"):
            self.remove(reason="  ")
        self.assertEqual(self.move.exact_state, "exported")

    # --- lost answers --------------------------------------------------------

    def test_a_lost_answer_is_asked_about_at_once(self):
        self.sandbox.faults.add("lose_answer", path=ENTRIES, method="DELETE")
        self.remove()
        self.assertEqual(self.move.exact_state, "none")
        self.assertEqual(len(self.deletes()), 1)

    def test_a_lost_request_leaves_it_booked_after_it_was_asked_about_twice(self):
        self.sandbox.faults.add("lose_request", path=ENTRIES, method="DELETE")
        self.remove()
        self.assertEqual(self.entry.state, "undoing")
        self.assertIn("not certain", self.move.alerts["exact_issue"]["message"])
        self.sandbox.calls.clear()
        self.run_export_job()
        self.assertEqual(self.entry.state, "undoing", "five minutes have not passed")
        self.assertFalse(self.calls(), "what Exact says now does not count")
        self.entry.sudo().unknown_since = "2020-01-01"
        self.run_export_job()
        self.assertEqual(
            (self.entry.state, self.entry.issue_code), ("exported", "undo_not_done")
        )
        self.assertFalse(self.deletes(), "it is never sent again by itself")

    def test_a_removal_that_comes_late_is_seen(self):
        self.sandbox.faults.add("book_late", path=ENTRIES, method="DELETE", seconds=120)
        self.remove()
        self.assertEqual(self.entry.state, "undoing")
        self.sandbox.clock.advance(seconds=121)
        with self.side_cursors() as env:
            self.move.with_env(env).action_exact_ask_undo()
            env.cr.commit()
        self.assertEqual(self.entry.state, "none")

    def test_a_process_that_died_after_the_intent_is_asked_about(self):
        self.entry.sudo()._exact_move_to("undo", "Wrong", unknown_since=False)
        self.run_export_job()
        self.assertEqual((self.entry.state, self.entry.asked_count), ("undoing", 1))
        self.books.delete_entry(self.entry.guid)
        self.entry.sudo().unknown_since = "2020-01-01"
        self.run_export_job()
        self.assertEqual(self.entry.state, "none")

    def test_nothing_is_removed_while_the_removal_is_under_way(self):
        self.entry.sudo()._exact_move_to("undo", "Wrong", unknown_since=False)
        with self.assertRaises(UserError):
            self.remove()
        with self.assertRaises(UserError):
            self.move.button_draft()

    def test_without_the_login_nothing_changes(self):
        self.sandbox.faults.add("lapse_login")
        with self.assertRaises(UserError):
            self.remove()
        self.assertEqual(self.entry.state, "exported")

    # --- payments ------------------------------------------------------------

    def test_payments_of_the_link_that_exact_took_back_are_taken_back(self):
        self.administration.import_payments = True
        self.books.pay(self.entry.guid, 50)
        self.check_payments()
        self.assertEqual(self.move.payment_state, "partial")
        self.books.take_back(self.entry.guid)
        self.assertFalse(self.remove())
        self.assertEqual(self.move.payment_state, "not_paid")
        self.assertEqual(self.move.exact_state, "none")
        self.move.button_draft()
        self.move.unlink()
        self.assertFalse(self.entry.exists(), "it goes with its invoice")

    def test_payments_of_a_locked_period_get_a_counter_payment(self):
        self.administration.import_payments = True
        self.books.pay(self.entry.guid, 50)
        self.check_payments()
        self.books.take_back(self.entry.guid)
        self.company.sudo().hard_lock_date = fields.Date.today()
        self.assertFalse(self.remove())
        self.assertEqual(self.move.payment_state, "not_paid")
        payments = self.env["account.payment"].search(
            [("exact_entry_id", "=", self.entry.id)]
        )
        kinds = set(payments.mapped("exact_kind"))
        self.assertEqual(kinds, {"money", "counter"})

    # --- already sent to the customer ----------------------------------------

    def test_what_the_customer_has_is_booked_again_unchanged_only(self):
        self.move.is_move_sent = True
        self.remove()
        self.move.button_draft()
        self.move.invoice_line_ids.price_unit = 50
        self.move.action_post()
        self.export(self.move)
        self.assertEqual(
            (self.entry.state, self.entry.issue_code), ("blocked", "sent_changed")
        )
        self.assertFalse(self.entries_in_exact())
        self.move.button_draft()
        self.move.invoice_line_ids.price_unit = 100
        self.move.action_post()
        self.export(self.move)
        self.assertEqual(self.entry.state, "exported")

    def test_what_the_customer_has_may_be_booked_on_another_ledger_account(self):
        self.move.is_move_sent = True
        self.remove()
        self.administration.default_gl_account_id = self.env["exact.reference"].search(
            [
                ("kind", "=", "gl_account"),
                ("type", "=", "110"),
                ("code", "!=", "700000"),
            ],
            limit=1,
        )
        self.export(self.move)
        self.assertEqual(self.entry.state, "exported")

    # --- rights --------------------------------------------------------------

    def test_only_who_has_the_right_removes(self):
        for groups in (
            "account.group_account_invoice",
            "account.group_account_manager,optedo_exact.group_exact_manager,"
            "optedo_exact.group_exact_keep_out,"
            "optedo_exact.group_exact_edit_after_export",
            "account.group_account_readonly,optedo_exact.group_exact_undo",
        ):
            user = new_test_user(
                self.env,
                groups,
                groups,
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            with self.assertRaises(AccessError, msg=groups):
                self.move.with_user(user).action_exact_undo()
            with self.assertRaises(AccessError, msg=groups):
                wizard = (
                    self.env["exact.remove"]
                    .with_user(user)
                    .create({"move_id": self.move.id, "reason": "Because"})
                )
                wizard.action_remove()
        self.assertEqual(len(self.entries_in_exact()), 1)

    def test_a_clerk_with_the_right_removes(self):
        clerk = new_test_user(
            self.env,
            "undoer",
            "account.group_account_invoice,optedo_exact.group_exact_undo",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.assertFalse(self.remove(user=clerk))
        self.assertEqual(self.move.exact_state, "none")
