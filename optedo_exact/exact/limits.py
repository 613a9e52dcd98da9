"""Exact's limits, kept from being run into (exact-api 3, product I1).

A ``Quota`` belongs to one administration and is shared by all workers: it is loaded
under a lock before every call and saved after it, so it is a plain value for JSON.
"""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from .errors import LimitReached

MINUTE_LIMIT = 60  # until an answer tells another (exact-api 3)
DAY_LIMIT = 5000
# Exact blocks the key above ten errors an hour on an endpoint, longer each time; we
# stop using the endpoint well before.
ERRORS_PER_HOUR = 6
HOUR = 3600
MARGIN = 0.05  # seconds behind a reset, so that clocks of one second agree
DAY_RESERVE = 10  # the last tenth of the day is for what a user asks for now


@dataclass
class Window:
    """One counter: what is left until ``reset`` (epoch seconds, our clock)."""

    limit: int
    remaining: int
    reset: float = 0.0

    def roll(self, now: float, next_reset: float) -> None:
        """Start afresh when the reset has passed."""
        if now >= self.reset:
            self.remaining = self.limit
            self.reset = next_reset


@dataclass
class Quota:
    """What one administration may still do."""

    minute: Window = field(default_factory=lambda: Window(MINUTE_LIMIT, MINUTE_LIMIT))
    day: Window = field(default_factory=lambda: Window(DAY_LIMIT, DAY_LIMIT))
    errors: dict[str, list[float]] = field(default_factory=dict)

    @classmethod
    def load(cls, data: dict | None) -> "Quota":
        """The quota saved by ``dump``; a new one for nothing."""
        if not data:
            return cls()
        return cls(Window(**data["minute"]), Window(**data["day"]), data["errors"])

    def dump(self) -> dict:
        """A value that fits JSON."""
        return asdict(self)

    def take(self, now: datetime, endpoint: str, urgent: bool = False) -> None:
        """Reserve one call.

        :param now: aware
        :param urgent: a user waits for it; it may use the day's reserve
        :raises LimitReached: not now; nothing was reserved
        """
        moment = now.timestamp()
        self.minute.roll(moment, _next_minute(now))
        self.day.roll(moment, _next_day(now))
        errors = [t for t in self.errors.get(endpoint, []) if moment - t < HOUR]
        if len(errors) >= ERRORS_PER_HOUR:
            until = errors[-ERRORS_PER_HOUR] + HOUR
            raise LimitReached(_utc(until), "limit_errors", endpoint=endpoint)
        reserve = 0 if urgent else self.day.limit // DAY_RESERVE
        if self.day.remaining <= reserve:
            raise LimitReached(_utc(self.day.reset), "limit_day")
        if self.minute.remaining <= 0:
            raise LimitReached(_utc(self.minute.reset), "limit_minute")
        self.minute.remaining -= 1
        self.day.remaining -= 1

    def learn(self, now: datetime, headers) -> None:
        """Take over what an answer says of the limits.

        Answers overtake each other, so within one window the lower count is right.
        """
        skew, moment = _skew(now, headers), now.timestamp()
        for window, prefix in (
            (self.minute, "X-RateLimit-Minutely-"),
            (self.day, "X-RateLimit-"),
        ):
            limit = _integer(headers.get(f"{prefix}Limit"))
            remaining = _integer(headers.get(f"{prefix}Remaining"))
            reset = _integer(headers.get(f"{prefix}Reset"))
            if limit is not None:
                # Another limit than was thought leaves more, or less, of this window.
                window.remaining += limit - window.limit
                window.limit = limit
            if remaining is None or reset is None:
                continue
            reset = reset / 1000 - skew
            if reset <= moment:
                continue  # an answer that came late tells of a window that is over
            same = abs(reset - window.reset) < 5
            window.remaining = min(remaining, window.remaining) if same else remaining
            window.reset = reset

    def refused(self, now: datetime, headers) -> datetime:
        """After a 429: which window is used up, and until when.

        Such an answer carries the headers of one limit only, or none (exact-api 3).

        :return: the moment from which calls may go again, aware
        """
        self.learn(now, headers)
        daily = "X-RateLimit-Remaining" in headers
        window = self.day if daily else self.minute
        window.remaining = 0
        window.reset = max(window.reset, now.timestamp() + 1)
        if not daily and "X-RateLimit-Minutely-Reset" not in headers:
            window.reset = _next_minute(now)
        return _utc(window.reset)

    def left_today(self, now: datetime) -> int:
        """How many calls the day still allows, its reserve included."""
        if now.timestamp() >= self.day.reset:
            return self.day.limit
        return max(0, self.day.remaining)

    def pause(self, now: datetime, calls: int, taken: float = 0.0) -> float:
        """How long a run pauses so that its minute lasts until it ends.

        Spread like this, the calls of the minute are never used up when a user comes,
        and a run never has to stop for the rest of it.

        :param calls: made since the last pause
        :param taken: how many seconds they took themselves
        :return: seconds, at most one for each call
        """
        left = self.minute.reset - now.timestamp()
        if left <= 0:
            return 0.0
        if self.minute.remaining <= 0:
            return min(float(calls), left + MARGIN)
        spacing = min(1.0, left / self.minute.remaining)
        return max(0.0, calls * spacing - taken)

    def expected_end(self, now: datetime, calls: float, seconds: float) -> datetime:
        """When a run of so many calls is done, with the days that it has to wait.

        :param seconds: what a call takes, without any limit
        :return: aware
        """
        pace = max(seconds, 60 / self.minute.limit)
        a_day = self.day.limit - self.day.limit // DAY_RESERVE
        today = max(0, self.left_today(now) - self.day.limit // DAY_RESERVE)
        if calls <= today:
            return now + timedelta(seconds=calls * pace)
        days, rest = divmod(calls - today, max(1, a_day))
        midnight = _utc(_next_day(now))
        return midnight + timedelta(days=days, seconds=rest * pace)

    def failed(self, now: datetime, endpoint: str) -> None:
        """Count an error answer against its endpoint's hour."""
        moment = now.timestamp()
        recent = [t for t in self.errors.get(endpoint, []) if moment - t < HOUR]
        self.errors[endpoint] = [*recent, moment]


def _integer(value: str | None) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _skew(now: datetime, headers) -> float:
    """How many seconds Exact's clock is ahead of ours."""
    try:
        there = parsedate_to_datetime(headers["Date"])
        return (there - now).total_seconds()
    except (KeyError, TypeError, ValueError):
        return 0.0


def _utc(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def _next_minute(now: datetime) -> float:
    return (now.replace(second=0, microsecond=0) + timedelta(minutes=1)).timestamp()


def _next_day(now: datetime) -> float:
    """Exact counts days by UTC (exact-api 3)."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day + timedelta(days=1)).timestamp()
