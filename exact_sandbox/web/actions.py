"""Forms of the whole sandbox: clock and faults.

Every action returns the address to go to next; a ValueError is shown as a sentence.
"""

from .fields import number


def add_fault(sandbox, request, session):
    """Switch a fault on."""
    form = request.form
    fault = sandbox.faults.add(
        form.get("fault", ""),
        path=form.get("path", "").strip(),
        method=form.get("method", ""),
        count=number(form.get("count"), "Count"),
        skip=number(form.get("skip"), "Skip"),
        seconds=number(form.get("seconds"), "Seconds", float),
        status=number(form.get("status") or "500", "Status"),
        body=form.get("body") or "json",
        daily=form.get("daily") == "1",
    )
    session.say(f"Fault {fault.fault} is on.")
    return "/faults"


def clear_faults(sandbox, request, session):
    """Switch one fault off, or all."""
    chosen = request.form.get("id")
    sandbox.faults.clear(number(chosen, "Fault") if chosen else None)
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
    hours = number(request.form.get("hours"), "Hours", float)
    if not 0 < hours <= 24 * 366:
        raise ValueError("Hours must be more than zero and at most a year")
    sandbox.clock.advance(hours * 3600)
    sandbox.run_late()
    session.say(f"The clock of the sandbox is at {sandbox.clock.now():%d-%m-%Y %H:%M}.")
    return "/"
