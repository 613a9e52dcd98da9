"""Pages of one administration's books: entries, open items, periods."""

from ..books import entries as book
from ..books import payments, periods, settle
from ..books.kinds import KINDS, PURCHASE, SALES
from .views import SHOWN, show


def party_of(admin, row):
    """Name of the customer or supplier of an entry or term."""
    key = row.get("Customer") or row.get("Supplier") or row.get("Account")
    account = admin.accounts.get(key)
    return account["Name"] if account else ""


def sales(sandbox, request, session, admin):
    """Sales entries, newest first."""
    return _entries(sandbox, request, session, admin, SALES)


def purchases(sandbox, request, session, admin):
    """Purchase entries, newest first."""
    return _entries(sandbox, request, session, admin, PURCHASE)


def _entries(sandbox, request, session, admin, kind):
    wanted = request.args.get("q", "").strip().casefold()
    found = []
    for row in reversed(admin.entries(kind=kind)):
        party = party_of(admin, row)
        text = f"{row['EntryNumber']} {row.get('YourRef') or ''} {party}"
        if wanted in text.casefold():
            found.append((row, party))
    rows = [
        {"row": row, "party": party, "open": settle.balance(admin, row["EntryID"])}
        for row, party in found[:SHOWN]
    ]
    return show(
        "entries.html",
        sandbox,
        session,
        admin=admin,
        kind=kind,
        rows=rows,
        total=len(found),
        wanted=request.args.get("q", ""),
        here="entries" if kind is SALES else "purchases",
    )


def entry(sandbox, request, session, admin, entry_id):
    """One entry with lines, postings, terms, documents and what settled it."""
    kind, row = book.header(admin, entry_id)
    accounts = admin.gl_accounts
    lines = book.lines_of(admin, kind, entry_id)
    return show(
        "entry.html",
        sandbox,
        session,
        admin=admin,
        row=row,
        kind=kind,
        party=party_of(admin, row),
        lines=[(line, accounts.get(line["GLAccount"])) for line in lines],
        postings=[(p, accounts.get(p["GLAccount"])) for p in admin.postings(entry_id)],
        terms=settle.terms_of(admin, entry_id),
        matches=payments.matches_of(admin, entry_id),
        balance=settle.balance(admin, entry_id),
        counterparts=counterparts(admin, kind, row),
        files=_files(admin, row),
        home=admin.settings["currency"],
        here="entries" if kind is SALES else "purchases",
    )


def counterparts(admin, kind, row):
    """Open items of the same account that can settle an entry: credits, receipts."""
    own = sum(t["DebitFC"] for t in settle.open_terms(admin, row["EntryID"]))
    found = {}
    for term in admin.terms.by("Account", row[kind.party]):
        if term["Status"] == settle.MATCHED or term["LineType"] != kind.term_type:
            continue
        if own and (term["DebitFC"] > 0) != (own > 0):
            found.setdefault(term["TransactionEntryID"], term)
    return list(found.values())


def _files(admin, row):
    documents = {row.get("Document")} - {None}
    linked = admin.documents.by("FinancialTransactionEntryID", row["EntryID"])
    documents |= {document["ID"] for document in linked}
    return [
        file
        for key in sorted(documents)
        for file in admin.attachments.by("Document", key)
    ]


def open_items(sandbox, request, session, admin):
    """Open items by entry, with the forms to pay; and what was settled last."""
    found = {}
    for term in settle.open_terms(admin):
        found.setdefault(term["TransactionEntryID"], []).append(term)
    items = [_item(admin, key, terms) for key, terms in list(found.items())[:SHOWN]]
    newest = sorted(admin.settlements, key=lambda m: m["Timestamp"], reverse=True)
    return show(
        "open_items.html",
        sandbox,
        session,
        admin=admin,
        receivable=[item for item in items if item["term"]["LineType"] == 20],
        payable=[item for item in items if item["term"]["LineType"] == 22],
        total=len(found),
        shown=len(items),
        paid=[(m, book.header(admin, m["Entry"])[1]) for m in newest[:20]],
        parties=sorted(
            (a for a in admin.accounts if a["Status"] == "C" or a["IsSupplier"]),
            key=lambda account: account["Name"],
        ),
        today=sandbox.clock.today(),
        here="open-items",
    )


def _item(admin, entry_id, terms):
    return {
        "id": entry_id,
        "term": terms[0],
        "party": party_of(admin, terms[0]),
        "is_entry": any(admin.tables[k.headers].get(entry_id) for k in KINDS),
        "balance": settle.balance(admin, entry_id),
        "statuses": sorted({term["Status"] for term in terms}),
    }


def periods_page(sandbox, request, session, admin):
    """Years and periods by journal, open or closed; and the VAT return."""
    journals = sorted(admin.journals, key=lambda row: row["Code"])
    years = {}
    for row in sorted(admin.periods, key=lambda r: (r["FinYear"], r["FinPeriod"])):
        year, period = row["FinYear"], row["FinPeriod"]
        states = [periods.status(admin, j["Code"], year, period) for j in journals]
        years.setdefault(year, []).append((row, states))
    returns = {
        line["EntryID"]: line for line in admin.transaction_lines if line["Type"] == 50
    }
    return show(
        "periods.html",
        sandbox,
        session,
        admin=admin,
        journals=journals,
        years=years,
        current=sandbox.clock.now(),
        returns=sorted(returns.values(), key=lambda line: line["Date"]),
        here="periods",
    )
