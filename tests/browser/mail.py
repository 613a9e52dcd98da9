"""A mail server between Odoo and the sandbox that can be slow, to catch Odoo at it."""

import contextlib
import socket
import threading
import time


class SlowMail:
    """Passes on what comes to its port, and each answer after ``delay`` seconds."""

    def __init__(self, port):
        self.delay = 0.0
        self.mails = 0
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                for source, target, back in (
                    (client, server, False),
                    (server, client, True),
                ):
                    threading.Thread(
                        target=self._pass_on, args=(source, target, back), daemon=True
                    ).start()

    def _pass_on(self, source, target, back):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if back:
                    time.sleep(self.delay)
                elif data.upper().startswith(b"DATA"):
                    self.mails += 1
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        source.close()  # the other way ends by the shutdown, and closes the target

    def close(self):
        self._listener.close()
