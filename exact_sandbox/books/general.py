"""General journal entries (exact-api 4.5), and entries Exact makes itself."""

from ..errors import Violation
from ..store import new_guid
from . import deletions, periods, settle, vat
from .currency import rate_of
from .journals import OPEN, journal_of, number_key, take_number
from .lines import analytic, gl_account_of
from .money import ZERO, cents
from .removal import require_removable

GENERAL_JOURNAL = 90
OTHER, EXCHANGE_DIFFERENCE, PAYMENT_DIFFERENCE, VAT_RETURN = 90, 82, 83, 50
PARTY_TYPES = (20, 22)


def _period(admin, values, day):
    year, number = values.get("FinancialYear"), values.get("FinancialPeriod")
    row = periods.period_of(admin, day)
    if year is None and number is None:
        return row
    year = row["FinYear"] if year is None else year
    number = row["FinPeriod"] if number is None else number
    return periods.period_at(admin, year, number)


def create(admin, values, raw_lines):
    """Book a general journal entry; returns the header row."""
    journal = journal_of(
        admin, values["JournalCode"], GENERAL_JOURNAL, "general journal"
    )
    day = next((line["Date"] for line in raw_lines if line.get("Date")), None)
    day = day or admin.clock.today()
    period = _period(admin, values, day)
    year, number = period["FinYear"], period["FinPeriod"]
    periods.require_open(admin, journal["Code"], year, number)
    rated = {
        "Currency": values.get("Currency"),
        "Rate": values.get("ExchangeRate"),
        "EntryDate": day,
    }
    currency, rate = rate_of(admin, rated, journal)
    computed = [
        _compute(admin, line, journal, day, rate, position)
        for position, line in enumerate(raw_lines, start=1)
    ]
    _require_balance(computed, year, number, currency)
    sent = values.get("EntryNumber")
    entry_number = take_number(admin, "general_entries", journal["Code"], year, sent)
    entry = admin.insert(
        "general_entries",
        **{
            **values,
            "JournalCode": journal["Code"],
            "EntryNumber": entry_number,
            "NumberKey": number_key(journal["Code"], year, entry_number),
            "FinancialYear": year,
            "FinancialPeriod": number,
            "Currency": currency,
            "ExchangeRate": rate,
            "Type": OTHER,
            "Status": OPEN,
        },
    )
    for line in computed:
        admin.insert("general_lines", EntryID=entry["EntryID"], **line)
    book(admin, entry)
    return entry


def _compute(admin, line, journal, day, rate, number):
    account = gl_account_of(admin, line.get("GLAccount"), refused=())
    if account["Type"] in PARTY_TYPES and not line.get("Account"):
        raise Violation("mandatory", field="Account")
    code = _vat_code(admin, line, account, journal, day)
    amount, sent = cents(line.get("AmountFC") or 0), line.get("AmountVATFC")
    result = vat.compute(admin, code, amount, sent, line.get("Date") or day)
    return {
        **line,
        "LineNumber": number,
        "Date": line.get("Date") or day,
        "AmountFC": amount,
        "AmountDC": cents(amount * rate),
        "VATCode": code["Code"] if code else None,
        "VATPercentage": result.rate if code else None,
        "VATType": code["Type"] if code else None,
        "AmountVATFC": result.vat,
        "AmountVATDC": cents(result.vat * rate),
        "VATBaseAmountFC": result.base,
        "VATBaseAmountDC": cents(result.base * rate),
        "Charged": result.charged,
        "CostCenter": analytic(admin, line, account, "CostCenter"),
        "CostUnit": analytic(admin, line, account, "CostUnit"),
        "OffsetID": None,
    }


def _vat_code(admin, line, account, journal, day):
    """VAT only where the journal has it switched on (exact-api 4.5)."""
    text = line.get("VATCode")
    text = account.get("VATCode") if text is None else text
    if not text or not text.strip():
        return None
    if not journal.get("AllowVAT"):
        raise Violation("not_allowed", field="VATCode")
    code = admin.coded("vat_codes", text)
    if code is None:
        raise Violation("reference", field="VATCode")
    side = "S" if code["VATTransactionType"] == "S" else "P"
    return vat.resolve(admin, side, {"VATCode": text}, account, day)


def _total(line):
    return line["VATBaseAmountFC"] + (ZERO if line["Charged"] else line["AmountVATFC"])


def _require_balance(lines, year, period, currency):
    difference = sum((_total(line) for line in lines), ZERO)
    if difference:
        raise Violation(
            "balance",
            year=year,
            period=period,
            kind="general",
            currency=currency,
            amount=f"{difference:.2f}".replace(".", ","),
        )


def book(admin, entry):
    """Postings of a general journal entry, and terms for lines on a party's account."""
    deletions.transaction(admin, entry["EntryID"])
    deletions.terms(admin, entry["EntryID"])
    lines = admin.general_lines.by("EntryID", entry["EntryID"])
    rows = []
    for line in sorted(lines, key=lambda row: row["LineNumber"]):
        rows.extend(_rows(admin, line))
    rows[-1]["AmountDC"] -= sum((row["AmountDC"] for row in rows), ZERO)
    for number, row in enumerate(rows, start=1):
        made = _insert(admin, entry, number, row)
        account = admin.gl_accounts.get(row["GLAccount"])
        if account["Type"] in PARTY_TYPES:
            _term(admin, entry, made, account["Type"])


def _rows(admin, line):
    shared = {
        name: line.get(name)
        for name in ("Account", "Date", "Description", "VATCode", "CostCenter")
    }
    shared.update(CostUnit=line["CostUnit"], Notes=line.get("Notes"))
    yield {
        **shared,
        "GLAccount": line["GLAccount"],
        "AmountFC": line["VATBaseAmountFC"],
        "AmountDC": line["VATBaseAmountDC"],
        "AmountVATFC": line["AmountVATFC"],
        "AmountVATBaseFC": line["VATBaseAmountFC"],
        "VATPercentage": line["VATPercentage"],
        "SourceLine": line["ID"],
    }
    if line["AmountVATFC"]:
        code = admin.coded("vat_codes", line["VATCode"])
        sales = code["VATTransactionType"] == "S"
        accounts = [code["GLToPay" if sales else "GLToClaim"]]
        if line["Charged"]:
            accounts.append(code["GLToClaim" if sales else "GLToPay"])
        for sign, account in zip((1, -1), accounts, strict=False):
            yield {
                **shared,
                "GLAccount": account,
                "AmountFC": sign * line["AmountVATFC"],
                "AmountDC": sign * line["AmountVATDC"],
            }


def _insert(admin, entry, number, row, kind=OTHER):
    return admin.insert(
        "transaction_lines",
        EntryID=entry["EntryID"],
        EntryNumber=entry["EntryNumber"],
        JournalCode=entry["JournalCode"],
        FinancialYear=entry["FinancialYear"],
        FinancialPeriod=entry["FinancialPeriod"],
        Currency=entry["Currency"],
        ExchangeRate=entry["ExchangeRate"],
        Type=kind,
        Status=entry["Status"],
        LineNumber=number,
        LineType=0,
        OffsetID=None,
        **row,
    )


def _term(admin, entry, line, line_type):
    return settle.new_term(
        admin,
        LineType=line_type,
        Account=line["Account"],
        GLAccount=line["GLAccount"],
        Journal=entry["JournalCode"],
        EntryNumber=entry["EntryNumber"],
        InvoiceDate=line["Date"],
        EntryDate=line["Date"],
        DueDate=line["Date"],
        TransactionDueDate=line["Date"],
        Currency=entry["Currency"],
        RateFC=entry["ExchangeRate"],
        DebitFC=line["AmountFC"],
        DebitDC=line["AmountDC"],
        OriginalFC=line["AmountFC"],
        OriginalDC=line["AmountDC"],
        Description=line["Description"],
        TransactionEntryID=entry["EntryID"],
        TransactionID=line["ID"],
        TransactionType=line["Type"],
        TransactionStatus=entry["Status"],
        TransactionIsReversal=bool(entry.get("Reversal")),
        TransactionReportingYear=entry["FinancialYear"],
        TransactionReportingPeriod=entry["FinancialPeriod"],
    )


def own_entry(admin, kind, day, rows, currency, rate):
    """An entry Exact makes itself (types 50, 82, 83, 90), in the general journal.

    Returns ``(entry id, its transaction lines, terms of party lines)``.
    """
    journal = next(iter(admin.journals.by("Type", GENERAL_JOURNAL)), None)
    if journal is None:
        raise Violation("mandatory", field="Journal")
    period = periods.period_of(admin, day)
    year, number = period["FinYear"], period["FinPeriod"]
    periods.require_open(admin, journal["Code"], year, number)
    entry = {
        "EntryID": new_guid(),
        "EntryNumber": take_number(admin, "general_entries", journal["Code"], year),
        "JournalCode": journal["Code"],
        "FinancialYear": year,
        "FinancialPeriod": number,
        "Currency": currency,
        "ExchangeRate": rate,
        "Status": OPEN,
    }
    lines = [
        _insert(admin, entry, position, {"Date": day, **row}, kind)
        for position, row in enumerate(rows, start=1)
    ]
    terms = []
    for line in lines:
        account = admin.gl_accounts.get(line["GLAccount"])
        if account["Type"] in PARTY_TYPES:
            terms.append(_term(admin, entry, line, account["Type"]))
    return entry["EntryID"], lines, terms


def remove(admin, entry):
    """Delete a general journal entry while it is open and nothing is matched."""
    require_removable(admin, entry)
    for line in admin.general_lines.by("EntryID", entry["EntryID"]):
        admin.delete("general_lines", line["ID"])
    remove_postings(admin, entry["EntryID"])
    admin.delete("general_entries", entry["EntryID"])


def remove_postings(admin, entry_id):
    """Remove lines and terms of an entry, logged."""
    deletions.transaction(admin, entry_id)
    deletions.terms(admin, entry_id)


def add_line(admin, entry, values):
    """Add a line to an entry, which has to stay in balance."""
    if entry["Status"] != OPEN or settle.is_touched(admin, entry["EntryID"]):
        raise Violation("processed")
    code, year, number = (
        entry["JournalCode"],
        entry["FinancialYear"],
        entry["FinancialPeriod"],
    )
    periods.require_open(admin, code, year, number)
    present = admin.general_lines.by("EntryID", entry["EntryID"])
    journal = admin.coded("journals", code)
    day = present[0]["Date"]
    line = _compute(
        admin, values, journal, day, entry["ExchangeRate"], len(present) + 1
    )
    _require_balance([*present, line], year, number, entry["Currency"])
    made = admin.insert("general_lines", **line)
    book(admin, entry)
    return made
