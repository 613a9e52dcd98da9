"""What the payments of an invoice in Odoo must become, given what Exact says.

The link steers only its own payments: they are to equal what Exact has settled, less
what others settled in Odoo (product G2). All amounts are Decimal in the currency of the
invoice and positive in its direction, for credit notes too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# Status of a payment term (exact-api 4.8): selected and processed are in transit.
MATCHED = 50
ZERO = Decimal(0)


@dataclass(frozen=True)
class Term:
    """One row of Exact's open items: a part of an entry, open or settled.

    :param amount: what the row stands for, without sign: sources disagree on that of
        open amounts (exact-api 4.8), and a term never crosses zero
    """

    amount: Decimal
    settled: bool
    paid_on: date | None = None

    @classmethod
    def read(
        cls, amount: Decimal, status: int, fully_paid: bool, paid_on: date | None
    ) -> "Term":
        """A term from Exact's own words, the one place that knows their meaning."""
        return cls(abs(amount), fully_paid or status == MATCHED, paid_on)


@dataclass(frozen=True)
class Balance:
    """What Exact has settled of an entry, and when it last received something."""

    settled: Decimal
    paid_on: date | None


def balance(total: Decimal, terms: Iterable[Term]) -> Balance | None:
    """What is settled of an entry of ``total``, or ``None`` where the rows do not tell.

    A part-paid term becomes several rows, and rows and deletions are read in two calls:
    for a moment the rows can be too few or too many. They tell something only when they
    add up to the whole; a settled row may have lost its amount (exact-api 4.8).
    No rows never reads as paid (product G5).
    """
    terms = list(terms)
    if not terms:
        return None
    open_amount = sum((t.amount for t in terms if not t.settled), ZERO)
    settled_amount = sum((t.amount for t in terms if t.settled), ZERO)
    emptied = any(t.settled and not t.amount for t in terms)
    together = open_amount + settled_amount
    if together != total and not (emptied and together < total):
        return None
    dates = [t.paid_on for t in terms if t.settled and t.paid_on]
    return Balance(total - open_amount, max(dates, default=None))


@dataclass(frozen=True)
class Decision:
    """What the link has to do on one invoice.

    :param pay: to register as payment
    :param take_back: to take back of the link's own payments, newest first
    :param write_off: to write off, so that the invoice is paid
    :param overlap: matched in Odoo by others but still open in Exact
    :param surplus: settled in Exact beyond what is open in Odoo
    """

    pay: Decimal = ZERO
    take_back: Decimal = ZERO
    write_off: Decimal = ZERO
    overlap: Decimal = ZERO
    surplus: Decimal = ZERO


def decide(
    settled_in_exact: Decimal,
    made_by_link: Decimal,
    settled_otherwise_in_odoo: Decimal,
    residual: Decimal,
    tolerance: Decimal = ZERO,
) -> Decision:
    """Make the link's own payments equal what Exact settled less what others did.

    :param made_by_link: the link's payments that stand, matched with the invoice or not
    :param settled_otherwise_in_odoo: matched by anyone else, never undone
    :param residual: what is open on the invoice in Odoo
    :param tolerance: up to which an invoice that received something counts as paid
    """
    wanted = settled_in_exact - settled_otherwise_in_odoo
    overlap = max(-wanted, ZERO)
    change = max(wanted, ZERO) - made_by_link
    if change < 0:
        return Decision(take_back=-change, overlap=overlap)
    pay = min(change, residual)
    rest = residual - pay
    write_off = rest if settled_in_exact > 0 and rest <= tolerance else ZERO
    return Decision(pay, ZERO, write_off, overlap, change - pay)
