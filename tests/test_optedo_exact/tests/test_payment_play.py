"""Random bookkeeping in Exact and in Odoo between checks of payments.

The core plays many more of these (tests/unit/core/test_settlement_play.py); here real
payments, matchings and credit notes of Odoo take part.
"""

import logging
from random import Random

from exact_sandbox.errors import Violation

from .test_payment_kinds import PaymentCase

_logger = logging.getLogger(__name__)

SEEDS = (11, 23, 42)
STEPS = 40  # a game; some of them are checks


class Play:
    """One game: three invoices, a credit note, an accountant and a user."""

    def __init__(self, case, seed: int):
        self.case, self.random = case, Random(seed)
        self.books = case.books
        self.moves = [case.exported([amount]) for amount in (100.0, 50.0, 80.0)]
        self.credit = case.exported([30.0], move_type="out_refund")
        self.all = self.moves + [self.credit]
        self.theirs = case.env["account.payment"]
        self.steps = []

    def step(self):
        action = self.random.choice(
            [
                self.pay,
                self.pay,
                self.pay_part,
                self.overpay,
                self.take_back,
                self.write_off,
                self.match,
                self.receive,
                self.transit,
                self.user_pays,
                self.user_takes_back,
                self.user_matches,
                self.user_unmatches,
            ]
        )
        move = self.random.choice(self.all)
        self.steps.append(f"{action.__name__} {move.name}")
        try:
            action(move)
        except Violation as error:
            _logger.debug("Exact refuses: %s", error)

    # --- the accountant ------------------------------------------------------

    def pay(self, move):
        self.books.pay(move.exact_entry_guid)

    def pay_part(self, move):
        self.books.pay(move.exact_entry_guid, self.random.randint(1, 3000) / 100)

    def overpay(self, move):
        self.books.pay(move.exact_entry_guid, 200)

    def take_back(self, move):
        matches = self.books.matches(move.exact_entry_guid)
        if matches:
            chosen = self.random.choice(matches)["ID"]
            keep = self.random.random() < 0.3
            self.books.take_back(move.exact_entry_guid, chosen, keep)

    def write_off(self, move):
        reason = self.random.choice(["difference", "write_off", "discount"])
        amount = self.random.randint(1, 500) / 100
        self.books.write_off(move.exact_entry_guid, amount, reason=reason)

    def match(self, move):
        if move != self.credit:
            self.books.match_entries(
                move.exact_entry_guid, self.credit.exact_entry_guid
            )

    def receive(self, move):
        account = self.books.entry(move.exact_entry_guid)["Customer"]
        self.books.receive(account, 12)

    def transit(self, move):
        if self.random.random() < 0.5:
            self.books.select(move.exact_entry_guid)
        else:
            self.books.release(move.exact_entry_guid)

    # --- the user in Odoo ----------------------------------------------------

    def user_pays(self, move):
        if move.payment_state in ("not_paid", "partial"):
            amount = min(move.amount_residual, 10.0)
            self.theirs += self.case._register_payment(
                move, amount=amount, payment_difference_handling="open"
            )

    def user_takes_back(self, _move):
        standing = self.theirs.filtered(lambda p: p.state in ("in_process", "paid"))
        if standing:
            standing[0].action_draft()
            standing[0].action_cancel()

    def user_matches(self, move):
        if move == self.credit:
            return
        lines = (move + self.credit)._exact_receivables()
        if not any(lines.mapped("reconciled")):
            lines.reconcile()

    def user_unmatches(self, _move):
        partials = self.credit._exact_receivables()
        partials = partials.matched_debit_ids | partials.matched_credit_ids
        partials.filtered(
            lambda partial: (
                not (
                    partial.exact_made
                    or partial.debit_move_id.payment_id
                    or partial.credit_move_id.payment_id
                )
            )
        ).unlink()

    # --- what must hold ------------------------------------------------------

    def check(self):
        case = self.case
        before = self.of_others()
        case.check_payments()
        case.env.invalidate_all()
        case.assertEqual(self.of_others(), before, self.steps)
        for move in self.all:
            self.check_move(move)
        case.assertFalse(case.administration.issue_code)
        state = self.state()
        case.check_payments()
        case.env.invalidate_all()
        case.assertEqual(self.state(), state, self.steps)
        self.steps.append("check")

    def check_move(self, move):
        facts = self.case.env["exact.payment.import"]._facts(move.exact_entry_id.sudo())
        fact = facts[move.exact_entry_id.id]
        made = float(sum(one.amount for one in fact.own))
        matched = float(fact.matched)
        there = abs(float(self.books.balance(move.exact_entry_guid)))
        settled = move.amount_total - there
        others = move.amount_total - move.amount_residual - matched
        words = (move.name, self.steps)
        self.case.assertAlmostEqual(made, max(settled - others, 0), 2, words)
        self.case.assertAlmostEqual(matched, made, 2, words)
        self.case.assertAlmostEqual(move.exact_outstanding, there, 2, words)
        if not others:
            self.case.assertAlmostEqual(move.amount_residual, there, 2, words)
        self.case.assertFalse(move.exact_entry_id.settle, words)

    def of_others(self):
        """The matchings and payments that the link did not make."""
        lines = self.case.env["account.move"].browse([m.id for m in self.all])
        lines = lines._exact_receivables()
        partials = lines.matched_debit_ids | lines.matched_credit_ids
        return {
            (partial.id, partial.amount)
            for partial in partials
            if not partial.exact_made
            and not partial.debit_move_id.payment_id.exact_entry_id
            and not partial.credit_move_id.payment_id.exact_entry_id
        } | {(p.id, p.state in ("in_process", "paid")) for p in self.theirs}

    def state(self):
        payments = self.case.env["account.payment"].search([])
        return (
            [(m.amount_residual, m.payment_state) for m in self.all],
            [(p.id, p.state, p.exact_kind, p.exact_source) for p in payments],
        )


class TestPaymentPlay(PaymentCase):
    def test_random_bookkeeping(self):
        limits = self.sandbox.limits
        self.addCleanup(setattr, limits, "minutely", limits.minutely)
        limits.minutely = 10_000
        self.check_payments()  # the link learns of it
        for seed in SEEDS:
            with self.subTest(seed=seed):
                play = Play(self, seed)
                for _number in range(STEPS):
                    play.step()
                    if play.random.random() < 0.5:
                        play.check()
                play.check()
