"""Open items: payment terms, splitting and matching (exact-api 4.8).

Inside, ``DebitFC``/``DebitDC`` of a term are positive where the party owes and
negative where it is owed; how that shows outside is a matter of switches.
"""

from ..errors import Violation
from ..store import new_guid
from . import deletions, postings
from .conditions import instalments
from .money import ZERO, cents, spread

OPEN, SELECTED, PROCESSED, MATCHED = 20, 30, 40, 50
CASH_FLOW = 40


def terms_of(admin, entry_id):
    """Terms of an entry in order of due date, then of making."""
    rows = admin.terms.by("TransactionEntryID", entry_id)
    return sorted(rows, key=lambda row: (row["DueDate"], row["HID"]))


def open_terms(admin, entry_id=None):
    """Terms that are not matched, of one entry or of all."""
    rows = admin.terms if entry_id is None else terms_of(admin, entry_id)
    found = [row for row in rows if row["Status"] != MATCHED]
    return sorted(found, key=lambda row: (row["DueDate"], row["HID"]))


def balance(admin, entry_id):
    """Open balance of an entry in its currency, positive as the entry's amount is."""
    rows = open_terms(admin, entry_id)
    total = sum((row["DebitFC"] for row in rows), ZERO)
    return total if not rows or rows[0]["LineType"] == 20 else -total


def is_touched(admin, entry_id):
    """Whether something was selected, processed or matched on an entry."""
    return any(row["Status"] != OPEN for row in terms_of(admin, entry_id))


def _labels(entry):
    return {
        "YourRef": entry.get("YourRef"),
        "Description": entry.get("Description"),
        "PaymentReference": entry.get("PaymentReference"),
        "InvoiceNumber": entry.get("InvoiceNumber"),
        "OrderNumber": entry.get("OrderNumber"),
        "Document": entry.get("Document"),
    }


def make_terms(admin, kind, entry):
    """Make the terms of an entry, keeping the ids of a former booking."""
    party_line = postings.lines_of(admin, entry["EntryID"])[0]
    condition = admin.coded("payment_conditions", entry["PaymentCondition"])
    shares = instalments(condition, entry["EntryDate"], entry.get("SentDueDate"))
    weights = [share for share, _ in shares]
    amounts_fc = spread(party_line["AmountFC"], weights)
    amounts_dc = spread(party_line["AmountDC"], weights)
    former = terms_of(admin, entry["EntryID"])
    for number, (_, due) in enumerate(shares):
        values = {
            **_labels(entry),
            **_transaction(kind, entry, party_line, condition),
            "DueDate": due,
            "TransactionDueDate": due,
            "DebitFC": amounts_fc[number],
            "DebitDC": amounts_dc[number],
            "OriginalFC": amounts_fc[number],
            "OriginalDC": amounts_dc[number],
        }
        if number < len(former):
            admin.update("terms", former[number], **values)
        else:
            new_term(admin, **values)
    for row in former[len(shares) :]:
        admin.delete("terms", row["ID"], deletions.PAYMENT_TERMS)
    admin.update(kind.headers, entry, DueDate=shares[-1][1])
    admin.update("transaction_lines", party_line, DueDate=shares[-1][1])


def new_term(admin, **values):
    """Insert an open term; its EntryID is its own (exact-api 4.8)."""
    key = new_guid()
    defaults = {
        "ID": key,
        "Origin": key,
        "EntryID": new_guid(),
        "Status": OPEN,
        "IsFullyPaid": False,
        "MatchID": None,
        "Source": 1,
    }
    return admin.insert("terms", **{**defaults, **values})


def _transaction(kind, entry, party_line, condition):
    return {
        "LineType": kind.term_type,
        "Account": entry[kind.party],
        "GLAccount": party_line["GLAccount"],
        "Journal": entry["Journal"],
        "EntryNumber": entry["EntryNumber"],
        "InvoiceDate": entry["EntryDate"],
        "EntryDate": entry["EntryDate"],
        "Currency": entry["Currency"],
        "RateFC": entry["Rate"],
        "PaymentCondition": condition["Code"],
        "PaymentDays": condition["PaymentDays"],
        "PaymentDaysDiscount": condition.get("DiscountPaymentDays"),
        "PaymentDiscountPercentage": condition.get("DiscountPercentage"),
        "PaymentMethod": condition["PaymentMethod"],
        "TransactionEntryID": entry["EntryID"],
        "TransactionID": party_line["ID"],
        "TransactionType": entry["Type"],
        "TransactionStatus": entry["Status"],
        "TransactionIsReversal": bool(entry.get("Reversal")),
        "TransactionReportingYear": entry["ReportingYear"],
        "TransactionReportingPeriod": entry["ReportingPeriod"],
    }


def relabel(admin, entry):
    """Carry changed header texts over to the terms."""
    for row in terms_of(admin, entry["EntryID"]):
        admin.update("terms", row, **_labels(entry))


def split(admin, term, debit_fc):
    """Split ``debit_fc`` off a term; returns the part with that amount.

    "A partly paid item is split into records with different EntryID" (4.8); which of
    the two keeps the ID is a switch.
    """
    if debit_fc == term["DebitFC"]:
        return term
    ratio = term["DebitDC"] * debit_fc / term["DebitFC"]
    part = {"DebitFC": debit_fc, "DebitDC": cents(ratio)}
    rest = {
        "DebitFC": term["DebitFC"] - debit_fc,
        "DebitDC": term["DebitDC"] - part["DebitDC"],
    }
    keeps_open = admin.switches.split_keeps_open_id
    kept, moved = (rest, part) if keeps_open else (part, rest)
    copied = {
        name: value
        for name, value in term.items()
        if name not in ("ID", "EntryID", "HID", "Timestamp")
    }
    twin = new_term(admin, **{**copied, **moved})
    admin.update("terms", term, **kept)
    return twin if keeps_open else term


def match(admin, term, match_id, day):
    """Mark a term matched on a day."""
    admin.update(
        "terms",
        term,
        Status=MATCHED,
        IsFullyPaid=True,
        LastPaymentDate=day,
        EndDate=day,
        EndYear=day.year,
        EndPeriod=day.month,
        MatchID=match_id,
    )


def reopen(admin, term):
    """Undo the matching of a term."""
    admin.update(
        "terms",
        term,
        Status=OPEN,
        IsFullyPaid=False,
        LastPaymentDate=None,
        EndDate=None,
        EndYear=None,
        EndPeriod=None,
        MatchID=None,
    )


def join(admin, entry_id):
    """Join open parts that were split from one term, where the switch says so."""
    if not admin.switches.take_back_joins:
        return
    families = {}
    for row in terms_of(admin, entry_id):
        if row["Status"] == OPEN:
            families.setdefault(row["Origin"], []).append(row)
    for origin, rows in families.items():
        kept = next((row for row in rows if row["ID"] == origin), rows[0])
        others = [row for row in rows if row is not kept]
        if not others:
            continue
        admin.update(
            "terms",
            kept,
            DebitFC=sum((row["DebitFC"] for row in rows), ZERO),
            DebitDC=sum((row["DebitDC"] for row in rows), ZERO),
        )
        for row in others:
            admin.delete("terms", row["ID"], deletions.PAYMENT_TERMS)


def settle_amount(admin, entry_id, amount_fc, match_id, day):
    """Match open terms of an entry up to an amount (its sign is the balance's).

    Returns the matched debit in entry currency and in company currency.
    """
    left, debit_fc, debit_dc = amount_fc, ZERO, ZERO
    for term in open_terms(admin, entry_id):
        size = abs(term["DebitFC"])
        taken = min(left, size)
        if taken <= 0:
            break
        signed = taken if term["DebitFC"] > 0 else -taken
        part = split(admin, term, signed)
        match(admin, part, match_id, day)
        debit_fc += part["DebitFC"]
        debit_dc += part["DebitDC"]
        left -= taken
    if not debit_fc:
        raise Violation("processed")
    return debit_fc, debit_dc
