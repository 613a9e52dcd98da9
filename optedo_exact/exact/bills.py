"""A purchase entry of Exact as a vendor bill: which tax, which amounts (product H2)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from . import odata

ENTRIES = "purchaseentry/PurchaseEntries"
LINES = "purchaseentry/PurchaseEntryLines"
NESTED = "PurchaseEntryLines"
ATTACHMENTS = "bulk/Documents/DocumentAttachments"
HEADER_FIELDS = [
    "EntryID",
    "EntryNumber",
    "EntryDate",
    "DueDate",
    "Journal",
    "Supplier",
    "SupplierName",
    "YourRef",
    "Description",
    "PaymentReference",
    "Currency",
    "Rate",
    "AmountFC",
    "AmountDC",
    "VATAmountFC",
    "Document",
    "DocumentSubject",
    "Status",
    "Type",
]
LINE_FIELDS = [
    "EntryID",
    "LineNumber",
    "Description",
    "GLAccount",
    "GLAccountCode",
    "AmountFC",
    "VATAmountFC",
    "VATCode",
    "VATNonDeductiblePercentage",
]
# Type of a purchase entry and of a credit note in the ledger (exact-api 4.8).
TYPES = (30, 31)
CREDIT_NOTE = 31
REJECTED = 5
# Entries a question: a page of the answer, and an address of 4 kB; one of 12 kB is too
# long (exact-api 8).
BATCH = 60
INCLUDING, NO_VAT = "I", "N"
# VATGLAccountType of a ledger account and the box of the Belgian return.
KINDS = {"G": "81", "S": "82", "I": "83"}
# What Exact's VAT may differ from its own lines before a person has to look.
ROUNDING = Decimal("1.00")


@dataclass(frozen=True)
class Line:
    """One line of an entry, signed as on the bill (a credit note is positive too).

    :param base: without VAT
    :param vat: of the line, also where it is charged to the buyer
    """

    number: int
    name: str
    gl_account: str
    gl_code: str
    vat_code: str
    base: Decimal
    vat: Decimal
    non_deductible: Decimal | None


@dataclass(frozen=True)
class Tax:
    """A tax of Odoo that may stand for the VAT code of a line.

    :param box: 81, 82 or 83 of the Belgian return, empty elsewhere
    :param share: the fraction of the VAT that is no claim
    :param unsaid: none of its VAT has an account: all of it is a claim, or nothing
    """

    key: object
    box: str = ""
    share: Decimal = Decimal(0)
    unsaid: bool = False


def is_credit_note(entry: dict) -> bool:
    """By its type; one whose amount is negative is one too (exact-api 6)."""
    amount = odata.to_decimal(entry.get("AmountFC"))
    return amount < 0 or (entry.get("Type") == CREDIT_NOTE and amount <= 0)


def plain_reference(reference: str | None) -> str:
    """The number of a supplier without what one types and another does not.

    >>> plain_reference("F-2026/0815") == plain_reference("f2026 0815")
    True
    """
    return "".join(char for char in (reference or "").casefold() if char.isalnum())


def read_lines(entry: dict, types: dict[str, str]) -> list[Line]:
    """The lines of an entry with its header, in the core's words.

    :param types: the type of each VAT code: E, I, B or N
    """
    sign = -1 if is_credit_note(entry) else 1
    found = []
    for row in sorted(entry[NESTED], key=lambda row: row["LineNumber"] or 0):
        code = row.get("VATCode") or ""
        amount = odata.to_decimal(row["AmountFC"])
        vat = odata.to_decimal(row.get("VATAmountFC"))
        base = amount - vat if types.get(code) == INCLUDING else amount
        share = row.get("VATNonDeductiblePercentage")
        found.append(
            Line(
                number=row["LineNumber"] or 0,
                name=row.get("Description") or entry.get("Description") or "",
                gl_account=row["GLAccount"],
                gl_code=row.get("GLAccountCode") or "",
                vat_code=code,
                base=base * sign,
                vat=vat * sign,
                non_deductible=None if share is None else odata.to_decimal(share),
            )
        )
    return found


def of_share(candidates: Iterable[Tax], share: Decimal) -> list[Tax]:
    """Those of which this fraction of the VAT is no claim.

    >>> of_share([Tax(1), Tax(2, unsaid=True)], Decimal(1))
    [Tax(key=2, box='', share=Decimal('0'), unsaid=True)]
    """
    candidates = list(candidates)
    said = [
        tax
        for tax in candidates
        if not tax.unsaid and abs(tax.share - share) < Decimal("0.005")
    ]
    return said or [tax for tax in candidates if tax.unsaid and share in (0, 1)]


def choose_tax(
    candidates: Sequence[Tax], kind: str, share: Decimal, defaults: Iterable = ()
) -> list:
    """The taxes of Odoo that may stand for a VAT code on one line.

    The box of the ledger account decides, then the share that is no claim, then the
    default taxes of the account in Odoo. One key is the answer, several are a question,
    none is one too: no tax has this share.

    :param kind: VATGLAccountType of the ledger account
    :param share: the non-deductible share
    :param defaults: keys of the account's own taxes

    >>> choose_tax([Tax(1, "81"), Tax(2, "82")], "S", Decimal(0))
    [2]
    """
    fitting = of_share(candidates, share)
    box = KINDS.get(kind)
    if box and any(tax.box for tax in fitting):
        of_box = [tax for tax in fitting if tax.box == box]
        fitting = of_box or [tax for tax in fitting if not tax.box]
    keys = [tax.key for tax in fitting]
    chosen = set(defaults).intersection(keys)
    return [key for key in keys if key in chosen] if len(chosen) == 1 else keys


def vat_per_tax(lines: Iterable[tuple[Line, object]]) -> dict:
    """What Exact booked of VAT by the tax of Odoo; lines without tax are left out.

    :param lines: each with the key of its tax, or ``None``
    """
    totals: dict = defaultdict(Decimal)
    for line, tax in lines:
        if tax is not None:
            totals[tax] += line.vat
    return dict(totals)


def correction(target: Decimal, parts: Sequence[tuple[object, Decimal]]) -> dict:
    """New amounts of the journal items of a tax, so that they come to ``target``.

    The difference goes to the largest; the others stay as Odoo computed them.

    :param parts: (key, amount as Odoo computed it)
    :return: the amount of each that changes
    """
    difference = target - sum((amount for _key, amount in parts), Decimal(0))
    if not difference or not parts:
        return {}
    key, amount = max(parts, key=lambda part: abs(part[1]))
    return {key: amount + difference}


def rounding(total: Decimal, booked: Decimal) -> Decimal | None:
    """The amount of a rounding line, zero where none is needed.

    ``None`` where the difference is no rounding: the lines do not tell the total.
    """
    difference = total - booked
    return difference if abs(difference) <= ROUNDING else None
