"""Random bookkeeping in Exact and in Odoo, and what the link makes of it.

Exact is the sandbox itself, in this process; Odoo is the few numbers that the core
knows of it. After every look the link's payments are what Exact has settled less what
Odoo settled otherwise, nothing of anybody else's was touched, and a second look changes
nothing.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from exact.settlement import Own, Source, Term, balance, decide, kind_of, plan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exact_sandbox import Sandbox
from exact_sandbox.errors import Violation

TOTAL = D("121.00")
TOLERANCE = D("0.05")
cents = st.integers(1, 13_000).map(lambda value: D(value) / 100)
STEPS = st.one_of(
    st.tuples(st.just("pay"), cents),
    st.tuples(st.just("pay_all"), st.none()),
    st.tuples(st.just("pay_nearly"), st.sampled_from([D("0.01"), TOLERANCE, D(1)])),
    st.tuples(st.just("write_off"), cents),
    st.tuples(st.just("credit"), cents),
    st.tuples(st.just("take_back"), st.integers(0, 5)),
    st.tuples(st.just("keep_receipt"), st.none()),
    st.tuples(st.just("transit"), st.none()),
    st.tuples(st.just("release"), st.none()),
    st.tuples(st.just("user_pays"), cents),
    st.tuples(st.just("user_takes_back"), st.none()),
    st.tuples(st.just("user_matches_elsewhere"), st.integers(0, 5)),
    st.tuples(st.just("user_lets_go"), st.none()),
    st.tuples(st.just("look"), st.none()),
    st.tuples(st.just("blind"), st.none()),
)


@pytest.fixture(scope="module")
def sandbox():
    return Sandbox()


class Play:
    """One invoice of 121.00 in both worlds."""

    def __init__(self, sandbox):
        sandbox.reset()
        self.books = sandbox.administrations[1001]
        self.account = self.books.accounts.one("Code", "2")["ID"]
        self.guid = self.book(D(100))["EntryID"]
        self.own: list[Own] = []
        self.kinds: dict[int, str] = {}
        self.tolerated = D(0)
        self.others = D(0)
        self.held: set[int] = set()  # payments that were matched with something else
        self.key = 0

    def book(self, amount):
        gl_account = self.books.coded("gl_accounts", "700000")["ID"]
        line = {"GLAccount": gl_account, "AmountFC": amount, "VATCode": "3"}
        header = {"Customer": self.account, "Journal": "70", "YourRef": "X"}
        return self.books.book_sale(header, [line])

    # --- the accountant ------------------------------------------------------

    def step(self, name, value):
        try:
            getattr(self, name)(value)
        except Violation:
            pass  # Exact refuses it: nothing is open, or it is in a run

    def pay(self, amount):
        self.books.pay(self.guid, amount, date=date(2026, 1, 1 + self.key % 28))

    def pay_all(self, _value):
        self.books.pay(self.guid)

    def pay_nearly(self, rest):
        still_open = self.books.balance(self.guid)
        if still_open > rest:
            self.books.pay(self.guid, still_open - rest)

    def write_off(self, amount):
        self.books.write_off(self.guid, amount)

    def credit(self, amount):
        self.books.match_entries(self.guid, self.book(-amount)["EntryID"])

    def take_back(self, number):
        matches = self.books.matches(self.guid)
        if matches:
            chosen = matches[number % len(matches)]
            self.books.take_back(self.guid, chosen["ID"])

    def keep_receipt(self, _value):
        self.books.take_back(self.guid, keep_receipt=True)

    def transit(self, _value):
        self.books.select(self.guid)

    def release(self, _value):
        self.books.release(self.guid)

    # --- the user in Odoo ----------------------------------------------------

    @property
    def residual(self):
        made = sum((one.amount for one in self.own), D(0))
        return TOTAL - (made - self.astray) - self.others - self.tolerated

    @property
    def astray(self):
        return sum((one.amount for one in self.own if one.key in self.held), D(0))

    def user_pays(self, amount):
        self.others += min(amount, self.residual)

    def user_takes_back(self, _value):
        self.others = D(0)

    def user_matches_elsewhere(self, number):
        if self.own:
            self.held.add(self.own[number % len(self.own)].key)

    def user_lets_go(self, _value):
        # What is free again is matched with its invoice, as far as that is open.
        self.held.clear()

    # --- the link ------------------------------------------------------------

    def terms(self):
        return [
            Term.read(
                abs(t["DebitFC"]), t["Status"], t["IsFullyPaid"], t.get("EndDate")
            )
            for t in self.books.terms.by("TransactionEntryID", self.guid)
        ]

    def sources(self):
        [first, *_rest] = self.books.postings(self.guid)
        known = {one.source for one in self.own}
        for line in self.books.transaction_lines:
            kind = kind_of(line["Type"], abs(line["AmountFC"]), self.counters(line))
            if (
                kind
                and line["EntryID"] != self.guid
                and line["AmountFC"]
                and (
                    line["ID"] == first["OffsetID"]
                    or line["ID"] in known
                    or line.get("InvoiceNumber") == first["InvoiceNumber"]
                    and line.get("Account") == self.account
                    and line["LineNumber"] > 0
                    and line["AmountFC"] < 0
                )
            ):
                yield Source(line["ID"], kind, abs(line["AmountFC"]), line["Date"])

    def counters(self, line):
        for other in self.books.postings(line["EntryID"]):
            if other["AmountFC"] * line["AmountFC"] < 0:
                yield self.books.gl_accounts.get(other["GLAccount"])["Type"]

    def look(self, _value=None, sources=None):
        """One look; returns whether something changed."""
        sources = list(self.sources()) if sources is None else sources
        there = {line["ID"] for line in self.books.transaction_lines}
        own = [
            replace(
                one,
                gone=bool(one.source) and one.source not in there,
                held=one.key in self.held,
            )
            for one in self.own
        ]
        said = balance(TOTAL, self.terms())
        made = sum((one.amount for one in own), D(0))
        tolerance = D(0) if self.held else TOLERANCE
        decision = decide(
            said.settled, made, self.others, self.residual + self.tolerated, tolerance
        )
        todo = plan(decision, sources, own, said.paid_on)
        named = dict(todo.names)
        self.own = [
            replace(o, source=named[o.key].guid, kind=named[o.key].kind)
            if o.key in named
            else o
            for o in self.own
            if o.key not in todo.take_back
        ]
        for source in todo.register:
            self.key += 1
            self.own.append(Own(self.key, source.amount, source.kind, source.guid))
        before, self.tolerated = self.tolerated, decision.write_off
        return bool(
            todo.take_back or todo.register or todo.names or before != self.tolerated
        )

    def blind(self, _value):
        """A look while the ledger is still being caught up with."""
        self.look(sources=[])

    def settle(self):
        for _round in range(4):
            if not self.look():
                return
        raise AssertionError("it never comes to rest")


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(STEPS, max_size=14))
def test_the_link_follows_exact_whatever_happens(sandbox, steps):
    play = Play(sandbox)
    for name, value in steps:
        others, held = play.others, set(play.held)
        play.step(name, value)
        if name in ("look", "blind"):
            assert play.others == others
            assert held <= {one.key for one in play.own}
    play.settle()
    settled = balance(TOTAL, play.terms()).settled
    made = sum((one.amount for one in play.own), D(0))
    assert made == max(settled - play.others, play.astray)
    assert all(one.amount > 0 for one in play.own)
    there = {line["ID"] for line in play.books.transaction_lines}
    assert all(
        not one.source or one.source in there or one.key in play.held
        for one in play.own
    )
    if not play.others and not play.tolerated and not play.held:
        assert play.residual == play.books.balance(play.guid)
    if play.tolerated:
        assert play.residual == 0
        assert play.tolerated <= TOLERANCE
        assert settled > 0
    assert not play.look()
