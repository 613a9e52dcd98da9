"""Which property names another record, and what is shown of that record.

One table drives both the check "Ongeldige referentie" on a write and the computed
names and descriptions on a read (``CustomerName``, ``GLAccountCode``, …).
"""

from functools import cache
from typing import NamedTuple


class Reference(NamedTuple):
    """``by`` is ``key`` or ``code``."""

    table: str
    by: str


_ACCOUNT = Reference("accounts", "key")
_GL = Reference("gl_accounts", "key")
_VAT = Reference("vat_codes", "code")
_CONDITION = Reference("payment_conditions", "code")
_CURRENCY = Reference("currencies", "key")

REFERENCES = {
    **dict.fromkeys(
        ("Account", "AccountId", "Customer", "InvoiceAccount", "Parent", "Supplier"),
        _ACCOUNT,
    ),
    "Reseller": _ACCOUNT,
    **dict.fromkeys(
        (
            "GLAccount",
            "GLAccountPurchase",
            "GLAccountSales",
            "GLAP",
            "GLAR",
            "GLDiscountPurchase",
            "GLDiscountSales",
            "GLToClaim",
            "GLToPay",
            "PaymentInTransitAccount",
            "VATNonDeductibleGLAccount",
        ),
        _GL,
    ),
    **dict.fromkeys(("PurchaseVATCode", "SalesVATCode", "VATCode"), _VAT),
    "Journal": Reference("journals", "code"),
    "JournalCode": Reference("journals", "code"),
    **dict.fromkeys(
        ("PaymentCondition", "PaymentConditionPurchase", "PaymentConditionSales"),
        _CONDITION,
    ),
    "CostCenter": Reference("cost_centers", "code"),
    "Costcenter": Reference("cost_centers", "code"),
    "CostUnit": Reference("cost_units", "code"),
    "Costunit": Reference("cost_units", "code"),
    **dict.fromkeys(
        (
            "Currency",
            "PurchaseCurrency",
            "SalesCurrency",
            "SourceCurrency",
            "TargetCurrency",
        ),
        _CURRENCY,
    ),
    "Document": Reference("documents", "key"),
}
#: Error texts name a wrong journal "Journals" (exact-api 5).
LABELS = {"Journal": "JournalReference", "JournalCode": "JournalReference"}
#: table → what a refused deletion calls it ("Gebruikt in: …"), the first that fits
_USERS = {
    "documents": "Documents",
    "sales_lines": "Lines of entries",
    "purchase_lines": "Lines of entries",
    "general_lines": "Lines of entries",
    "bank_lines": "Lines of entries",
    "sales_entries": "Entries",
    "purchase_entries": "Entries",
    "transaction_lines": "Entries",
    "terms": "Entries",
    "journals": "Journals",
    "vat_codes": "VAT codes",
    "gl_accounts": "G/L accounts",
    "accounts": "Accounts",
}
_PEOPLE = ("Creator", "Modifier")
#: suffix of a computed property → property of the record referred to
_SUFFIXES = {
    "Name": "Name",
    "Code": "Code",
    "Description": "Description",
    "Number": "HID",
    "Subject": "Subject",
    "Type": "Type",
    "Country": "Country",
    "PaymentMethod": "PaymentMethod",
}


def target(admin, name, value):
    """The record a reference property points to, or None."""
    reference = REFERENCES[name]
    if not value:
        return None
    if reference.by == "code":
        return admin.coded(reference.table, value)
    key = value.strip() if isinstance(value, str) else value
    return admin.tables[reference.table].get(key)


def used_in(admin, table, row):
    """What still refers to a row, as a refused deletion names it; None when nothing."""
    wanted = {
        name: row["Code"] if reference.by == "code" else row["ID"]
        for name, reference in REFERENCES.items()
        if reference.table == table
    }
    for user, label in _USERS.items():
        for other in admin.tables[user]:
            if other is not row and any(
                other.get(name) == value for name, value in wanted.items()
            ):
                return label
    if table == "gl_accounts" and row["Code"] in admin.settings.values():
        return "Company"
    return None


def _base(name):
    for ending in ("Code", "Id"):
        if name.endswith(ending) and name in REFERENCES:
            return name.removesuffix(ending)
    return name


def _shown(name, reference):
    """Which property of the record a name shows, or None when it shows none."""
    for stem in (reference, _base(reference)):
        suffix = name.removeprefix(stem)
        if suffix != name and suffix in _SUFFIXES:
            return _SUFFIXES[suffix]
    return None


@cache
def derived(path):
    """Computed properties of an entity set: name → (reference, property there)."""
    from ..schema import entity_types

    properties = entity_types()[path].properties
    found = {}
    references = [name for name in properties if name in REFERENCES]
    for name in properties:
        if name in REFERENCES:
            continue
        for reference in sorted(references, key=len, reverse=True):
            shown = _shown(name, reference)
            if shown:
                found[name] = (reference, shown)
                break
    if "VATDescription" in properties:
        found["VATDescription"] = ("VATCode", "Description")
    return found


def person(admin, name, row):
    """``CreatorFullName`` and ``ModifierFullName``."""
    user = row.get(name.removesuffix("FullName"))
    return admin.settings["people"].get(user)


def is_person(name):
    """Whether a property is the name of a user who made or changed the row."""
    return name.removesuffix("FullName") in _PEOPLE and name.endswith("FullName")
