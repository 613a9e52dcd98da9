"""The one place that speaks HTTP with Exact's API."""

import socket
import ssl
from dataclasses import dataclass, field

import requests
import urllib3.exceptions

from .errors import NoAnswer, Unreachable

# In seconds, for connecting and for each wait. Exact needs several for a new TLS
# connection and for a large entry (exact-api 2.4).
TIMEOUT = 30


@dataclass(frozen=True)
class Request:
    """One call; ``url`` is absolute."""

    method: str
    url: str
    params: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Response:
    """What came back: status, headers (ignoring case), raw body."""

    status: int
    headers: requests.structures.CaseInsensitiveDict
    body: bytes


class Transport:
    """Sends requests over one kept-alive session; a new TLS connection is slow."""

    def __init__(self, session: requests.Session | None = None, timeout=TIMEOUT):
        self.session = session or requests.Session()
        self.timeout = timeout

    def send(self, request: Request) -> Response:
        """Carry out one request, without following redirects (they lose the token).

        :raises Unreachable: no connection was made, so nothing was processed
        :raises NoAnswer: the connection was lost while or after sending
        """
        try:
            answer = self.session.request(
                request.method,
                request.url,
                params=request.params,
                headers=request.headers,
                data=request.body,
                timeout=self.timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise classify(error, request.url) from error
        return Response(answer.status_code, answer.headers, answer.content)


def classify(error: requests.RequestException, url: str) -> Exception:
    """Whether a request that failed can have reached Exact.

    Only where no connection was made is it certain that nothing was processed. A proxy
    that fails says nothing: urllib3 1.26 calls every fault behind one a ProxyError.
    """
    host = requests.utils.urlparse(url).netloc
    if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
        return Unreachable(host=host, reason=_reason(error))
    return NoAnswer(host=host, reason=type(error).__name__)


def _causes(error: BaseException):
    """The error and what it wraps: requests and urllib3 nest the socket's error."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = getattr(error, "reason", None) or next(iter(error.args), None)
        if not isinstance(inner, BaseException):
            inner = error.__cause__ or error.__context__
        error = inner


def _never_connected(error: BaseException) -> bool:
    never = (
        urllib3.exceptions.NewConnectionError,
        ssl.SSLCertVerificationError,
        socket.gaierror,
        ConnectionRefusedError,
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
    )
    return any(isinstance(cause, never) for cause in _causes(error))


def _reason(error: BaseException) -> str:
    """The innermost error's words, without addresses of objects in memory."""
    *_, last = _causes(error)
    return getattr(last, "strerror", None) or type(last).__name__
