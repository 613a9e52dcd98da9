"""The sandbox: state, WSGI application, and the surface tests program against."""

import logging
import threading
from contextlib import contextmanager

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from . import control, login_gate, seed, state
from .administration import Administration
from .calls import Calls
from .clock import Clock
from .errors import AnswerLost
from .faults import Faults
from .gate import DOWNLOAD, Gate
from .limits import Limits
from .oauth import Tokens
from .odata.address import ROOT
from .switches import Switches
from .texts import LANGUAGES
from .web import pages
from .webhooks import Webhooks

CLIENT_ID = "5f4c1f62-94d1-4f5c-9d0a-0c7e5a11d0e0"
CLIENT_SECRET = "sandbox-secret"
WEBHOOK_SECRET = "sandbox-webhook-secret"


class SandboxRequest(Request):
    """Uploads of documents are the largest bodies (25 MB, base64)."""

    max_content_length = 64 * 1024 * 1024


class Sandbox:
    """A stand-in for Exact Online; an instance is a WSGI application.

    ``client_id``/``client_secret``: the registered app; ``language``: nl, en or fr,
    that of the Exact user; ``minutely``/``daily``: call limits (0: none);
    ``latency``: milliseconds added to every API answer; ``strict_https``: refuse http
    even for loopback; ``webhook_secret``: signs notices; ``state_file``: where the
    state is kept; ``switches``: a dict of names of ``Switches``; ``clock``: a ``Clock``
    or a datetime to stand still at.
    """

    def __init__(
        self,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        language="nl",
        minutely=60,
        daily=5000,
        latency=0,
        strict_https=False,
        webhook_secret=WEBHOOK_SECRET,
        state_file=None,
        switches=None,
        clock=None,
    ):
        if language not in LANGUAGES:
            raise ValueError("language must be one of " + ", ".join(LANGUAGES))
        self.language = language
        self.latency = latency
        self.strict_https = strict_https
        self.lock = threading.RLock()
        #: whether the caller steers the time, so that a state file does not
        self.own_clock = clock is not None
        self.clock = clock if isinstance(clock, Clock) else Clock(clock)
        self.switches = Switches()
        self.switches.change(**(switches or {}))
        self.tokens = Tokens(client_id, client_secret, self.clock, self.switches)
        self.limits = Limits(self.clock, self.switches, minutely, daily)
        self.faults = Faults()
        self.calls = Calls()
        #: calls that failed inside the sandbox itself: bugs of it
        self.failures = []
        self.gate = Gate(self)
        self.webhooks = Webhooks(self, webhook_secret)
        #: address in notices of webhooks; set when a server starts
        self.base_url = "http://localhost"
        self.users = seed.users()
        self.administrations = {}
        self.store = state.Store(self, state_file)
        self.fill()
        self.store.load()

    def fill(self):
        """Put both administrations into their first state, without any others."""
        self.administrations.clear()
        for code, build in seed.ADMINISTRATIONS.items():
            self._add(code, build)

    def found(self, code, country="BE", **settings):
        """Another company, as its owner founds one in Exact.

        A login sees it from the next consent on. ``settings`` replace those that the
        first company of the country starts with, such as ``name`` and ``vat_number``.
        """
        if isinstance(code, bool) or not isinstance(code, int) or code <= 0:
            raise ValueError("the code must be a number")
        if code in self.administrations:
            raise ValueError(f"there is an administration {code} already")
        if country not in seed.COUNTRIES:
            raise ValueError(f"country must be one of {sorted(seed.COUNTRIES)}")
        with self.lock:
            admin = self._add(code, seed.COUNTRIES[country])
            admin.settings.update({"name": f"Administration {code}", **settings})
        self.store.changed()
        return admin

    def _add(self, code, build):
        admin = Administration(
            code, {}, clock=self.clock, switches=self.switches, lock=self.lock
        )
        build(admin)
        admin.on_change = self.webhooks.changed
        self.administrations[code] = admin
        return admin

    def snapshot(self):
        """What the administrations hold and who is logged in, for ``reset``."""
        return self.store.dump()

    def reset(self, to=None):
        """Everything as at the start, except the clock, limits and switches set.

        ``to``: a snapshot to go back to instead.
        """
        with self.lock:
            self.fill()
            self.users.update(seed.users())
            self.webhooks.log.clear()
            self.faults.clear()
            self.calls.clear()
            self.limits.reset()
            self.gate.late.clear()
            self.tokens.state = type(self.tokens.state)()
            if to is not None:
                self.store.take(to)
        self.store.changed()

    @property
    def client_id(self):
        return self.tokens.client_id

    @property
    def client_secret(self):
        return self.tokens.client_secret

    def authorise(self, divisions=None, user="demo"):
        """Tokens without the browser, for tests: what the token endpoint returns."""
        with self.lock:
            granted = divisions or sorted(self.administrations)
            code = self.tokens.issue_code(user, "", granted)
            return self.tokens.exchange(code, "")

    def lapse_login(self):
        """All tokens die at once."""
        with self.lock:
            self.tokens.lapse()
        self.store.changed()

    # --- WSGI -----------------------------------------------------------------------

    def __call__(self, environ, start_response):
        request = SandboxRequest(environ)
        try:
            response = self.dispatch(request)
        except HTTPException as error:
            response = error.get_response(environ)
        except AnswerLost:
            raise
        except Exception:
            logging.getLogger(__name__).exception("%s %s", request.method, request.path)
            self.failures.append(f"{request.method} {request.full_path}")
            response = pages.failed()
        finally:
            request.close()
        return response(environ, start_response)

    def dispatch(self, request):
        """One request to one answer, by the first part of its path."""
        path = request.path
        if path.startswith(ROOT) or path == DOWNLOAD:
            return self.gate.handle(request)
        if path.startswith("/api/oauth2/"):
            return login_gate.handle(self, request)
        with self.lock:
            self.run_late()
            if path.startswith("/_control/"):
                response = control.handle(self, request)
            else:
                response = pages.handle(self, request)
        if request.method != "GET":
            self.store.changed()
        return response

    def run_late(self, all_of_them=False):
        """Work on the requests booked late whose time has come; their statuses."""
        return self.gate.run_late(all_of_them)

    # --- server -----------------------------------------------------------------------

    @contextmanager
    def serve(self, port=0):
        """Run on a loopback port in a daemon thread; yields the base address."""
        from .server import make_server

        server = make_server(self, port)
        self.base_url = f"http://127.0.0.1:{server.port}"
        thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), daemon=True
        )
        thread.start()
        try:
            yield self.base_url
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
            self.store.flush()
