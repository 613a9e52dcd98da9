"""Currency and rate of an entry (exact-api 6, 11)."""

from decimal import Decimal

from ..errors import Violation


def stored_rate(admin, currency, day):
    """Exact's own rate: the newest of ExchangeRates up to a day."""
    rows = [
        row
        for row in admin.exchange_rates.by("SourceCurrency", currency)
        if row["StartDate"] <= day
    ]
    if not rows:
        raise Violation("mandatory", field="Rate")
    return max(rows, key=lambda row: row["StartDate"])["Rate"]


def rate_of(admin, values, journal):
    """``(currency, rate)``: amount in company currency = amount × rate."""
    home = admin.settings["currency"]
    currency = (values.get("Currency") or journal.get("Currency") or home).strip()
    sent = values.get("Rate")
    if admin.currencies.get(currency) is None:
        raise Violation("reference", field="Currency")
    if currency != journal["Currency"] and not journal.get("AllowVariableCurrency"):
        raise Violation("not_allowed", field="Currency")
    if currency == home:
        if sent is not None and sent != 1:
            raise Violation("not_allowed", field="Rate")
        return currency, Decimal(1)
    if sent is None:
        return currency, stored_rate(admin, currency, values["EntryDate"])
    if not journal.get("AllowVariableExchangeRate"):
        raise Violation("not_allowed", field="Rate")
    if sent <= 0:
        raise Violation("invalid", field="Rate")
    return currency, sent
