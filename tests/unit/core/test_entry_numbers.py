"""Numbers of Odoo that cannot be entry numbers in Exact are found together."""

from exact import entry_numbers
from exact.entry_numbers import Numbered
from exact.payloads import ENTRY_NUMBER_MAX
from hypothesis import given
from hypothesis import strategies as st


def codes(*invoices):
    return [(p.code, p.keys) for p in entry_numbers.problems(invoices)]


def test_invoice_and_credit_note_with_the_same_digits_clash():
    assert codes(
        Numbered(1, "INV/2026/00001", "70", 2026),
        Numbered(2, "RINV/2026/00001", "70", 2026),
        Numbered(3, "INV/2026/00002", "70", 2026),
    ) == [(entry_numbers.CLASH, [1, 2])]


def test_another_journal_or_year_is_no_clash():
    assert not codes(
        Numbered(1, "INV/00001", "70", 2026),
        Numbered(2, "RINV/00001", "71", 2026),
        Numbered(3, "INV/00001", "70", 2027),
    )


def test_what_stands_in_exact_clashes_with_what_waits():
    assert codes(
        Numbered(None, "INV/2026/00001", "70", 2026),
        Numbered(7, "RINV/2026/00001", "70", 2026),
    ) == [(entry_numbers.CLASH, [7])]


def test_what_stands_in_exact_is_no_problem_by_itself():
    booked = Numbered(None, "INV/1", "70", 2026)
    assert not codes(booked, booked)


def test_numbers_without_digits_or_too_large():
    assert codes(
        Numbered(1, "INV/ABC", "70", 2026),
        Numbered(2, "INV/2026/11/00012345", "70", 2026),
        Numbered(3, str(ENTRY_NUMBER_MAX), "70", 2026),
    ) == [(entry_numbers.WITHOUT_DIGITS, [1]), (entry_numbers.TOO_LARGE, [2])]


@given(st.lists(st.integers(min_value=1, max_value=9), max_size=30))
def test_every_invoice_that_shares_its_number_is_in_exactly_one_problem(entries):
    invoices = [Numbered(i, f"F{n}", "70", 2026) for i, n in enumerate(entries)]
    keys = [key for problem in entry_numbers.problems(invoices) for key in problem.keys]
    shared = [i for i, n in enumerate(entries) if entries.count(n) > 1]
    assert sorted(keys) == shared
