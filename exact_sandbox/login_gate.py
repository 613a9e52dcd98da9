"""The door of login pages and token endpoint: the faults, then ``oauth_web``."""

import time

from . import cut, oauth_web
from .errors import ApiError
from .faults import KINDS
from .limits import EMPTY
from .odata import service
from .odata.formats import JsonForm
from .web import pages

#: All but a late booking, which belongs to entries.
FAULTS = frozenset(KINDS) - {"book_late"}


def handle(sandbox, request):
    """One call of a login page or of the token endpoint, with what hits it."""
    with sandbox.lock:
        hit = sandbox.faults.take(request.method, request.path, FAULTS)
    if "delay" in hit:
        time.sleep(hit["delay"].seconds)
    if "lose_request" in hit:
        cut.cut(request, "request lost")
    with sandbox.lock:
        sandbox.run_late()
        if "lapse_login" in hit:
            sandbox.tokens.lapse()
        response = _broken(sandbox, hit) or oauth_web.handle(sandbox, request)
    sandbox.store.changed()
    if "lose_answer" in hit:
        cut.cut(request, "answer lost")
    return cut.truncated(request, response) if "truncate" in hit else response


def _broken(sandbox, hit):
    """What a fault answers instead, or None."""
    if "maintenance" in hit:
        return pages.maintenance()
    error = None
    if "server_error" in hit:
        error = cut.server_error(hit["server_error"])
    elif "too_many_requests" in hit:
        error = ApiError(429, content=EMPTY)
    return (
        error and service.error_answer(error, sandbox.language, JsonForm()).response()
    )
