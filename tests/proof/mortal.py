"""Cursors of Odoo whose thread can die at any commit, as a process does.

Who dies commits nothing more, runs no clean-up in the database, and its connections
end, and with them its locks.
"""

import random
import threading
import time

from odoo import sql_db


class Crash(BaseException):
    """The process died; not even ``except Exception`` sees it."""


class Life(threading.local):
    """What a thread has still before it."""

    def __init__(self):
        self.begin()

    def begin(self, commits=None, after=False, jitter=None):
        """Begin anew, to die at a commit.

        :param commits: how many commits are done before that, ``None`` for ever
        :param after: that one reaches the database still
        :param jitter: a seed; every commit then waits for up to some milliseconds
        """
        self.dead = False
        self.commits, self.after = commits, after
        self.random = random.Random(jitter) if jitter is not None else None
        self.cursors = []

    def check(self):
        if self.dead:
            raise Crash

    def die(self):
        """End all connections at once."""
        self.dead = True
        processes = []
        for cursor in self.cursors:
            if not cursor.closed and not cursor.connection.closed:
                processes.append(cursor.connection.info.backend_pid)
                cursor.connection.close()
        _wait_until_gone(processes)
        raise Crash


LIFE = Life()


class MortalCursor(sql_db.Cursor):
    """A cursor of a thread that may die."""

    def __init__(self, *args):
        LIFE.check()
        super().__init__(*args)
        LIFE.cursors.append(self)

    def execute(self, *args, **kwargs):
        LIFE.check()
        return super().execute(*args, **kwargs)

    def commit(self):
        LIFE.check()
        if LIFE.random:
            time.sleep(LIFE.random.choice((0, 0, 0.002, 0.01)))
        if LIFE.commits is None:
            return super().commit()
        LIFE.commits -= 1
        if LIFE.commits >= 0:
            return super().commit()
        if LIFE.after:
            super().commit()
        return LIFE.die()

    def rollback(self):
        LIFE.check()
        return super().rollback()

    def _close(self, leak=False):
        if self.connection.closed:
            self._closed = True  # the pool drops what is closed
        else:
            super()._close(leak)


def _wait_until_gone(processes):
    """PostgreSQL notices that a client is gone in its own time."""
    database = sql_db.db_connect("postgres")
    LIFE.dead, LIFE.commits = False, None
    try:
        for _attempt in range(500):
            with database.cursor() as cr:
                cr.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE pid = ANY(%s)", (processes,)
                )
                if not cr.fetchone():
                    return
            time.sleep(0.002)
        raise RuntimeError("a connection did not end")
    finally:
        LIFE.dead = True


def install():
    """Let all cursors that are made from now on be mortal."""
    sql_db.Cursor = MortalCursor
