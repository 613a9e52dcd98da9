import logging
from datetime import UTC, datetime, timedelta
from time import monotonic

import psycopg2
from psycopg2.extras import Json

from odoo import fields, models

from ..exact.client import Call
from ..exact.errors import ExactError, LimitReached
from ..exact.limits import Quota
from . import issues
from .side import with_side_cursor

_logger = logging.getLogger(__name__)

# Goes before the statement for the call log: both are one round to the database.
SAVE = "WITH quota AS (UPDATE exact_quota SET data = %s WHERE administration_id = %s)"


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
        self._unpaced = 0

    def before(self, call: Call):
        """Reserve the call and write it down before it is made.

        :raises LimitReached: it may not be made now
        """
        now = datetime.now(UTC)

        def reserve(cr):
            quota = self._locked_quota(cr)
            quota.take(now, call.endpoint, self.urgent)
            cr.execute(
                f"""
                {SAVE}
                INSERT INTO exact_call
                            (administration_id, called_at, method, endpoint, record)
                     VALUES (%s, %s, %s, %s, %s)
                  RETURNING id
                """,
                (
                    *self._to_save(quota),
                    self.administration.id,
                    now.replace(tzinfo=None),
                    call.method,
                    call.endpoint,
                    call.record,
                ),
            )
            return cr.fetchone()[0]

        call_id = with_side_cursor(self.administration.env, reserve)
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

        def keep(cr):
            quota = self._locked_quota(cr)
            if response is not None:
                quota.learn(now, response.headers)
            if isinstance(error, LimitReached):
                error.until = quota.refused(now, response.headers)
            elif response is not None and response.status >= 400:
                quota.failed(now, call.endpoint)
            self.quota = quota
            cr.execute(
                f"""
                {SAVE}
                UPDATE exact_call
                   SET status = %s, duration = %s, issue_code = %s
                 WHERE id = %s
                """,
                (
                    *self._to_save(quota),
                    response.status if response is not None else None,
                    round((monotonic() - started) * 1000),
                    error and issues.of_error(error)["issue_code"],
                    call_id,
                ),
            )

        try:
            with_side_cursor(self.administration.env, keep)
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

    def _to_save(self, quota: Quota) -> tuple:
        """The parameters of ``SAVE``."""
        return Json(quota.dump()), self.administration.id
