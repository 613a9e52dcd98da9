"""Odoo's numbers as entry numbers in Exact: which of them cannot be (product B5).

Exact wants an entry number once per journal and year, without letters, and within 31
bits. Found for all invoices at once, before any call.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .payloads import ENTRY_NUMBER_MAX, digits

WITHOUT_DIGITS = "number_without_digits"
TOO_LARGE = "number_too_large"
CLASH = "numbers_clash"


@dataclass(frozen=True)
class Numbered:
    """An invoice with its number in Odoo and its journal in Exact.

    :param key: of the caller, to find it again; ``None`` for what stands in Exact
    """

    key: int | None
    name: str
    journal: str
    year: int

    @property
    def entry(self) -> int:
        """The entry number that its digits make, 0 where there are none."""
        return int(digits(self.name) or 0)


@dataclass(frozen=True)
class Problem:
    """Why some invoices cannot be booked under their numbers."""

    code: str
    entry: int
    invoices: tuple[Numbered, ...]

    @property
    def keys(self) -> list[int]:
        """Of the invoices that are not booked yet."""
        return [invoice.key for invoice in self.invoices if invoice.key is not None]


def problems(invoices: Iterable[Numbered]) -> list[Problem]:
    """All problems among the invoices to book and those that stand in Exact."""
    found: list[Problem] = []
    places: dict[tuple, list[Numbered]] = {}
    for invoice in invoices:
        if not invoice.entry:
            found.append(Problem(WITHOUT_DIGITS, 0, (invoice,)))
        elif invoice.entry > ENTRY_NUMBER_MAX:
            found.append(Problem(TOO_LARGE, invoice.entry, (invoice,)))
        else:
            place = (invoice.journal, invoice.year, invoice.entry)
            places.setdefault(place, []).append(invoice)
    for (_journal, _year, entry), same in places.items():
        if len(same) > 1 and any(invoice.key is not None for invoice in same):
            found.append(Problem(CLASH, entry, tuple(same)))
    return [problem for problem in found if problem.keys]
