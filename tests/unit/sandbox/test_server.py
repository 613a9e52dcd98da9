"""HTTP itself: connections that stay, bodies that nobody read, odd requests."""

import http.client
import socket

import pytest


@pytest.fixture
def wire(api):
    """A raw HTTP connection to a running sandbox: ``wire(method, path, body)``."""
    with api.sandbox.serve() as base_url:
        host, port = base_url.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        connection.connect()
        first = connection.sock

        def send(method, path, body=None, token=api.token, **headers):
            sent = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            connection.request(method, path, body, {**sent, **headers})
            answer = connection.getresponse()
            answer.data = answer.read()
            assert connection.sock is first, "the connection was closed"
            return answer

        send.connection = connection
        yield send
        connection.close()


ACCOUNTS = "/api/v1/1001/crm/Accounts"
JSON = {"Content-Type": "application/json"}
BODY = b'{"Name": "Over one connection"}'


def test_one_connection_carries_many_calls(wire):
    for _ in range(3):
        answer = wire("GET", "/api/v1/current/Me")
        assert (answer.status, answer.version) == (200, 11)
        assert answer.headers["Connection"] is None
    assert wire("POST", ACCOUNTS, BODY, **JSON).status == 201


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [(ACCOUNTS, "wrong", 401), ("/api/v1/1001/nothing", None, 404)],
)
def test_a_body_nobody_read_is_no_next_call(api, wire, path, token, status):
    answer = wire("POST", path, BODY, token=token or api.token, **JSON)
    assert answer.status == status
    assert wire("POST", ACCOUNTS, BODY, **JSON).status == 201


def test_a_body_in_chunks(wire):
    answer = wire("POST", ACCOUNTS, iter([BODY[:9], BODY[9:]]), **JSON)
    assert answer.status == 201
    assert wire("GET", "/api/v1/current/Me").status == 200


def test_a_head_and_an_empty_answer_leave_the_connection_clean(api, wire):
    answer = wire("HEAD", "/api/v1/current/Me")
    assert (answer.status, answer.data) == (200, b"")
    key = api.account("2")
    put = wire("PUT", f"{ACCOUNTS}(guid'{key}')", b'{"City": "Gent"}', **JSON)
    assert (put.status, put.data) == (204, b"")
    assert wire("GET", "/api/v1/current/Me").status == 200


def test_a_verb_nobody_knows(wire):
    answer = wire("BREW", ACCOUNTS)
    assert answer.status == 405
    assert b'"error"' in answer.data


def test_a_client_that_wants_to_close(api):
    with api.sandbox.serve() as base_url:
        host, port = base_url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as one:
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            with one.makefile("rb") as answer:
                text = answer.read()  # ends because the server closes
    assert text.startswith(b"HTTP/1.1 200")
    assert b"\r\nConnection: close\r\n" in text


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: many",
        b"Content-Length: -4",
        b"Transfer-Encoding: chunked\r\n\r\nnonsense",
    ],
)
def test_a_length_that_is_none(api, head):
    with api.sandbox.serve() as base_url:
        host, port = base_url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as one:
            one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
            with one.makefile("rb") as answer:
                assert answer.read().startswith(b"HTTP/1.1 400")


def test_a_stopped_sandbox_answers_nobody(api):
    with api.sandbox.serve() as base_url:
        host, port = base_url.removeprefix("http://").split(":")
        kept = http.client.HTTPConnection(host, int(port), timeout=5)
        kept.request("GET", "/calls")
        kept.getresponse().read()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        kept.request("GET", "/calls")
        kept.getresponse()
