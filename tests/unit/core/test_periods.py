"""Which period a day falls in, and what closed means there."""

from calendar import monthrange
from datetime import date

import pytest
from exact.periods import CLOSED, NOT_OPEN, OPEN, Period, period_of, status


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
