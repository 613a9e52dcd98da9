"""Webhooks: subscriptions, the empty call, signed notices (exact-api 4.10); rights."""

import hashlib
import hmac
import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


def subscribe(api, topic="SalesEntries", **values):
    values = {"CallbackURL": "https://example.com/hook", "Topic": topic, **values}
    return api.post("webhooks/WebhookSubscriptions", values)


@pytest.fixture
def notices(api, monkeypatch):
    monkeypatch.setattr("exact_sandbox.webhooks.VALIDATION_AFTER", 0)
    sent = []
    api.sandbox.webhooks.send = lambda address, data: sent.append(data) or 200

    def read():
        api.sandbox.webhooks.wait()
        events = [json.loads(data)["Content"] for data in sent if data]
        return [(e["Topic"], e["Action"], e["ExactOnlineEndpoint"]) for e in events]

    read.sent = sent
    return read


def test_subscribing(api, notices, error_text):
    assert subscribe(api).status_code == 201
    api.sandbox.webhooks.wait()
    assert notices.sent == [b""]
    assert error_text(subscribe(api)) == "Gegeven bestaat reeds."


def test_events(api, notices):
    subscribe(api)
    entry = api.booked(100)
    endpoint = f"/salesentry/SalesEntries(guid'{entry['EntryID']}')"
    (header,) = [n for n in notices() if n[2].endswith(endpoint)]
    assert header[:2] == ("SalesEntries", "Create")
    lines = [n for n in notices() if "SalesEntryLines" in n[2]]
    assert len(lines) == 1
    before = len(notices())
    api.put(f"salesentry/SalesEntries(guid'{entry['EntryID']}')", {"YourRef": "x"})
    assert notices()[before][:2] == ("SalesEntries", "Update")
    api.delete(f"salesentry/SalesEntries(guid'{entry['EntryID']}')")
    assert "Delete" in {n[1] for n in notices()}
    api.sale("nonsense")
    assert api.sale(100, Journal="99").status_code == 500


def test_the_signature(api, notices):
    subscribe(api, "Accounts")
    api.post("crm/Accounts", {"Name": 'Ünïcode "x"'})
    notices()
    text = notices.sent[-1].decode()
    content = re.fullmatch(r'\{"Content":(.*),"HashCode":"([0-9A-F]{64})"\}', text)
    secret = api.sandbox.webhooks.secret.encode()
    expected = hmac.new(secret, content[1].encode(), hashlib.sha256).hexdigest()
    assert content[2] == expected.upper()
    body = json.loads(text)["Content"]
    assert set(body) == {
        "Topic",
        "ClientId",
        "Division",
        "Action",
        "Key",
        "ExactOnlineEndpoint",
        "EventCreatedOn",
    }
    assert body["Division"] == 1001 and ", " not in text


def test_what_is_refused_notifies_nobody(api, notices):
    subscribe(api, "Accounts")
    api.post("crm/Accounts", {"Name": "x", "Country": "QQ"})
    assert notices() == []


@pytest.mark.parametrize(
    "values, text",
    [
        ({"CallbackURL": "http://example.com/x"}, "Ongeldig: Callback URL"),
        ({"CallbackURL": "nonsense"}, "Ongeldig: Callback URL"),
        ({"Topic": "Weather"}, "Ongeldige referentie: Topic"),
        ({"IsInstant": True}, "Niet toegestaan: IsInstant"),
    ],
)
def test_subscriptions_that_are_refused(api, error_text, values, text):
    assert error_text(subscribe(api, **values)) == text


@pytest.mark.parametrize("refused, status", [(True, 403), (False, 204)])
def test_put_of_a_subscription_by_switch(make, api_of, refused, status):
    api = api_of(make(switches={"webhook_put_refused": refused}))
    api.sandbox.webhooks.send = lambda address, data: 200
    made = subscribe(api).json["d"]
    path = f"webhooks/WebhookSubscriptions(guid'{made['ID']}')"
    assert api.put(path, {"Topic": "Accounts"}).status_code == status
    assert api.delete(path).status_code == 204


def test_a_missing_scope_by_switch(make, api_of, error_text):
    api = api_of(make(switches={"missing_scopes": "organization.administration"}))
    answer = api.get("webhooks/WebhookSubscriptions")
    assert answer.status_code == 403
    assert error_text(answer) == (
        "Forbidden - Application Scope Violated. "
        "Cannot read 'organization.administration' scope."
    )
    assert api.get("vat/VATCodes").status_code == 200


def test_a_denied_service_by_switch(make, api_of, error_text):
    api = api_of(make(switches={"denied_services": "documents, purchaseentry"}))
    answer = api.get("documents/Documents")
    assert (answer.status_code, error_text(answer)) == (403, "Forbidden")


def test_over_a_socket(api, monkeypatch):
    monkeypatch.setattr("exact_sandbox.webhooks.VALIDATION_AFTER", 0)
    seen = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/hook"
        assert subscribe(api, "Accounts", CallbackURL=address).status_code == 201
        api.post("crm/Accounts", {"Name": "x"})
        api.sandbox.webhooks.wait()
    finally:
        server.shutdown()
        server.server_close()
    assert seen[0] == b"" and b'"Action":"Create"' in seen[1]
    assert [entry["status"] for entry in api.sandbox.webhooks.log] == [200, 200]


def test_a_subscriber_that_speaks_no_http_stops_nobody(api, monkeypatch):
    """Whatever answers: the next notice is still sent."""
    monkeypatch.setattr("exact_sandbox.webhooks.VALIDATION_AFTER", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk():
            for _ in range(2):
                one, _address = listening.accept()
                with one:
                    one.recv(65536)
                    one.sendall(b"mumble\r\n\r\n")

        threading.Thread(target=talk, daemon=True).start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/hook"
        values = {"CallbackURL": address, "Topic": "Accounts"}
        api.post("webhooks/WebhookSubscriptions", values)
        api.post("crm/Accounts", {"Name": "New"})
        api.sandbox.webhooks.wait()
    assert [type(sent["status"]) for sent in api.sandbox.webhooks.log] == [str, str]
