"""The truth table of ``decide`` and what an entry's terms add up to."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from exact.settlement import (
    DISCOUNT,
    MONEY,
    SETTLED,
    WRITE_OFF,
    Decision,
    Own,
    Source,
    Term,
    balance,
    decide,
    kind_of,
    plan,
)
from hypothesis import given
from hypothesis import strategies as st

MARCH, APRIL = date(2026, 3, 2), date(2026, 4, 5)
money = st.integers(0, 100_000).map(lambda value: D(value) / 100)


@pytest.mark.parametrize(
    ("settled", "made", "otherwise", "residual", "tolerance", "expected"),
    [
        # nothing happened
        (0, 0, 0, 121, 0, Decision()),
        # paid, partly, then the rest, then once more the same news
        (121, 0, 0, 121, 0, Decision(pay=D(121))),
        (50, 0, 0, 121, 0, Decision(pay=D(50))),
        (121, 50, 0, 71, 0, Decision(pay=D(71))),
        (121, 121, 0, 0, 0, Decision()),
        # taken back, wholly and partly
        (0, 121, 0, 0, 0, Decision(take_back=D(121))),
        (50, 121, 0, 0, 0, Decision(take_back=D(71))),
        # a credit note matched in Odoo only: shown, never undone
        (0, 0, 40, 81, 0, Decision(overlap=D(40))),
        # and in both: the link makes only the rest
        (121, 0, 40, 81, 0, Decision(pay=D(81))),
        (40, 0, 40, 81, 0, Decision()),
        # a user paid in Odoo what the link had paid: the link withdraws its own
        (121, 81, 121, 0, 0, Decision(take_back=D(81))),
        # within the tolerance, once something was received
        (D("120.98"), 0, 0, 121, D("0.05"), Decision(D("120.98"), D(0), D("0.02"))),
        (0, 0, 0, D("0.02"), D("0.05"), Decision()),
        # more settled in Exact than is open in Odoo
        (130, 0, 0, 121, 0, Decision(pay=D(121), surplus=D(9))),
    ],
)
def test_decide(settled, made, otherwise, residual, tolerance, expected):
    values = (D(settled), D(made), D(otherwise), D(residual), D(tolerance))
    assert decide(*values) == expected


@given(money, money, money, money)
def test_the_links_payments_come_to_what_exact_settled_less_the_rest(
    total, settled, made, otherwise
):
    settled, otherwise = min(settled, total), min(otherwise, total)
    made = min(made, total - otherwise)
    decision = decide(settled, made, otherwise, total - made - otherwise)
    after = made + decision.pay - decision.take_back
    assert after == max(settled - otherwise, 0)
    # the same news again changes nothing
    again = decide(settled, after, otherwise, total - after - otherwise)
    assert (again.pay, again.take_back) == (0, 0)


def test_no_rows_never_read_as_paid():
    assert balance(D(121), []) is None


def test_a_part_paid_term_comes_as_two_rows():
    rows = [Term(D(50), True, MARCH), Term(D(71), False)]
    assert balance(D(121), rows).settled == 50
    assert balance(D(121), rows).paid_on == MARCH


def test_a_settled_row_may_have_lost_its_amount():
    rows = [Term(D(0), True, APRIL), Term(D(71), False)]
    assert balance(D(121), rows).settled == 50


@pytest.mark.parametrize(
    "rows",
    [
        [Term(D(50), True, MARCH)],  # the open half is not read yet
        [Term(D(50), True), Term(D(71), False), Term(D(121), False)],  # one too many
    ],
)
def test_rows_that_do_not_add_up_tell_nothing(rows):
    assert balance(D(121), rows) is None


@pytest.mark.parametrize(
    ("status", "paid", "settled"),
    [(20, False, False), (30, False, False), (40, False, False), (50, False, True)],
)
def test_in_transit_is_not_settled_and_the_sign_is_not_read(status, paid, settled):
    term = Term.read(D(-121), status, paid, None)
    assert term == Term(D(121), settled, moving=status in (30, 40))


@given(st.lists(st.tuples(money, st.booleans()), min_size=1))
def test_the_balance_is_the_sum_of_the_rows(rows):
    terms = [Term(amount, settled) for amount, settled in rows]
    total = sum(amount for amount, _settled in rows)
    result = balance(total, terms)
    assert result.settled == sum(amount for amount, settled in rows if settled)


@pytest.mark.parametrize(
    ("line_type", "amount", "counters", "kind"),
    [
        (40, 10_000, [12], MONEY),
        (82, 1, [160], None),
        # by hand, on a cost account, with the VAT that is reclaimed
        (90, 10_000, [121], WRITE_OFF),
        (90, 10_000, [121, 24], WRITE_OFF),
        # set off against a supplier, moved to a clearing account, in part or unknown
        (90, 10_000, [22], SETTLED),
        (90, 10_000, [90, 121], SETTLED),
        (90, 10_000, [24], SETTLED),
        (90, 10_000, [], SETTLED),
        # so little is a difference, whatever stands on the other side
        (90, 5, [22], WRITE_OFF),
        (90, 5, [], WRITE_OFF),
    ],
)
def test_what_a_ledger_line_means(line_type, amount, counters, kind):
    assert kind_of(line_type, D(amount), counters) == kind


# --- which ones --------------------------------------------------------------

TWO = [Own(1, D(50), MONEY, "a"), Own(2, D(71), MONEY, "b")]
THERE = [Source("a", MONEY, D(50), MARCH), Source("b", MONEY, D(71), APRIL)]


def own(**changes):
    """Both payments, the first of them changed."""
    return [replace(TWO[0], **changes), TWO[1]]


@pytest.mark.parametrize(
    ("take_back", "payments", "sources", "taken", "registered"),
    [
        # the newest goes first, whole, and what went too much comes again
        (D(71), TWO, THERE[:1], (2,), []),
        (D(21), TWO, THERE, (2,), [D(50)]),
        # but before it the one whose source is gone
        (D(50), own(gone=True), THERE[1:], (1,), []),
        # what a person matched with something else stays, gone or not
        (D(121), own(held=True), [], (2,), []),
        (D(121), own(held=True, gone=True), [], (2,), []),
        # the other goes whole and comes again, so that the sum is right
        (D(60), own(held=True), THERE, (2,), [D(11)]),
        # all of them held: nothing goes, nothing comes
        (D(121), [replace(one, held=True) for one in TWO], [], (), []),
    ],
)
def test_which_payments_go(take_back, payments, sources, taken, registered):
    todo = plan(Decision(take_back=take_back), sources, payments, APRIL)
    assert todo.take_back == taken
    assert [source.amount for source in todo.register] == registered


def test_which_payments_come():
    sources = [
        Source("b", MONEY, D(71), APRIL),
        Source("a", MONEY, D(48), MARCH),
        Source("c", DISCOUNT, D(2), APRIL),
    ]
    todo = plan(Decision(pay=D(121)), sources, [], APRIL)
    assert [source.guid for source in todo.register] == ["c", "a", "b"]
    # Of less than all, money is what is left; what is more than told is just settled.
    todo = plan(Decision(pay=D(60)), sources, [], APRIL)
    assert [source.amount for source in todo.register] == [2, 48, 10]
    todo = plan(Decision(pay=D(130)), sources, [], APRIL)
    assert todo.register[-1] == Source(amount=D(9), paid_on=APRIL)


@pytest.mark.parametrize(
    ("blind", "pay", "sources", "taken", "registered"),
    [
        # two payments that came as one
        ([Own(7, D(121))], 0, THERE, (7,), [("a", 50), ("b", 71)]),
        # and with a third that comes now
        (
            [Own(7, D(121))],
            9,
            [*THERE, Source("c", MONEY, D(9), APRIL)],
            (7,),
            [("a", 50), ("b", 71), ("c", 9)],
        ),
        # part of it is not known: it would come again as it is
        ([Own(7, D(121))], 0, THERE[:1], (), []),
        ([Own(7, D(30))], 71, THERE[1:], (), [("b", 41), ("", 30)]),
        # a discount is booked otherwise than money
        (
            [Own(7, D(121))],
            0,
            [Source("c", DISCOUNT, D(121), APRIL)],
            (7,),
            [("c", 121)],
        ),
        # what cannot be taken back, or is held by a person, stays
        ([Own(7, D(121), locked=True)], 0, THERE, (), []),
        ([Own(7, D(121), held=True)], 0, THERE, (), []),
        # and what is known is left alone
        (TWO, 0, THERE, (), []),
    ],
)
def test_what_settled_it_is_known_by_now(blind, pay, sources, taken, registered):
    todo = plan(Decision(pay=D(pay)), sources, blind, APRIL)
    assert todo.take_back == taken
    assert [(s.guid, s.amount) for s in todo.register] == registered
    assert not todo.names


def test_a_payment_of_unknown_source_gets_its_name():
    blind = Own(7, D(71))
    todo = plan(Decision(), THERE, [blind], APRIL)
    assert todo.names == ((7, THERE[1]),)
    assert not todo.register and not todo.take_back
