"""Forms of one administration's books: settle, edit, delete, periods."""

from .fields import amount, date, number


def _entry(request, admin):
    entry_id = request.form.get("entry", "")
    return entry_id, admin.entry(entry_id)


def _back(request, default):
    return request.form.get("back") or default


def _said(admin, session, entry_id, row, what):
    left = admin.balance(entry_id)
    rest = f"{abs(left):.2f} still open" if left else "nothing open any more"
    session.say(f"{what} on entry {row['EntryNumber']}: {rest}.")


def pay(sandbox, request, session, admin):
    """Book a payment for an entry and match it; too much stays as a receipt."""
    entry_id, row = _entry(request, admin)
    form = request.form
    rate = amount(form.get("rate"))
    paid = amount(form.get("amount"))
    admin.pay(entry_id, paid, date(form.get("date")), rate=rate)
    _said(admin, session, entry_id, row, "Payment booked")
    return _back(request, f"/{admin.code}/open-items")


def take_back(sandbox, request, session, admin):
    """Undo a payment or another settlement."""
    entry_id, row = _entry(request, admin)
    keep = request.form.get("keep_receipt") == "1"
    admin.take_back(entry_id, request.form.get("match") or None, keep)
    session.say(f"Payment on entry {row['EntryNumber']} taken back.")
    return _back(request, f"/{admin.code}/open-items")


def write_off(sandbox, request, session, admin):
    """Settle the rest, or a part, without money."""
    entry_id, row = _entry(request, admin)
    form = request.form
    reason = form.get("reason", "")
    admin.write_off(
        entry_id, amount(form.get("amount")), date(form.get("date")), reason
    )
    _said(admin, session, entry_id, row, reason.replace("_", " ").capitalize())
    return _back(request, f"/{admin.code}/open-items")


def match(sandbox, request, session, admin):
    """Settle an entry with a credit note or money received."""
    entry_id, row = _entry(request, admin)
    other = request.form.get("other", "")
    if admin.bank_entries.get(other):
        admin.match_receipt(entry_id, other)
    else:
        admin.match_entries(entry_id, other)
    _said(admin, session, entry_id, row, "Matched")
    return _back(request, f"/{admin.code}/open-items")


def receive(sandbox, request, session, admin):
    """Money on an account without an invoice."""
    form = request.form
    value = amount(form.get("amount"))
    account = admin.accounts.get(form.get("account", ""))
    if value is None or account is None:
        raise ValueError("Choose an account and an amount")
    supplier = account["Status"] != "C"
    admin.receive(account["ID"], value, date(form.get("date")), supplier)
    session.say(f"{value:.2f} booked on {account['Name']}, not matched.")
    return f"/{admin.code}/open-items"


def transit(sandbox, request, session, admin):
    """Select, process or release the open terms of an entry."""
    entry_id, row = _entry(request, admin)
    steps = {
        "select": (admin.select, "selected"),
        "process": (admin.process_selected, "processed, in transit"),
        "release": (admin.release, "released"),
    }
    step, word = steps.get(request.form.get("action"), (None, None))
    if step is None:
        raise ValueError("Unknown step")
    step(entry_id)
    session.say(f"Entry {row['EntryNumber']} {word}.")
    return _back(request, f"/{admin.code}/open-items")


def edit_entry(sandbox, request, session, admin):
    """Change texts and due date of an entry."""
    entry_id, row = _entry(request, admin)
    form = request.form
    values = {
        name: form.get(name) or None
        for name in ("YourRef", "Description", "PaymentReference")
    }
    due = date(form.get("DueDate"))
    if due is not None and due != row.get("DueDate"):
        values["DueDate"] = due
    admin.change_entry(entry_id, **values)
    session.say(f"Entry {row['EntryNumber']} changed.")
    return f"/{admin.code}/entries/{entry_id}"


def edit_line(sandbox, request, session, admin):
    """Change amount and description of a line."""
    entry_id, row = _entry(request, admin)
    value = amount(request.form.get("AmountFC"), positive=False)
    if value is None:
        raise ValueError("A line needs an amount")
    line_id = request.form.get("line", "")
    admin.change_line(
        line_id, AmountFC=value, Description=request.form.get("Description") or None
    )
    session.say(f"A line of entry {row['EntryNumber']} changed.")
    return f"/{admin.code}/entries/{entry_id}"


def process_entry(sandbox, request, session, admin):
    """Set an entry to processed."""
    entry_id, row = _entry(request, admin)
    admin.process_entry(entry_id)
    session.say(f"Entry {row['EntryNumber']} processed.")
    return f"/{admin.code}/entries/{entry_id}"


def delete_entry(sandbox, request, session, admin):
    """Delete an entry."""
    entry_id, row = _entry(request, admin)
    admin.delete_entry(entry_id)
    session.say(f"Entry {row['EntryNumber']} deleted.")
    place = "entries" if row.get("Customer") else "purchases"
    return f"/{admin.code}/{place}"


def period(sandbox, request, session, admin):
    """Open or close a period, for one journal or for all; or file the VAT return."""
    form = request.form
    year = number(form.get("year"), "Year")
    period_number = number(form.get("period"), "Period")
    journal = form.get("journal") or None
    name = f"{year}-{period_number:02d}"
    if form.get("action") == "file":
        admin.file_vat_return(year, period_number)
        session.say(f"VAT return up to {name} filed.")
        return f"/{admin.code}/periods"
    if form.get("action") == "close":
        admin.close_period(year, period_number, journal)
        done = "closed"
    else:
        admin.open_period(year, period_number, journal)
        done = "opened"
    what = f"journal {journal}" if journal else "all journals"
    session.say(f"Period {name} {done} for {what}.")
    return f"/{admin.code}/periods"
