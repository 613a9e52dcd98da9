"""A database in memory, and workers that share it, lose their work, and take turns.

As PostgreSQL under Odoo: a transaction sees what was committed before its first look;
who changes a row that another changed since then fails; the rows that a transaction
changed are locked until it ends. A worker's locks of its own end with the worker.
"""

import threading
from contextlib import contextmanager


class Crash(BaseException):
    """The process died."""


class Conflict(Exception):
    """A row was changed since this transaction began."""


class Busy(Exception):
    """A row is locked by another transaction."""


class Database:
    """Rows (dicts) by key, as they are committed."""

    def __init__(self):
        self.rows = {}
        self.versions = {}
        self.owners = {}  # of rows, by the transaction that changes them
        self.locks = {}  # that outlive commits, by worker

    def put(self, key, row):
        self.rows[key] = dict(row)
        self.versions[key] = self.versions.get(key, 0) + 1


class Transaction:
    """What one transaction sees and changes; nothing of it stays without ``commit``."""

    def __init__(self, database):
        self.database = database
        self.begin()

    def begin(self):
        self.seen = None
        self.changed = {}

    def read(self, key):
        if self.seen is None:
            rows = {key: dict(row) for key, row in self.database.rows.items()}
            self.seen = rows, dict(self.database.versions)
        return self.changed.get(key) or self.seen[0][key]

    def lock(self, key):
        row = self.read(key)
        owner = self.database.owners.setdefault(key, self)
        if owner is not self:
            raise Busy
        if self.database.versions[key] != self.seen[1][key]:
            raise Conflict
        return row

    def write(self, key, **values):
        row = self.lock(key)
        self.changed[key] = {**row, **values}

    def commit(self):
        for key, row in self.changed.items():
            self.database.put(key, row)
        self.rollback()

    def rollback(self):
        owners = self.database.owners
        for key in [key for key, owner in owners.items() if owner is self]:
            del owners[key]
        self.begin()


class Worker:
    """A process: its main transaction, its locks, and how long it lives.

    :param turn: called wherever another worker may come in between
    :param commits: after so many commits it dies, ``None`` for never
    :param after: that one reaches the database still
    """

    def __init__(self, database, turn, commits=None, after=False):
        self.database = database
        self.turn = turn
        self.commits, self.after = commits, after
        self.dead = False
        self.main = Transaction(database)

    def check(self):
        if self.dead:
            raise Crash

    def commit(self, transaction=None):
        transaction = transaction or self.main
        self.check()
        self.turn()
        if self.commits is not None:
            self.commits -= 1
            if self.commits < 0:
                if self.after:
                    transaction.commit()
                transaction.rollback()
                self.die()
        transaction.commit()
        self.turn()

    def side(self, work):
        """Do ``work(transaction)`` beside the main one; again where others were first.

        The main transaction must not stand in the way: it would wait for itself.
        """
        self.check()
        while True:
            transaction = Transaction(self.database)
            try:
                work(transaction)
            except (Conflict, Busy):
                mine = [k for k, t in self.database.owners.items() if t is self.main]
                assert not mine, f"the main transaction holds {mine} meanwhile"
                transaction.rollback()
                self.turn()
                continue
            return self.commit(transaction)

    @contextmanager
    def lock(self, key):
        """A lock that outlives commits; yields whether it was free."""
        self.check()
        self.turn()
        free = self.database.locks.setdefault(key, self) is self
        try:
            yield free
        finally:
            self.check()
            if free:
                del self.database.locks[key]
            self.turn()

    def die(self):
        self.dead = True
        self.main.rollback()
        locks = self.database.locks
        for key in [key for key, owner in locks.items() if owner is self]:
            del locks[key]
        raise Crash


class Turns:
    """Lets threads run one at a time, each until it offers its turn."""

    def __init__(self, random):
        self.random = random
        self.waiting = {}
        self.back = threading.Semaphore(0)
        self.failure = None

    def offer(self):
        """Let another go on, by chance."""
        mine = self.waiting[threading.get_ident()]
        self.back.release()
        mine.acquire()

    def run(self, works):
        """Run all to their ends, switching at each offer."""
        ready = []
        for work in works:
            gate = threading.Semaphore(0)
            thread = threading.Thread(target=self._live, args=(work, gate), daemon=True)
            thread.start()
            ready.append((thread, gate))
        while ready:
            thread, gate = self.random.choice(ready)
            gate.release()
            self.back.acquire()
            if getattr(thread, "ended", False):
                ready.remove((thread, gate))
        if self.failure:
            raise self.failure

    def _live(self, work, gate):
        thread = threading.current_thread()
        self.waiting[threading.get_ident()] = gate
        gate.acquire()
        try:
            work()
        except BaseException as error:
            self.failure = error
        thread.ended = True
        self.back.release()
