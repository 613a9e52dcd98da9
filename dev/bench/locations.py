"""How much more five administrations get done than one, each within Exact's limit.

A server with five cron workers, as its scheduler has them; real minutes and Exact's own
limit, which is one for each administration. Whole minutes are counted, as Exact counts.
"""

import time
from datetime import UTC, datetime, timedelta

from dev.environment import ready
from dev.server import OdooServer

from . import MINUTELY, copies

WORKERS = 5  # as many as there are administrations
MINUTES, MINUTES_SMALL = 5, 2


def measure(bench) -> dict:
    """The figures by name."""
    minutes = MINUTES_SMALL if bench.small else MINUTES
    administrations = bench.with_branches(WORKERS - 1)
    firsts = {}
    for administration in administrations:
        firsts[administration] = bench.make(1, administration.company_id)
        bench.export(firsts[administration])  # the customer is known from here on
    one, _refused = _calls_of(bench, dict([next(iter(firsts.items()))]), minutes)
    all_of_them, refused = _calls_of(bench, firsts, minutes)
    return {
        "administrations": len(administrations),
        "cron_workers": WORKERS,
        "minutes": minutes,
        "calls_a_minute_of_one": round(sum(one) / minutes, 1),
        "calls_a_minute_of_all": round(sum(all_of_them) / minutes, 1),
        "slowest_over_fastest": round(min(all_of_them) / max(all_of_them), 3),
        "throughput_ratio": round(sum(all_of_them) / sum(one), 3),
        "limit_refused": refused,
    }


def _calls_of(bench, firsts: dict, minutes: int) -> tuple[list[int], int]:
    """Let the scheduler export for some minutes.

    :param firsts: an invoice of each administration, to be copied
    :return: the calls that Exact let pass, by administration, and those it refused
    """
    runs = bench.env["exact.run"]
    for first in firsts.values():
        ids = copies.of_posted(bench.env.cr, first, (minutes + 2) * MINUTELY)
        runs += bench.queue(bench.env["account.move"].browse(ids))
    with (
        ready() as env,
        OdooServer(env, bench.env.cr.dbname, cron_threads=WORKERS),
    ):
        begin = datetime.now(UTC).replace(second=0, microsecond=0)
        begin += timedelta(minutes=1)
        end = begin + timedelta(minutes=minutes)
        time.sleep((end - datetime.now(UTC)).total_seconds() + 1)
        bench.env.cr.commit()
        bench.env.invalidate_all()
        assert set(runs.mapped("state")) == {"running"}, runs.mapped("issue_message")
    for run in runs:
        run.action_stop()  # what is left of it stays where it is
    bench.env.cr.commit()
    counts = [_calls(bench, administration, begin, end) for administration in firsts]
    return [passed for passed, _no in counts], sum(no for _passed, no in counts)


def _calls(bench, administration, begin: datetime, end: datetime) -> tuple[int, int]:
    """The calls that Exact let pass, and those that it refused."""
    bench.env.cr.execute(
        """
        SELECT count(*) FILTER (WHERE status IS DISTINCT FROM 429),
               count(*) FILTER (WHERE status = 429)
          FROM exact_call
         WHERE administration_id = %s AND called_at >= %s AND called_at < %s
        """,
        (administration.id, begin.replace(tzinfo=None), end.replace(tzinfo=None)),
    )
    return bench.env.cr.fetchone()
