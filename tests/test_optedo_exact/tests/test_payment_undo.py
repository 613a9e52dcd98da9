"""A check of payments undone as one, whatever came after it (product G5, G6)."""

from odoo import fields
from odoo.exceptions import UserError

from .test_payment_kinds import PaymentCase


class TestPaymentUndo(PaymentCase):
    def runs(self):
        return self.env["exact.run"].search([("kind", "=", "payments")], order="id")

    def standing(self, move):
        """All that the link registered for an invoice and that stands."""
        return self.env["account.payment"].search(
            [
                ("exact_entry_id", "=", move.exact_entry_id.id),
                ("state", "in", ("in_process", "paid")),
                ("exact_counter_id", "=", False),
                ("exact_kind", "!=", "counter"),
            ]
        )

    def undo(self, run):
        run.sudo(False).action_undo_payments()
        self.env.invalidate_all()

    def paid_taken_back_and_paid(self):
        """An invoice that was paid, taken back and paid again; its three checks."""
        move = self.exported()
        for act in (self.books.pay, self.books.take_back, self.books.pay):
            act(move.exact_entry_guid)
            self.check_payments()
        return move, *self.runs()

    # --- the order of it -----------------------------------------------------

    def test_an_older_check_does_not_register_again_what_a_later_one_did(self):
        move, _paid, taken, _again = self.paid_taken_back_and_paid()
        self.undo(taken)
        self.assertEqual(self.standing(move).mapped("amount"), [121])
        self.assertEqual(move.payment_state, "paid")
        self.assertFalse(move.exact_entry_id.payment_paused)
        self.assertIn("later check", taken.undone_text)
        self.assertIn(move.name, taken.undone_text)

    def test_where_the_later_one_was_undone_it_does(self):
        move, _paid, taken, again = self.paid_taken_back_and_paid()
        self.undo(again)
        self.assertFalse(self.standing(move))
        self.undo(taken)
        self.assertEqual(self.standing(move).mapped("amount"), [121])
        self.assertEqual(move.payment_state, "paid")
        self.assertFalse(taken.undone_text)

    def test_what_came_of_a_check_that_was_undone_does_not_come_again(self):
        move, paid, taken, again = self.paid_taken_back_and_paid()
        self.undo(again)
        self.undo(paid)
        self.undo(taken)
        self.assertFalse(self.standing(move))
        self.assertEqual(move.payment_state, "not_paid")

    def test_undone_in_any_order_no_more_than_the_invoice_is_registered(self):
        move, paid, taken, again = self.paid_taken_back_and_paid()
        self.undo(taken)
        self.undo(again)
        self.assertFalse(self.standing(move))
        self.undo(paid)
        self.assertEqual(move.amount_residual, 121)
        self.assertFalse(self.standing(move))

    def test_what_was_registered_again_is_of_the_check_that_found_it(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        paid, taken = self.runs()
        self.undo(taken)
        self.assertEqual(self.standing(move).exact_run_id, paid)
        self.undo(paid)
        self.assertFalse(self.standing(move))

    def test_what_a_user_paid_meanwhile_is_not_paid_twice(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        self._register_payment(move)
        self.undo(self.runs()[-1])
        self.assertFalse(self.standing(move))
        self.assertIn(move.name, self.runs()[-1].undone_text)

    # --- all of it -----------------------------------------------------------

    def test_a_matching_that_it_took_back_is_made_again(self):
        move = self.exported()
        credit = self.exported([40.0], move_type="out_refund")
        self.books.match_entries(move.exact_entry_guid, credit.exact_entry_guid)
        self.check_payments()
        self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        made, taken = self.runs()
        self.assertEqual(taken.total, 2)
        self.undo(taken)
        self.assertEqual((move.amount_residual, credit.amount_residual), (72.6, 0))
        self.assertTrue(move.exact_entry_id.payment_paused)
        self.undo(made)
        self.assertEqual((move.amount_residual, credit.amount_residual), (121, 48.4))

    def test_the_credit_of_what_was_paid_too_much_goes_too(self):
        self.administration.keep_surplus = True
        move = self.exported()
        self.books.pay(move.exact_entry_guid, 130)
        self.check_payments()
        self.assertEqual(sum(self.standing(move).mapped("amount")), 130)
        [run] = self.runs()
        self.assertEqual((run.payment_count, run.total), (2, 1))
        self.undo(run)
        self.assertFalse(self.standing(move))
        self.check_payments()
        self.assertFalse(self.standing(move))
        move.action_exact_follow_payments()
        self.check_payments()
        self.assertEqual(sum(self.standing(move).mapped("amount")), 130)

    def test_a_credit_that_it_took_back_comes_again_and_is_not_matched(self):
        self.administration.keep_surplus = True
        move = self.exported()
        paid = self.books.pay(move.exact_entry_guid, 130)
        self.check_payments()
        self.books.take_back(move.exact_entry_guid, paid["ID"])
        self.check_payments()
        self.assertFalse(self.standing(move))
        run = self.runs()[-1]
        self.assertEqual((run.back_count, run.total), (2, 1))
        self.undo(run)
        self.assertEqual(sum(self.standing(move).mapped("amount")), 130)
        credit = self.standing(move).filtered(lambda p: p.exact_kind == "surplus")
        self.assertTrue(credit._exact_is_free())

    def test_under_a_lock_date_by_counter_payment(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid, date=self.day)
        self.check_payments()
        payment = self.own(move)
        self.company.sudo().fiscalyear_lock_date = fields.Date.today()
        [run] = self.runs()
        self.undo(run)
        self.assertEqual(move.amount_residual, 121)
        self.assertEqual(payment.state, "paid")
        self.assertGreater(payment.exact_counter_id.move_id.date, fields.Date.today())
        self.assertFalse(self.own(move))
        self.check_payments()
        self.assertEqual(move.amount_residual, 121)

    # --- what a person did with it -------------------------------------------

    def test_a_payment_that_somebody_matched_with_something_else_stays(self):
        moves = [self.exported(), self.exported([50.0])]
        for move in moves:
            self.books.pay(move.exact_entry_guid)
        self.check_payments()
        other = self.invoice()
        self.match_elsewhere(self.own(moves[0]), other)
        [run] = self.runs()
        self.undo(run)
        self.assertEqual(other.amount_residual, 0)
        self.assertEqual(self.standing(moves[0]).mapped("amount"), [121])
        self.assertFalse(self.standing(moves[1]))
        self.assertIn(moves[0].name, run.undone_text)
        with self.assertRaises(UserError):
            run.sudo(False).action_undo_payments()
