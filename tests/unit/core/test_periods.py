"""Which period a day falls in, and what closed means there."""

from calendar import monthrange
from datetime import date

import pytest
from exact.periods import (
    CLOSED,
    NOT_OPEN,
    OPEN,
    Period,
    first_open_after,
    numbered,
    period_of,
    status,
)


def year(closed=()):
    return [
        Period(
            2026,
            month,
            date(2026, month, 1),
            date(2026, month, monthrange(2026, month)[1]),
            month in closed,
        )
        for month in range(1, 13)
    ]


def test_a_period_has_both_its_days():
    for day in (date(2026, 3, 1), date(2026, 3, 31)):
        assert period_of(year(), day).name == "2026-03"
    assert period_of(year(), date(2027, 1, 1)) is None


@pytest.mark.parametrize(
    "closed, month, expected",
    [
        ((), 6, OPEN),
        ((1, 2, 3), 2, CLOSED),
        ((10, 11, 12), 11, NOT_OPEN),
        ((1, 2, 11, 12), 12, NOT_OPEN),
        ((1, 2, 11, 12), 1, CLOSED),
        ((5,), 5, CLOSED),
        (range(1, 13), 6, CLOSED),
    ],
)
def test_closed_behind_the_last_open_one_is_not_open_yet(closed, month, expected):
    assert status(year(closed), date(2026, month, 15)) == expected


def test_a_day_outside_all_periods_is_not_open_yet():
    assert status(year(), date(2027, 1, 1)) == NOT_OPEN
    assert status([], date(2026, 1, 1)) == NOT_OPEN


def test_a_day_before_all_periods_that_are_read_is_closed():
    assert status(year(), date(2024, 12, 31)) == CLOSED


def test_the_first_open_period_lies_behind_the_day():
    assert first_open_after(year((3, 4)), date(2026, 3, 15)).number == 5
    assert first_open_after(year((1, 2)), date(2025, 6, 1)).number == 3
    assert first_open_after(year(range(3, 13)), date(2026, 3, 15)) is None


def test_a_period_is_found_by_its_number():
    assert numbered(year(), 2026, 7).start == date(2026, 7, 1)
    assert numbered(year(), 2027, 7) is None
