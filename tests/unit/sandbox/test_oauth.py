"""Login, codes and tokens (exact-api 1)."""

import re
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client

CALLBACK = "http://127.0.0.1:8069/exact/oauth/callback"


def ask(sandbox, **change):
    values = {
        "client_id": sandbox.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "state": "s t&1",
        **change,
    }
    return {name: value for name, value in values.items() if value is not None}


def log_in(sandbox, **change):
    form = {
        **ask(sandbox),
        "username": "demo",
        "password": "demo",
        "division": ["1001", "1002"],
        "action": "allow",
        **change,
    }
    return Client(sandbox).post("/api/oauth2/auth", data=form)


def code_of(answer):
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.location).query)["code"][0]


def token_call(sandbox, headers=None, **values):
    form = {
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        **values,
    }
    form = {name: value for name, value in form.items() if value is not None}
    return Client(sandbox).post("/api/oauth2/token", data=form, headers=headers)


def exchange(sandbox, code, **change):
    return token_call(
        sandbox,
        **{
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            **change,
        },
    )


def refresh(sandbox, token, **change):
    return token_call(
        sandbox, grant_type="refresh_token", refresh_token=token, **change
    )


@pytest.fixture
def tokens(sandbox):
    return exchange(sandbox, code_of(log_in(sandbox))).json


def test_the_page_asks_for_user_and_password(sandbox):
    answer = Client(sandbox).get("/api/oauth2/auth", query_string=ask(sandbox))
    assert answer.status_code == 200
    for name in ("username", "password", "division", "state"):
        assert f'name="{name}"' in answer.text
    assert not re.search(r'(src|href)="https?://', answer.text)


def test_code_and_state_come_back_escaped(sandbox):
    answer = log_in(sandbox)
    query = parse_qs(urlsplit(answer.location).query)
    assert query["state"] == ["s t&1"]
    assert "!" in query["code"][0] and "%" in query["code"][0]
    assert len(query["code"][0]) > 300


def test_a_wrong_password_stays_on_the_page(sandbox):
    answer = log_in(sandbox, password="wrong")
    assert answer.status_code == 401
    assert "password is wrong" in answer.text


def test_refusal_goes_back_with_an_error(sandbox):
    answer = log_in(sandbox, action="refuse", password="")
    query = parse_qs(urlsplit(answer.location).query)
    assert query == {"error": ["access_denied"], "state": ["s t&1"]}


@pytest.mark.parametrize(
    "change, text",
    [
        ({"client_id": "1234"}, "Client with identifier &#39;1234&#39; not found."),
        ({"redirect_uri": "http://example.com/cb"}, "redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri"),
        ({"redirect_uri": "http://[broken"}, "redirect_uri"),
        ({"redirect_uri": None}, "redirect_uri"),
        ({"response_type": "token"}, "response_type"),
    ],
)
def test_links_that_lead_nowhere(sandbox, change, text):
    answer = Client(sandbox).get(
        "/api/oauth2/auth", query_string=ask(sandbox, **change)
    )
    assert answer.status_code == 400
    assert text in answer.text


def test_strict_https_refuses_http_on_loopback(make):
    sandbox = make(strict_https=True)
    client = Client(sandbox)
    assert client.get("/api/oauth2/auth", query_string=ask(sandbox)).status_code == 400
    https = ask(sandbox, redirect_uri="https://127.0.0.1/cb")
    assert client.get("/api/oauth2/auth", query_string=https).status_code == 200


def test_the_client_id_may_wear_braces(sandbox):
    query = ask(sandbox, client_id="{" + sandbox.client_id.upper() + "}")
    assert (
        Client(sandbox).get("/api/oauth2/auth", query_string=query).status_code == 200
    )


def test_tokens(tokens):
    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert tokens["expires_in"] == "600"
    assert tokens["token_type"] == "bearer"


def test_a_code_works_once(sandbox):
    code = code_of(log_in(sandbox))
    assert exchange(sandbox, code).status_code == 200
    again = exchange(sandbox, code)
    assert (again.status_code, again.json) == (400, {"error": "invalid_request"})


@pytest.mark.parametrize(
    "change", [{"code": "nonsense"}, {"redirect_uri": "http://127.0.0.1/other"}]
)
def test_a_wrong_code_or_address(sandbox, change):
    code = code_of(log_in(sandbox))
    code = change.pop("code", code)
    assert exchange(sandbox, code, **change).status_code == 400


def test_bare_bad_request_by_switch(make):
    sandbox = make(switches={"code_error_bare": True})
    answer = exchange(sandbox, "nonsense")
    assert (answer.status_code, answer.text) == (400, "Bad Request")


def test_a_wrong_secret(sandbox):
    code = code_of(log_in(sandbox))
    answer = exchange(sandbox, code, client_secret="wrong")
    assert answer.json == {"error": "invalid_client"}
    assert exchange(sandbox, code).status_code == 200


def basic_call(sandbox):
    from base64 import b64encode

    pair = f"{sandbox.client_id}:{sandbox.client_secret}".encode()
    header = {"Authorization": "Basic " + b64encode(pair).decode()}
    code = code_of(log_in(sandbox))
    return exchange(sandbox, code, headers=header, client_id=None, client_secret=None)


@pytest.mark.parametrize("taken, status", [(True, 200), (False, 401)])
def test_basic_is_a_switch(make, taken, status):
    assert basic_call(make(switches={"basic_auth": taken})).status_code == status


def test_refresh_too_early(sandbox, tokens):
    sandbox.clock.advance(569)
    answer = refresh(sandbox, tokens["refresh_token"])
    assert answer.status_code == 400
    text = "Rate limit exceeded: access_token not expired"
    assert answer.json == {"error": "access_denied", "error_description": text}
    assert answer.headers["Reason"] == f"TooEarlyToRefreshTokens: {text}"
    sandbox.clock.advance(1)
    assert refresh(sandbox, tokens["refresh_token"]).status_code == 200


def test_too_early_by_switches(make):
    sandbox = make(switches={"early_refresh_status": 401, "refresh_after_seconds": 600})
    token = exchange(sandbox, code_of(log_in(sandbox))).json["refresh_token"]
    sandbox.clock.advance(599)
    assert refresh(sandbox, token).status_code == 401


def test_refresh_rotates(sandbox, tokens):
    sandbox.clock.advance(580)
    newer = refresh(sandbox, tokens["refresh_token"])
    assert newer.json["refresh_token"] != tokens["refresh_token"]
    old = refresh(sandbox, tokens["refresh_token"])
    assert old.status_code == 401
    assert old.json == {
        "error": "unauthorized_client",
        "error_description": "Old refresh token used.",
    }


def test_thirty_days(sandbox, tokens):
    sandbox.clock.advance(days=30)
    answer = refresh(sandbox, tokens["refresh_token"])
    assert answer.status_code == 400
    assert answer.json["error_description"] == (
        "The refresh token expired at 7/15/2026 10:00:00 AM and it is now "
        "7/15/2026 10:00:00 AM."
    )


@pytest.mark.parametrize("status", [429, 400])
def test_two_hundred_calls_a_day(make, status):
    sandbox = make(switches={"token_quota_status": status})
    for _ in range(200):
        exchange(sandbox, "nonsense")
    refused = exchange(sandbox, "nonsense")
    assert refused.status_code == status
    assert refused.json["error"] == "access_denied"
    sandbox.clock.advance(days=1)
    assert exchange(sandbox, "nonsense").status_code == 400


def me(sandbox, token):
    header = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return Client(sandbox).get("/api/v1/current/Me", headers=header)


def test_an_access_token_lives_600_seconds(sandbox, tokens):
    sandbox.clock.advance(599)
    assert me(sandbox, tokens["access_token"]).status_code == 200
    sandbox.clock.advance(1)
    answer = me(sandbox, tokens["access_token"])
    assert answer.status_code == 401
    assert answer.content_type.startswith("text/html")
    assert "Object moved" in answer.text
    assert "/docs/Login.aspx?ReturnUrl=" in answer.text


def test_a_lapsed_login(sandbox, tokens):
    sandbox.lapse_login()
    assert me(sandbox, tokens["access_token"]).status_code == 401
    answer = refresh(sandbox, tokens["refresh_token"])
    assert answer.json["error_description"] == "Old refresh token used."


def test_only_granted_administrations(sandbox):
    code = code_of(log_in(sandbox, division=["1002"]))
    token = exchange(sandbox, code).json["access_token"]
    header = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    client = Client(sandbox)
    divisions = client.get("/api/v1/1002/hrm/Divisions", headers=header).json
    assert [row["Code"] for row in divisions["d"]["results"]] == [1002]
    refused = client.get("/api/v1/1001/hrm/Divisions", headers=header)
    assert refused.status_code == 403
    assert refused.headers["Reason"] == "NoDivisionAccess"
    assert refused.json["error"]["message"]["value"] == "Forbidden"


def test_an_administration_that_the_login_lost(sandbox):
    code = code_of(log_in(sandbox, division=["1001", "1002"]))
    token = exchange(sandbox, code).json["access_token"]
    header = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    client = Client(sandbox)
    sandbox.switches.change(lost_divisions="1001")
    refused = client.get("/api/v1/1001/crm/Accounts", headers=header)
    assert refused.status_code == 403
    assert refused.headers["Reason"] == "NoDivisionAccess"
    me = client.get("/api/v1/current/Me", headers=header).json["d"]["results"][0]
    assert me["CurrentDivision"] == 1002
    divisions = client.get("/api/v1/1002/system/Divisions", headers=header).json
    assert [row["Code"] for row in divisions["d"]["results"]] == [1002]
    sandbox.switches.change(lost_divisions="1001, 1002")
    assert client.get("/api/v1/current/Me", headers=header).status_code == 403


# --- faults of the login ------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "values", "status", "kind"),
    [
        ("maintenance", {}, 200, "text/html"),
        ("server_error", {"status": 503, "body": "html"}, 503, "text/html"),
        ("server_error", {}, 500, "application/json"),
        ("too_many_requests", {}, 429, "text/plain"),
    ],
)
def test_a_refresh_that_breaks_rotates_nothing(
    sandbox, tokens, fault, values, status, kind
):
    sandbox.clock.advance(600)
    sandbox.faults.add(fault, path="oauth2/token", **values)
    answer = refresh(sandbox, tokens["refresh_token"])
    assert (answer.status_code, answer.mimetype) == (status, kind)
    assert refresh(sandbox, tokens["refresh_token"]).status_code == 200


def test_a_refresh_whose_body_is_cut_is_lost(sandbox, tokens):
    sandbox.clock.advance(600)
    sandbox.faults.add("truncate", path="oauth2/token")
    assert refresh(sandbox, tokens["refresh_token"]).get_data(as_text=True)[-1] != "}"
    assert refresh(sandbox, tokens["refresh_token"]).status_code == 401


def test_a_slow_refresh_holds_up_nobody(sandbox, tokens):
    sandbox.clock.advance(600)
    sandbox.faults.add("delay", path="oauth2/token", seconds=0.5)
    slow = threading.Thread(target=refresh, args=(sandbox, tokens["refresh_token"]))
    slow.start()
    assert Client(sandbox).get("/calls").status_code == 200
    assert slow.is_alive()
    slow.join()


def test_a_late_booking_leaves_the_login_alone(sandbox, tokens):
    sandbox.clock.advance(600)
    sandbox.faults.add("book_late", seconds=60)
    assert refresh(sandbox, tokens["refresh_token"]).status_code == 200
    assert [fault.fault for fault in sandbox.faults.active()] == ["book_late"]
