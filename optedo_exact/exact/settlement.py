"""What the payments of an invoice in Odoo must become, given what Exact says.

The link steers only its own payments: they are to equal what Exact has settled, less
what others settled in Odoo (product G2). All amounts are Decimal in the currency of the
invoice and positive in its direction, for credit notes and bills too.

Three questions, one after the other: what does Exact say (``balance``), by how much do
the link's payments have to change (``decide``), and which ones (``plan``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

# Status of a payment term (exact-api 4.8): selected and processed are in transit.
SELECTED, PROCESSED, MATCHED = 30, 40, 50
ZERO = Decimal(0)

# What settled something in Exact (product G7).
MONEY, CREDIT, SETTLED = "money", "credit", "settled"
DISCOUNT, DIFFERENCE, WRITE_OFF = "discount", "difference", "write_off"
# The type of a ledger line (exact-api 4.8) as what it means for who it settles.
# 82, an exchange difference, settles nothing in the currency of the invoice. What a
# person booked by hand, 90, may be anything: see ``kind_of``.
KINDS = {
    20: CREDIT,
    21: CREDIT,
    30: CREDIT,
    31: CREDIT,
    40: MONEY,
    83: DIFFERENCE,
}
BY_HAND = 90
# Up to this amount nobody asks what it was (product B12); more is a write-off where the
# other side of its entry stands in the profit and loss account.
SMALL = Decimal(5)
# Types of ledger accounts (exact-api 4.7): of the profit and loss account, and VAT,
# which is reclaimed with a bad debt.
COSTS, VAT = range(110, 161), 24
# Who has a loss of it stands in the books as such; money is what is left.
_FIRST = (DISCOUNT, DIFFERENCE, WRITE_OFF, CREDIT)


def kind_of(line_type: int, amount: Decimal, counters: Iterable[int]) -> str | None:
    """What a ledger line means for whom it settles; ``None`` for nothing.

    A debt that was set off against another, or moved elsewhere, is no loss.

    :param counters: types of the ledger accounts on the other side of its entry
    """
    if line_type != BY_HAND:
        return KINDS.get(line_type)
    found = set(counters) - {VAT}
    at_a_loss = found and all(kind in COSTS for kind in found)
    return WRITE_OFF if at_a_loss or amount <= SMALL else SETTLED


# --- what Exact says ---------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """One row of Exact's open items: a part of an entry, open or settled.

    :param amount: what the row stands for, without sign: sources disagree on that of
        open amounts (exact-api 4.8), and a term never crosses zero
    :param moving: in a collection or payment run, not settled yet
    """

    amount: Decimal
    settled: bool
    paid_on: date | None = None
    moving: bool = False

    @classmethod
    def read(
        cls, amount: Decimal, status: int, fully_paid: bool, paid_on: date | None
    ) -> "Term":
        """A term from Exact's own words, the one place that knows their meaning."""
        settled = fully_paid or status == MATCHED
        moving = not settled and status in (SELECTED, PROCESSED)
        return cls(abs(amount), settled, paid_on, moving)


@dataclass(frozen=True)
class Balance:
    """What Exact has settled of an entry, and when it last received something."""

    settled: Decimal
    paid_on: date | None
    outstanding: Decimal = ZERO
    in_transit: Decimal = ZERO


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
    moving = sum((t.amount for t in terms if t.moving), ZERO)
    paid_on = max(dates, default=None)
    return Balance(total - open_amount, paid_on, open_amount, moving)


# --- by how much -------------------------------------------------------------


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

    What the link wrote off within the tolerance is none of these: it counts as open
    here, and ``write_off`` says what of it is due.

    :param made_by_link: the link's payments that stand, matched with the invoice or not
    :param settled_otherwise_in_odoo: matched by anyone else, never undone
    :param residual: what is open on the invoice in Odoo
    :param tolerance: up to which an invoice that received something counts as paid
    """
    wanted = settled_in_exact - settled_otherwise_in_odoo
    overlap = max(-wanted, ZERO)
    change = max(wanted, ZERO) - made_by_link
    pay = min(max(change, ZERO), residual)
    take_back = max(-change, ZERO)
    # What is taken back is open again in as far as it was matched, which nobody knows
    # before; the next look says.
    rest = residual - pay if not take_back else None
    received = settled_in_exact > 0
    write_off = rest if received and rest and rest <= tolerance else ZERO
    return Decision(pay, take_back, write_off, overlap, max(change, ZERO) - pay)


# --- which ones --------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """What settled (a part of) an entry in Exact: one line of its ledger.

    :param guid: of the line, empty where Exact does not tell what it was
    :param reference: the journal and number of its entry, for people
    """

    guid: str = ""
    kind: str = SETTLED
    amount: Decimal = ZERO
    paid_on: date | None = None
    reference: str = ""


@dataclass(frozen=True)
class Own:
    """A payment of the link that stands in Odoo.

    :param gone: what it came from is no longer in Exact
    :param held: a person matched it with something else, which is not undone
    :param locked: its period is closed, so it stays if only its source is better known
    """

    key: int
    amount: Decimal
    kind: str = SETTLED
    source: str = ""
    gone: bool = False
    held: bool = False
    locked: bool = False


@dataclass(frozen=True)
class Plan:
    """Which payments go, which come, and which turn out to be known by now.

    :param names: key of a payment and the source that it turned out to come from
    """

    take_back: tuple[int, ...] = ()
    register: tuple[Source, ...] = ()
    names: tuple[tuple[int, Source], ...] = ()


def plan(
    decision: Decision,
    sources: Iterable[Source],
    own: Sequence[Own],
    paid_on: date | None,
) -> Plan:
    """Carry a decision out with as little change as possible.

    A payment is taken back whole, newest first, after those whose source is gone; what
    went too much comes again from what is left in Exact. One that is held stays, though
    that leaves more than Exact has.

    Payments of which nothing was known go too, once all that settled them is: they come
    again as what they are.

    :param own: oldest first
    :param paid_on: the date of what Exact settled without saying by what
    """
    target = sum((o.amount for o in own), ZERO) + decision.pay - decision.take_back
    kept = [o for o in own if o.held or not o.gone]
    for one in reversed(own):
        if sum((o.amount for o in kept), ZERO) <= target:
            break
        if one in kept and not one.held:
            kept.remove(one)
    free = _free(sources, kept)
    names = _names(free, kept)
    named = {key for key, _source in names}
    known = _known_by_now(free, [o for o in kept if o.key not in named], target, kept)
    kept = [o for o in kept if o.key not in known]
    ids = {o.key for o in kept}
    taken = tuple(o.key for o in reversed(own) if o.key not in ids)
    # Payments that nothing is known of use up the oldest of what is there.
    blind = sum((o.amount for o in kept if not o.source and o.key not in named), ZERO)
    for guid, source in sorted(free.items(), key=lambda pair: _age(pair[1])):
        used = min(blind, source.amount)
        free[guid] = replace(source, amount=source.amount - used)
        blind -= used
    register = []
    left = target - sum((o.amount for o in kept), ZERO)
    for source in sorted(free.values(), key=lambda s: (s.kind not in _FIRST, _age(s))):
        part = min(left, source.amount)
        if part > 0:
            register.append(replace(source, amount=part))
            left -= part
    if left > 0:
        register.append(Source(amount=left, paid_on=paid_on))
    return Plan(taken, tuple(register), tuple(names))


def _age(source: Source) -> tuple:
    return (source.paid_on or date.max, source.guid)


def _free(sources: Iterable[Source], kept: Sequence[Own]) -> dict[str, Source]:
    """What of each source no payment stands for yet."""
    free = {}
    for source in sources:
        used = sum((o.amount for o in kept if o.source == source.guid), ZERO)
        if source.amount > used:
            free[source.guid] = replace(source, amount=source.amount - used)
    return free


def _known_by_now(
    free: dict[str, Source],
    unnamed: Sequence[Own],
    target: Decimal,
    kept: Sequence[Own],
) -> set[int]:
    """The payments of unknown source that are replaced by those that are known by now.

    Only where these make up all that there is to be, so that it happens once.
    """
    blind = [o for o in unnamed if not o.source]
    loose = [o for o in blind if not (o.held or o.locked)]
    stuck = sum((o.amount for o in blind if o.held or o.locked), ZERO)
    there = sum((source.amount for source in free.values()), ZERO) - stuck
    standing = sum((o.amount for o in kept if o not in loose), ZERO)
    return {o.key for o in loose} if there >= target - standing > 0 else set()


def _names(free: dict[str, Source], kept: Sequence[Own]) -> list[tuple[int, Source]]:
    """Take out of ``free`` what payments of unknown source turn out to be.

    Only what is the same payment in Odoo: a discount is booked otherwise.
    """
    names = []
    for one in kept:
        if one.source:
            continue
        for guid, source in sorted(free.items(), key=lambda pair: _age(pair[1])):
            if source.kind in (MONEY, CREDIT) and source.amount == one.amount:
                names.append((one.key, source))
                del free[guid]
                break
    return names
