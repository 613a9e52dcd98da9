"""What a user does in Odoo with a payment of the link is respected (product G2)."""

from odoo.exceptions import UserError

from .test_payment_kinds import PaymentCase


class TestPaymentAstray(PaymentCase):
    def setUp(self):
        super().setUp()
        self.move = self.exported()
        self.books.pay(self.move.exact_entry_guid)
        self.check_payments()
        [self.payment] = self.own(self.move)

    def unmatch(self, move):
        lines = move._exact_receivables()
        (lines.matched_debit_ids + lines.matched_credit_ids).unlink()

    def test_unmatched_it_is_matched_again(self):
        self.unmatch(self.move)
        self.assertEqual(self.move.payment_state, "not_paid")
        self.check_payments()
        self.assertEqual(self.move.payment_state, "paid")
        self.assertEqual(self.own(self.move), self.payment)
        self.assertFalse(self.move.exact_entry_id.astray)

    def test_matched_with_another_invoice_nothing_is_registered_twice(self):
        other = self.exported()
        self.match_elsewhere(self.payment, other)
        self.check_payments()
        self.assertEqual(other.amount_residual, 0)
        self.assertEqual(self.move.amount_residual, 121)
        self.assertEqual(self.own(self.move), self.payment)
        self.assertEqual(self.move.exact_entry_id.astray, 121)
        alert = self.alerts(self.move)["exact_astray"]["message"]
        self.assertIn("121.00", alert)
        self.assertIn(other.name, alert)
        self.check_payments()
        self.assertEqual(other.amount_residual, 0)
        # The user undoes it: all is as before.
        self.unmatch(other)
        self.check_payments()
        self.assertEqual(self.move.payment_state, "paid")
        self.assertFalse(self.move.exact_entry_id.astray)
        self.assertNotIn("exact_astray", self.alerts(self.move))

    def test_taken_back_in_exact_the_matching_of_a_user_stays_and_is_said(self):
        other = self.invoice()
        self.match_elsewhere(self.payment, other)
        self.books.take_back(self.move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(other.amount_residual, 0)
        self.assertEqual(self.payment.state, "paid")
        self.assertEqual(self.move.exact_entry_id.astray, 121)
        self.assertIn(other.name, self.alerts(self.move)["exact_astray"]["message"])
        self.check_payments()
        self.assertEqual(other.amount_residual, 0)
        # Once the user lets it go, it follows.
        self.unmatch(other)
        self.check_payments()
        self.assertEqual(self.payment.state, "canceled")
        self.assertEqual(other.amount_residual, 121)
        self.assertFalse(self.move.exact_entry_id.astray)

    def test_the_free_payments_go_where_one_is_held(self):
        self.books.take_back(self.move.exact_entry_guid)
        self.check_payments()
        for amount in (50, 71):
            self.books.pay(self.move.exact_entry_guid, amount, date=self.day)
        self.check_payments()
        first, second = self.own(self.move).sorted("amount")
        other = self.invoice([50.0], tax=False)
        self.match_elsewhere(first, other)
        for _match in range(2):
            self.books.take_back(self.move.exact_entry_guid)
        self.check_payments()
        self.assertEqual((first.state, second.state), ("paid", "canceled"))
        self.assertEqual(other.amount_residual, 0)
        self.assertEqual(self.move.amount_residual, 121)
        self.assertEqual(self.move.exact_entry_id.astray, 50)

    def test_taking_it_back_by_hand_is_refused_and_names_the_other(self):
        other = self.invoice()
        self.match_elsewhere(self.payment, other)
        with self.assertRaisesRegex(UserError, other.name):
            self.payment.sudo(False).action_exact_take_back()
        self.assertEqual(other.amount_residual, 0)
        self.assertFalse(self.move.exact_entry_id.payment_paused)

    def test_the_entry_is_not_removed_over_it(self):
        self.books.take_back(self.move.exact_entry_guid)
        other = self.invoice()
        self.match_elsewhere(self.payment, other)
        with self.assertRaisesRegex(UserError, other.name):
            self.env["exact.payment.import"]._withdraw_all(
                self.move.exact_entry_id.sudo()
            )
        self.assertEqual(other.amount_residual, 0)

    def test_what_was_set_to_paid_by_hand_and_matched_elsewhere_stays(self):
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_set_paid")
        move, other = self.exported(), self.invoice()
        move._exact_set_paid("cash", self.day)
        by_hand = self.env["account.payment"].search([("exact_kind", "=", "manual")])
        self.match_elsewhere(by_hand, other)
        with self.assertRaisesRegex(UserError, other.name):
            move.action_exact_unset_paid()
        self.assertEqual(other.amount_residual, 0)
        self.assertTrue(move.exact_payment_manual)

    def test_the_list_of_what_differs_names_it(self):
        self.match_elsewhere(self.payment, self.invoice())
        self.check_payments()
        self.assertIn(self.move.exact_entry_id, self.that_differ())
