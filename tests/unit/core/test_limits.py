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


# --- a run -----------------------------------------------------------------------


def test_a_late_answer_of_the_minute_before_gives_nothing_back():
    quota = Quota()
    reset = NOW.replace(second=0) + timedelta(minutes=1)
    quota.learn(NOW, headers(Minutely_Remaining=3, Minutely_Reset=ms(reset)))
    later = reset + timedelta(seconds=1)
    for _call in range(10):
        quota.take(later, ENTRIES)
    quota.learn(later, headers(Minutely_Remaining=2, Minutely_Reset=ms(reset)))
    assert quota.minute.remaining == 50


@pytest.mark.parametrize("seconds", [0.05, 0.4, 0.9])
@pytest.mark.parametrize("calls", [1, 3])
def test_a_run_that_pauses_is_never_refused_and_uses_the_whole_minute(seconds, calls):
    quota, now, made = Quota(), NOW, 0
    while now < NOW + timedelta(minutes=10):
        for _call in range(calls):
            quota.take(now, ENTRIES)
            now += timedelta(seconds=seconds)
        made += calls
        now += timedelta(seconds=quota.pause(now, calls, calls * seconds))
    assert made >= 0.95 * 600


def test_a_pause_is_at_most_a_second_a_call():
    quota = Quota()
    quota.take(NOW, ENTRIES)
    quota.minute.remaining = 1
    assert quota.pause(NOW, 1) == 1
    assert quota.pause(NOW, 3) == 3
    assert quota.pause(NOW, 1, taken=0.4) == pytest.approx(0.6)


def test_no_pause_before_the_first_call_and_after_the_reset():
    quota = Quota()
    assert quota.pause(NOW, 1) == 0
    quota.take(NOW, ENTRIES)
    assert quota.pause(NOW + timedelta(minutes=2), 1) == 0


def test_calls_left_today_are_whole_again_after_midnight_utc():
    quota = Quota()
    quota.take(NOW, ENTRIES)
    assert quota.left_today(NOW) == 4999
    assert quota.left_today(NOW + timedelta(days=1)) == 5000


@pytest.mark.parametrize(
    ("calls", "seconds", "end"),
    [
        (60, 0.2, NOW + timedelta(minutes=1)),  # a call a second: Exact's limit
        (60, 2, NOW + timedelta(minutes=2)),  # a slow Exact
        (4500, 0.2, NOW + timedelta(seconds=4500)),  # all but the reserve
        # what the day does not take goes from midnight on, 4,500 a day
        (4560, 0.2, datetime(2026, 3, 15, 0, 1, tzinfo=UTC)),
        (9120, 0.2, datetime(2026, 3, 16, 0, 2, tzinfo=UTC)),
    ],
)
def test_the_expected_end_knows_the_minute_and_the_day(calls, seconds, end):
    assert Quota().expected_end(NOW, calls, seconds) == end


def test_the_expected_end_counts_what_is_left_of_the_day():
    quota = Quota()
    reset = datetime(2026, 3, 15, tzinfo=UTC)
    quota.learn(NOW, headers(Limit=5000, Remaining=530, Reset=ms(reset)))
    assert quota.expected_end(NOW, 30, 0) == NOW + timedelta(seconds=30)
    assert quota.expected_end(NOW, 40, 0) == reset + timedelta(seconds=10)
