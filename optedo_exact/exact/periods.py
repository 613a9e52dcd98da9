"""Which period a day falls in, and whether a journal takes bookings in it.

Exact keeps the periods in one list and open or closed, per journal and period, in
another; a period that does not exist yet and one that is not opened yet look alike to
whoever wants to book (exact-api 4.7).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

OPEN = "open"
CLOSED = "closed"
NOT_OPEN = "not_open"


@dataclass(frozen=True, order=True)
class Period:
    """A financial period of one journal.

    :param closed: the journal takes no bookings in it
    """

    year: int
    number: int
    start: date
    end: date
    closed: bool = False

    @property
    def name(self) -> str:
        """As Exact's users write it: 2026-03."""
        return f"{self.year}-{self.number:02d}"


def period_of(periods: Iterable[Period], day: date) -> Period | None:
    """The period that ``day`` falls in; ``None`` outside all of them."""
    return next((p for p in periods if p.start <= day <= p.end), None)


def numbered(periods: Iterable[Period], year: int, number: int) -> Period | None:
    """The period of that name; ``None`` where there is none."""
    return next((p for p in periods if (p.year, p.number) == (year, number)), None)


def first_open_after(periods: Iterable[Period], day: date) -> Period | None:
    """The first period behind ``day`` that takes bookings."""
    return min((p for p in periods if p.start > day and not p.closed), default=None)


def status(periods: Iterable[Period], day: date) -> str:
    """Whether a booking on ``day`` is taken, later, or only by a person's decision."""
    periods = list(periods)
    period = period_of(periods, day)
    if period is None:
        # Only the last years are read; what lies before them does not open again.
        past = bool(periods) and day < min(p.start for p in periods)
        return CLOSED if past else NOT_OPEN
    return status_of(periods, period)


def status_of(periods: Iterable[Period], period: Period) -> str:
    """``status`` of a period itself.

    Closed behind the last open period means not opened yet; closed before it means
    that the accountant closed it.
    """
    if not period.closed:
        return OPEN
    last_open = max((p for p in periods if not p.closed), default=None)
    return NOT_OPEN if last_open and period > last_open else CLOSED
