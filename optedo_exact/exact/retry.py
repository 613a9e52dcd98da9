"""When a job takes work on again that an error of Exact stopped.

For schedulers that ask for a moment; Odoo's own is woken at fixed moments instead.
"""

from datetime import datetime, timedelta

from .errors import ExactError, LimitReached, LoginLapsed, Misconfigured, Refused

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(hours=1)
# A person has to do something first.
NOT_BY_ITSELF = (Refused, LoginLapsed, Misconfigured)


def backoff(waited: timedelta) -> timedelta:
    """As long again as it has waited, so that each attempt is twice as late.

    :param waited: since it was first to be done
    """
    return min(LONGEST, max(SHORTEST, waited))


def pause(error: ExactError, now: datetime, waited: timedelta) -> timedelta | None:
    """How long to wait before the next attempt; ``None``: not by itself.

    :param now: aware
    :param waited: see ``backoff``
    """
    if isinstance(error, NOT_BY_ITSELF):
        return None
    if isinstance(error, LimitReached) and error.until:
        return max(timedelta(seconds=1), error.until - now)
    return backoff(waited)
