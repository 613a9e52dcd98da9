"""Exact's limits are never run into."""

from datetime import UTC, datetime, timedelta

import pytest
from exact.errors import LimitReached
from exact.limits import ERRORS_PER_HOUR, Quota
from requests.structures import CaseInsensitiveDict

NOW = datetime(2026, 3, 14, 8, 18, 25, tzinfo=UTC)
ENTRIES = "salesentry/SalesEntries"


def headers(**values):
    return CaseInsensitiveDict(
        {f"X-RateLimit-{k.replace('_', '-')}": str(v) for k, v in values.items()}
    )


def ms(moment):
    return int(moment.timestamp() * 1000)


def test_the_minute_ends_at_the_next_full_minute():
    quota = Quota()
    for _call in range(60):
        quota.take(NOW, ENTRIES)
    with pytest.raises(LimitReached) as caught:
        quota.take(NOW, ENTRIES)
    assert caught.value.until == NOW.replace(second=0) + timedelta(minutes=1)
    quota.take(caught.value.until, ENTRIES)


def test_the_last_tenth_of_the_day_is_for_what_a_user_waits_for():
    quota = Quota()
    quota.learn(NOW, headers(Limit=5000, Remaining=500, Reset=ms(NOW + timedelta(1))))
    with pytest.raises(LimitReached) as caught:
        quota.take(NOW, ENTRIES)
    assert caught.value.code == "limit_day"
    quota.take(NOW, ENTRIES, urgent=True)


def test_answers_that_overtake_each_other_do_not_give_calls_back():
    quota, reset = Quota(), NOW.replace(second=0) + timedelta(minutes=1)
    for remaining in (40, 41):
        answer = headers(Minutely_Remaining=remaining, Minutely_Reset=ms(reset))
        quota.learn(NOW, answer)
    assert quota.minute.remaining == 40


@pytest.mark.parametrize("limit", [100, 30])
def test_another_limit_than_was_thought_counts_at_once(limit):
    quota, reset = Quota(), NOW.replace(second=0) + timedelta(minutes=1)
    for used in range(1, limit + 1):
        quota.take(NOW, ENTRIES)
        answer = headers(
            Minutely_Limit=limit,
            Minutely_Remaining=limit - used,
            Minutely_Reset=ms(reset),
        )
        quota.learn(NOW, answer)
    with pytest.raises(LimitReached):
        quota.take(NOW, ENTRIES)


def test_a_clock_that_is_wrong_here_does_not_shorten_the_wait():
    quota, there = Quota(), NOW + timedelta(minutes=3)
    reset = there.replace(second=0) + timedelta(minutes=1)
    answer = headers(Minutely_Limit=60, Minutely_Remaining=0, Minutely_Reset=ms(reset))
    answer["Date"] = there.strftime("%a, %d %b %Y %H:%M:%S GMT")
    until = quota.refused(NOW, answer)
    assert until - NOW == reset - there


def test_a_429_names_its_limit_by_the_headers_it_carries():
    day = Quota()
    midnight = datetime(2026, 3, 15, tzinfo=UTC)
    daily = headers(Limit=5000, Remaining=0, Reset=ms(midnight))
    assert day.refused(NOW, daily) == midnight
    bare = Quota()
    assert bare.refused(NOW, headers()) == NOW.replace(second=0) + timedelta(minutes=1)
    with pytest.raises(LimitReached):
        bare.take(NOW, ENTRIES)


def test_an_endpoint_that_keeps_failing_is_left_alone_before_exact_blocks_the_key():
    quota = Quota()
    for _error in range(ERRORS_PER_HOUR):
        quota.failed(NOW, ENTRIES)
    with pytest.raises(LimitReached) as caught:
        quota.take(NOW, ENTRIES, urgent=True)
    assert caught.value.until == NOW + timedelta(hours=1)
    quota.take(NOW, "crm/Accounts")
    quota.take(NOW + timedelta(hours=1), ENTRIES)


def test_a_quota_survives_being_saved_as_json():
    import json

    quota = Quota()
    quota.take(NOW, ENTRIES)
    quota.failed(NOW, ENTRIES)
    assert Quota.load(json.loads(json.dumps(quota.dump()))) == quota
