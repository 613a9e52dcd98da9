"""What can go wrong with Exact, as types that say what to do.

    ExactError
    ├── NotProcessed      Exact did nothing: the same request may go again
    │   ├── Unreachable       no connection was made
    │   ├── LoginRefused      this access token is not taken, another may be
    │   ├── LoginLapsed       a person has to log in again
    │   ├── LimitReached      wait until ``until``
    │   └── Misconfigured     we did not call: a setting of the connection is wrong
    ├── Refused           Exact read it and said no: mend something first
    │   └── Forbidden         the login or licence lacks a right
    └── NoAnswer          nobody knows whether Exact did it: ask before sending again

An error carries a ``code`` and ``params``; the sentence is made where it is read, in
the reader's language. ``text`` keeps Exact's own words.
"""

from datetime import datetime


class ExactError(Exception):
    """Base of all errors of the link.

    :param code: what happened, a key of the catalogue of sentences
    :param text: Exact's own words, empty where Exact said nothing
    :param params: plain values (str, int) that the sentence names
    """

    code = "error"

    def __init__(self, code: str = "", text: str = "", **params):
        self.code = code or self.code
        self.text = text
        self.params = params
        super().__init__(": ".join(part for part in (self.code, text) if part))


class NotProcessed(ExactError):
    """Exact did nothing with the request; it may be sent again unchanged."""

    code = "not_processed"


class Unreachable(NotProcessed):
    """No connection was made (name, network, certificate)."""

    code = "unreachable"


class LoginRefused(NotProcessed):
    """401: this access token is not taken; another may be (exact-api 1.3)."""

    code = "login_refused"


class LoginLapsed(NotProcessed):
    """The tokens are dead; only a new login in the browser helps (exact-api 1.4)."""

    code = "login_lapsed"


class LimitReached(NotProcessed):
    """A limit of Exact, or our own guard before it, forbids a call until ``until``.

    :param until: UTC, aware; ``None`` where only the limiter knows (``Quota.refused``)
    """

    code = "limit_minute"

    def __init__(
        self, until: datetime | None, code: str = "", text: str = "", **params
    ):
        super().__init__(code, text, **params)
        self.until = until


class Refused(ExactError):
    """Exact read the request and did nothing; its words are in ``text``.

    :param status: the HTTP status, 500 for a business rule (exact-api 5)
    """

    code = "refused"

    def __init__(self, code: str = "", text: str = "", status: int = 0, **params):
        super().__init__(code, text, **params)
        self.status = status


class Forbidden(Refused):
    """The login, its licence or the app's scope lacks a right (403, exact-api 5)."""

    code = "forbidden"


class NoAnswer(ExactError):
    """The request may or may not have been carried out.

    A lost connection, a time-out, a 5xx without Exact's error body, a page of HTML.
    """

    code = "no_answer"


class Misconfigured(NotProcessed):
    """A setting of the connection makes a call pointless; nothing was sent."""

    code = "misconfigured"
