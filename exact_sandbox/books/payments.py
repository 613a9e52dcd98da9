"""Payments through the bank: booked, matched, taken back (exact-api 4.8)."""

from decimal import Decimal

from ..errors import Violation
from . import deletions, entries, periods, postings, settle
from .money import ZERO, cents

BANK_JOURNAL = 12


def _bank_journal(admin, code):
    if code is not None:
        return entries.journal_of(admin, code, BANK_JOURNAL, "bank journal")
    for journal in admin.journals.by("Type", BANK_JOURNAL):
        return journal
    raise Violation("mandatory", field="Journal")


def pay(admin, entry_id, amount, day, journal_code=None):
    """Book a bank entry for an entry and match it; see ``Administration.pay``."""
    kind, entry = entries.header(admin, entry_id)
    open_fc = settle.balance(admin, entry_id)
    paid = abs(open_fc) if amount is None else cents(Decimal(str(amount)))
    if not open_fc:
        raise Violation("processed")
    if paid <= 0:
        raise Violation("mandatory", field="AmountFC")
    journal = _bank_journal(admin, journal_code)
    period = periods.period_of(admin, day)
    year, number = period["FinYear"], period["FinPeriod"]
    periods.require_open(admin, journal["Code"], year, number)
    match = admin.insert(
        "matches", Kind="payment", Entry=entry_id, Date=day, BankEntry=None
    )
    debit_fc, debit_dc = settle.settle_amount(
        admin, entry_id, min(paid, abs(open_fc)), match["ID"], day
    )
    rest = paid - abs(debit_fc)
    rest_fc = rest if debit_fc > 0 else -rest
    bank = _bank_entry(admin, journal, day, period, entry, kind)
    postings_made = [(debit_fc, debit_dc)]
    if rest:
        postings_made.append((rest_fc, cents(rest_fc * entry["Rate"])))
    made = _bank_lines(admin, bank, journal, entry, kind, postings_made)
    admin.update("matches", match, BankEntry=bank["EntryID"], AmountFC=abs(debit_fc))
    _receipt(admin, kind, entry, bank, made[0], match["ID"], day)
    if rest:
        _receipt(admin, kind, entry, bank, made[1], None, day)
    point(admin, entry_id)
    return match


def _bank_entry(admin, journal, day, period, entry, kind):
    year = period["FinYear"]
    number = entries.take_number(admin, "bank_entries", journal["Code"], year)
    return admin.insert(
        "bank_entries",
        JournalCode=journal["Code"],
        EntryNumber=number,
        NumberKey=entries.number_key(journal["Code"], year, number),
        FinancialYear=year,
        FinancialPeriod=period["FinPeriod"],
        Currency=entry["Currency"],
        Date=day,
        Rate=entry["Rate"],
        Status=entries.OPEN,
        OpeningBalanceFC=admin.settings.get("bank_balance", ZERO),
        ClosingBalanceFC=admin.settings.get("bank_balance", ZERO),
    )


def _bank_lines(admin, bank, journal, entry, kind, amounts):
    """Transaction lines of a bank entry: the bank first, then one per amount.

    The offset of a bank line "only points to the bank line of the same entry" (4.8).
    """
    total_fc = sum((fc for fc, _ in amounts), ZERO)
    total_dc = sum((dc for _, dc in amounts), ZERO)
    closing = bank["OpeningBalanceFC"] + total_fc
    admin.settings["bank_balance"] = closing
    admin.update("bank_entries", bank, ClosingBalanceFC=closing)
    base = {
        "EntryID": bank["EntryID"],
        "EntryNumber": bank["EntryNumber"],
        "JournalCode": bank["JournalCode"],
        "FinancialYear": bank["FinancialYear"],
        "FinancialPeriod": bank["FinancialPeriod"],
        "Currency": bank["Currency"],
        "ExchangeRate": bank["Rate"],
        "Date": bank["Date"],
        "Type": settle.CASH_FLOW,
        "Status": bank["Status"],
        "YourRef": entry.get("YourRef"),
        "Description": f"{entry['EntryNumber']} {entry.get('YourRef') or ''}".strip(),
    }
    first = admin.insert(
        "transaction_lines",
        **base,
        LineNumber=0,
        LineType=0,
        GLAccount=journal["GLAccount"],
        AmountFC=total_fc,
        AmountDC=total_dc,
        OffsetID=None,
    )
    made = []
    for number, (fc, dc) in enumerate(amounts, start=1):
        line = admin.insert(
            "transaction_lines",
            **base,
            LineNumber=number,
            LineType=kind.term_type,
            Account=entry[kind.party],
            GLAccount=postings.party_account(admin, kind, entry),
            InvoiceNumber=entry["InvoiceNumber"],
            AmountFC=-fc,
            AmountDC=-dc,
            OffsetID=first["ID"],
        )
        made.append(line)
        admin.insert(
            "bank_lines",
            ID=line["ID"],
            EntryID=bank["EntryID"],
            EntryNumber=bank["EntryNumber"],
            LineNumber=number,
            Date=bank["Date"],
            Account=line["Account"],
            GLAccount=line["GLAccount"],
            AmountFC=fc,
            AmountDC=dc,
            AmountVATFC=ZERO,
            Description=base["Description"],
            ExchangeRate=bank["Rate"],
            OffsetID=first["ID"],
            OurRef=entry["EntryNumber"],
        )
    return made


def _receipt(admin, kind, entry, bank, line, match_id, day):
    """The receipt's own term: TransactionType 40, the opposite sign (4.8 [L])."""
    term = settle.new_term(
        admin,
        LineType=kind.term_type,
        Account=entry[kind.party],
        GLAccount=line["GLAccount"],
        Journal=bank["JournalCode"],
        EntryNumber=bank["EntryNumber"],
        InvoiceNumber=None,
        InvoiceDate=day,
        EntryDate=day,
        DueDate=day,
        TransactionDueDate=day,
        Currency=bank["Currency"],
        RateFC=bank["Rate"],
        DebitFC=line["AmountFC"],
        DebitDC=line["AmountDC"],
        OriginalFC=line["AmountFC"],
        OriginalDC=line["AmountDC"],
        Description=line["Description"],
        TransactionEntryID=bank["EntryID"],
        TransactionID=line["ID"],
        TransactionType=settle.CASH_FLOW,
        TransactionStatus=bank["Status"],
        TransactionIsReversal=False,
        TransactionReportingYear=bank["FinancialYear"],
        TransactionReportingPeriod=bank["FinancialPeriod"],
    )
    if match_id:
        settle.match(admin, term, match_id, day)


def point(admin, entry_id):
    """Let the AR line of an entry point to what settled it last (4.8 [L])."""
    line = postings.lines_of(admin, entry_id)[0]
    newest = newest_match(admin, entry_id)
    target = None
    if newest and admin.switches.offset_to_settlement:
        target = _settling_line(admin, newest)
    if line["OffsetID"] != target:
        admin.update("transaction_lines", line, OffsetID=target)


def _settling_line(admin, match):
    for term in admin.terms.by("MatchID", match["ID"]):
        if term["TransactionEntryID"] != match["Entry"]:
            return term["TransactionID"]
    return None


def newest_match(admin, entry_id):
    """The last thing that settled (part of) an entry, or None."""
    rows = admin.matches.by("Entry", entry_id)
    return max(rows, key=lambda row: row["Timestamp"]) if rows else None


def take_back(admin, entry_id, match_id=None, keep_receipt=False):
    """Undo a payment; see ``Administration.take_back``."""
    match = admin.matches.get(match_id) if match_id else newest_match(admin, entry_id)
    if match is None or match["Entry"] != entry_id:
        raise Violation("mandatory", field="EntryID")
    bank = admin.bank_entries.get(match["BankEntry"])
    periods.require_open(
        admin, bank["JournalCode"], bank["FinancialYear"], bank["FinancialPeriod"]
    )
    for term in admin.terms.by("MatchID", match["ID"]):
        settle.reopen(admin, term)
    admin.delete("matches", match["ID"])
    settle.join(admin, entry_id)
    if not keep_receipt:
        _remove_bank_entry(admin, bank)
    point(admin, entry_id)
    return match


def _remove_bank_entry(admin, bank):
    entry_id = bank["EntryID"]
    total = bank["ClosingBalanceFC"] - bank["OpeningBalanceFC"]
    admin.settings["bank_balance"] = admin.settings.get("bank_balance", ZERO) - total
    for row in admin.bank_lines.by("EntryID", entry_id):
        admin.delete("bank_lines", row["ID"])
    deletions.transaction(admin, entry_id)
    deletions.terms(admin, entry_id)
    admin.delete("bank_entries", entry_id)
