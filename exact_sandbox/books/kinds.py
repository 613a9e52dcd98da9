"""What sales and purchase entries have in common, and where they differ."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EntryKind:
    """``sign``: +1 where the party's side of a positive entry is debit."""

    name: str
    headers: str
    lines: str
    nested: str
    party: str
    role: str
    journal_type: int
    journal_kind: str
    entry_type: int
    credit_type: int
    sign: int
    term_type: int
    vat_side: str
    gl_type: int
    own_account: str
    condition: str
    default_vat: str


SALES = EntryKind(
    name="sales",
    headers="sales_entries",
    lines="sales_lines",
    nested="SalesEntryLines",
    party="Customer",
    role="CustomerType",
    journal_type=20,
    journal_kind="sales journal",
    entry_type=20,
    credit_type=21,
    sign=1,
    term_type=20,
    vat_side="S",
    gl_type=20,
    own_account="GLAR",
    condition="PaymentConditionSales",
    default_vat="SalesVATCode",
)

KINDS = (SALES,)


def has_role(kind, account):
    """Sales need Status C, purchases IsSupplier (exact-api 4.1)."""
    if kind.vat_side == "S":
        return account.get("Status") == "C"
    return bool(account.get("IsSupplier"))
