"""What the API refuses, as exceptions; the web layer turns them into answers."""


class ApiError(Exception):
    """An answer other than success.

    ``text`` is sent in the OData error shape of exact-api 5 unless ``content`` gives
    another body as ``(content type, text)``.
    """

    def __init__(self, status, text="", headers=(), content=None):
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = dict(headers)
        self.content = content


class BadRequest(ApiError):
    """Syntax or shape: 400 (exact-api 0.2)."""

    def __init__(self, text):
        super().__init__(400, text)


class BadStream(BadRequest):
    """A body that does not fit (exact-api 2.4)."""

    def __init__(self, text):
        super().__init__("Error processing request stream. " + text)


class Violation(Exception):
    """One business rule broken: a key of ``texts`` with its parameters."""

    def __init__(self, key, status=500, **params):
        super().__init__(key)
        self.key = key
        self.status = status
        self.params = params


class Violations(Exception):
    """Several business rules broken at once; joined with CRLF (exact-api 5)."""

    def __init__(self, violations):
        super().__init__(", ".join(v.key for v in violations))
        self.violations = violations


class AnswerLost(ConnectionError):
    """Raised in process where a real connection would have been cut (fault injection).

    Over a socket the connection is closed instead; a client in the same process sees
    this exception from the WSGI call.
    """
