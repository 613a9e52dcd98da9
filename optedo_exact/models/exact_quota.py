import json
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic

import psycopg2

from odoo import fields, models

from ..exact.client import Call
from ..exact.errors import ExactError, LimitReached
from ..exact.limits import Quota
from . import issues
from .side import with_side_cursor

_logger = logging.getLogger(__name__)

# The quota and the call log are one round to the database. Nothing is written where the
# quota is no longer as it was seen.
RESERVE = """
    INSERT INTO exact_call (administration_id, called_at, method, endpoint, record)
         SELECT administration_id, %(now)s, %(method)s, %(endpoint)s, %(record)s
           FROM quota
"""
COMPLETE = """
    UPDATE exact_call
       SET status = %(status)s, duration = %(duration)s, issue_code = %(issue)s
      FROM quota
     WHERE id = %(call)s
"""
SAVE = """
    WITH quota AS (
        UPDATE exact_quota
           SET data = %(data)s
         WHERE administration_id = %(administration)s
           AND (%(seen)s::jsonb IS NULL OR data = %(seen)s::jsonb)
     RETURNING administration_id
    ), log AS (
        {} RETURNING id
    )
    SELECT log.id FROM quota LEFT JOIN log ON TRUE
"""


class ExactQuota(models.Model):
    """What an administration may still ask of Exact, shared by all workers.

    Written only by ``Gate``, in transactions of its own.
    """

    _name = "exact.quota"
    _description = "Exact Online Quota"
    _log_access = False

    administration_id = fields.Many2one(
        "exact.administration", required=True, ondelete="cascade"
    )
    data = fields.Json()

    _administration_uniq = models.Constraint("UNIQUE(administration_id)")


class Gate:
    """Before and behind every call: the limiter and the call log (the core's ``Gate``).

    Both are written by one short side cursor: in the main transaction they would vanish
    with a rollback, collide with other workers, or wait for themselves.
    """

    def __init__(self, administration, urgent: bool):
        self.administration = administration
        self.urgent = urgent
        self.calls = 0  # made through this gate
        self.quota: Quota | None = None  # as it was after the last answer
        self._seen: str | None = None  # the row as this gate wrote it last
        self._unpaced = 0

    def before(self, call: Call):
        """Reserve the call and write it down before it is made.

        :raises LimitReached: it may not be made now
        """
        now = datetime.now(UTC)

        call_id = self._change(
            lambda quota: quota.take(now, call.endpoint, self.urgent),
            RESERVE,
            now=now.replace(tzinfo=None),
            method=call.method,
            endpoint=call.endpoint,
            record=call.record,
        )
        self.calls += 1
        self._unpaced += 1
        return call, call_id, monotonic()

    def after(self, ticket, response, error: ExactError | None) -> None:
        """Write down what came back and learn the limits from it.

        Raises nothing: a log that cannot be written must not hide what Exact answered.
        """
        call, call_id, started = ticket
        now = datetime.now(UTC)
        if isinstance(error, LimitReached):
            error.until = now + timedelta(minutes=1)  # unless learnt better below

        def learn(quota):
            if response is not None:
                quota.learn(now, response.headers)
            if isinstance(error, LimitReached):
                error.until = quota.refused(now, response.headers)
            elif response is not None and response.status >= 400:
                quota.failed(now, call.endpoint)
            self.quota = quota

        try:
            self._change(
                learn,
                COMPLETE,
                status=response.status if response is not None else None,
                duration=round((monotonic() - started) * 1000),
                issue=error and issues.of_error(error)["issue_code"],
                call=call_id,
            )
        except psycopg2.Error:
            _logger.exception("The call log of call %s was not completed", call_id)

    def pause(self, taken: float) -> float:
        """How long who is in no hurry waits before the next call.

        :param taken: the seconds since the last pause
        """
        calls, self._unpaced = self._unpaced, 0
        if not self.quota or not calls:
            return 0.0
        return self.quota.pause(datetime.now(UTC), calls, taken)

    def _change(self, change, statement: str, **params) -> int | None:
        """Change the quota, and write the call log by the same statement.

        As a rule nobody called in between: then the row is still as this gate saw it,
        and need not be read. Else it is, under its lock.

        :param change: takes the quota; may come twice
        :param statement: ``RESERVE`` or ``COMPLETE``
        :return: the id of the row of the call log
        :raises LimitReached: ``change`` does; nothing is written then
        """
        administration = self.administration

        def save(cr, quota: Quota, seen: str | None) -> tuple[int, str] | None:
            change(quota)
            data = json.dumps(quota.dump())
            which = {"data": data, "seen": seen, "administration": administration.id}
            cr.execute(SAVE.format(statement), which | params)
            row = cr.fetchone()
            return row and (row[0], data)

        def work(cr) -> tuple[int, str]:
            saved = None
            if self._seen:
                with suppress(LimitReached):  # the row may say more by now
                    saved = save(cr, Quota.load(json.loads(self._seen)), self._seen)
            return saved or save(cr, self._locked_quota(cr), None)

        call_id, self._seen = with_side_cursor(administration.env, work)
        return call_id

    def _locked_quota(self, cr) -> Quota:
        select = "SELECT data FROM exact_quota WHERE administration_id = %s FOR UPDATE"
        key = (self.administration.id,)
        cr.execute(select, key)
        row = cr.fetchone()
        if not row:
            cr.execute(
                """
                INSERT INTO exact_quota (administration_id) VALUES (%s)
                ON CONFLICT (administration_id) DO NOTHING
                """,
                key,
            )
            cr.execute(select, key)
            row = cr.fetchone()
        return Quota.load(row[0])
