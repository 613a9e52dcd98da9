"""Browser sessions of the pages: messages shown once, and protection of forms."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

COOKIE = "exact_sandbox_session"
_SECRET = secrets.token_bytes(32)
_MESSAGES = {}
#: Sessions with a message waiting; more than that is a script, not a person.
_MOST = 1000


class Session:
    """The session of one request; ``token`` goes into every form."""

    def __init__(self, request):
        self.request = request
        self.id = request.cookies.get(COOKIE) or secrets.token_urlsafe(18)
        self.token = hmac.new(_SECRET, self.id.encode(), hashlib.sha256).hexdigest()

    def is_own_form(self):
        """Whether a POST comes from a form of these pages."""
        origin = self.request.headers.get("Origin")
        if origin and urlsplit(origin).netloc != self.request.host:
            return False
        sent = self.request.form.get("token", "")
        return hmac.compare_digest(sent.encode(), self.token.encode())

    def say(self, text, kind="good"):
        """Show a sentence on the next page."""
        if len(_MESSAGES) < _MOST:
            _MESSAGES[self.id] = (kind, text)

    def message(self):
        """The sentence to show, once: ``(kind, text)`` or None."""
        return _MESSAGES.pop(self.id, None)

    def keep(self, response):
        """Set the cookie; cookies ignore ports, hence the name of its own."""
        response.set_cookie(COOKIE, self.id, httponly=True, samesite="Lax", path="/")
        return response
