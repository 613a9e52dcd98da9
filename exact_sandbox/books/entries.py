"""Sales and purchase entries: check, number, store, change, delete.

Sources: exact-api 4.2 (entries), 5 (refusals), 6 (numbers, VAT, credit notes).
"""

from ..errors import Violation
from . import deletions, documents, lines, periods, postings, settle
from .conditions import condition_of
from .currency import rate_of
from .journals import OPEN, PROCESSED, journal_of, number_key, take_number
from .kinds import KINDS, has_role
from .money import ZERO, cents


def header(admin, entry_id):
    """``(kind, row)`` of an entry; KeyError when no entry has this id."""
    for kind in KINDS:
        row = admin.tables[kind.headers].get(entry_id)
        if row is not None:
            return kind, row
    raise KeyError(entry_id)


def lines_of(admin, kind, entry_id):
    """Lines of an entry in their order."""
    rows = admin.tables[kind.lines].by("EntryID", entry_id)
    return sorted(rows, key=lambda row: row["LineNumber"])


def _party(admin, kind, values, journal):
    party = admin.accounts.get(values[kind.party])
    if party is None:
        raise Violation("reference", field=kind.party)
    if not has_role(kind, party):
        raise Violation("invalid", field=kind.role)
    if party.get("Blocked"):
        raise Violation("blocked", field=kind.party)
    own = party.get(kind.own_account)
    if own and own != journal["GLAccount"]:
        raise Violation("invalid", field=kind.own_account)
    return party


def _period(admin, values, journal):
    day = values["EntryDate"]
    year, period = values.get("ReportingYear"), values.get("ReportingPeriod")
    row = periods.period_of(admin, day)
    if year is not None or period is not None:
        year = row["FinYear"] if year is None else year
        period = row["FinPeriod"] if period is None else period
        row = periods.period_at(admin, year, period)
    periods.require_open(admin, journal["Code"], row["FinYear"], row["FinPeriod"])
    return row["FinYear"], row["FinPeriod"]


def check_texts(admin, values):
    limits = {
        "YourRef": admin.switches.your_ref_max,
        "Description": admin.switches.description_max,
    }
    for name, maximum in limits.items():
        text = values.get(name)
        if text and maximum and len(text) > maximum:
            if not admin.switches.cut_long_text:
                raise Violation("too_long", field=name, maximum=maximum)
            values[name] = text[:maximum]


def prepare(admin, kind, values, raw_lines):
    """Everything about an entry that can be refused, before anything is stored.

    Returns ``(header values, computed lines)``.
    """
    values = dict(values)
    check_texts(admin, values)
    journal = journal_of(admin, values["Journal"], kind.journal_type, kind.journal_kind)
    values["Journal"] = journal["Code"]
    party = _party(admin, kind, values, journal)
    if values.get("EntryDate") is None:
        values["EntryDate"] = admin.clock.today()
    values["EntryDate"] = values["EntryDate"].replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    year, period = _period(admin, values, journal)
    values.update(ReportingYear=year, ReportingPeriod=period)
    values["Currency"], values["Rate"] = rate_of(admin, values, journal)
    condition = condition_of(admin, kind, values.get("PaymentCondition"), party)
    values["PaymentCondition"] = condition["Code"]
    computed = [
        lines.compute(admin, kind, line, values, party, number)
        for number, line in enumerate(raw_lines, start=1)
    ]
    _totals(admin, kind, values, computed)
    return values, computed


def _totals(admin, kind, values, computed):
    """Header amounts; header VAT that differs goes to the difference account."""
    base = sum((line["VATBaseAmountFC"] for line in computed), ZERO)
    vat = sum((line["VATAmountFC"] for line in computed if not line["Charged"]), ZERO)
    sent = values.get("VATAmountFC")
    difference = ZERO if sent is None else cents(sent) - vat
    if difference and (
        abs(difference) > admin.switches.vat_difference_max
        or admin.setting_account("vat_differences") is None
    ):
        raise Violation(
            "balance",
            year=values["ReportingYear"],
            period=values["ReportingPeriod"],
            kind=kind.name,
            currency=values["Currency"],
            amount=f"{difference:.2f}".replace(".", ","),
        )
    total = base + vat + difference
    values["VATAmountFC"], values["AmountFC"] = vat + difference, total
    values["VATDifferenceFC"] = difference
    values["AmountDC"] = cents(total * values["Rate"])
    values["VATAmountDC"] = cents(values["VATAmountFC"] * values["Rate"])
    credit = admin.switches.type_flips and total < 0 and not values.get("Reversal")
    values["Type"] = kind.credit_type if credit else kind.entry_type


def create(admin, kind, values, raw_lines):
    """Book a new entry with its lines; returns the header row."""
    values, computed = prepare(admin, kind, values, raw_lines)
    sent = values.get("EntryNumber") if admin.switches.own_entry_number else None
    journal, year = values["Journal"], values["ReportingYear"]
    number = take_number(admin, kind.headers, journal, year, sent)
    values["EntryNumber"] = number
    values["NumberKey"] = number_key(journal, year, number)
    values["InvoiceNumber"] = _invoice_number(admin, values, number)
    due = values.get("DueDate")
    values["SentDueDate"] = due
    entry = admin.insert(kind.headers, Status=OPEN, **values)
    store(admin, kind, entry, computed)
    return entry


def _invoice_number(admin, values, entry_number):
    """The sent InvoiceNumber, ignored where it goes back; else the entry number."""
    sent = values.get("InvoiceNumber")
    if sent is None:
        return entry_number
    series = f"invoice/{values['Journal']}"
    if admin.switches.invoice_number_goes_up:
        if sent <= admin.counters.get(series, 0):
            return entry_number
        admin.counters[series] = sent
    return sent


def store(admin, kind, entry, computed):
    for line in computed:
        existing = line.get("ID") and admin.tables[kind.lines].get(line["ID"])
        if existing:
            admin.update(kind.lines, existing, **line)
        else:
            line["EntryID"] = entry["EntryID"]
            admin.insert(kind.lines, **line)
    stored = lines_of(admin, kind, entry["EntryID"])
    postings.book(admin, kind, entry, stored)
    settle.make_terms(admin, kind, entry)


def require_changeable(admin, kind, entry):
    """Refuse what is processed, matched or in a closed period (exact-api 6)."""
    settled = settle.is_touched(admin, entry["EntryID"])
    if entry["Status"] != OPEN or settled or entry.get("Reported"):
        raise refusal(admin, entry)
    periods.require_open(
        admin, entry["Journal"], entry["ReportingYear"], entry["ReportingPeriod"]
    )


def refusal(admin, entry):
    """The refusal of a processed entry, as the switches have it (exact-api 10.4)."""
    switches = admin.switches
    if switches.delete_refusal_text == "closed":
        return Violation(
            "period_closed",
            status=switches.delete_refusal_status,
            year=entry["ReportingYear"],
            period=entry["ReportingPeriod"],
        )
    return Violation("processed", status=switches.delete_refusal_status)


def delete(admin, entry_id):
    """Delete an entry with all it made; the log names lines and terms (4.9)."""
    kind, entry = header(admin, entry_id)
    require_changeable(admin, kind, entry)
    for line in lines_of(admin, kind, entry_id):
        admin.delete(kind.lines, line["ID"])
    deletions.transaction(admin, entry_id)
    deletions.terms(admin, entry_id)
    documents.unlink(admin, entry_id)
    admin.delete(kind.headers, entry_id)


def process(admin, entry_id):
    """Set an entry to status 50: it can no longer be changed or deleted."""
    kind, entry = header(admin, entry_id)
    if entry["Status"] != OPEN:
        raise Violation("processed")
    admin.update(kind.headers, entry, Status=PROCESSED)
    postings.relabel(admin, kind, entry)
    for term in settle.terms_of(admin, entry_id):
        admin.update("terms", term, TransactionStatus=PROCESSED)
