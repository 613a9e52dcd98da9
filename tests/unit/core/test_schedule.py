"""The fixed time is that of the clock on the wall, in winter and in summer."""

from datetime import UTC, datetime

import pytest
from exact.schedule import WORKING_DAYS, next_moment

BRUSSELS = "Europe/Brussels"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        # winter: 20:00 in Brussels is 19:00 UTC
        ("2026-01-16T12:00", "2026-01-16T19:00"),  # Friday noon: this evening
        ("2026-01-16T19:00", "2026-01-19T19:00"),  # Friday 20:00: Monday
        ("2026-01-17T12:00", "2026-01-19T19:00"),  # Saturday: Monday
        # summer: 18:00 UTC
        ("2026-07-17T17:59", "2026-07-17T18:00"),
        # the clock changes in the weekend of 29 March: still 20:00 on the wall
        ("2026-03-27T19:30", "2026-03-30T18:00"),
    ],
)
def test_every_working_day_at_eight_in_the_evening(after, expected):
    after = datetime.fromisoformat(after).replace(tzinfo=UTC)
    moment = next_moment(after, WORKING_DAYS, 20.0, BRUSSELS)
    assert moment == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_an_hour_that_the_clock_skips_comes_all_the_same():
    saturday = datetime(2026, 3, 28, 12, tzinfo=UTC)
    moment = next_moment(saturday, {6}, 2.5, BRUSSELS)
    assert moment == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 there


def test_an_hour_that_comes_twice_counts_once():
    saturday = datetime(2026, 10, 24, 12, tzinfo=UTC)
    first = next_moment(saturday, range(7), 2.5, BRUSSELS)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_moment(first, range(7), 2.5, BRUSSELS).day == 26


def test_a_single_day_comes_a_week_later():
    friday = datetime(2026, 1, 16, 20, tzinfo=UTC)
    moment = next_moment(friday, {4}, 20.0, BRUSSELS)
    assert moment == datetime(2026, 1, 23, 19, tzinfo=UTC)


def test_midnight_belongs_to_the_day_that_begins():
    monday = datetime(2026, 1, 19, 12, tzinfo=UTC)
    moment = next_moment(monday, {1}, 0.0, BRUSSELS)
    assert moment == datetime(2026, 1, 19, 23, tzinfo=UTC)


def test_without_days_it_is_never_due():
    assert next_moment(datetime(2026, 1, 19, tzinfo=UTC), (), 20.0, BRUSSELS) is None
