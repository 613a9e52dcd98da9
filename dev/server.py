"""Odoo and the sandbox as processes of their own, on free loopback ports.

Both are context managers: `with OdooServer(env, database) as odoo: ... odoo.url`.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from .environment import Environment
from .paths import ROOT, log_file
from .run import tail
from .say import Stop

HOST = "127.0.0.1"


def free_port(wanted: int | None = None) -> int:
    """The wanted port if nobody has it, else any free one."""
    for port in filter(None, (wanted,)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class Server:
    """A process with children that answers on a port."""

    name: str
    health = "/"
    patience = 120

    def __init__(self, port: int | None = None, log: str | None = None) -> None:
        self.port = free_port(port)
        self.url = f"http://{HOST}:{self.port}"
        self.log = log_file(log or f"{self.name}-{self.port}")
        self.process: subprocess.Popen | None = None

    def command(self) -> list[str]:
        """The command line; subclasses know."""
        raise NotImplementedError

    def variables(self) -> dict[str, str]:
        """The environment of the process."""
        return dict(os.environ)

    def start(self) -> "Server":
        """Start, and return when it answers."""
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                self.command(),
                cwd=ROOT,
                env=self.variables(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C reaches us first, and we stop it with
                # all of its workers.
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self.kill()
            raise
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + self.patience
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Stop(
                    f"{self.name} does not start. The end of {self.log}:\n"
                    f"{tail(self.log)}"
                )
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether a request gets any answer that is no error."""
        try:
            with urllib.request.urlopen(self.url + self.health, timeout=60):
                return True
        except OSError:
            return False

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self, patience: float = 15) -> None:
        """Stop it the polite way, and insist if it stays."""
        if self.alive:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=patience)
        self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.process is not None:
            self._signal(signal.SIGKILL)
            self.process.wait()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception) -> None:
        self.stop()


class OdooServer(Server):
    """Odoo on one database."""

    name = "odoo"
    health = "/web/health"

    def __init__(
        self,
        env: Environment,
        database: str,
        port: int | None = None,
        workers: int = 0,
        cron_threads: int = 1,
        options: tuple[str, ...] = (),
        log: str | None = None,
    ) -> None:
        super().__init__(port, log)
        self.env = env
        self.database = database
        self.workers = workers
        self.cron_threads = cron_threads
        self.options = options

    def command(self) -> list[str]:
        """Odoo's command line."""
        return self.env.odoo(
            "server",
            f"--database={self.database}",
            f"--db-filter=^{self.database}$",
            f"--http-port={self.port}",
            f"--gevent-port={free_port()}",
            f"--workers={self.workers}",
            f"--max-cron-threads={self.cron_threads}",
            *self.options,
        )

    def variables(self) -> dict[str, str]:
        """The environment of Odoo."""
        return self.env.variables()


class SandboxServer(Server):
    """The stand-in for Exact Online."""

    name = "sandbox"
    patience = 30

    def __init__(
        self,
        port: int | None = None,
        state: Path | None = None,
        options: tuple[str, ...] = (),
        log: str | None = None,
    ) -> None:
        super().__init__(port, log)
        self.state = state
        self.options = options

    def command(self) -> list[str]:
        """The sandbox's command line."""
        state = [f"--state={self.state}"] if self.state else []
        return [
            sys.executable,
            *("-m", "exact_sandbox", f"--port={self.port}"),
            *state,
            *self.options,
        ]
