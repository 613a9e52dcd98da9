"""Exact's REST API as a handful of verbs for one login and one administration."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from . import odata
from .errors import ExactError, LoginLapsed, LoginRefused, NoAnswer, NotProcessed
from .transport import Request, Response, Transport

MAX_PAGES = 10_000  # a feed that never ends must not keep a worker forever


@dataclass(frozen=True)
class Call:
    """What a gate may know of a call: nothing secret, no personal data."""

    method: str
    endpoint: str  # ``salesentry/SalesEntries``, without key and query
    division: int
    record: str = ""  # ``account.move,7``: what it is about


class Gate(Protocol):
    """Stands before and behind every call: the limiter and the call log."""

    def before(self, call: Call):
        """Let it pass, or raise ``LimitReached``. Returns a ticket for ``after``."""

    def after(
        self, ticket, response: Response | None, error: ExactError | None
    ) -> None:
        """Learn from what came back; may complete a ``LimitReached``."""


class Login(Protocol):
    """Gives access tokens; keeps and refreshes them where all workers see it."""

    def access_token(self, rejected: str = "") -> str:
        """A token that should work, other than ``rejected``.

        :raises LoginLapsed: there is none
        """


class Client:
    """Reads and writes one administration.

    :param base_url: the site, without a trailing slash
    :param division: Exact's number of the administration, 0 while none is chosen
    """

    def __init__(
        self,
        base_url: str,
        division: int,
        transport: Transport,
        login: Login,
        gate: Gate,
    ):
        self.base_url = base_url
        self.division = division
        self._transport = transport
        self._login = login
        self.gate = gate

    # --- verbs ---------------------------------------------------------------

    def me(self) -> dict:
        """The logged-in user, with ``CurrentDivision`` (exact-api 2.1)."""
        fields = "CurrentDivision,UserID,FullName,UserName,Email"
        url = f"{self.base_url}/api/v1/current/Me"
        rows, _next = odata.unwrap(
            self._send("GET", url, "current/Me", params={"$select": fields})
        )
        if not rows:
            raise NoAnswer("answer_broken")
        return rows[0]

    def rows(
        self,
        endpoint: str,
        select: list[str],
        where: str = "",
        record: str = "",
        expand: str = "",
    ) -> Iterator[dict]:
        """All rows of an endpoint, page by page.

        The caller that keeps a cursor must exhaust it: a broken page raises, and what
        came before is then no complete answer.

        :param where: a $filter made with ``odata``
        :param expand: the lines to be read along; they must be in ``select`` too
        :raises ExactError: a page was refused or broken
        """
        params = {"$select": ",".join(select)}
        if expand:
            params["$expand"] = expand
        if where:
            params["$filter"] = where
        url = self._url(endpoint)
        for _page in range(MAX_PAGES):
            payload = self._send("GET", url, endpoint, params=params, record=record)
            rows, following = odata.unwrap(payload)
            if any(field not in row for row in rows for field in select):
                raise NoAnswer("answer_broken")
            yield from rows
            if not following:
                return
            # Elsewhere the token would go to a stranger.
            if not following.startswith(f"{self.base_url}/api/"):
                raise NoAnswer("answer_broken")
            url, params = following, {}
        raise NoAnswer("answer_broken")

    def nested(self, row: dict, name: str) -> list[dict] | None:
        """The lines that came along with a row; ``None`` where there are more of them.

        Those have to be read from their own endpoint.
        """
        lines, following = odata.unwrap({"d": row[name]})
        return None if following else lines

    def download(self, url: str, endpoint: str, name: str, record: str = "") -> bytes:
        """The file behind the ``Url`` of an attachment (exact-api 4.6).

        :param endpoint: what the log calls it
        :param name: of the file
        :raises ExactError: it was refused, or is not there
        """
        # Elsewhere the token would go to a stranger.
        if not url.startswith(f"{self.base_url}/"):
            raise NoAnswer("answer_broken")
        return self._send(
            "GET", url, endpoint, params={"Download": "1"}, record=record, file=name
        )

    def newest(
        self, endpoint: str, select: list[str], where: str, order: str, count: int
    ) -> list[dict]:
        """The ``count`` rows that come last in ``order``, the very last first.

        One call: with $top there are no pages (exact-api 2.2).

        :raises ExactError: it was refused or broken
        """
        params = {
            "$select": ",".join(select),
            "$filter": where,
            "$orderby": f"{order} desc",
            "$top": str(count),
        }
        payload = self._send("GET", self._url(endpoint), endpoint, params=params)
        rows, _next = odata.unwrap(payload)
        if any(field not in row for row in rows for field in select):
            raise NoAnswer("answer_broken")
        return rows

    def create(self, endpoint: str, payload: dict, record: str = "") -> dict:
        """POST a record; returns it with what Exact filled in.

        :raises NotProcessed: nothing happened there
        :raises Refused: nothing happened there, and why
        :raises NoAnswer: it may exist now; ask before creating again
        """
        answer = self._send(
            "POST", self._url(endpoint), endpoint, payload, None, record
        )
        rows, _next = odata.unwrap(answer)
        if len(rows) != 1:
            raise NoAnswer("answer_broken")
        return rows[0]

    def update(self, endpoint: str, guid: str, payload: dict, record: str = "") -> None:
        """PUT the fields of ``payload``; others stay as they are (exact-api 2.4)."""
        url = self._url(odata.key(endpoint, guid))
        self._send("PUT", url, endpoint, payload, None, record)

    def delete(self, endpoint: str, guid: str, record: str = "") -> None:
        """DELETE a record. A second time it may answer 403 (exact-api 2.4), so ask
        whether it is gone before that is taken for a refusal.

        :raises NoAnswer: it may be gone
        """
        url = self._url(odata.key(endpoint, guid))
        self._send("DELETE", url, endpoint, record=record)

    def log_in(self, rejected: str = "") -> str:
        """Have a token before something is begun; costs a call only when one is due.

        :raises NotProcessed: there is none now, for whatever reason
        """
        try:
            return self._login.access_token(rejected)
        except NoAnswer as error:
            # It is the login that got no answer: of the call itself nothing was sent.
            raise NotProcessed("login_no_answer", error.text) from error

    # --- one call ------------------------------------------------------------

    def _url(self, endpoint: str) -> str:
        return f"{self.base_url}/api/v1/{self.division}/{endpoint}"

    def _send(
        self, method, url, endpoint, payload=None, params=None, record="", file=None
    ):
        """One request with a token; once more with another where the first is refused.

        :param file: the name of the file that is asked for, instead of data

        A 401 was not processed (exact-api 1.3), so this repeats no write.
        """
        call = Call(method, endpoint, self.division, record)
        token = self.log_in()
        try:
            return self._once(call, url, payload, params, token, file)
        except LoginRefused:
            token = self.log_in(rejected=token)
        try:
            return self._once(call, url, payload, params, token, file)
        except LoginRefused as error:
            raise LoginLapsed(text=error.text) from error

    def _once(
        self, call: Call, url: str, payload, params, token: str, file: str | None
    ):
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {token}",
        }
        body = None
        if payload is not None:
            body = odata.encode(payload)
            headers["Content-Type"] = "application/json"
            # Without it Exact leaves out what it filled in itself (exact-api 2.4).
            headers["Prefer"] = "return=representation"
        request = Request(call.method, url, params or {}, headers, body)
        ticket = self.gate.before(call)
        response = failure = None
        try:
            response = self._transport.send(request)
            if file is not None and response.status == 200:
                return odata.read_file(response.headers, response.body, file)
            return odata.read_answer(response.status, response.headers, response.body)
        except ExactError as error:
            failure = error
            raise
        finally:
            self.gate.after(ticket, response, failure)
