"""Bank entries: what is received and paid (exact-api 4.8).

``AmountFC`` of a line is what came in (negative: what went out).
"""

from ..errors import Violation
from . import deletions, periods, settle
from .journals import OPEN, journal_of, number_key, take_number
from .money import ZERO, cents
from .removal import require_removable

BANK_JOURNAL = 12
RECEIVABLE, PAYABLE = 20, 22


def journal_for(admin, code=None):
    """The bank journal by code, or the company's first."""
    if code is not None:
        return journal_of(admin, code, BANK_JOURNAL, "bank journal")
    for journal in admin.journals.by("Type", BANK_JOURNAL):
        return journal
    raise Violation("mandatory", field="Journal")


def create(admin, journal, period, lines, **header):
    """Book a bank entry; ``lines`` hold AmountFC, AmountDC, GLAccount, Account, ….

    Returns ``(entry, its transaction lines after the first)``.
    """
    code, year, number = journal["Code"], period["FinYear"], period["FinPeriod"]
    periods.require_open(admin, code, year, number)
    total = sum((line["AmountFC"] for line in lines), ZERO)
    opening, closing = _balances(admin, code, header, total)
    entry_number = take_number(
        admin, "bank_entries", code, year, header.get("EntryNumber")
    )
    currency = header.get("Currency") or journal["Currency"]
    entry = admin.insert(
        "bank_entries",
        JournalCode=code,
        EntryNumber=entry_number,
        NumberKey=number_key(code, year, entry_number),
        FinancialYear=year,
        FinancialPeriod=number,
        Currency=currency,
        Status=OPEN,
        OpeningBalanceFC=opening,
        ClosingBalanceFC=closing,
        BankStatementDocument=header.get("BankStatementDocument"),
    )
    admin.settings[_balance_of(code)] = closing
    return entry, _lines(admin, entry, journal, lines)


def _balance_of(journal):
    """Name of the setting with the last balance of a journal."""
    return f"bank_balance/{journal}"


def _add_to_balance(admin, entry, amount):
    name = _balance_of(entry["JournalCode"])
    admin.settings[name] = admin.settings.get(name, ZERO) + amount


def _balances(admin, journal, header, total):
    """Opening plus lines must be closing, where both are sent (exact-api 4.8)."""
    opening, closing = header.get("OpeningBalanceFC"), header.get("ClosingBalanceFC")
    if opening is None:
        known = admin.settings.get(_balance_of(journal), ZERO)
        opening = known if closing is None else cents(closing) - total
    opening = cents(opening)
    if closing is not None and cents(closing) != opening + total:
        raise Violation("bank_balance")
    return opening, opening + total


def _lines(admin, entry, journal, lines):
    first = admin.insert(
        "transaction_lines",
        **_shared(entry, lines[0] if lines else {}),
        LineNumber=0,
        LineType=0,
        GLAccount=journal["GLAccount"],
        AmountFC=sum((line["AmountFC"] for line in lines), ZERO),
        AmountDC=sum((line["AmountDC"] for line in lines), ZERO),
        OffsetID=None,
    )
    return [
        _line(admin, entry, first, number, line)
        for number, line in enumerate(lines, start=1)
    ]


def _shared(entry, line):
    return {
        "EntryID": entry["EntryID"],
        "EntryNumber": entry["EntryNumber"],
        "JournalCode": entry["JournalCode"],
        "FinancialYear": entry["FinancialYear"],
        "FinancialPeriod": entry["FinancialPeriod"],
        "Currency": entry["Currency"],
        "ExchangeRate": line.get("ExchangeRate"),
        "Date": line.get("Date"),
        "Type": settle.CASH_FLOW,
        "Status": entry["Status"],
    }


def _line(admin, entry, first, number, line):
    """A bank line with its posting; both have one id.

    The offset of a bank line "only points to the bank line of the same entry" (4.8).
    """
    account = admin.gl_accounts.get(line["GLAccount"])
    shown = {
        name: line.get(name)
        for name in ("Account", "GLAccount", "Description", "VATCode", "Document")
    }
    shown.update(LineNumber=number, OffsetID=first["ID"])
    shown.update(CostCenter=line.get("CostCenter"), CostUnit=line.get("CostUnit"))
    made = admin.insert(
        "transaction_lines",
        **_shared(entry, line),
        **shown,
        LineType=account["Type"] if account["Type"] in (RECEIVABLE, PAYABLE) else 0,
        InvoiceNumber=line.get("InvoiceNumber"),
        YourRef=line.get("YourRef"),
        AmountFC=-line["AmountFC"],
        AmountDC=-line["AmountDC"],
    )
    admin.insert(
        "bank_lines",
        ID=made["ID"],
        EntryID=entry["EntryID"],
        EntryNumber=entry["EntryNumber"],
        Date=line.get("Date"),
        AmountFC=line["AmountFC"],
        AmountDC=line["AmountDC"],
        AmountVATFC=ZERO,
        ExchangeRate=line.get("ExchangeRate"),
        Notes=line.get("Notes"),
        OurRef=line.get("OurRef"),
        Quantity=line.get("Quantity"),
        **shown,
    )
    return made


def receipt(admin, entry, line, day):
    """The term of money on a customer's or supplier's account (4.8 [L]).

    TransactionType 40, the opposite sign of an invoice; not matched by booking it.
    """
    return settle.new_term(
        admin,
        LineType=line["LineType"],
        Account=line["Account"],
        GLAccount=line["GLAccount"],
        Journal=entry["JournalCode"],
        EntryNumber=entry["EntryNumber"],
        InvoiceNumber=None,
        InvoiceDate=day,
        EntryDate=day,
        DueDate=day,
        TransactionDueDate=day,
        Currency=entry["Currency"],
        RateFC=line["ExchangeRate"],
        DebitFC=line["AmountFC"],
        DebitDC=line["AmountDC"],
        OriginalFC=line["AmountFC"],
        OriginalDC=line["AmountDC"],
        Description=line["Description"],
        PaymentMethod="B",
        TransactionEntryID=entry["EntryID"],
        TransactionID=line["ID"],
        TransactionType=settle.CASH_FLOW,
        TransactionStatus=entry["Status"],
        TransactionIsReversal=False,
        TransactionReportingYear=entry["FinancialYear"],
        TransactionReportingPeriod=entry["FinancialPeriod"],
    )


def remove(admin, entry):
    """Delete a bank entry: only while it is open and nothing on it is matched."""
    require_removable(admin, entry)
    entry_id = entry["EntryID"]
    total = entry["ClosingBalanceFC"] - entry["OpeningBalanceFC"]
    _add_to_balance(admin, entry, -total)
    for row in admin.bank_lines.by("EntryID", entry_id):
        admin.delete("bank_lines", row["ID"])
    deletions.transaction(admin, entry_id)
    deletions.terms(admin, entry_id)
    admin.delete("bank_entries", entry_id)


def party_term(admin, entry, line):
    """The term of a line on a party's account, when it is one."""
    if line["LineType"] in (RECEIVABLE, PAYABLE):
        receipt(admin, entry, line, line["Date"])


def add_line(admin, entry, values):
    """Add a line to a bank entry; its closing balance follows."""
    if entry["Status"] != OPEN:
        raise Violation("processed")
    periods.require_open(
        admin, entry["JournalCode"], entry["FinancialYear"], entry["FinancialPeriod"]
    )
    first, *others = sorted(
        admin.transaction_lines.by("EntryID", entry["EntryID"]),
        key=lambda row: row["LineNumber"],
    )
    line = _line(admin, entry, first, len(others) + 1, values)
    admin.update(
        "transaction_lines",
        first,
        AmountFC=first["AmountFC"] + values["AmountFC"],
        AmountDC=first["AmountDC"] + values["AmountDC"],
    )
    closing = entry["ClosingBalanceFC"] + values["AmountFC"]
    admin.update("bank_entries", entry, ClosingBalanceFC=closing)
    _add_to_balance(admin, entry, values["AmountFC"])
    party_term(admin, entry, line)
    return admin.bank_lines.get(line["ID"])
