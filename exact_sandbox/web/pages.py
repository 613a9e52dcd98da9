"""Which page or form answers which address."""

import re

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from ..errors import Violation, Violations
from ..texts import message
from . import (
    actions,
    books_actions,
    books_views,
    document_actions,
    document_views,
    views,
)
from .render import html
from .session import Session

_ADMIN, _KEY = r"/(\d{1,9})", r"([0-9a-f-]{36})"
_GET = [
    (r"/", views.overview),
    (r"/faults", views.faults),
    (r"/calls", views.calls),
    (_ADMIN + r"/entries", books_views.sales),
    (_ADMIN + r"/purchases", books_views.purchases),
    (_ADMIN + r"/entries/" + _KEY, books_views.entry),
    (_ADMIN + r"/open-items", books_views.open_items),
    (_ADMIN + r"/periods", books_views.periods_page),
    (_ADMIN + r"/documents", document_views.documents),
    (_ADMIN + r"/documents/" + _KEY, document_views.document),
    (_ADMIN + r"/attachments/" + _KEY, document_views.attachment),
]
_POST = [
    (r"/clock", actions.clock),
    (r"/faults/add", actions.add_fault),
    (r"/faults/clear", actions.clear_faults),
    (r"/faults/late", actions.late),
    (r"/faults/lapse", actions.lapse),
    (_ADMIN + r"/pay", books_actions.pay),
    (_ADMIN + r"/take-back", books_actions.take_back),
    (_ADMIN + r"/write-off", books_actions.write_off),
    (_ADMIN + r"/match", books_actions.match),
    (_ADMIN + r"/receive", books_actions.receive),
    (_ADMIN + r"/transit", books_actions.transit),
    (_ADMIN + r"/edit-entry", books_actions.edit_entry),
    (_ADMIN + r"/edit-line", books_actions.edit_line),
    (_ADMIN + r"/process-entry", books_actions.process_entry),
    (_ADMIN + r"/delete-entry", books_actions.delete_entry),
    (_ADMIN + r"/period", books_actions.period),
    (_ADMIN + r"/book", document_actions.book),
    (_ADMIN + r"/upload", document_actions.upload),
    (_ADMIN + r"/allow-sender", document_actions.allow_sender),
    (_ADMIN + r"/forbid-sender", document_actions.forbid_sender),
    (_ADMIN + r"/release-mail", document_actions.release_mail),
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
        # "CurrentDivision follows what the user last did in the web UI" (2.1).
        sandbox.users["demo"]["division"] = parts[0].code
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
    return redirect(target if re.match(r"/(?![/\\])", target) else "/", 303)


def _sentence(sandbox, error):
    if isinstance(error, Violations):
        return " / ".join(message(v, sandbox.language) for v in error.violations)
    if isinstance(error, Violation):
        return message(error, sandbox.language)
    return str(error)


def failed():
    """A page instead of a traceback, for a bug of the sandbox itself."""
    text = "The sandbox itself failed; its log says more."
    return html("problem.html", 500, title="Failure", text=text)


def maintenance():
    """Exact's maintenance page: HTML with status 200 (exact-api 2.4)."""
    return Response(
        "<!DOCTYPE html><html><head><title>Exact Online</title></head><body>"
        "<h1>Onderhoud</h1><p>Exact Online is momenteel niet beschikbaar wegens "
        "onderhoud.</p></body></html>",
        content_type="text/html; charset=utf-8",
    )
