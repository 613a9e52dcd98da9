"""The sandbox over a socket on loopback, with keep-alive."""

import socket

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from .errors import AnswerLost


class Handler(WSGIRequestHandler):
    """HTTP/1.1 with keep-alive; nothing is printed per request."""

    protocol_version = "HTTP/1.1"
    #: Head and body leave in one packet at once; Nagle would add 40 ms a call.
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_request(self, code="-", size="-"):
        """The log of calls is in the sandbox."""

    def connection_dropped(self, error, environ=None):
        """A connection cut on purpose, or by the client: stop listening to it."""
        self.close_connection = True

    def handle(self):
        try:
            super().handle()
        except AnswerLost:
            self.close_connection = True


class Server(ThreadedWSGIServer):
    daemon_threads = True
    block_on_close = False


def make_server(app, port):
    """A threaded server on 127.0.0.1; port 0 takes a free one.

    The socket is bound here, so that a port in use is an OSError and no exit.
    """
    with socket.create_server(("127.0.0.1", port)) as listening:
        port = listening.getsockname()[1]
        return Server("127.0.0.1", port, app, Handler, fd=listening.fileno())
