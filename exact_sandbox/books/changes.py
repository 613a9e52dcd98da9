"""Changing an entry and its lines (exact-api 2.4, 6)."""

from ..errors import Violation
from . import entries, postings, settle
from .journals import number_key

#: Header properties whose change in a PUT means booking the entry again.
_FINANCIAL = (
    "Currency",
    "Customer",
    "DueDate",
    "EntryDate",
    "Journal",
    "PaymentCondition",
    "Rate",
    "ReportingPeriod",
    "ReportingYear",
    "Reversal",
    "Supplier",
    "VATAmountFC",
)


def change(admin, kind, entry, values):
    """PUT on a header: only what was sent changes (exact-api 2.4)."""
    sent = dict(values)
    entries.check_texts(admin, sent)
    financial = any(name in sent and sent[name] != entry[name] for name in _FINANCIAL)
    if "EntryNumber" in sent and sent["EntryNumber"] != entry["EntryNumber"]:
        raise Violation("not_allowed", field="EntryNumber")
    if financial:
        entries.require_changeable(admin, kind, entry)
    sent.pop("EntryNumber", None)
    merged = {**entry, **sent}
    if "EntryDate" in sent and not {"ReportingYear", "ReportingPeriod"} & set(sent):
        merged["ReportingYear"] = merged["ReportingPeriod"] = None
    if "Currency" in sent and "Rate" not in sent:
        merged["Rate"] = None
    if "VATAmountFC" not in sent:
        merged["VATAmountFC"] = None
    if "DueDate" not in sent:
        merged["DueDate"] = entry["SentDueDate"]
    if financial:
        rebook(
            admin, kind, entry, merged, entries.lines_of(admin, kind, entry["EntryID"])
        )
    else:
        admin.update(kind.headers, entry, **sent)
        postings.relabel(admin, kind, entry)
        settle.relabel(admin, entry)


def rebook(admin, kind, entry, merged, raw_lines):
    """Compute and store an entry again after a change of header or lines."""
    values, computed = entries.prepare(admin, kind, merged, raw_lines)
    if values["ReportingYear"] != entry["ReportingYear"]:
        raise Violation("year_fixed")
    for name in ("Created", "Creator", "Modified", "Modifier", "Division", "Timestamp"):
        values.pop(name, None)
    key = number_key(values["Journal"], values["ReportingYear"], entry["EntryNumber"])
    other = admin.tables[kind.headers].one("NumberKey", key)
    if other is not None and other is not entry:
        raise Violation("in_use", field="EntryNumber")
    values["NumberKey"] = key
    values["SentDueDate"] = merged.get("DueDate")
    admin.update(kind.headers, entry, **values)
    entries.store(admin, kind, entry, computed)


def change_lines(admin, kind, entry, raw_lines):
    """Replace the lines of an entry; without any left the entry goes (2.4)."""
    entries.require_changeable(admin, kind, entry)
    keep = {line.get("ID") for line in raw_lines}
    if not raw_lines:
        return entries.delete(admin, entry["EntryID"])
    merged = {**entry, "VATAmountFC": None, "DueDate": entry["SentDueDate"]}
    entries.prepare(admin, kind, merged, raw_lines)
    for line in entries.lines_of(admin, kind, entry["EntryID"]):
        if line["ID"] not in keep:
            admin.delete(kind.lines, line["ID"])
    rebook(admin, kind, entry, merged, raw_lines)
    return None


def change_line(admin, kind, line, values):
    """PUT on a line: amounts and VAT are computed again (exact-api 2.4)."""
    entry = admin.tables[kind.headers].get(line["EntryID"])
    merged = {**line, **values}
    if {"VATCode", "VATPercentage", "GLAccount"} & set(values):
        merged["SentVAT"] = {
            "VATCode": values.get("VATCode"),
            "VATPercentage": values.get("VATPercentage"),
        }
    if {"VATCode", "VATPercentage", "AmountFC", "VATAmountFC"} & set(values):
        merged["SentVATAmountFC"] = values.get("VATAmountFC")
    lines = [
        merged if other["ID"] == line["ID"] else other
        for other in entries.lines_of(admin, kind, line["EntryID"])
    ]
    change_lines(admin, kind, entry, lines)
