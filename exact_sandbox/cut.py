"""Ways of breaking an answer: cut connections, cut bodies, errors of the server."""

import socket

from werkzeug.wrappers import Response

from .errors import AnswerLost, ApiError, Violation

#: where the server puts the connection of a request
SOCKET = "exact_sandbox.socket"

_HTML = (
    "<!DOCTYPE html><html><head><title>Runtime Error</title></head>"
    "<body><h1>Server Error in '/' Application.</h1></body></html>"
)


def cut(request, why):
    """End this exchange without an answer.

    Over a socket the connection is really closed; in the same process the exception
    is what the caller sees.
    """
    connection = request.environ.get(SOCKET)
    if connection is not None:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            connection = None  # the client was faster
    raise AnswerLost(why)


def truncated(request, response):
    """Half of the body under the length of the whole, then the end."""
    data = response.get_data()
    half = data[: len(data) // 2]
    if request.environ.get(SOCKET) is None:
        response.set_data(half)
        return response
    shortened = Response(_half_then_cut(request, half), status=response.status_code)
    shortened.headers = response.headers
    shortened.headers["Content-Length"] = str(len(data))
    return shortened


def _half_then_cut(request, half):
    yield half
    cut(request, "answer cut")


def server_error(fault):
    """The answer of a server that failed, as the fault describes it."""
    if fault.body == "json":
        return Violation("server_bug", status=fault.status)
    content = _HTML if fault.body == "html" else ""
    return ApiError(fault.status, content=("text/html; charset=utf-8", content))
