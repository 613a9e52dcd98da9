"""Which code of Exact most likely stands for something of Odoo, and why (product C2).

A proposal needs one candidate that stands out; where several fit, a person decides. The
reason is a key of the sentences in ``models/exact_proposal.py``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .vat import OSS, Code, Tax, misfit

SAME_CODE = "same_code"
ONLY_ONE = "only_one"
SAME_RATE = "same_rate"
SAME_NATURE = "same_nature"
SAME_DAYS = "same_days"
NO_VAT = "no_vat"


@dataclass(frozen=True)
class Candidate:
    """An element of a list of Exact that can be booked on (exact-api 4.7, 11).

    :param key: of the caller, to find it again
    :param type: Exact's own: a journal's, a VAT code's
    :param vat: what a VAT code is
    :param days: of a payment condition, ``None`` where months' ends count too
    """

    key: int
    code: str
    type: str = ""
    vat: Code | None = None
    days: int | None = None


Proposal = tuple[Candidate, str] | None


def journal(code: str, candidates: Iterable[Candidate]) -> Proposal:
    """The sales journal with the same code, else the only one there is."""
    candidates = list(candidates)
    return _only((c for c in candidates if c.code == code), SAME_CODE) or _only(
        candidates, ONLY_ONE
    )


def vat_code(tax: Tax, candidates: Iterable[Candidate], day: date) -> Proposal:
    """The exclusive sales code of the same rate and nature.

    At 0 % the rate alone says nothing: where the tax does not say what it is, a person
    has to. An exclusive code also fits a tax that is included in the price, since
    journal items are without it.
    """
    if not tax.rate and not tax.natures:
        return None
    fitting = [
        c
        for c in candidates
        if c.vat and c.vat.type in ("E", "B") and misfit(tax, c.vat, day) is None
    ]
    if OSS not in tax.natures:
        # A code of another country's VAT has the same rate by chance.
        fitting = [c for c in fitting if c.vat and c.vat.nature != OSS]
    return _only(fitting, SAME_RATE if tax.rate else SAME_NATURE)


def no_vat(candidates: Iterable[Candidate]) -> Proposal:
    """The code for lines without tax: the one of type N."""
    return _only((c for c in candidates if c.type == "N"), NO_VAT)


def same_code(code: str, candidates: Iterable[Candidate]) -> Proposal:
    """The ledger account, cost centre or cost unit with the same code."""
    return _only((c for c in candidates if code and c.code == code), SAME_CODE)


def payment_condition(days: int | None, candidates: Iterable[Candidate]) -> Proposal:
    """The condition with as many days.

    :param days: ``None`` for a term that is not simply a number of days
    """
    if days is None:
        return None
    return _only((c for c in candidates if c.days == days), SAME_DAYS)


def _only(candidates: Iterable[Candidate], reason: str) -> Proposal:
    found = list(candidates)
    return (found[0], reason) if len(found) == 1 else None
