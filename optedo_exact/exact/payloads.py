"""From an invoice in plain values to the sales entry that Exact books.

Amounts are Decimal in the invoice's currency and signed as Exact wants them: positive
on an invoice, negative on a credit note (exact-api 6).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal

ENTRIES = "salesentry/SalesEntries"
# Lengths that Exact takes with certainty (exact-api 6); longer text is shortened,
# longer numbers are refused beforehand.
DESCRIPTION_LENGTH = 60
YOUR_REF_LENGTH = 30
NAME_LENGTH = 50
# What an update of a customer writes over.
UPDATED = (
    "Name",
    "AddressLine1",
    "AddressLine2",
    "Postcode",
    "City",
    "Country",
    "VATNumber",
    "ChamberOfCommerce",
    "Email",
    "Language",
)
CONDITIONS = ("PaymentConditionSales", "PaymentConditionPurchase")
ENTRY_NUMBER_MAX = 2**31 - 1  # an Edm.Int32 (exact-api 6)


@dataclass(frozen=True)
class VatCode:
    """A VAT code of Exact.

    :param kind: E exclusive, I inclusive, B base only, N no VAT (exact-api 4.7)
    :param rate: the fraction that Odoo charged, 0 for reverse charge
    """

    code: str
    kind: str = "E"
    rate: Decimal = Decimal(0)


@dataclass(frozen=True)
class Line:
    """An amount without VAT on a ledger account."""

    gl_account: str  # guid
    amount: Decimal
    vat: VatCode
    description: str = ""
    cost_center: str = ""  # code
    cost_unit: str = ""  # code
    # The days over which the revenue is spread, where it is.
    start: date | None = None
    end: date | None = None

    @property
    def group(self) -> tuple:
        """What lines have to share to become one (product B9)."""
        places = (self.gl_account, self.cost_center, self.cost_unit)
        return (self.vat, *places, self.start, self.end)


@dataclass(frozen=True)
class Invoice:
    """What is to be booked.

    :param vat_totals: the VAT of the whole invoice per code, as Odoo computed it
    :param rate: company currency per unit of the invoice's; ``None`` where the same
    :param unit: the currency's smallest amount, 0.01 for euro
    """

    number: str
    journal: str  # code
    customer: str  # guid
    entry_date: date
    due_date: date | None  # ``None``: the payment condition says it
    currency: str
    lines: tuple[Line, ...]
    vat_totals: dict[str, Decimal]
    total: Decimal
    rate: Decimal | None = None
    unit: Decimal = Decimal("0.01")
    payment_condition: str = ""
    payment_reference: str = ""
    description: str = ""
    entry_number: int | None = None  # ``None``: Exact gives the next one
    # Year and number of the period it is reported in; ``None``: that of ``entry_date``.
    period: tuple[int, int] | None = None


def grouped(lines: Sequence[Line]) -> tuple[Line, ...]:
    """One line per VAT code, ledger account and cost centre, with their totals (B9).

    Lines that cancel out stay, since their VAT code has to be named.
    """
    groups: dict[tuple, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.group, []).append(line)
    return tuple(
        replace(
            members[0],
            amount=sum((line.amount for line in members), Decimal(0)),
            description=", ".join(dict.fromkeys(line.description for line in members)),
        )
        for members in groups.values()
    )


Place = tuple[str, str]  # cost centre and cost unit, empty for none
ROUNDED_OFF = Decimal("0.0005")  # of a distribution that a user typed as thirds


def places(
    shares: Sequence[tuple[str | None, str | None, Decimal]],
) -> list[tuple[str, str, Decimal]]:
    """The shares of a distribution over cost centres and cost units together.

    :param shares: cost centre, cost unit and fraction; ``None`` where a share says
        nothing of the one: Odoo distributes over each plan by itself, and the two are
        then independent of each other
    :return: fractions that add up to 1; an empty text for what is on none
    """
    both: dict[Place, Decimal] = {}
    alone: tuple[dict[str, Decimal], dict[str, Decimal]] = ({}, {})
    for center, unit, share in shares:
        if center is not None and unit is not None:
            both[center, unit] = both.get((center, unit), Decimal(0)) + share
        elif center is not None:
            alone[0][center] = alone[0].get(center, Decimal(0)) + share
        elif unit is not None:
            alone[1][unit] = alone[1].get(unit, Decimal(0)) + share
    together = sum(both.values(), Decimal(0))
    if together > 1:
        return [(*place, share / together) for place, share in both.items()]
    rest = 1 - together
    if rest < ROUNDED_OFF:
        rest = Decimal(0)
        both = {place: share / together for place, share in both.items()}
    centers, units = (_whole(side, rest) for side in alone)
    for center, one in centers.items():
        for unit, other in units.items():
            share = one * other / rest
            both[center, unit] = both.get((center, unit), Decimal(0)) + share
    return [(*place, share) for place, share in both.items() if share]


def _whole(side: dict[str, Decimal], whole: Decimal) -> dict[str, Decimal]:
    """The shares of one plan, with what they leave of ``whole`` on none."""
    if not whole:
        return {}
    total = sum(side.values(), Decimal(0))
    if total > whole or whole - total < ROUNDED_OFF:
        return {name: share * whole / total for name, share in side.items()}
    side = dict(side)
    side[""] = side.get("", Decimal(0)) + whole - total
    return side


def divided(
    line: Line, shares: Sequence[tuple[str, str, Decimal]], unit: Decimal
) -> tuple[Line, ...]:
    """A line over cost centres and cost units, with no cent lost (product C4).

    :param shares: cost centre, cost unit and fraction, together 1 (``places``)
    """
    ideal = [line.amount * share for _center, _unit, share in shares]
    return tuple(
        replace(line, amount=amount, cost_center=center, cost_unit=cost_unit)
        for (center, cost_unit, _share), amount in zip(
            shares, spread(line.amount, ideal, unit), strict=True
        )
    )


def without_zeros(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines that book something; all of them where none does.

    An invoice of nothing but zeros still has its number in Exact.
    """
    return tuple(line for line in lines if line.amount) or tuple(lines)


def digits(number: str) -> str:
    """The digits of a number of Odoo, as Exact's own numbers have no letters.

    >>> digits("FAC-2020-0001")
    '20200001'
    """
    return "".join(c for c in number if c in "0123456789")


def spread(total: Decimal, ideal: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """Round the ideal shares to ``unit`` so that they add up to ``total`` exactly.

    Largest remainder: each share is rounded down and the missing units go, one each, to
    those that lost most. A total that differs by more than rounding is spread evenly.

    >>> spread(Decimal("0.05"), [Decimal("0.025"), Decimal("0.025")], Decimal("0.01"))
    [Decimal('0.03'), Decimal('0.02')]
    """
    if not ideal:
        return []
    floors = [(share / unit).to_integral_value(ROUND_FLOOR) for share in ideal]
    missing = int(total / unit - sum(floors))
    each, rest = divmod(missing, len(ideal))
    by_loss = sorted(range(len(ideal)), key=lambda i: (floors[i] - ideal[i] / unit, i))
    favoured = set(by_loss[:rest])
    return [
        (floor + each + (1 if i in favoured else 0)) * unit
        for i, floor in enumerate(floors)
    ]


def line_vat(invoice: Invoice) -> list[Decimal]:
    """The VAT of each line; per code they add up to Odoo's VAT to the cent."""
    vat = [Decimal(0)] * len(invoice.lines)
    for code, total in invoice.vat_totals.items():
        places = [i for i, line in enumerate(invoice.lines) if line.vat.code == code]
        ideal = [invoice.lines[i].amount * invoice.lines[i].vat.rate for i in places]
        for i, share in zip(places, spread(total, ideal, invoice.unit), strict=True):
            vat[i] = share
    return vat


def totals_agree(invoice: Invoice) -> bool:
    """Whether lines and VAT add up to the invoice's total, and each VAT has a line."""
    codes = {line.vat.code for line in invoice.lines}
    if any(vat and code not in codes for code, vat in invoice.vat_totals.items()):
        return False
    booked = sum((line.amount for line in invoice.lines), Decimal(0))
    return booked + sum(invoice.vat_totals.values(), Decimal(0)) == invoice.total


def sales_entry(invoice: Invoice) -> dict:
    """The body of ``POST salesentry/SalesEntries`` (exact-api 4.2).

    ``YourRef`` carries Odoo's number: it is the key by which a lost booking is found
    again, since Exact has no idempotency key (exact-api 9).
    """
    vat = line_vat(invoice)
    year, period = invoice.period or (None, None)
    entry = {
        "Journal": invoice.journal,
        "Customer": invoice.customer,
        "EntryDate": invoice.entry_date,
        "ReportingYear": year,
        "ReportingPeriod": period,
        "DueDate": invoice.due_date,
        "Currency": invoice.currency,
        "Rate": invoice.rate,
        "Description": shorten(invoice.description, DESCRIPTION_LENGTH),
        "EntryNumber": invoice.entry_number,
        "YourRef": invoice.number,
        "PaymentCondition": invoice.payment_condition,
        "PaymentReference": invoice.payment_reference,
        "VATAmountFC": sum(vat, Decimal(0)),
        "SalesEntryLines": [
            _sales_line(line, amount)
            for line, amount in zip(invoice.lines, vat, strict=True)
        ],
    }
    return {name: value for name, value in entry.items() if value not in (None, "")}


def _sales_line(line: Line, vat: Decimal) -> dict:
    entry = {
        "GLAccount": line.gl_account,
        # With an inclusive code Exact takes the VAT out of the amount (exact-api 6).
        "AmountFC": line.amount + vat if line.vat.kind == "I" else line.amount,
        "VATCode": line.vat.code,
        "CostCenter": line.cost_center,
        "CostUnit": line.cost_unit,
        "From": line.start,
        "To": line.end,
        "Description": shorten(line.description, DESCRIPTION_LENGTH),
    }
    if line.vat.kind != "N":  # a VAT amount with such a code is refused (exact-api 11)
        entry["VATAmountFC"] = vat
    return {name: value for name, value in entry.items() if value not in (None, "")}


def shorten(text: str, length: int) -> str:
    """``text`` on one line of at most ``length`` characters, an ellipsis where cut."""
    text = " ".join((text or "").split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def plain(payload):
    """The payload in values that JSON knows, to be kept: amounts and dates as text."""
    return json.loads(json.dumps(payload, default=str))


def fingerprint(payload) -> str:
    """A digest that changes when anything that is sent changes."""
    text = json.dumps(payload, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Party:
    """A customer as the invoice names it (exact-api 4.1)."""

    name: str
    street: str = ""
    street2: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""  # ISO code
    vat_number: str = ""
    company_number: str = ""
    email: str = ""
    language: str = ""
    code: str = ""  # digits, where Odoo's code goes along (product B6)
    payment_condition: str = ""  # code of Exact, on sales
    purchase_condition: str = ""  # code of Exact, on purchases
    customer: bool = True
    supplier: bool = False


def roles(party: Party) -> dict:
    """What makes an account of Exact what the party is.

    Without ``Status`` C a sale on it is refused, without ``IsSupplier`` a purchase; one
    account can be both (exact-api 4.1).
    """
    body: dict = {}
    if party.customer:
        body["Status"] = "C"
    if party.supplier:
        body["IsSupplier"] = True
    return body


def account(party: Party) -> dict:
    """The body of ``POST crm/Accounts``."""
    body = {
        "Code": party.code,
        "Name": shorten(party.name, NAME_LENGTH),
        "AddressLine1": party.street,
        "AddressLine2": party.street2,
        "Postcode": party.postcode,
        "City": party.city,
        "Country": party.country,
        "VATNumber": party.vat_number,
        "ChamberOfCommerce": party.company_number,
        "Email": party.email,
        "Language": party.language,
        "PaymentConditionSales": party.payment_condition,
        "PaymentConditionPurchase": party.purchase_condition,
    }
    return {name: value for name, value in body.items() if value} | roles(party)


def account_update(party: Party) -> dict:
    """The body of ``PUT crm/Accounts``: all but the code, which Exact refuses to take
    twice (exact-api 4.1), and empty where Odoo has nothing any more.

    A payment condition that Exact has is only written over by another: sales there need
    one (exact-api 4.2).
    """
    body = account(replace(party, code="", customer=False, supplier=False))
    return {name: body.get(name, "") for name in UPDATED} | {
        name: body[name] for name in CONDITIONS if name in body
    }


def shortened(party: Party) -> list[tuple[str, str]]:
    """The texts of a party that do not fit, each with what Exact gets (product D7).

    :return: (property of Exact, the text that is sent)
    """
    sent = account(party)
    whole = {"Name": party.name}
    return [
        (name, sent.get(name, ""))
        for name, text in whole.items()
        if sent.get(name, "") != " ".join(text.split())
    ]
