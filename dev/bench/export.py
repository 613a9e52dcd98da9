"""An export of many, against creating and posting invoices one by one.

The page before the export, the queueing and the job are measured together. The job
runs as Odoo's scheduler runs it, with its own bookkeeping; the customer is known, an
invoice has five lines. Those of the exports are copies.
"""

import gc
from statistics import mean
from unittest.mock import patch

from odoo.addons.optedo_exact.models import exact_run_progress

from . import copies
from .memory import memory

ROUNDS = 6  # before the large export and after it: a machine has its moods
YARDSTICK = 20  # invoices made the ordinary way, in each round
FEW = 100  # invoices of an export, in each round
MANY, MANY_SMALL = 10_000, 1_000


def measure(bench) -> dict:
    """The figures by name."""
    many = MANY_SMALL if bench.small else MANY
    first = bench.make(2)[:1]
    bench.export(first)  # the customer is known from here on
    for _round in range(2):  # warm
        _export(bench, first, FEW)
    own, before = _both_sides(bench, first)
    figures = _export(bench, first, many)
    own_after, after = _both_sides(bench, first)
    with patch.object(exact_run_progress, "EVERY", 0):
        paced = _export(bench, first, FEW)
    to_post, at_few = mean(own + own_after), mean(before + after)
    at_many = figures["cpu"] / many
    return {
        "invoices": many,
        "calls_per_invoice": figures["calls"] / many,
        "queries_per_invoice": round(figures["queries"] / many, 2),
        # At Exact's own pace each invoice has an update of the run's page of its own.
        "queries_per_invoice_each_shown": round(paced["queries"] / FEW, 2),
        "cpu_ratio_to_post": round(at_few / to_post, 4),
        f"cpu_growth_{many}_over_{FEW}": round(at_many / at_few, 3),
        "memory_growth_mb": round(figures["memory"], 1),
        "cpu_ms_to_post": _milliseconds(to_post),
        f"cpu_ms_at_{FEW}": _milliseconds(at_few),
        f"cpu_ms_at_{FEW}_before": _milliseconds(mean(before)),
        f"cpu_ms_at_{FEW}_after": _milliseconds(mean(after)),
        f"cpu_ms_at_{many}": _milliseconds(at_many),
    }


def _both_sides(bench, first) -> tuple[list[float], list[float]]:
    """CPU seconds of an invoice made, and of one booked, measured in turns."""
    made, booked = [], []
    for _round in range(ROUNDS):
        _moves, figures = bench.measured(bench.make, YARDSTICK)
        made.append(figures["cpu"] / YARDSTICK)
        booked.append(_export(bench, first, FEW)["cpu"] / FEW)
    return made, booked


def _export(bench, first, count: int) -> dict:
    """Book copies of an invoice in one run.

    :return: what it took, from Start to the last invoice, and by how many MB the
        process grew at its peak
    """
    ids = copies.of_posted(bench.env.cr, first, count)
    bench.env.cr.execute("ANALYZE account_move, account_move_line")
    bench.env.cr.commit()
    bench.env.invalidate_all()
    gc.collect()
    before = memory()
    run, figures = bench.measured(_book, bench, ids)
    assert (run.state, run.done) == ("done", count), (run.state, run.issue_message)
    return figures | {"memory": memory("VmHWM") - before}


def _book(bench, ids: list[int]):
    """Start an export of these and have the job do it; returns the run."""
    run = bench.queue(bench.env["account.move"].browse(ids))
    while run.state in ("waiting", "running"):
        bench.run_job()
        bench.env.invalidate_all()
    return run


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 1)
