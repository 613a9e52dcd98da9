"""The sandbox over a socket on loopback, with connections that stay open.

Werkzeug's own server closes after every answer ("Connection: close"), while Exact and
its clients keep connections (exact-api 2.4: a new one is slow, reuse it). This is the
standard library's server with what WSGI needs around it.
"""

import io
import logging
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import unquote_to_bytes, urlsplit

from .cut import SOCKET
from .errors import AnswerLost

_logger = logging.getLogger(__name__)
#: Bodies longer than this are read and dropped; the application refuses them.
MOST_BYTES = 64 * 1024 * 1024
_STEP = 1024 * 1024


class _BadBody(Exception):
    """A body whose length cannot be told."""


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive; nothing is printed per request."""

    protocol_version = "HTTP/1.1"
    #: Head and body leave in one packet at once; Nagle would add 40 ms a call.
    disable_nagle_algorithm = True
    wbufsize = -1

    def __getattr__(self, name):
        """Every verb goes to the application, which refuses those it lacks."""
        if name.startswith("do_"):
            return self._run
        raise AttributeError(name)

    def version_string(self):
        return "exact_sandbox"

    def log_message(self, format, *args):
        """The log of calls is in the sandbox."""

    def handle(self):
        try:
            super().handle()
        except (AnswerLost, ConnectionError, TimeoutError):
            self.close_connection = True

    def _run(self):
        try:
            length, body = self._body()
        except _BadBody:
            return self.send_error(400)
        answer = []

        def start_response(status, headers, exc_info=None):
            answer[:] = status, headers

        content = self.server.app(self._environ(length, body), start_response)
        try:
            self._write(*answer, content)
        finally:
            if hasattr(content, "close"):
                content.close()
        return None

    # --- request ----------------------------------------------------------------------

    def _body(self):
        """``(length, body)``, read whole: what is left would be the next request."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        text = self.headers.get("Content-Length", "0").strip()
        if not text.isascii() or not text.isdigit():
            raise _BadBody
        return int(text), self._read(int(text))

    def _read(self, length):
        parts, left = [], length
        while left:
            part = self.rfile.read(min(left, _STEP))
            if not part:
                raise _BadBody
            left -= len(part)
            if length <= MOST_BYTES:
                parts.append(part)
        return b"".join(parts)

    def _chunks(self):
        parts, total = [], 0
        while True:
            text = self.rfile.readline(1000).partition(b";")[0].strip()
            try:
                size = int(text, 16)
            except ValueError as error:
                raise _BadBody from error
            if size < 0:
                raise _BadBody
            if not size:
                break
            part = self._read(size)
            total += size
            if total <= MOST_BYTES:
                parts.append(part)
            self.rfile.readline(1000)
        while self.rfile.readline(65537).strip():
            pass  # trailers
        return total, b"".join(parts)

    def _environ(self, length, body):
        parts = urlsplit(self.path) if "://" in self.path.split("?")[0] else None
        target = f"{parts.path or '/'}?{parts.query}" if parts else self.path
        path, _, query = target.partition("?")
        environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "SERVER_NAME": self.server.server_address[0],
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            SOCKET: self.connection,
        }
        for name in self.headers.keys():
            # The chunks are undone: no Transfer-Encoding for the application.
            key = "HTTP_" + name.upper().replace("-", "_")
            if "_" not in name and key not in (*environ, "HTTP_TRANSFER_ENCODING"):
                environ[key] = ",".join(self.headers.get_all(name))
        return environ

    # --- answer -----------------------------------------------------------------------

    def _write(self, status, headers, content):
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        names = {name.lower() for name, _ in headers}
        if "content-length" not in names and code not in ("204", "304"):
            content = [b"".join(content)]
            headers = [*headers, ("Content-Length", str(len(content[0])))]
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        elif self.request_version == "HTTP/1.0":
            self.send_header("Connection", "keep-alive")
        self.end_headers()
        for part in content:
            if self.command != "HEAD":
                self.wfile.write(part)
            self.wfile.flush()


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1 only; one thread a connection."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, app, port):
        self.app = app
        self._open = set()
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self):
        """Without asking the name service who this machine is."""
        TCPServer.server_bind(self)

    @property
    def port(self):
        return self.server_address[1]

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self):
        """Stop listening, and end the connections that are still there."""
        super().server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                self._open.discard(connection)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            _logger.exception("connection from %s", client_address)


def make_server(app, port):
    """A threaded server; port 0 takes a free one, a port in use is an OSError."""
    return Server(app, port)
