"""When the export at a fixed time is due next (product B16)."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WORKING_DAYS = (0, 1, 2, 3, 4)  # Monday is 0


def next_moment(
    after: datetime, weekdays: Collection[int], hour: float, timezone: str
) -> datetime | None:
    """The first moment behind ``after`` at this hour of one of these days.

    The hour is that of the clock on the wall, in winter and in summer; one that the
    clock skips in spring comes an hour later, one that comes twice counts once.

    :param after: aware
    :param weekdays: Monday is 0
    :param hour: 20.5 is half past eight in the evening
    :return: aware, in UTC; ``None`` without days
    """
    place = ZoneInfo(timezone)
    today = after.astimezone(place).date()
    minutes = round(hour * 60)
    for day in (today + timedelta(days=number) for number in range(9)):
        if day.weekday() not in weekdays:
            continue
        wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
        moment = wall.replace(tzinfo=place).astimezone(UTC)
        if moment > after:
            return moment
    return None
