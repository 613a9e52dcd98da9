"""A mail server on loopback that takes mail for the digital postbox (RFC 5321).

The standard library's own server is gone from newer Pythons; what a sending program
needs of the protocol fits here.
"""

import logging
import re
import socketserver
import threading

from . import postbox

_logger = logging.getLogger(__name__)
MOST_BYTES = 50 * 1024 * 1024
_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>\s]*)>", re.IGNORECASE)


class _TooLarge(Exception):
    """More data than a postbox takes."""


class Handler(socketserver.StreamRequestHandler):
    """One connection: any number of mails."""

    timeout = 60

    def handle(self):
        self.sender, self.recipients = None, []
        self.say(220, "exact_sandbox postbox")
        while True:
            try:
                line = self.rfile.readline(4096)
            except OSError:
                return
            if not line:
                return
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            method = getattr(self, "do_" + verb.lower(), None)
            if method is None or not verb.isalpha():
                self.say(500, "Unknown command")
            elif method(rest) is False:
                return

    def say(self, code, text):
        self.wfile.write(f"{code} {text}\r\n".encode())

    def do_helo(self, rest):
        self.say(250, "exact_sandbox")

    def do_ehlo(self, rest):
        self.wfile.write(b"250-exact_sandbox\r\n")
        self.wfile.write(f"250-SIZE {MOST_BYTES}\r\n250-8BITMIME\r\n".encode())
        self.say(250, "SMTPUTF8")

    def do_mail(self, rest):
        match = _PATH.match(rest)
        if not match:
            return self.say(501, "Syntax: MAIL FROM:<address>")
        self.sender, self.recipients = match[1], []
        return self.say(250, "OK")

    def do_rcpt(self, rest):
        match = _PATH.match(rest)
        if self.sender is None:
            return self.say(503, "MAIL first")
        if not match:
            return self.say(501, "Syntax: RCPT TO:<address>")
        admin = postbox.owner(self.server.sandbox, match[1])
        if admin is None:
            return self.say(550, "No such postbox")
        self.recipients.append(admin)
        return self.say(250, "OK")

    def do_data(self, rest):
        if not self.recipients:
            return self.say(503, "RCPT first")
        self.say(354, "End with a dot")
        try:
            data = self._read_data()
        except _TooLarge:
            self.sender, self.recipients = None, []
            return self.say(552, "Too large")
        if data is None:
            return False
        for admin in self.recipients:
            postbox.deliver(self.server.sandbox, admin, self.sender, data)
        self.sender, self.recipients = None, []
        return self.say(250, "OK")

    def _read_data(self):
        """The mail, dots undone; None when the connection ended in it."""
        lines, size, large = [], 0, False
        while True:
            line = self.rfile.readline(65536)
            if not line:
                return None
            if line in (b".\r\n", b".\n"):
                break
            size += len(line)
            large = large or size > MOST_BYTES
            if not large:
                lines.append(line[1:] if line.startswith(b".") else line)
        if large:
            raise _TooLarge
        return b"".join(lines)

    def do_rset(self, rest):
        self.sender, self.recipients = None, []
        self.say(250, "OK")

    def do_noop(self, rest):
        self.say(250, "OK")

    def do_vrfy(self, rest):
        self.say(252, "Cannot verify")

    def do_quit(self, rest):
        self.say(221, "Bye")
        return False


class Server(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1 only."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, sandbox, port):
        self.sandbox = sandbox
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        _logger.exception("mail from %s", client_address)


def start(sandbox, port=0):
    """Run a postbox server in a daemon thread; returns it."""
    server = Server(sandbox, port)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server
