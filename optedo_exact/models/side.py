"""Work beside the main transaction: own commits, and locks that outlive a commit."""

import random
import time
from collections.abc import Callable
from contextlib import contextmanager

import psycopg2.errors

from odoo import api
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools.misc import clean_context

# The first number of a lock's two: what kind of record the second one is the id of.
LOCK_ENTRY = 0x45584101
LOCK_ACCOUNT = 0x45584102
LOCK_PAYMENTS = 0x45584103
LOCK_BILLS = 0x45584106
# Odoo's transactions are REPEATABLE READ: who waited for a row that another changed
# fails and looks again. Workers of one administration meet on its rows all the time.
ATTEMPTS = 50


def with_side_cursor(env: api.Environment, work: Callable):
    """Run ``work(cr)`` in a transaction of its own, committed at once.

    A serialization failure repeats it, so it may not write to Exact; what it raises
    otherwise rolls it back.

    :return: what ``work`` returns
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with env.registry.cursor() as cr:
                return work(cr)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            if attempt == ATTEMPTS:
                raise
            time.sleep(random.uniform(0, 0.005 * min(attempt, 10)))


def in_own_transaction(env: api.Environment, work: Callable):
    """Run ``work(env)`` in a transaction of its own, as ``with_side_cursor`` does.

    As with ``sudo``, defaults that a client sent along do not reach it.
    """
    context = clean_context(env.context)
    return with_side_cursor(
        env, lambda cr: work(api.Environment(cr, env.uid, context, su=True))
    )


def keep(record, work: Callable) -> None:
    """Run ``work`` on a record beside the main transaction: the outcome of a call.

    It stays, whatever becomes of that transaction, and is repeated without the call.
    Nothing is read of ``record`` here: a snapshot taken now would fail later.
    """
    model, key = record._name, record.id
    in_own_transaction(record.env, lambda env: work(env[model].browse(key)))


@contextmanager
def lock(env: api.Environment, kind: int, record_id: int):
    """Hold a lock that outlives commits and ends with the process.

    A row lock is gone at the commit that must come before a call to Exact; a session's
    advisory lock stays until it is released, or until PostgreSQL sees that the process
    died. Yields whether it was free.
    """
    env.cr.execute("SELECT pg_try_advisory_lock(%s, %s)", (kind, record_id))
    [acquired] = env.cr.fetchone()
    try:
        yield acquired
    finally:
        if acquired:
            _unlock(env, kind, record_id)


def _unlock(env: api.Environment, kind: int, record_id: int) -> None:
    query, params = "SELECT pg_advisory_unlock(%s, %s)", (kind, record_id)
    try:
        env.cr.execute(query, params, log_exceptions=False)
    except psycopg2.errors.InFailedSqlTransaction:
        # The transaction is lost anyway; the lock must not stay on a pooled connection.
        env.cr.rollback()
        env.cr.execute(query, params)
