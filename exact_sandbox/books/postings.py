"""Transaction lines of an entry: party, base and VAT lines, always in balance.

Signs as in Exact: debit is positive. LineNumber 0 is the header, the line on the
party's account (exact-api 4.8 TransactionLines).
"""

from ..errors import Violation
from .money import ZERO, cents

_HEADER = (
    "EntryID",
    "EntryNumber",
    "InvoiceNumber",
    "Type",
    "Currency",
    "Document",
    "YourRef",
    "PaymentReference",
    "OrderNumber",
    "ExternalLinkReference",
)
_LINE = (
    "CostCenter",
    "CostUnit",
    "Quantity",
    "Notes",
    "Project",
    "Asset",
    "SerialNumber",
)


def common(entry):
    """What every transaction line repeats from the header."""
    values = {name: entry.get(name) for name in _HEADER}
    values.update(
        JournalCode=entry["Journal"],
        Date=entry["EntryDate"],
        FinancialYear=entry["ReportingYear"],
        FinancialPeriod=entry["ReportingPeriod"],
        ExchangeRate=entry["Rate"],
        Status=entry["Status"],
    )
    return values


def _side(kind, fc, dc, **values):
    """One posting on the other side than the party's."""
    return {"AmountFC": -kind.sign * fc, "AmountDC": -kind.sign * dc, **values}


def _base_lines(admin, kind, entry, stored):
    for line in stored:
        values = {
            "GLAccount": line["GLAccount"],
            "Description": line.get("Description") or entry.get("Description"),
            "VATCode": line["VATCode"],
            "VATPercentage": line["VATPercentage"],
            "SourceLine": line["ID"],
            **{name: line.get(name) for name in _LINE},
        }
        yield _side(
            kind,
            line["VATBaseAmountFC"],
            line["VATBaseAmountDC"],
            AmountVATFC=-kind.sign * line["VATAmountFC"],
            AmountVATBaseFC=-kind.sign * line["VATBaseAmountFC"],
            **values,
        )
        cost = line["NonDeductibleFC"]
        if cost:
            account = admin.gl_accounts.get(line["GLAccount"])
            own = account.get("VATNonDeductibleGLAccount") or account["ID"]
            dc = cents(cost * entry["Rate"])
            yield _side(kind, cost, dc, **{**values, "GLAccount": own})


def _vat_totals(entry, stored):
    """VAT per code: full and deductible, in entry and company currency."""
    totals = {}
    for line in stored:
        if line["VATAmountFC"]:
            cost = line["NonDeductibleFC"]
            cost_dc = cents(cost * entry["Rate"])
            fc, dc, own_fc, own_dc = totals.get(line["VATCode"], (ZERO,) * 4)
            totals[line["VATCode"]] = (
                fc + line["VATAmountFC"],
                dc + line["VATAmountDC"],
                own_fc + line["VATAmountFC"] - cost,
                own_dc + line["VATAmountDC"] - cost_dc,
            )
    return totals


def _vat_lines(admin, kind, entry, stored):
    for text, (fc, dc, own_fc, own_dc) in _vat_totals(entry, stored).items():
        code = admin.coded("vat_codes", text)
        pay, claim = code.get("GLToPay"), code.get("GLToClaim")
        own, other = (pay, claim) if kind.vat_side == "S" else (claim, pay)
        if own is None or (code.get("Charged") and other is None):
            raise Violation("mandatory", field="GLAccount")
        values = {"VATCode": text, "Description": entry.get("Description")}
        yield _side(kind, own_fc, own_dc, GLAccount=own, **values)
        if code.get("Charged"):
            yield _side(kind, -fc, -dc, GLAccount=other, **values)


def _difference(admin, kind, entry):
    fc = entry.get("VATDifferenceFC")
    if fc:
        account = admin.setting_account("vat_differences")
        dc = cents(fc * entry["Rate"])
        yield _side(kind, fc, dc, GLAccount=account["ID"])


def party_account(admin, kind, entry):
    """G/L account of the party's line: the journal's (exact-api 5)."""
    return admin.coded("journals", entry["Journal"])["GLAccount"]


def book(admin, kind, entry, stored):
    """Write the transaction lines of an entry, keeping the ids of a former booking."""
    rows = [
        *_base_lines(admin, kind, entry, stored),
        *_vat_lines(admin, kind, entry, stored),
        *_difference(admin, kind, entry),
    ]
    party = {
        "AmountFC": -sum((row["AmountFC"] for row in rows), ZERO),
        "AmountDC": -sum((row["AmountDC"] for row in rows), ZERO),
        "GLAccount": party_account(admin, kind, entry),
        "Description": entry.get("Description"),
        "DueDate": entry.get("DueDate"),
    }
    former = lines_of(admin, entry["EntryID"])
    for number, row in enumerate([party, *rows]):
        values = {**common(entry), "Account": entry[kind.party], **row}
        values.update(LineNumber=number, LineType=kind.term_type if not number else 0)
        if number < len(former):
            admin.update("transaction_lines", former[number], **values)
        else:
            admin.insert("transaction_lines", OffsetID=None, **values)
    for row in former[len(rows) + 1 :]:
        admin.delete("transaction_lines", row["ID"], 1)
    total = sum((row["AmountDC"] for row in rows), ZERO)
    admin.update(kind.headers, entry, AmountDC=kind.sign * -total)


def lines_of(admin, entry_id):
    """Transaction lines of an entry in their order."""
    rows = admin.transaction_lines.by("EntryID", entry_id)
    return sorted(rows, key=lambda row: row["LineNumber"])


def relabel(admin, kind, entry):
    """Carry changed header texts over to the transaction lines."""
    for row in lines_of(admin, entry["EntryID"]):
        values = common(entry)
        if row["LineNumber"] == 0:
            values["Description"] = entry.get("Description")
        admin.update("transaction_lines", row, **values)
