"""What the forms of the pages do; each returns the address to go to next.

A sentence that names what is wrong is raised as ValueError.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation


def _amount(text):
    """ "12,50" or "12.50"; empty means all of it."""
    text = text.strip().replace(" ", "")
    if not text:
        return None
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"'{text}' is no amount") from error
    if not value.is_finite() or value <= 0:
        raise ValueError("The amount must be more than zero")
    return value


def _date(text):
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError as error:
        raise ValueError(f"'{text}' is no date") from error


def _number(text, name, kind=int):
    try:
        return kind(text or 0)
    except ValueError as error:
        raise ValueError(f"{name} must be a number") from error


def _back(request, default):
    return request.form.get("back") or default


def pay(sandbox, request, session, admin):
    """Book a payment for an entry and match it."""
    entry_id = request.form.get("entry", "")
    row = admin.entry(entry_id)
    amount, moment = _amount(request.form.get("amount", "")), request.form.get("date")
    admin.pay(entry_id, amount, _date(moment))
    left = admin.balance(entry_id)
    rest = f"{abs(left):.2f} still open" if left else "nothing open any more"
    session.say(f"Payment booked on entry {row['EntryNumber']}: {rest}.")
    return _back(request, f"/{admin.code}/open-items")


def take_back(sandbox, request, session, admin):
    """Undo a payment."""
    entry_id = request.form.get("entry", "")
    row = admin.entry(entry_id)
    keep = request.form.get("keep_receipt") == "1"
    admin.take_back(entry_id, request.form.get("match") or None, keep)
    session.say(f"Payment on entry {row['EntryNumber']} taken back.")
    return _back(request, f"/{admin.code}/open-items")


def delete_entry(sandbox, request, session, admin):
    """Delete an entry."""
    entry_id = request.form.get("entry", "")
    row = admin.entry(entry_id)
    admin.delete_entry(entry_id)
    session.say(f"Entry {row['EntryNumber']} deleted.")
    return f"/{admin.code}/entries"


def period(sandbox, request, session, admin):
    """Open or close a period, for one journal or for all."""
    form = request.form
    year, number = _number(form.get("year"), "Year"), _number(form.get("period"), "")
    journal = form.get("journal") or None
    if form.get("action") == "close":
        admin.close_period(year, number, journal)
        done = "closed"
    else:
        admin.open_period(year, number, journal)
        done = "opened"
    what = f"journal {journal}" if journal else "all journals"
    session.say(f"Period {year}-{number:02d} {done} for {what}.")
    return f"/{admin.code}/periods"


def add_fault(sandbox, request, session):
    """Switch a fault on."""
    form = request.form
    fault = sandbox.faults.add(
        form.get("fault", ""),
        path=form.get("path", "").strip(),
        method=form.get("method", ""),
        count=_number(form.get("count"), "Count"),
        skip=_number(form.get("skip"), "Skip"),
        seconds=_number(form.get("seconds"), "Seconds", float),
        status=_number(form.get("status") or "500", "Status"),
        body=form.get("body") or "json",
        daily=form.get("daily") == "1",
    )
    session.say(f"Fault {fault.fault} is on.")
    return "/faults"


def clear_faults(sandbox, request, session):
    """Switch one fault off, or all."""
    chosen = request.form.get("id")
    sandbox.faults.clear(_number(chosen, "Fault") if chosen else None)
    session.say("Fault is off." if chosen else "All faults are off.")
    return "/faults"


def late(sandbox, request, session):
    """Work on late bookings now."""
    done = sandbox.run_late(all_of_them=True)
    session.say(f"{len(done)} late bookings worked on.")
    return "/faults"


def lapse(sandbox, request, session):
    """All tokens die."""
    sandbox.lapse_login()
    session.say("The login has lapsed; the link must log in again.")
    return "/faults"


def clock(sandbox, request, session):
    """Move the sandbox clock forward."""
    hours = _number(request.form.get("hours"), "Hours", float)
    if not 0 < hours <= 24 * 366:
        raise ValueError("Hours must be more than zero and at most a year")
    sandbox.clock.advance(hours * 3600)
    sandbox.run_late()
    session.say(f"The clock of the sandbox is at {sandbox.clock.now():%d-%m-%Y %H:%M}.")
    return "/"
