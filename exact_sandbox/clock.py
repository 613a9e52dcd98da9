"""The sandbox's own clock, which tests can move."""

import threading
from datetime import UTC, datetime, timedelta


def _real_now():
    return datetime.now(UTC).replace(tzinfo=None)


#: Periods, due dates and the calendar stay far inside what dates can hold.
EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2200, 1, 1)


def _sensible(moment):
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(f"the clock goes from {EARLIEST:%Y} to {LATEST:%Y}")
    return moment


class Clock:
    """Time in UTC without zone: the real time plus an offset, or standing still.

    ``Clock(start)`` stands still at ``start`` until it is advanced or resumed.
    """

    def __init__(self, start=None):
        self._lock = threading.Lock()
        self._offset = timedelta(0)
        self._frozen = start

    def now(self):
        """Current sandbox time as a naive UTC datetime."""
        with self._lock:
            return self._frozen or _real_now() + self._offset

    def today(self):
        """Current sandbox date as midnight, the way Exact keeps calendar dates."""
        return midnight(self.now())

    def milliseconds(self):
        """Current sandbox time in milliseconds since 1970 (UTC)."""
        return to_milliseconds(self.now())

    def advance(self, seconds=0, **parts):
        """Move the clock, e.g. ``advance(90)`` or ``advance(days=31)``."""
        try:
            step = timedelta(seconds=seconds, **parts)
            _sensible(self.now() + step)
        except OverflowError as error:
            raise ValueError("the step is too large") from error
        with self._lock:
            if self._frozen:
                self._frozen += step
            else:
                self._offset += step

    def set(self, moment):
        """Jump to a moment; a standing clock stands there, a running one runs on."""
        _sensible(moment)
        with self._lock:
            if self._frozen:
                self._frozen = moment
            else:
                self._offset = moment - _real_now()

    def freeze(self):
        """Stand still from now on."""
        moment = self.now()
        with self._lock:
            self._frozen = moment

    def resume(self):
        """Run on from where the clock stands."""
        with self._lock:
            if self._frozen:
                self._offset = self._frozen - _real_now()
                self._frozen = None

    def dump(self):
        """How far the clock was moved, for the state file."""
        with self._lock:
            standing = self._frozen
            moved = self._offset.total_seconds()
        return {"moved": moved, "frozen": standing}

    def load(self, saved):
        """Take a saved clock."""
        with self._lock:
            self._offset = timedelta(seconds=saved["moved"])
            self._frozen = saved["frozen"]

    @property
    def frozen(self):
        """Whether the clock stands still."""
        return self._frozen is not None


def midnight(moment):
    """The calendar day of a date or datetime, as a datetime at midnight."""
    if isinstance(moment, datetime):
        moment = moment.date()
    return datetime(moment.year, moment.month, moment.day)


def to_milliseconds(moment):
    """Milliseconds since 1970 of a naive UTC datetime."""
    return round((moment - datetime(1970, 1, 1)) / timedelta(milliseconds=1))


def parse_moment(text):
    """Read an ISO date or datetime into naive UTC; ValueError when it is none."""
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment
