"""Which VAT code of Exact may stand for which tax of Odoo (product C3).

A rate alone does not say enough: at 0 % there are export, deliveries to other EU
countries, reverse charge and margin, and each goes to another box of the return.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# What a supply is. The values are keys of the words in ``models/issues.py``.
STANDARD = "nature_standard"  # VAT is charged
ZERO = "nature_zero"  # 0 % or exempt, at home
CHARGED = "nature_charged"  # reverse charge at home (co-contractor, verlegd)
EU_GOODS = "nature_eu_goods"
EU_SERVICES = "nature_eu_services"
TRIANGULAR = "nature_triangular"
EXPORT = "nature_export"
OSS = "nature_oss"
MARGIN = "nature_margin"
NONE = "nature_none"  # outside of VAT
EU_LISTED = frozenset({EU_GOODS, EU_SERVICES, TRIANGULAR})

# Boxes of the Belgian and the Dutch return say it best; they are on Odoo's taxes
# (l10n_be and l10n_nl, data/template/account.tax-*.csv).
BOXES = {
    "BE": {
        "00": {ZERO, MARGIN},
        "01": {STANDARD},
        "02": {STANDARD},
        "03": {STANDARD},
        "44": {EU_SERVICES},
        "45": {CHARGED, ZERO},
        "46L": {EU_GOODS},
        "46T": {TRIANGULAR},
        "47": {EXPORT, ZERO},
    },
    "NL": {
        "1a": {STANDARD},
        "1b": {STANDARD},
        "1c": {STANDARD},
        "1e": {ZERO, CHARGED, MARGIN},
        "3a": {EXPORT},
        "3bg": {EU_GOODS},
        "3bs": {EU_SERVICES},
        "3bt": {TRIANGULAR},
        "3c": {EU_GOODS, ZERO},
    },
}
# The tag of sales to consumers in other EU countries, above boxes (l10n_eu_oss).
OSS_TAG = "OSS"
# The categories of electronic invoices (UNCL 5305).
CATEGORIES = {
    "S": {STANDARD},
    "Z": {ZERO},
    "E": {ZERO, MARGIN},
    "O": {NONE, ZERO},
    "AE": {CHARGED, EU_SERVICES},
    "K": set(EU_LISTED),
    "G": {EXPORT},
}
_LISTINGS = {"L": EU_GOODS, "S": EU_SERVICES, "T": TRIANGULAR}

# Reasons why a code does not fit, keys of ``SENTENCES``.
OTHER_DIRECTION = "vat_code_direction"
OTHER_RATE = "vat_code_rate"
OTHER_NATURE = "vat_code_nature"
NO_RATE = "tax_no_rate"


@dataclass(frozen=True)
class Tax:
    """A tax of Odoo, or none.

    :param rate: the fraction that it adds; ``None`` where it is no percentage
    :param natures: what it may be; empty where nothing says
    :param purchase: it is for vendor bills
    :param charged: the buyer owes it (co-contractor, other EU countries, import)
    """

    rate: Decimal | None
    natures: frozenset[str] = frozenset()
    purchase: bool = False
    charged: bool = False


@dataclass(frozen=True)
class Code:
    """A VAT code of Exact (exact-api 4.7, 11).

    :param type: E exclusive, I inclusive, B base only, N no VAT
    :param rates: the fraction with its first and last day, ``None`` where open
    :param listing: EUSalesListing: L goods, S services, T triangular, N none
    """

    type: str
    rates: Sequence[tuple[Decimal, date | None, date | None]]
    for_sales: bool = True
    for_purchases: bool = True
    charged: bool = False
    listing: str = ""
    margin: bool = False
    oss_country: str = ""

    @property
    def nature(self) -> str:
        """What is booked with it; ``STANDARD`` also for export, which has no mark."""
        if self.oss_country:
            return OSS
        if self.margin:
            return MARGIN
        if self.listing in _LISTINGS:
            return _LISTINGS[self.listing]
        if self.charged:
            return CHARGED
        return NONE if self.type == "N" else STANDARD

    def rate(self, day: date) -> Decimal | None:
        """The rate on a day; the code of a lodging had 9 % once and has 21 % now.

        A code without VAT of its own, or whose VAT the customer owes, adds nothing.
        ``None`` where it has no rate on that day.
        """
        if self.type in ("B", "N") or self.charged:
            return Decimal(0)
        for rate, first, last in self.rates:
            if (not first or first <= day) and (not last or day <= last):
                return rate
        return None

    def fits_some_day(self, tax: "Tax", today: date, any_nature: bool = False) -> bool:
        """Whether it may stand for a tax today or on the first day of another rate.

        A tax of an old rate still has invoices, and a coming one is set up before.
        """
        days = [today, *(first for _rate, first, _last in self.rates if first)]
        days += [last for _rate, _first, last in self.rates if last]
        fine = (None, OTHER_NATURE) if any_nature else (None,)
        return any(misfit(tax, self, day) in fine for day in days)


def natures(country: str, boxes: Sequence[str], category: str) -> frozenset[str]:
    """What a tax of Odoo may be, by the boxes of its base and its category.

    >>> sorted(natures("BE", ["46L"], "K"))
    ['nature_eu_goods']
    """
    if OSS_TAG in boxes:
        return frozenset({OSS})
    known = BOXES.get(country, {})
    found = {nature for box in boxes for nature in known.get(box, ())}
    return frozenset(found or CATEGORIES.get(category, ()))


def misfit(tax: Tax, code: Code, day: date) -> str | None:
    """Why a code cannot stand for a tax on a day; ``None`` where it can."""
    if tax.rate is None:
        return NO_RATE
    if not (code.for_purchases if tax.purchase else code.for_sales):
        return OTHER_DIRECTION
    if code.rate(day) != tax.rate:
        return OTHER_RATE
    if tax.purchase:
        # What Exact marks of a purchase is no more than who owes the VAT.
        return None if code.charged == tax.charged else OTHER_NATURE
    if tax.natures and not _agree(tax, code):
        return OTHER_NATURE
    return None


def _agree(tax: Tax, code: Code) -> bool:
    nature = code.nature
    if nature == NONE:
        return bool(tax.natures & {NONE, ZERO})  # exempt supplies are booked so too
    if nature != STANDARD:
        # A foreign rate is the same supply to Odoo's box as one at home.
        return nature in tax.natures or (nature == OSS and STANDARD in tax.natures)
    # At 0 % a plain code serves zero and exempt supplies and export alike.
    return bool(tax.natures & ({ZERO, EXPORT, NONE} if not tax.rate else {STANDARD}))
