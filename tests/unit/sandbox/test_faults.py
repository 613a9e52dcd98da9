"""Faults, in process and over a real socket."""

import threading
import time

import pytest
import requests

from exact_sandbox import AnswerLost

ENTRIES = "salesentry/SalesEntries"


def add(api, fault, **values):
    return api.sandbox.faults.add(fault, **values)


def test_lose_the_answer_after_the_work(api):
    add(api, "lose_answer", path="SalesEntries", method="POST")
    with pytest.raises(AnswerLost):
        api.sale(100, YourRef="A")
    assert len(api.rows(ENTRIES, filter="YourRef eq 'A'")) == 1
    assert api.sandbox.calls[0].outcome == "answer lost"
    assert api.sandbox.calls[0].status == 201


def test_lose_the_request_before_it(api):
    add(api, "lose_request", path="SalesEntries")
    with pytest.raises(AnswerLost):
        api.sale(100)
    assert not len(api.admin.sales_entries)
    assert api.sandbox.calls[0].outcome == "request lost"


def test_book_late_when_the_clock_gets_there(api):
    add(api, "book_late", path="SalesEntries", seconds=120)
    with pytest.raises(AnswerLost):
        api.sale(100, YourRef="A")
    assert api.rows(ENTRIES, filter="YourRef eq 'A'") == []
    api.sandbox.clock.advance(121)
    assert len(api.rows(ENTRIES, filter="YourRef eq 'A'")) == 1


def test_book_late_on_call_even_with_an_old_token(api):
    add(api, "book_late", seconds=3600)
    with pytest.raises(AnswerLost):
        api.sale(100)
    api.sandbox.lapse_login()
    answer = api.client.post("/_control/late", json={})
    assert answer.json == {"statuses": [201]}
    assert len(api.admin.sales_entries) == 1


def test_book_late_needs_a_login(api):
    add(api, "book_late", seconds=1)
    api.token = "wrong"
    assert api.sale(100).status_code == 401
    assert not api.sandbox.gate.late


def test_lapse_the_login(api):
    add(api, "lapse_login", path="SalesEntries")
    assert api.get("vat/VATCodes").status_code == 200
    assert api.sale(100).status_code == 401
    assert api.get("vat/VATCodes").status_code == 401


@pytest.mark.parametrize("daily", [False, True])
def test_429(api, daily):
    api.sandbox.limits.minutely = api.sandbox.limits.daily = 9
    add(api, "too_many_requests", daily=daily)
    answer = api.get("vat/VATCodes")
    assert answer.status_code == 429
    shown = {k for k in answer.headers.keys() if k.startswith("X-RateLimit")}
    assert all(("Minutely" in name) != daily for name in shown) and len(shown) == 3
    assert api.get("vat/VATCodes").status_code == 200


@pytest.mark.parametrize(
    "body, kind",
    [("json", "application/json"), ("html", "text/html"), ("empty", "text")],
)
def test_server_errors(api, body, kind):
    add(api, "server_error", status=503, body=body)
    answer = api.get("vat/VATCodes")
    assert answer.status_code == 503
    assert answer.content_type.startswith(kind)
    assert (answer.data == b"") == (body == "empty")


def test_maintenance(api):
    add(api, "maintenance")
    answer = api.get("vat/VATCodes")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")


def test_truncate(api):
    whole = api.get("vat/VATCodes").data
    add(api, "truncate")
    assert api.get("vat/VATCodes").data == whole[: len(whole) // 2]


def test_break_the_third_page(api):
    for index in range(200):
        api.admin.insert("cost_centers", Code=f"C{index}", Description="x")
    add(api, "lose_request", path="Costcenters", skip=2)
    page = api.get("hrm/Costcenters").json["d"]
    page = api.get(page["__next"].removeprefix("http://localhost")).json["d"]
    with pytest.raises(AnswerLost):
        api.get(page["__next"].removeprefix("http://localhost"))


def test_count_and_path(api):
    add(api, "server_error", path="VATCodes", count=2)
    statuses = [
        api.get(path).status_code for path in ("hrm/Costunits", *["vat/VATCodes"] * 3)
    ]
    assert statuses == [200, 500, 500, 200]


def test_until_cleared(api):
    fault = add(api, "maintenance", count=0)
    assert {api.get("vat/VATCodes").mimetype for _ in range(5)} == {"text/html"}
    api.sandbox.faults.clear(fault.id)
    assert api.get("vat/VATCodes").mimetype == "application/json"


def test_the_path_sees_the_query(api):
    add(api, "server_error", path="YourRef")
    assert api.rows("vat/VATCodes")
    assert api.get(ENTRIES, filter="YourRef eq 'A'").status_code == 500


@pytest.mark.parametrize(
    "values",
    [
        {"fault": "explode"},
        {"fault": "delay", "seconds": -1},
        {"fault": "delay", "seconds": "1"},
        {"fault": "delay", "seconds": float("nan")},
        {"fault": "delay", "seconds": 1e300},
        {"fault": "delay", "count": True},
        {"fault": "delay", "path": 5},
        {"fault": "delay", "nonsense": 1},
        {"fault": "server_error", "status": 200},
        {"fault": "server_error", "body": "xml"},
        {},
        [],
    ],
)
def test_control_refuses_nonsense(api, values):
    answer = api.client.post("/_control/faults", json=values)
    assert answer.status_code == 400 and answer.json["error"]
    assert api.sandbox.faults.active() == []


def test_control(api):
    client = api.client
    made = client.post(
        "/_control/faults", json={"fault": "delay", "path": "Accounts", "seconds": 0.1}
    )
    assert made.status_code == 200
    shown = client.get("/_control/faults").json
    assert [f["fault"] for f in shown["faults"]] == ["delay"]
    assert "lose_answer" in shown["kinds"]
    client.delete("/_control/faults", json={"id": made.json["id"]})
    assert client.get("/_control/faults").json["faults"] == []
    assert client.post("/_control/faults", data="x=1").status_code == 415
    assert client.get("/_control/nothing").status_code == 404
    other = {"REMOTE_ADDR": "192.0.2.1"}
    assert client.get("/_control/faults", environ_overrides=other).status_code == 403


def test_control_of_the_clock(api):
    client = api.client
    assert client.get("/_control/clock").json == {
        "now": "2026-06-15T10:00:00Z",
        "frozen": True,
    }
    client.post("/_control/clock", json={"set": "2026-12-31T23:59:00"})
    now = client.post("/_control/clock", json={"advance": 60}).json["now"]
    assert now == "2027-01-01T00:00:00Z"
    assert not client.post("/_control/clock", json={"frozen": False}).json["frozen"]
    for wrong in (
        {},
        {"set": 5},
        {"set": "soon"},
        {"set": "9999-01-01"},
        {"advance": "x"},
        {"advance": 1e300},
        {"advance": float("nan")},
        {"hours": 1},
    ):
        assert client.post("/_control/clock", json=wrong).status_code == 400


def test_control_of_calls_switches_and_reset(api):
    client = api.client
    api.booked(100)
    calls = client.get("/_control/calls").json
    assert [(c["method"], c["status"]) for c in calls["calls"]] == [("POST", 201)]
    assert api.sandbox.calls.count("POST", "SalesEntries") == 1
    client.delete("/_control/calls", json={})
    assert client.get("/_control/calls").json["calls"] == []
    assert client.post("/_control/switches", json={"receivable_sign": 1}).json
    assert api.sandbox.switches.receivable_sign == 1
    for wrong in ({"nothing": 1}, {"basic_auth": 1}, {"delete_refusal_text": 5}):
        assert client.post("/_control/switches", json=wrong).status_code == 400
    assert client.post("/_control/reset", json={}).json == {"reset": True}
    assert not len(api.admin.sales_entries)
    assert api.get("vat/VATCodes").status_code == 401


def test_control_founds_another_administration(api):
    client = api.client
    values = {"division": 1003, "country": "NL", "name": "Vestiging BV"}
    made = client.post("/_control/administrations", json=values)
    assert made.json == {"division": 1003, "name": "Vestiging BV"}
    for wrong in (values, {}, {"division": 1004, "country": "XX"}, {"name": "x"}):
        answer = client.post("/_control/administrations", json=wrong)
        assert answer.status_code == 400, wrong
    # The consent is older than it.
    assert len(api.rows("system/Divisions")) == 2
    assert api.get("/api/v1/1003/crm/Accounts").status_code == 403
    api.token = api.sandbox.authorise()["access_token"]
    names = {row["Code"]: row["Description"] for row in api.rows("system/Divisions")}
    assert names[1003] == "Vestiging BV"
    # Its books are its own.
    there = type(api)(api.sandbox, 1003)
    assert there.post("crm/Accounts", {"Name": "Only there"}).status_code == 201
    assert not api.rows("crm/Accounts", filter="Name eq 'Only there'")
    api.sandbox.reset()
    assert sorted(api.sandbox.administrations) == [1001, 1002]


# --- over a socket -----------------------------------------------------------------


@pytest.fixture
def live(api):
    """The API over a real connection."""
    with api.sandbox.serve() as base:
        session = requests.Session()
        session.headers.update(
            {"Authorization": f"Bearer {api.token}", "Accept": "application/json"}
        )
        session.base = base + "/api/v1/1001/"
        yield session
        session.close()


def sale(api):
    return {
        "Customer": api.account("2"),
        "Journal": "70",
        "SalesEntryLines": [{"GLAccount": api.gl("700000"), "AmountFC": 100}],
    }


def test_keep_alive_and_addresses(live):
    first = live.get(live.base + "vat/VATCodes", timeout=5)
    assert first.raw.version == 11
    uri = first.json()["d"]["results"][0]["__metadata"]["uri"]
    assert live.get(uri, timeout=5).status_code == 200


def test_a_lost_answer_over_a_socket(api, live):
    add(api, "lose_answer", method="POST")
    with pytest.raises(requests.ConnectionError):
        live.post(live.base + ENTRIES, json=sale(api), timeout=5)
    assert len(api.admin.sales_entries) == 1
    assert live.get(live.base + ENTRIES, timeout=5).status_code == 200


def test_a_lost_request_over_a_socket(api, live):
    add(api, "lose_request", method="POST")
    with pytest.raises(requests.ConnectionError):
        live.post(live.base + ENTRIES, json=sale(api), timeout=5)
    assert len(api.admin.sales_entries) == 0


def test_a_cut_body_over_a_socket(api, live):
    add(api, "truncate")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        live.get(live.base + "vat/VATCodes", timeout=5)


def test_a_late_booking_over_a_socket(api, live):
    add(api, "book_late", seconds=60)
    with pytest.raises(requests.ConnectionError):
        live.post(live.base + ENTRIES, json=sale(api), timeout=5)
    assert live.get(live.base + ENTRIES, timeout=5).json()["d"]["results"] == []
    api.sandbox.clock.advance(61)
    assert len(live.get(live.base + ENTRIES, timeout=5).json()["d"]["results"]) == 1


def test_a_delay_does_not_hold_up_others(api, live):
    add(api, "delay", path="VATCodes", seconds=1)
    slow = threading.Thread(
        target=requests.get,
        args=(live.base + "vat/VATCodes",),
        kwargs={"headers": dict(live.headers), "timeout": 5},
    )
    slow.start()
    time.sleep(0.1)
    started = time.perf_counter()
    assert live.get(live.base + "hrm/Costunits", timeout=5).status_code == 200
    assert time.perf_counter() - started < 0.5
    slow.join()


def test_many_at_once_get_numbers_of_their_own(api, live):
    def book():
        for _ in range(5):
            answer = requests.post(
                live.base + ENTRIES,
                json=sale(api),
                headers=dict(live.headers),
                timeout=10,
            )
            assert answer.status_code == 201

    threads = [threading.Thread(target=book) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = {row["EntryNumber"] for row in api.admin.entries()}
    assert numbers == set(range(26700001, 26700021))
