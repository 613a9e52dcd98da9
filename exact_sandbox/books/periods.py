"""Financial years and periods; open and closed per journal (exact-api 4.7)."""

from datetime import timedelta

from ..errors import Violation

CLOSED, OPEN = 1, 0


def period_of(admin, day):
    """The FinancialPeriods row a date falls in; "Verplicht: Boekjaar" outside all."""
    for row in admin.periods:
        if row["StartDate"] <= day < row["EndDate"] + timedelta(days=1):
            return row
    raise Violation("mandatory", field="FinancialYear")


def period_at(admin, year, period):
    """The row of a year and period; "Verplicht: Boekjaar" when there is none."""
    for row in admin.periods.by("FinYear", year):
        if row["FinPeriod"] == period:
            return row
    raise Violation("mandatory", field="FinancialYear")


def _key(journal, year, period):
    return f"{journal}/{year}/{period}"


def status(admin, journal, year, period):
    """0 open or 1 closed, as JournalStatusList shows it."""
    return CLOSED if _key(journal, year, period) in admin.closed else OPEN


def require_open(admin, journal, year, period):
    """Refuse a booking in a closed period."""
    if status(admin, journal, year, period) == CLOSED:
        raise Violation("period_closed", year=year, period=period)


def set_closed(admin, year, period, journal=None, closed=True):
    """Close or open a period for one journal, or for all journals."""
    period_at(admin, year, period)
    codes = [journal] if journal else [row["Code"] for row in admin.journals]
    for code in codes:
        if admin.coded("journals", code) is None:
            raise Violation("reference", field="JournalReference")
        key = _key(code, year, period)
        if closed:
            admin.closed.add(key)
        else:
            admin.closed.discard(key)
