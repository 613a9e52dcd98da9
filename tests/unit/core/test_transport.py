"""Whether a request that failed can have reached Exact: over real sockets."""

import socket
import struct
import threading

import pytest
import requests
from exact.errors import NoAnswer, Unreachable
from exact.transport import Request, Transport


@pytest.fixture
def peer():
    """A peer that reads one request and then behaves as it is told."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)
    seen = []

    def serve(behave):
        def work():
            connection, _address = listener.accept()
            seen.append(connection.recv(65536))
            behave(connection)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    serve.seen = seen
    yield serve
    listener.close()


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def close(connection):
    connection.close()


def half_an_answer(connection):
    connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{")
    connection.close()


def silence(connection):
    threading.Event().wait(2)
    connection.close()


@pytest.mark.parametrize("behave", [reset, close, half_an_answer, silence])
def test_a_request_that_was_read_has_an_unknown_outcome(peer, behave):
    url = peer(behave)
    with pytest.raises(NoAnswer):
        Transport(timeout=1).send(Request("POST", url, body=b"{}"))
    assert peer.seen


def test_a_request_that_a_proxy_read_has_an_unknown_outcome(peer):
    session = requests.Session()
    session.trust_env = False
    session.proxies = {"http": peer(reset)}
    with pytest.raises(NoAnswer):
        Transport(session).send(
            Request("POST", "http://exact.example.com/", body=b"{}")
        )
    assert peer.seen


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/api", "http://no-such-host.invalid/api"]
)
def test_where_no_connection_was_made_nothing_was_processed(url):
    with pytest.raises(Unreachable) as caught:
        Transport(timeout=5).send(Request("POST", url, body=b"{}"))
    assert caught.value.params["host"] in url


def test_a_proxy_that_is_not_there_was_not_reached():
    session = requests.Session()
    session.trust_env = False
    session.proxies = {"http": "http://127.0.0.1:9"}
    with pytest.raises(Unreachable):
        Transport(session).send(Request("GET", "http://exact.example.com/"))


def test_redirects_are_not_followed_since_they_lose_the_token(peer):
    def redirect(connection):
        connection.sendall(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n"
            b"Content-Length: 0\r\n\r\n"
        )
        connection.close()

    assert Transport().send(Request("GET", peer(redirect))).status == 302
