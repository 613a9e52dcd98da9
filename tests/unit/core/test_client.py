"""The client and the login against the sandbox, without Odoo."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from exact import oauth, odata
from exact.client import Client
from exact.errors import (
    LimitReached,
    LoginLapsed,
    Misconfigured,
    NoAnswer,
    NotProcessed,
    Refused,
)
from exact.transport import Transport

from exact_sandbox import Sandbox

REDIRECT = "http://127.0.0.1:8069/exact/oauth/callback"


@pytest.fixture(scope="module")
def served():
    sandbox = Sandbox(language="nl")
    with sandbox.serve() as url:
        yield sandbox, url


@pytest.fixture
def sandbox(served, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    served[0].reset()
    return served[0]


@pytest.fixture
def app(served, sandbox):
    return oauth.App(served[1], sandbox.client_id, sandbox.client_secret, REDIRECT)


class Login:
    """Keeps a token in memory."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.token = sandbox.authorise()["access_token"]

    def access_token(self, rejected=""):
        if rejected == self.token:
            raise LoginLapsed()
        return self.token


class Gate:
    """Lets everything pass and remembers it."""

    def __init__(self):
        self.passed = []

    def before(self, call):
        return call

    def after(self, ticket, response, error):
        self.passed.append((ticket, response and response.status, error))


@pytest.fixture
def client(served, sandbox):
    return Client(served[1], 1001, Transport(), Login(sandbox), Gate())


def log_in(app, **form):
    """From the authorize page to the code, as a browser."""
    page = oauth.authorize_url(app, "the-state")
    fields = dict(parse_qsl(urlsplit(page).query))
    form = {
        "username": "demo",
        "password": "demo",
        "action": "allow",
        "division": [1001],
    } | form
    answer = requests.post(
        f"{app.base_url}/api/oauth2/auth",
        data=fields | form,
        allow_redirects=False,
        timeout=10,
    )
    back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert back["state"] == "the-state"
    return back


def now():
    return datetime.now(UTC)


# --- login -------------------------------------------------------------------


def test_code_then_tokens_then_refresh(app, sandbox):
    token = oauth.exchange_code(app, log_in(app)["code"], now())
    assert token.usable(now()) and not token.may_refresh(now())
    sandbox.clock.advance(600)
    later = now() + timedelta(seconds=600)
    assert token.may_refresh(later) and not token.usable(later)
    fresh = oauth.refresh(app, token, later)
    assert fresh.refresh != token.refresh
    with pytest.raises(LoginLapsed) as caught:
        oauth.refresh(app, token, later)
    assert caught.value.text == "Old refresh token used."


def test_a_code_works_once(app):
    code = log_in(app)["code"]
    oauth.exchange_code(app, code, now())
    with pytest.raises(Refused):
        oauth.exchange_code(app, code, now())


@pytest.mark.parametrize("bare", [False, True])
def test_a_wrong_code_is_refused_in_either_form(app, sandbox, bare):
    sandbox.switches.change(code_error_bare=bare)
    with pytest.raises(Refused):
        oauth.exchange_code(app, "wrong", now())
    sandbox.switches.change(code_error_bare=False)


def test_body_credentials_work_where_basic_is_refused(app, sandbox):
    sandbox.switches.change(basic_auth=False)
    assert oauth.exchange_code(app, log_in(app)["code"], now()).access
    sandbox.switches.change(basic_auth=True)


@pytest.mark.parametrize("status", [400, 401])
def test_a_refresh_that_comes_too_early_keeps_the_token(app, sandbox, status):
    sandbox.switches.change(early_refresh_status=status)
    token = oauth.exchange_code(app, log_in(app)["code"], now())
    with pytest.raises(Refused) as caught:
        oauth.refresh(app, token, now())
    assert caught.value.code == "refresh_too_early"
    sandbox.switches.change(early_refresh_status=400)


def test_a_refresh_token_of_thirty_days_is_a_lapsed_login(app, sandbox):
    token = oauth.exchange_code(app, log_in(app)["code"], now())
    sandbox.clock.advance(days=31)
    with pytest.raises(LoginLapsed):
        oauth.refresh(app, token, now())


def test_an_unknown_app_is_found_before_the_browser_leaves(app):
    with requests.Session() as session:
        oauth.check_app(app, session, "state")
        stranger = oauth.App(app.base_url, "no-such-app", "secret", REDIRECT)
        with pytest.raises(Misconfigured) as caught:
            oauth.check_app(stranger, session, "state")
        assert caught.value.code == "client_unknown"
        elsewhere = oauth.App(app.base_url, app.client_id, "s", "http://example.com/")
        with pytest.raises(Misconfigured) as caught:
            oauth.check_app(elsewhere, session, "state")
        assert caught.value.code == "redirect_refused"


def test_plain_http_that_is_not_allowed_is_a_sentence(app, monkeypatch):
    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT")
    with pytest.raises(Misconfigured) as caught:
        oauth.authorize_url(app, "state")
    assert caught.value.code == "insecure_transport"


def test_a_token_does_not_show_its_secrets(app):
    token = oauth.exchange_code(app, log_in(app)["code"], now())
    assert token.access not in repr(token) and token.refresh not in repr(token)


# --- calls -------------------------------------------------------------------


def test_rows_come_from_all_pages(client):
    codes = [row["Code"] for row in client.rows("vat/VATCodes", ["ID", "Code"])]
    assert len(codes) == len(set(codes)) > 20
    periods = list(client.rows("financial/FinancialPeriods", ["ID", "FinYear"]))
    accounts = list(client.rows("bulk/Financial/GLAccounts", ["ID", "Code"]))
    assert periods and accounts


def test_a_page_of_another_host_is_not_followed(client, monkeypatch):
    page = ([{"ID": "1"}], "http://stranger.example.com/api/v1/1001/vat/VATCodes")
    monkeypatch.setattr(odata, "unwrap", lambda payload: page)
    with pytest.raises(NoAnswer):
        list(client.rows("vat/VATCodes", ["ID"]))


def test_a_broken_page_is_no_end_of_the_list(client, sandbox):
    sandbox.faults.add("truncate", path="VATCodes")
    with pytest.raises(NoAnswer):
        list(client.rows("vat/VATCodes", ["ID", "Code"]))


def test_create_returns_what_exact_filled_in_and_update_changes_only_that(client):
    made = client.create("crm/Accounts", {"Name": "O'Neill & Zonen", "Status": "C"})
    assert made["ID"] and made["Code"].isdigit()
    client.update("crm/Accounts", made["ID"], {"City": "Gent"})
    [found] = client.rows(
        "crm/Accounts", ["ID", "Name", "City"], odata.eq("Name", "O'Neill & Zonen")
    )
    assert (found["Name"], found["City"]) == ("O'Neill & Zonen", "Gent")


def test_a_refusal_has_the_words_of_exact(client):
    with pytest.raises(Refused) as caught:
        client.create("crm/Accounts", {"City": "Gent"})
    assert caught.value.status == 500
    assert caught.value.text.startswith("Verplicht")


def test_a_token_that_is_not_taken_is_replaced_once(client, sandbox):
    first = client._login.token
    fresh = sandbox.authorise()["access_token"]
    client._login.access_token = lambda rejected="": fresh if rejected else "dead"
    assert client.me()["FullName"]
    client._login.access_token = lambda rejected="": "dead"
    with pytest.raises(LoginLapsed):
        client.me()
    assert first


def test_a_login_without_answer_is_nothing_sent(client):
    def no_answer(rejected=""):
        raise NoAnswer("maintenance")

    client._login.access_token = no_answer
    with pytest.raises(NotProcessed) as caught:
        client.create("crm/Accounts", {"Name": "Nobody"})
    assert caught.value.code == "login_no_answer"
    assert not client.gate.passed


def test_the_gate_sees_every_call_and_no_secret(client, sandbox):
    sandbox.faults.add("too_many_requests", path="VATCodes")
    with pytest.raises(LimitReached):
        list(client.rows("vat/VATCodes", ["ID"], record="res.partner,7"))
    [(call, status, error)] = client.gate.passed
    assert (call.method, call.endpoint, call.record, status) == (
        "GET",
        "vat/VATCodes",
        "res.partner,7",
        429,
    )
    assert isinstance(error, LimitReached)
    assert client._login.token not in repr(client.gate.passed)
