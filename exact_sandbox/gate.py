"""The door of the API: faults, login, limits, then the work; every call is logged."""

import logging
import time
from datetime import timedelta
from urllib.parse import quote

from werkzeug.exceptions import HTTPException

from . import cut, downloads, rights
from .entities import REGISTRY
from .entities.base import Context
from .errors import ApiError, Violation, Violations
from .odata import address, service
from .odata.formats import form_of
from .schema import entity_types
from .texts import LANGUAGES, message
from .web import pages

#: Where the files of documents are (exact-api 4.6).
DOWNLOAD = "/docs/SysAttachment.aspx"
_OTHER_MODULES = (
    "bulk/SalesInvoice/",
    "logistics/",
    "purchase/",
    "salesinvoice/",
    "sync/SalesInvoice/",
)
_logger = logging.getLogger(__name__)


class Gate:
    """Takes requests below ``/api/v1/`` for a sandbox.

    State is touched under the sandbox's lock only; a delay waits outside of it, so
    that slow calls overlap as they do in reality.
    """

    def __init__(self, sandbox):
        self.sandbox = sandbox
        #: (time, request, consent) of requests to be worked on later
        self.late = []

    def handle(self, request):
        """One API call, with whatever fault hits it."""
        sandbox, started = self.sandbox, time.perf_counter()
        with sandbox.lock:
            hit = sandbox.faults.take(request.method, request.full_path)
            call = self._log(request)
        pause = sandbox.latency / 1000
        pause += hit["delay"].seconds if "delay" in hit else 0
        if pause:
            time.sleep(pause)
        if "lose_request" in hit:
            call.outcome = "request lost"
            cut.cut(request, call.outcome)
        with sandbox.lock:
            self.run_late()
            if "lapse_login" in hit:
                sandbox.tokens.lapse()
            if "book_late" in hit:
                response = self._book_late(request, hit["book_late"].seconds)
            else:
                response = self._answer(request, hit)
        if request.method not in ("GET", "HEAD"):
            sandbox.store.changed()
        if response is None:
            call.outcome = "booked late"
            cut.cut(request, call.outcome)
        call.status = response.status_code
        call.milliseconds = round((time.perf_counter() - started) * 1000, 2)
        return self._deliver(request, response, hit, call)

    def _log(self, request):
        return self.sandbox.calls.add(
            time=self.sandbox.clock.now().isoformat(timespec="milliseconds"),
            method=request.method,
            path=request.path,
            query=request.query_string.decode("utf-8", "replace"),
            status=0,
        )

    def _deliver(self, request, response, hit, call):
        if "lose_answer" in hit:
            call.outcome = "answer lost"
            cut.cut(request, call.outcome)
        if "truncate" in hit:
            call.outcome = "answer cut"
            return cut.truncated(request, response)
        return response

    def _answer(self, request, hit, grant=None):
        if "maintenance" in hit:
            return pages.maintenance()
        try:
            grant = grant or self._grant(request)
            answer = self._within_limits(request, grant, hit)
        except ApiError as error:
            answer = service.error_answer(
                error, self.sandbox.language, form_of(request)
            )
        return answer.response()

    def _within_limits(self, request, grant, hit):
        sandbox, limits = self.sandbox, self.sandbox.limits
        target, failure = _target(request)
        division = target.division if target else None
        division = division or self._current(grant)
        endpoint = (target and target.path) or request.path
        client, key = grant.client_id, (grant.client_id, grant.user, division)
        try:
            limits.check_block(key, endpoint)
            if "too_many_requests" in hit:
                daily = hit["too_many_requests"].daily
                raise limits.exhausted(client, division, daily)
            limits.take(client, division)
        except ApiError as error:
            limits.note(key, endpoint, error.status)
            raise
        answer = self._work(request, target, failure, grant, hit)
        limits.note(key, endpoint, answer.status)
        if answer.status < 400 or sandbox.switches.rate_headers_on_errors:
            answer.headers.update(limits.headers(client, division))
        return answer

    def _work(self, request, target, failure, grant, hit):
        try:
            if "server_error" in hit:
                raise cut.server_error(hit["server_error"])
            if failure:
                raise failure
            context = self._context(request, target, grant)
            rights.check(target, request.method, self.sandbox.switches)
            with context.admin.atomic():
                if target.service == downloads.SERVICE:
                    return downloads.handle(context, request)
                return service.handle(context, target, request)
        except (ApiError, Violation, Violations) as error:
            return service.error_answer(error, self.sandbox.language, form_of(request))
        except HTTPException as error:
            return form_of(request).error(error.code, error.description)
        except Exception:
            # A client never gets a traceback; tests look at this list.
            _logger.exception("%s %s", request.method, request.full_path)
            self.sandbox.failures.append(f"{request.method} {request.full_path}")
            text = message(Violation("server_bug"), self.sandbox.language)
            return form_of(request).error(500, text)

    def _grant(self, request):
        """The consent behind the bearer token; else a page, not JSON (1.3)."""
        header = request.headers.get("Authorization", "")
        scheme, _, token = header.partition(" ")
        grant = self.sandbox.tokens.grant_of(token.strip())
        if scheme.lower() != "bearer" or grant is None:
            login = "/docs/Login.aspx?ReturnUrl=" + quote(request.full_path, safe="")
            page = (
                "<html><head><title>Object moved</title></head><body>\r\n"
                f'<h2>Object moved to <a href="{login}">here</a>.</h2>\r\n'
                "</body></html>\r\n"
            )
            raise ApiError(
                401,
                headers={"Reason": "AccessTokenExpiredOrInvalid"},
                content=("text/html; charset=utf-8", page),
            )
        return grant

    def _granted(self, grant):
        """The administrations of the consent that the user still may use."""
        lost = rights.lost_divisions(self.sandbox.switches)
        return [code for code in grant.divisions if str(code) not in lost]

    def _current(self, grant):
        """The administration the user looked at last, of those granted."""
        division = self.sandbox.users[grant.user]["division"]
        granted = self._granted(grant) or grant.divisions
        return division if division in granted else granted[0]

    def _context(self, request, target, grant):
        sandbox = self.sandbox
        granted = self._granted(grant)
        user = {
            **sandbox.users[grant.user],
            "granted": granted,
            "division": self._current(grant),
        }
        division = target.division
        if target.path == "current/Me":
            division = user["division"]
        elif division is None:
            raise address.not_found(target.path)
        if division not in sandbox.administrations or division not in granted:
            raise ApiError(403, "Forbidden", {"Reason": "NoDivisionAccess"})
        admin = sandbox.administrations[division]
        admin.actor = user["ID"]
        return Context(
            sandbox=sandbox,
            admin=admin,
            user=user,
            language=sandbox.language,
            base_url=request.host_url.rstrip("/"),
            division=division,
            description_language=_description_language(request),
        )

    # --- late bookings ------------------------------------------------------------

    def _book_late(self, request, seconds):
        """Keep a request to be worked on later; the client has given up by then.

        It was let in now, so its token may be over when it is worked on. Returns the
        answer only where it is not let in.
        """
        try:
            grant = self._grant(request)
        except ApiError as error:
            answer = service.error_answer(
                error, self.sandbox.language, form_of(request)
            )
            return answer.response()
        request.get_data()
        due = self.sandbox.clock.now() + timedelta(seconds=seconds)
        self.late.append((due, request, grant))
        return None

    def run_late(self, all_of_them=False):
        """Work on the kept requests whose time has come; returns their statuses."""
        with self.sandbox.lock:
            now = self.sandbox.clock.now()
            due = [item for item in self.late if all_of_them or item[0] <= now]
            self.late = [item for item in self.late if item not in due]
            return [
                self._answer(request, {}, grant).status_code
                for _, request, grant in due
            ]


def _target(request):
    """``(address, None)`` of a request, or ``(None, refusal)``.

    Sets of the invoice, purchase and items modules are there in Exact, but this
    licence lacks them: 403 (exact-api 4.3), not 404.
    """
    if request.path == DOWNLOAD:
        division = request.args.get("_Division_", type=int)
        return address.Address(division, None, None, (), downloads.SERVICE), None
    try:
        return address.split(request.path, REGISTRY), None
    except ApiError as error:
        path = request.path.removeprefix(address.ROOT).partition("/")[2]
        name = path.partition("(")[0]
        lacking = name in entity_types() and name.startswith(_OTHER_MODULES)
        return None, ApiError(403, "Forbidden") if lacking else error


def _description_language(request):
    """NL, EN, FR-BE, … of the header CustomDescriptionLanguage (exact-api 2.3)."""
    text = request.headers.get("CustomDescriptionLanguage", "")
    language = text.strip().lower().partition("-")[0]
    return language if language in LANGUAGES else None
