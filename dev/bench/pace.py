"""How much of Exact's limit an export of many uses, by a server with its scheduler.

Exact's own limit and real minutes, since neither the slots of a job nor the pauses of
Odoo's scheduler shrink with a smaller one. Whole minutes are counted, as Exact counts.
"""

import time
from datetime import UTC, datetime, timedelta

from dev.environment import ready
from dev.server import OdooServer

from . import MINUTELY, copies

MINUTES, MINUTES_SMALL = 10, 3


def measure(bench) -> dict:
    """The figures by name."""
    minutes = MINUTES_SMALL if bench.small else MINUTES
    first = bench.make(1)
    bench.export(first)  # the customer is known from here on
    ids = copies.of_posted(bench.env.cr, first, (minutes + 2) * MINUTELY)
    bench.env.cr.commit()
    with ready() as env, OdooServer(env, bench.env.cr.dbname):
        run = bench.queue(bench.env["account.move"].browse(ids))
        begin = _next_minute(datetime.now(UTC))
        end = begin + timedelta(minutes=minutes)
        time.sleep((end - datetime.now(UTC)).total_seconds() + 1)
        bench.env.cr.commit()
        bench.env.invalidate_all()
        assert run.state == "running", (run.state, run.issue_message)
    used, refused = _calls(bench, begin, end)
    return {
        "limit_use": round(used / (minutes * MINUTELY), 4),
        "limit_use_minutes": minutes,
        "limit_refused": refused,
    }


def _next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _calls(bench, begin: datetime, end: datetime) -> tuple[int, int]:
    """The calls that Exact let pass, and those that it refused."""
    bench.env.cr.execute(
        """
        SELECT count(*) FILTER (WHERE status IS DISTINCT FROM 429),
               count(*) FILTER (WHERE status = 429)
          FROM exact_call
         WHERE called_at >= %s AND called_at < %s
        """,
        (begin.replace(tzinfo=None), end.replace(tzinfo=None)),
    )
    return bench.env.cr.fetchone()
