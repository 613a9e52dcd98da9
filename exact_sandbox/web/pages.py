"""Which page or form answers which address."""

import re

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from ..errors import Violation, Violations
from ..texts import message
from . import actions, views
from .render import html
from .session import Session

_GET = [
    (r"/", views.overview),
    (r"/faults", views.faults),
    (r"/calls", views.calls),
    (r"/(\d+)/entries", views.entries),
    (r"/(\d+)/entries/([0-9a-f-]{36})", views.entry),
    (r"/(\d+)/open-items", views.open_items),
    (r"/(\d+)/periods", views.periods),
]
_POST = [
    (r"/clock", actions.clock),
    (r"/faults/add", actions.add_fault),
    (r"/faults/clear", actions.clear_faults),
    (r"/faults/late", actions.late),
    (r"/faults/lapse", actions.lapse),
    (r"/(\d+)/pay", actions.pay),
    (r"/(\d+)/take-back", actions.take_back),
    (r"/(\d+)/delete-entry", actions.delete_entry),
    (r"/(\d+)/period", actions.period),
]


def handle(sandbox, request):
    """Answer one page or form; forms go back to a page with a sentence."""
    session = Session(request)
    routes = _POST if request.method == "POST" else _GET
    for pattern, handler in routes:
        match = re.fullmatch(pattern, request.path)
        if match:
            try:
                return session.keep(
                    _run(sandbox, request, session, handler, match.groups())
                )
            except KeyError:
                break
    text = "This page does not exist."
    return html("problem.html", 404, title="Not found", text=text)


def _run(sandbox, request, session, handler, parts):
    if parts:
        parts = (sandbox.administrations[int(parts[0])], *parts[1:])
    if request.method != "POST":
        return handler(sandbox, request, session, *parts)
    if not session.is_own_form():
        text = "This form is too old or came from elsewhere. Open the page again."
        return html("problem.html", 403, title="Form refused", text=text)
    try:
        target = handler(sandbox, request, session, *parts)
    except (Violation, Violations, ValueError) as error:
        session.say(_sentence(sandbox, error), "bad")
        target = request.form.get("back", "/")
    return redirect(target if re.match(r"/[^/\\]", target) else "/", 303)


def _sentence(sandbox, error):
    if isinstance(error, Violations):
        return " / ".join(message(v, sandbox.language) for v in error.violations)
    if isinstance(error, Violation):
        return message(error, sandbox.language)
    return str(error)


def maintenance():
    """Exact's maintenance page: HTML with status 200 (exact-api 2.4)."""
    return Response(
        "<!DOCTYPE html><html><head><title>Exact Online</title></head><body>"
        "<h1>Onderhoud</h1><p>Exact Online is momenteel niet beschikbaar wegens "
        "onderhoud.</p></body></html>",
        content_type="text/html; charset=utf-8",
    )
