"""VAT of one entry line by the type of its code (exact-api 4.7, 6)."""

from dataclasses import dataclass
from decimal import Decimal

from ..errors import Violation
from .money import ZERO, cents

EXCLUDING, INCLUDING, BASE_ONLY, NONE = "E", "I", "B", "N"


@dataclass(frozen=True)
class LineVat:
    """VAT code row (None: no VAT), base and VAT in the entry's currency."""

    code: dict | None
    rate: Decimal
    base: Decimal
    vat: Decimal

    @property
    def charged(self):
        """Reverse charge: the VAT is booked twice and not paid to the party."""
        return bool(self.code and self.code.get("Charged"))

    @property
    def total(self):
        return self.base if self.charged else self.base + self.vat


def rate_at(admin, code, day):
    """Rate (fraction, 0.21) of a code on a day; rates carry dates (exact-api 11)."""
    for row in admin.vat_percentages.by("VATCodeID", code["ID"]):
        start, end = row.get("StartDate"), row.get("EndDate")
        if (start is None or start <= day) and (end is None or day <= end):
            return row["Percentage"]
    return Decimal(0)


def code_for_rate(admin, side, rate, day):
    """A code of type E with this rate, for a line that sends only VATPercentage."""
    for code in admin.vat_codes:
        if (
            code["Type"] == EXCLUDING
            and not code.get("Charged")
            and not code.get("IsBlocked")
            and code["VATTransactionType"] in (side, "B")
            and rate_at(admin, code, day) == rate
        ):
            return code
    raise Violation("vat_percentage")


def resolve(admin, side, line, gl_account, day):
    """The VAT code row of a line, or None.

    A line that names none gets its ledger account's; an empty string keeps that away
    (exact-api 4.5, 11).
    """
    sent, rate = line.get("VATCode"), line.get("VATPercentage")
    if sent is None and rate:
        return code_for_rate(admin, side, rate, day)
    text = gl_account.get("VATCode") if sent is None else sent.strip()
    if not text:
        return None
    code = admin.coded("vat_codes", text)
    if code is None:
        raise Violation("reference", field="VATCode")
    if code.get("IsBlocked"):
        raise Violation("blocked", field="VATCode")
    if code["VATTransactionType"] not in (side, "B"):
        if sent is None:
            return None
        raise Violation("not_allowed", field="VATCode")
    if rate and rate != rate_at(admin, code, day):
        raise Violation("vat_percentage")
    return code


def compute(admin, code, amount, override, day):
    """Base and VAT of a line amount; ``override`` is a sent VATAmountFC."""
    amount = cents(amount)
    kind = code["Type"] if code else NONE
    if kind in (NONE, BASE_ONLY):
        if override and kind == NONE:
            raise Violation("vat_on_none")
        return LineVat(code, Decimal(0), amount, ZERO)
    rate = rate_at(admin, code, day)
    if kind == INCLUDING:
        vat = cents(amount * rate / (1 + rate)) if override is None else cents(override)
        return LineVat(code, rate, amount - vat, vat)
    vat = cents(amount * rate) if override is None else cents(override)
    return LineVat(code, rate, amount, vat)
