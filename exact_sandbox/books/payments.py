"""Settling entries: bank, credit note, difference, discount, write-off (4.8, 11).

A match is one act of settling. It names what it made, so that it can be taken back.
"""

from decimal import Decimal

from ..errors import Violation
from . import bank, entries, general, periods, postings, settle
from .money import ZERO, cents

#: reason of a write-off → type of its lines, setting with the account (loss, gain)
REASONS = {
    "discount": (general.PAYMENT_DIFFERENCE, "loss", "gain"),
    "difference": (general.PAYMENT_DIFFERENCE, "loss", "gain"),
    "write_off": (general.OTHER, "loss", "gain"),
}


def _positive(amount, most):
    """The asked amount, or all of it; zero and less are refused."""
    value = abs(most) if amount is None else cents(Decimal(str(amount)))
    if not most:
        raise Violation("processed")
    if value <= 0:
        raise Violation("mandatory", field="AmountFC")
    return value


def _match(admin, kind, entry_id, day, **values):
    defaults = {"BankEntry": None, "GeneralEntry": None, "Other": None}
    return admin.insert(
        "settlements",
        **{**defaults, "Kind": kind, "Entry": entry_id, "Date": day, **values},
    )


def pay(admin, entry_id, amount, day, journal_code=None, rate=None):
    """Book a bank entry for an entry and match it; see ``Administration.pay``."""
    kind, entry = entries.header(admin, entry_id)
    open_fc = settle.balance(admin, entry_id)
    paid = _positive(amount, open_fc)
    journal = bank.journal_for(admin, journal_code)
    period = periods.period_of(admin, day)
    match = _match(admin, "payment", entry_id, day)
    debit_fc, debit_dc = settle.settle_amount(
        admin, entry_id, min(paid, abs(open_fc)), match["ID"], day
    )
    rate = _payment_rate(admin, entry, rate)
    settled_dc = debit_dc if rate == entry["Rate"] else cents(debit_fc * rate)
    amounts = [(debit_fc, settled_dc)]
    rest = paid - abs(debit_fc)
    if rest:
        rest_fc = rest if debit_fc > 0 else -rest
        amounts.append((rest_fc, cents(rest_fc * rate)))
    made, terms = _book(admin, journal, period, day, kind, entry, rate, amounts)
    settle.match(admin, terms[0], match["ID"], day)
    general_entry = None
    if settled_dc != debit_dc:
        general_entry = _exchange(
            admin, kind, entry, debit_dc - settled_dc, match["ID"], day
        )
    admin.update(
        "settlements",
        match,
        BankEntry=made["EntryID"],
        GeneralEntry=general_entry,
        AmountFC=abs(debit_fc),
    )
    point(admin, entry_id)
    return match


def _payment_rate(admin, entry, sent):
    rate = entry["Rate"] if sent is None else Decimal(str(sent))
    if entry["Currency"] == admin.settings["currency"] and rate != 1:
        raise Violation("not_allowed", field="Rate")
    return rate


def _book(admin, journal, period, day, kind, entry, rate, amounts):
    label = f"{entry['EntryNumber']} {entry.get('YourRef') or ''}".strip()
    lines = [
        {
            "AmountFC": fc,
            "AmountDC": dc,
            "GLAccount": postings.party_account(admin, kind, entry),
            "Account": entry[kind.party],
            "Date": day,
            "Description": label,
            "ExchangeRate": rate,
            "InvoiceNumber": entry["InvoiceNumber"] if not position else None,
            "YourRef": entry.get("YourRef") if not position else None,
            "OurRef": entry["EntryNumber"],
        }
        for position, (fc, dc) in enumerate(amounts)
    ]
    made, rows = bank.create(admin, journal, period, lines, Currency=entry["Currency"])
    return made, [bank.receipt(admin, made, row, day) for row in rows]


def _exchange(admin, kind, entry, debit_dc, match_id, day):
    """The exchange difference of a payment, type 82, in company currency only."""
    return _counter(
        admin,
        general.EXCHANGE_DIFFERENCE,
        kind,
        entry,
        (ZERO, debit_dc),
        ("exchange_loss", "exchange_gain"),
        match_id,
        day,
    )


def _counter(admin, line_type, kind, entry, debit, settings, match_id, day):
    """An entry that takes ``debit`` (fc, dc) off the party's account, matched."""
    fc, dc = debit
    account = admin.setting_account(settings[0] if dc > 0 else settings[1])
    if account is None:
        raise Violation("mandatory", field="GLAccount")
    shared = {
        "Description": entry.get("YourRef"),
        "InvoiceNumber": entry["InvoiceNumber"],
        "YourRef": entry.get("YourRef"),
    }
    rows = [
        {
            "GLAccount": postings.party_account(admin, kind, entry),
            "Account": entry[kind.party],
            "AmountFC": -fc,
            "AmountDC": -dc,
            **shared,
        },
        {"GLAccount": account["ID"], "AmountFC": fc, "AmountDC": dc, **shared},
    ]
    entry_id, _, terms = general.own_entry(
        admin, line_type, day, rows, entry["Currency"], entry["Rate"]
    )
    for term in terms:
        settle.match(admin, term, match_id, day)
    return entry_id


def write_off(admin, entry_id, amount, day, reason):
    """Settle (part of) an entry by a difference, a discount or a write-off."""
    if reason not in REASONS:
        raise ValueError("reason must be one of " + ", ".join(REASONS))
    kind, entry = entries.header(admin, entry_id)
    open_fc = settle.balance(admin, entry_id)
    asked = min(_positive(amount, open_fc), abs(open_fc))
    match = _match(admin, reason, entry_id, day)
    debit = settle.settle_amount(admin, entry_id, asked, match["ID"], day)
    line_type, *settings = REASONS[reason]
    made = _counter(
        admin, line_type, kind, entry, debit, tuple(settings), match["ID"], day
    )
    admin.update("settlements", match, GeneralEntry=made, AmountFC=abs(debit[0]))
    point(admin, entry_id)
    return match


def match_entries(admin, entry_id, other_id, day):
    """Settle two entries of one account with each other: invoice and credit note."""
    kind, entry = entries.header(admin, entry_id)
    other_kind, other = entries.header(admin, other_id)
    if kind is not other_kind or entry[kind.party] != other[kind.party]:
        raise Violation("invalid", field="Account")
    if entry["Currency"] != other["Currency"]:
        raise Violation("invalid", field="Currency")
    return _match_open(admin, entry_id, other_id, day, "credit")


def match_receipt(admin, entry_id, receipt_id, day):
    """Settle an entry with money that was received and not matched."""
    _, entry = entries.header(admin, entry_id)
    receipt = admin.bank_entries.get(receipt_id)
    if receipt is None or not settle.open_terms(admin, receipt_id):
        raise Violation("reference", field="EntryID")
    if receipt["Currency"] != entry["Currency"]:
        raise Violation("invalid", field="Currency")
    return _match_open(admin, entry_id, receipt_id, day, "payment")


def _match_open(admin, entry_id, other_id, day, kind):
    ours = settle.open_terms(admin, entry_id)
    theirs = settle.open_terms(admin, other_id)
    own, other = (sum((t["DebitFC"] for t in rows), ZERO) for rows in (ours, theirs))
    parties = {term["Account"] for term in (*ours, *theirs)}
    if not own or not other or (own > 0) == (other > 0) or len(parties) != 1:
        raise Violation("processed")
    amount = min(abs(own), abs(other))
    match = _match(admin, kind, entry_id, day, Other=other_id, AmountFC=amount)
    _, own_dc = settle.settle_amount(admin, entry_id, amount, match["ID"], day)
    _, other_dc = settle.settle_amount(admin, other_id, amount, match["ID"], day)
    if own_dc + other_dc:
        own_kind, entry = entries.header(admin, entry_id)
        made = _exchange(admin, own_kind, entry, own_dc + other_dc, match["ID"], day)
        admin.update("settlements", match, GeneralEntry=made)
    for one in (entry_id, other_id):
        point(admin, one)
    return match


def point(admin, entry_id):
    """Let the AR line of an entry point to what settled it last (4.8 [L])."""
    if admin.bank_entries.get(entry_id):
        return
    line = postings.lines_of(admin, entry_id)[0]
    newest = newest_match(admin, entry_id)
    target = None
    if newest and admin.switches.offset_to_settlement:
        target = _settling_line(admin, newest, entry_id)
    if line["OffsetID"] != target:
        admin.update("transaction_lines", line, OffsetID=target)


def _settling_line(admin, match, entry_id):
    for term in admin.terms.by("MatchID", match["ID"]):
        if term["TransactionEntryID"] != entry_id:
            return term["TransactionID"]
    return None


def matches_of(admin, entry_id):
    """What settled (part of) an entry, in order of time."""
    rows = [
        *admin.settlements.by("Entry", entry_id),
        *admin.settlements.by("Other", entry_id),
    ]
    return sorted(rows, key=lambda row: row["Timestamp"])


def newest_match(admin, entry_id):
    """The last thing that settled (part of) an entry, or None."""
    return next(reversed(matches_of(admin, entry_id)), None)


def take_back(admin, entry_id, match_id=None, keep_receipt=False):
    """Undo a settlement; see ``Administration.take_back``."""
    match = (
        admin.settlements.get(match_id) if match_id else newest_match(admin, entry_id)
    )
    if match is None or entry_id not in (match["Entry"], match["Other"]):
        raise Violation("mandatory", field="EntryID")
    made = admin.bank_entries.get(match["BankEntry"]) if not keep_receipt else None
    for term in admin.terms.by("MatchID", match["ID"]):
        settle.reopen(admin, term)
    admin.delete("settlements", match["ID"])
    sides = [one for one in (match["Entry"], match["Other"]) if one]
    if match["GeneralEntry"]:
        _require_open(admin, match["GeneralEntry"])
        general.remove_postings(admin, match["GeneralEntry"])
    for one in sides:
        settle.join(admin, one)
    if made is not None:
        bank.remove(admin, made)
    for one in sides:
        point(admin, one)
    return match


def _require_open(admin, entry_id):
    for line in admin.transaction_lines.by("EntryID", entry_id):
        periods.require_open(
            admin, line["JournalCode"], line["FinancialYear"], line["FinancialPeriod"]
        )
