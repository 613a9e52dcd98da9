from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import ExactCommon


class TestSetPaid(ExactCommon):
    """Set to paid by hand, and back (product G3, E5)."""

    connected = True

    def setUp(self):
        super().setUp()
        self.administration.import_payments = True
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_set_paid")

    def exported(self, *args, **kwargs):
        move = self.invoice(*args, **kwargs)
        self.assertEqual(self.export(move).state, "exported")
        return move

    def set_paid(self, moves, reason="Paid in cash", **values):
        action = moves.action_exact_set_paid_manually()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard.write({"reason": reason} | values)
        wizard.action_set_paid()
        return wizard

    def by_hand(self, move):
        return self.env["account.payment"].search(
            [
                ("exact_entry_id", "=", move.exact_entry_id.id),
                ("exact_kind", "=", "manual"),
                ("state", "=", "paid"),
            ]
        )

    def test_it_is_paid_said_so_and_kept_in_the_log(self):
        move = self.exported()
        day = fields.Date.today() - timedelta(days=3)
        self.set_paid(move, paid_on=day)
        self.assertEqual(move.payment_state, "paid")
        [payment] = self.by_hand(move)
        self.assertEqual((payment.amount, payment.date), (move.amount_total, day))
        self.assertEqual(payment.journal_id, self.administration.payment_journal_id)
        alert = move.alerts["exact_set_paid"]
        self.assertIn("Paid in cash", alert["message"])
        self.assertIn(self.env.user.name, alert["message"])
        self.assertEqual(alert["action_text"], "Follow Exact again")
        log = move.exact_log_ids[0]
        self.assertEqual((log.event, log.reason), ("set_paid", "Paid in cash"))
        self.assertEqual(log.user_id, self.env.user)

    def test_whatever_happens_in_exact_does_not_touch_it(self):
        move = self.exported()
        self.set_paid(move)
        self.books.pay(move.exact_entry_guid, 50)
        self.check_payments()
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(move._get_reconciled_payments(), self.by_hand(move))

    def test_taken_back_it_follows_exact_again(self):
        move = self.exported([100.0])
        self.set_paid(move)
        self.books.pay(move.exact_entry_guid, 50)
        self.check_payments()
        move.action_exact_unset_paid()
        self.assertFalse(self.by_hand(move))
        self.assertNotIn("exact_set_paid", move.alerts or {})
        self.assertEqual(move.exact_log_ids[0].event, "unset_paid")
        self.check_payments()
        self.assertEqual(move.payment_state, "partial")
        self.assertEqual(move.amount_residual, 71.0)

    def test_only_the_rest_of_a_part_paid_invoice(self):
        move = self.exported([100.0])
        self.books.pay(move.exact_entry_guid, 50)
        self.check_payments()
        self.set_paid(move)
        self.assertEqual(self.by_hand(move).amount, 71.0)
        self.assertEqual(move.payment_state, "paid")
        move.action_exact_unset_paid()
        # What Exact settled stays; only what was set by hand is open again.
        self.assertEqual(move.amount_residual, 71.0)

    def test_credit_note(self):
        move = self.exported([40.0], move_type="out_refund")
        self.set_paid(move)
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(self.by_hand(move).payment_type, "outbound")

    def test_foreign_currency(self):
        currency = self.setup_other_currency("USD", rates=[("2020-01-01", 1.1234567)])
        move = self.exported([100.0], currency=currency)
        self.set_paid(move)
        self.assertEqual(move.payment_state, "paid")
        [payment] = self.by_hand(move)
        self.assertEqual(payment.currency_id, currency)
        self.assertEqual(payment.amount, 121)

    def test_a_day_in_a_locked_period(self):
        move = self.exported()
        self.company.sudo().fiscalyear_lock_date = fields.Date.today() - timedelta(
            days=1
        )
        day = fields.Date.today() - timedelta(days=5)
        self.set_paid(move, paid_on=day)
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(self.by_hand(move).date, day)

    def test_taken_back_after_the_period_was_locked(self):
        move = self.exported()
        self.set_paid(move)
        self.company.sudo().fiscalyear_lock_date = fields.Date.today()
        move.action_exact_unset_paid()
        self.assertEqual(move.payment_state, "not_paid")
        self.assertEqual(move.amount_residual, move.amount_total)

    def test_many_at_once_and_what_cannot_is_left(self):
        moves = self.exported() + self.exported([20.0])
        never_booked = self.invoice()
        wizard = self.set_paid(moves + never_booked)
        self.assertEqual(moves.mapped("payment_state"), ["paid", "paid"])
        self.assertEqual(never_booked.payment_state, "not_paid")
        self.assertEqual(len(wizard.move_ids), 3)

    def test_already_paid_or_not_booked_is_said(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        with self.assertRaisesRegex(UserError, "nothing to set to paid"):
            move.action_exact_set_paid_manually()
        with self.assertRaisesRegex(UserError, "nothing to set to paid"):
            self.invoice().action_exact_set_paid_manually()

    def test_a_reason_is_asked(self):
        move = self.exported()
        with self.assertRaisesRegex(UserError, "Say why"):
            self.set_paid(move, reason=" ")
        self.assertEqual(move.payment_state, "not_paid")

    def test_twice_by_two_windows_is_one_payment(self):
        move = self.exported()
        action = move.action_exact_set_paid_manually()
        first = self.env[action["res_model"]].browse(action["res_id"])
        self.set_paid(move)
        first.reason = "Once more"
        first.action_set_paid()
        self.assertEqual(len(self.by_hand(move)), 1)

    def test_without_the_right_nothing_goes_over_rpc_either(self):
        move = self.exported()
        clerk = new_test_user(
            self.env,
            "clerk.paid",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.assertRaises(AccessError):
            move.with_user(clerk).action_exact_set_paid_manually()
        with self.assertRaises(AccessError):
            self.env["exact.set.paid"].with_user(clerk).create(
                {"move_ids": [(6, 0, move.ids)], "reason": "x"}
            )
        self.set_paid(move)
        with self.assertRaises(AccessError):
            move.with_user(clerk).action_exact_unset_paid()
        with self.assertRaises(AccessError):
            move.exact_entry_id.with_user(clerk).write({"payment_manual": False})
        self.assertNotIn("action", move.with_user(clerk).alerts["exact_set_paid"])

    def test_who_has_the_right_but_not_the_invoice_cannot(self):
        move = self.exported()
        stranger = new_test_user(
            self.env,
            "stranger.paid",
            groups="base.group_user,optedo_exact.group_exact_set_paid",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.assertRaises(AccessError):
            move.with_user(stranger).action_exact_set_paid_manually()
