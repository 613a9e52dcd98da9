"""When a job tries again, by what stopped it."""

from datetime import UTC, datetime, timedelta

import pytest
from exact import retry
from exact.errors import (
    Forbidden,
    LimitReached,
    LoginLapsed,
    LoginRefused,
    Misconfigured,
    NoAnswer,
    NotProcessed,
    Refused,
    Unreachable,
)

NOW = datetime(2026, 3, 31, 12, 0, 30, tzinfo=UTC)
AT_ONCE = timedelta()


def test_a_limit_waits_for_its_reset_however_far():
    for until in (timedelta(seconds=30), timedelta(hours=11)):
        error = LimitReached(NOW + until)
        assert retry.pause(error, NOW, timedelta(days=2)) == until


def test_a_reset_that_has_passed_is_not_tried_in_a_circle():
    error = LimitReached(NOW - timedelta(seconds=5))
    assert retry.pause(error, NOW, AT_ONCE) == timedelta(seconds=1)


@pytest.mark.parametrize("error", [Refused, Forbidden, LoginLapsed, Misconfigured])
def test_what_a_person_has_to_mend_is_not_tried_again(error):
    assert retry.pause(error("anything"), NOW, AT_ONCE) is None


@pytest.mark.parametrize("error", [Unreachable, LoginRefused, NotProcessed, NoAnswer])
def test_the_rest_is_tried_later_and_later(error):
    waited, pauses = timedelta(), []
    for _attempt in range(9):
        pauses.append(retry.pause(error("anything"), NOW, waited))
        waited += pauses[-1]
    minutes = [pause.total_seconds() / 60 for pause in pauses]
    assert minutes == [1, 1, 2, 4, 8, 16, 32, 60, 60]


def test_a_limit_whose_end_nobody_knows_is_tried_later_too():
    assert retry.pause(LimitReached(None), NOW, AT_ONCE) == retry.SHORTEST
