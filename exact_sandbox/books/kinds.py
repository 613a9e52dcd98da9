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
    own_account: str
    condition: str


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
    own_account="GLAR",
    condition="PaymentConditionSales",
)

PURCHASE = EntryKind(
    name="purchase",
    headers="purchase_entries",
    lines="purchase_lines",
    nested="PurchaseEntryLines",
    party="Supplier",
    role="SupplierType",
    journal_type=22,
    journal_kind="purchase journal",
    entry_type=30,
    credit_type=31,
    sign=-1,
    term_type=22,
    vat_side="P",
    own_account="GLAP",
    condition="PaymentConditionPurchase",
)

KINDS = (SALES, PURCHASE)


def has_role(kind, account):
    """Sales need Status C, purchases IsSupplier (exact-api 4.1)."""
    if kind.vat_side == "S":
        return account.get("Status") == "C"
    return bool(account.get("IsSupplier"))
