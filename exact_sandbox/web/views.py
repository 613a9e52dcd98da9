"""Pages of the whole sandbox: overview, faults, calls."""

from ..books import settle
from ..faults import BODIES, KINDS
from .render import html

#: Rows a page shows; older ones are found by the search.
SHOWN = 200


def show(template, sandbox, session, **values):
    """One page with what every page needs."""
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
            "sales": len(admin.sales_entries),
            "purchases": len(admin.purchase_entries),
            "open": len(settle.open_terms(admin)),
            "documents": len(admin.documents),
        }
        for admin in sandbox.administrations.values()
    ]
    return show("overview.html", sandbox, session, found=found, here="overview")


def faults(sandbox, request, session):
    """Active faults and the form to add one."""
    return show(
        "faults.html",
        sandbox,
        session,
        kinds=KINDS,
        bodies=BODIES,
        active=sandbox.faults.active(),
        late=len(sandbox.gate.late),
        here="faults",
    )


def calls(sandbox, request, session):
    """The newest API calls, and how many of each kind."""
    counts = {}
    for call in sandbox.calls:
        parts = call.path.split("(")[0].split("/")[4:]
        name = f"{call.method} {'/'.join(parts) or call.path}"
        counts[name] = counts.get(name, 0) + 1
    newest = list(sandbox.calls)[-SHOWN:]
    return show(
        "calls.html",
        sandbox,
        session,
        newest=reversed(newest),
        counts=sorted(counts.items(), key=lambda item: -item[1]),
        notices=list(sandbox.webhooks.log)[-20:],
        here="calls",
    )
