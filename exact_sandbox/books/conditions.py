"""Payment conditions: due dates and instalments (exact-api 4.2, 4.7, 11)."""

import calendar
from datetime import timedelta
from decimal import Decimal

from ..errors import Violation


def condition_of(admin, kind, sent, party):
    """The condition row: the sent one, else the party's, else the company's."""
    for code in (sent, party.get(kind.condition), admin.settings.get("condition")):
        if code and code.strip():
            row = admin.coded("payment_conditions", code)
            if row is None:
                raise Violation("reference", field="PaymentCondition")
            return row
    raise Violation("mandatory", field="PaymentCondition")


def _end_of_month(day, months):
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return day.replace(year=year, month=month, day=calendar.monthrange(year, month)[1])


def due_date(entry_date, days, end_of_months):
    """Days first, then the end of the month, with ``n`` months meaning ``n - 1`` more.

    The sources give only the field names; this is the reading of "30 days end of
    month" that Belgian and Dutch conditions use.
    """
    due = entry_date + timedelta(days=days or 0)
    return _end_of_month(due, end_of_months - 1) if end_of_months else due


def instalments(condition, entry_date, due=None):
    """Pairs (share of the total, due date); a sent DueDate makes it one term."""
    parts = condition.get("Instalments")
    if due is not None or not parts:
        if due is None:
            days, months = condition["PaymentDays"], condition["PaymentEndOfMonths"]
            due = due_date(entry_date, days, months)
        return [(Decimal(1), due)]
    return [
        (Decimal(part["Share"]), due_date(entry_date, part["Days"], 0))
        for part in parts
    ]
