"""What the pages show."""

from ..books import entries as book
from ..books import periods as book_periods
from ..books import settle
from ..faults import BODIES, KINDS
from .render import html

#: Rows a page shows; older ones are found by the filter.
SHOWN = 200


def _page(template, sandbox, session, **values):
    return html(
        template,
        sandbox=sandbox,
        session=session,
        message=session.message(),
        **values,
    )


def overview(sandbox, request, session):
    """Start: both administrations, the login data, the clock."""
    found = [
        {
            "admin": admin,
            "entries": len(admin.sales_entries),
            "open": len([t for t in settle.open_terms(admin) if t["LineType"] == 20]),
        }
        for admin in sandbox.administrations.values()
    ]
    return _page("overview.html", sandbox, session, found=found, here="overview")


def _party(admin, row):
    account = admin.accounts.get(row.get("Customer") or row.get("Account"))
    return account["Name"] if account else ""


def entries(sandbox, request, session, admin):
    """Sales entries, newest first, filtered by number, reference or customer."""
    wanted = request.args.get("q", "").strip().casefold()
    rows = []
    for row in reversed(admin.entries()):
        text = f"{row['EntryNumber']} {row.get('YourRef') or ''} {_party(admin, row)}"
        if wanted in text.casefold():
            rows.append(
                {
                    "row": row,
                    "party": _party(admin, row),
                    "open": settle.balance(admin, row["EntryID"]),
                }
            )
    return _page(
        "entries.html",
        sandbox,
        session,
        admin=admin,
        rows=rows[:SHOWN],
        total=len(rows),
        wanted=request.args.get("q", ""),
        here="entries",
    )


def entry(sandbox, request, session, admin, entry_id):
    """One entry with lines, journal postings, terms and what settled it."""
    kind, row = book.header(admin, entry_id)
    lines = [
        {"line": line, "account": admin.gl_accounts.get(line["GLAccount"])}
        for line in book.lines_of(admin, kind, entry_id)
    ]
    postings = sorted(
        admin.transaction_lines.by("EntryID", entry_id), key=lambda r: r["LineNumber"]
    )
    matches = sorted(
        admin.settlements.by("Entry", entry_id), key=lambda match: match["Timestamp"]
    )
    return _page(
        "entry.html",
        sandbox,
        session,
        admin=admin,
        row=row,
        kind=kind,
        party=_party(admin, row),
        lines=lines,
        postings=[(p, admin.gl_accounts.get(p["GLAccount"])) for p in postings],
        terms=settle.terms_of(admin, entry_id),
        matches=matches,
        balance=settle.balance(admin, entry_id),
        here="entries",
    )


def open_items(sandbox, request, session, admin):
    """Open receivables by entry, with the forms to pay."""
    found = {}
    for term in settle.open_terms(admin):
        found.setdefault(term["TransactionEntryID"], []).append(term)
    items = []
    for entry_id, terms in found.items():
        settles = [m for m in admin.settlements.by("Entry", entry_id)]
        items.append(
            {
                "id": entry_id,
                "term": terms[0],
                "party": _party(admin, terms[0]),
                "is_entry": admin.sales_entries.get(entry_id) is not None,
                "balance": settle.balance(admin, entry_id),
                "parts": len(terms),
                "paid": bool(settles),
            }
        )
    paid = [
        {"match": match, "row": book.header(admin, match["Entry"])[1]}
        for match in sorted(
            admin.settlements, key=lambda m: m["Timestamp"], reverse=True
        )
    ]
    return _page(
        "open_items.html",
        sandbox,
        session,
        admin=admin,
        items=items[:SHOWN],
        total=len(items),
        paid=paid[:20],
        today=sandbox.clock.today(),
        here="open-items",
    )


def periods(sandbox, request, session, admin):
    """Years and periods by journal, open or closed."""
    journals = sorted(admin.journals, key=lambda row: row["Code"])
    years = {}
    for row in sorted(admin.periods, key=lambda r: (r["FinYear"], r["FinPeriod"])):
        states = [
            book_periods.status(
                admin, journal["Code"], row["FinYear"], row["FinPeriod"]
            )
            for journal in journals
        ]
        years.setdefault(row["FinYear"], []).append((row, states))
    return _page(
        "periods.html",
        sandbox,
        session,
        admin=admin,
        journals=journals,
        years=years,
        here="periods",
    )


def faults(sandbox, request, session):
    """Active faults and the form to add one."""
    return _page(
        "faults.html",
        sandbox,
        session,
        kinds=KINDS,
        bodies=BODIES,
        active=sandbox.faults.active(),
        here="faults",
    )


def calls(sandbox, request, session):
    """The newest API calls, and how many of each kind."""
    counts = {}
    for call in sandbox.calls:
        parts = call.path.split("(")[0].split("/")[4:]
        name = f"{call.method} {'/'.join(parts)}"
        counts[name] = counts.get(name, 0) + 1
    newest = list(sandbox.calls)[-SHOWN:]
    return _page(
        "calls.html",
        sandbox,
        session,
        newest=reversed(newest),
        counts=sorted(counts.items(), key=lambda item: -item[1]),
        here="calls",
    )
