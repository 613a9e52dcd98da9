"""Random bookkeeping in Exact and in Odoo between checks of payments.

The core plays many more of these (tests/unit/core/test_settlement_play.py); here real
payments, matchings and credit notes of Odoo take part. Several play at one table: a
check settles what happened in all of them at once, as it does in life.
"""

import logging
import os
from contextlib import contextmanager
from random import Random

from odoo import fields

from odoo.addons.optedo_exact.models import exact_payment_check

from exact_sandbox.errors import Violation

from .test_payment_kinds import PaymentCase

_logger = logging.getLogger(__name__)

# A table is replayed by its number: OPTEDO_EXACT_TABLES="7", or "5-200" for many.
FIRST, _dash, LAST = os.environ.get("OPTEDO_EXACT_TABLES", "1-4").partition("-")
TABLES = range(int(FIRST), int(LAST or FIRST) + 1)
SEATS = 25  # sequences at a table
FEW_SEATS = 8  # where a table plays what differs little from invoices
STEPS = 12  # a sequence; a check stands behind some of them
AMOUNTS = (100, 50, 80, -30)  # of the invoices, and of the credit note


class Play:
    """One sequence: three invoices, a credit note, an accountant and a user."""

    def __init__(self, case, seed: str, moves):
        self.case, self.random = case, Random(seed)
        self.books = case.books
        self.all = moves
        self.credit = moves[-1]
        self.theirs = case.env["account.payment"]
        self.elsewhere = case.env["account.move"]  # what else a user matches with
        self.deleted = case.env["account.move"]  # in Exact
        self.steps = []

    def step(self):
        action = self.random.choice(
            [
                self.pay,
                self.pay,
                self.pay_part,
                self.overpay,
                self.take_back,
                self.take_back,
                self.write_off,
                self.match,
                self.receive,
                self.transit,
                self.delete,
                self.user_pays,
                self.user_takes_back,
                self.user_matches,
                self.user_unmatches,
                self.user_reverses,
                self.user_unmatches_ours,
                self.user_matches_ours_elsewhere,
                self.user_lets_go,
                self.user_cancels_ours,
            ]
        )
        move = self.random.choice([m for m in self.all if m not in self.deleted])
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
        if move != self.credit and self.credit not in self.deleted:
            self.books.match_entries(
                move.exact_entry_guid, self.credit.exact_entry_guid
            )

    def receive(self, move):
        entry = self.books.entry(move.exact_entry_guid)
        supplier = entry.get("Supplier")
        account = supplier or entry["Customer"]
        self.books.receive(account, 12, supplier=bool(supplier))

    def transit(self, move):
        if self.random.random() < 0.5:
            self.books.select(move.exact_entry_guid)
        else:
            self.books.release(move.exact_entry_guid)

    def delete(self, move):
        if len(self.deleted) < 2:
            self.books.delete_entry(move.exact_entry_guid)
            self.deleted += move

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

    def user_reverses(self, move):
        if move.payment_state == "not_paid" and move != self.credit:
            today = {"invoice_date": fields.Date.today()}
            move._reverse_moves([today], cancel=True)

    def ours(self, move):
        own = self.case.own(move)
        return self.random.choice(own) if own else own

    def user_unmatches_ours(self, move):
        for payment in self.ours(move):
            if not payment._exact_elsewhere():
                self.partials(payment).unlink()

    def user_matches_ours_elsewhere(self, move):
        for payment in self.ours(move):
            if payment._exact_elsewhere():
                continue
            self.partials(payment).unlink()
            other = self.case.invoice(
                [payment.amount], move.move_type, tax=False, currency=move.currency_id
            )
            (payment._exact_matched_lines() + other._exact_receivables()).reconcile()
            self.elsewhere += other

    def user_lets_go(self, _move):
        for other in self.elsewhere[:1]:
            lines = other._exact_receivables()
            (lines.matched_debit_ids + lines.matched_credit_ids).unlink()
            self.elsewhere -= other

    def user_cancels_ours(self, move):
        for payment in self.ours(move):
            if not payment._exact_elsewhere():
                payment.action_cancel()

    @staticmethod
    def partials(payment):
        lines = payment._exact_matched_lines()
        return lines.matched_debit_ids + lines.matched_credit_ids

    # --- what must hold ------------------------------------------------------

    def check(self, facts):
        for move in self.all:
            self.check_move(move, facts[move.exact_entry_id.id])
        self.steps.append("check")

    def check_move(self, move, fact):
        made = float(sum(one.amount for one in fact.own))
        held = float(sum(one.amount for one in fact.own if one.held))
        matched = float(fact.matched)
        words = (move.name, self.steps)
        if move in self.deleted:
            there, settled = 0, 0
            # Of a bill, its own import says so.
            code = "entry_deleted" if move.is_sale_document() else False
            self.case.assertEqual(move.exact_entry_id.issue_code, code, words)
            self.case.assertTrue(move.exact_entry_id.deleted, words)
        else:
            there = abs(float(self.books.balance(move.exact_entry_guid)))
            settled = move.amount_total - there
            self.case.assertFalse(move.exact_entry_id.issue_code, words)
        others = move.amount_total - move.amount_residual - matched
        self.case.assertAlmostEqual(made, max(settled - others, held), 2, words)
        self.case.assertAlmostEqual(matched, made - held, 2, words)
        self.case.assertAlmostEqual(move.exact_entry_id.astray, held, 2, words)
        self.case.assertAlmostEqual(move.exact_outstanding, there, 2, words)
        if not others and not held and move not in self.deleted:
            self.case.assertAlmostEqual(move.amount_residual, there, 2, words)
        self.case.assertFalse(move.exact_entry_id.settle, words)

    def of_others(self):
        """The matchings and payments that the link did not make."""
        lines = (self.all + self.elsewhere)._exact_receivables()
        partials = lines.matched_debit_ids | lines.matched_credit_ids
        return {
            (partial.id, partial.amount)
            for partial in partials
            if not partial.exact_made and not self.is_ours(partial)
        } | {(p.id, p.state in ("in_process", "paid")) for p in self.theirs}

    @staticmethod
    def is_ours(partial):
        """A payment of the link, matched with the invoice that it settles."""
        sides = partial.debit_move_id, partial.credit_move_id
        return any(
            one.payment_id.exact_entry_id.move_id == other.move_id
            for one, other in (sides, sides[::-1])
            if one.payment_id.exact_entry_id
        )

    def state(self):
        payments = self.case.env["account.payment"].search(
            [("exact_entry_id", "in", self.all.exact_entry_id.ids)]
        )
        return (
            [(m.amount_residual, m.payment_state) for m in self.all],
            [(p.id, p.state, p.exact_kind, p.exact_source) for p in payments],
        )


class Table:
    """Sequences that are played side by side, and checked together."""

    def __init__(self, case, number: int, moves):
        self.case, self.random = case, Random(number)
        self.moves = moves
        self.plays = [
            Play(case, f"{number}.{seat}", moves[start : start + len(AMOUNTS)])
            for seat, start in enumerate(range(0, len(moves), len(AMOUNTS)))
        ]

    def play(self):
        for _number in range(STEPS):
            for play in self.plays:
                play.step()
            if self.random.random() < 0.2:
                self.check()
        self.check()

    def check(self):
        """All of them follow Exact, others keep theirs, and a second look is idle."""
        before = self.each(Play.of_others)
        self.look()
        self.compare(Play.of_others, before)
        entries = self.moves.exact_entry_id.sudo()
        facts = self.case.env["exact.payment.import"]._facts(entries)
        for play in self.plays:
            play.check(facts)
        after = self.each(Play.state)
        self.look()
        self.compare(Play.state, after)

    def look(self):
        self.case.check_payments()
        self.case.env.invalidate_all()
        self.case.assertFalse(self.case.administration.issue_code)

    def each(self, what) -> list:
        return [what(play) for play in self.plays]

    def compare(self, what, before: list):
        for play, then in zip(self.plays, before, strict=True):
            self.case.assertEqual(what(play), then, play.steps)


class TestPaymentPlay(PaymentCase):
    def setUp(self):
        super().setUp()
        # A check of so many is not to be left to the job on a slow machine.
        self.patch(exact_payment_check, "PATIENCE", 3600)
        limits = self.sandbox.limits
        for name in ("minutely", "daily"):
            self.addCleanup(setattr, limits, name, getattr(limits, name))
            setattr(limits, name, 1_000_000)
        self.booked((1,))
        self.check_payments()  # the link learns of the limits

    def test_random_bookkeeping(self):
        self.play_all(self.booked(AMOUNTS * SEATS), TABLES)

    def test_random_bookkeeping_of_vendor_bills(self):
        bills = self.env["account.move"]
        for amount in AMOUNTS * FEW_SEATS:
            bills += self.booked_bill(amount * 1.21)
        self.play_all(bills, TABLES[:2])

    def test_random_bookkeeping_in_another_currency(self):
        dollar = self.setup_other_currency("USD", rates=[("2020-01-01", 1.25)])
        self.play_all(self.booked(AMOUNTS * FEW_SEATS, dollar), TABLES[:2])

    def play_all(self, moves, numbers):
        start = self.sandbox.snapshot()
        for number in numbers:
            with self.subTest(table=number), self.undone(start):
                Table(self, number, moves).play()

    @contextmanager
    def undone(self, start):
        """Odoo and Exact as they were, for the next table."""
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
            self.sandbox.reset(to=start)
