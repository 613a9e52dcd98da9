"""Jobs in a server that forks, as in production: its runner and those that work for it
are processes of their own."""

import os
import signal
from datetime import datetime

from tests.browser.remote import ENTRIES, wait_for
from tests.queue_job.test_jobs import jobs, jobs_of, wait_until

WORKERS = 2


def test_the_workers_book_each_invoice_once_one_at_a_time(
    servers, remote, exact, administration, customer
):
    _odoo, runner, _exact = servers
    invoices = [remote.invoice(customer) for _number in range(12)]
    before = exact.posts()
    run = remote.synchronise(administration)
    wait_until(remote, run, "done", seconds=180)
    assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    calls = exact.calls("POST", ENTRIES)[before:]
    assert len(calls) == 12
    moments = [datetime.fromisoformat(call["time"]) for call in calls]
    between = [b - a for a, b in zip(moments, moments[1:], strict=False)]
    # Exact takes a tenth of a second for each.
    assert min(pause.total_seconds() for pause in between) >= 0.1
    done = jobs_of(remote, invoices)
    assert {job["state"] for job in done} == {"done"}
    workers = {job["worker_pid"] for job in done}
    assert workers and runner.process.pid not in workers


def test_a_worker_that_is_killed_in_a_call(
    servers, remote, exact, administration, customer
):
    _odoo, runner, _exact = servers
    invoices = [remote.invoice(customer) for _number in range(4)]
    before = exact.posts()
    exact.fault("delay", path=ENTRIES, method="POST", seconds=4, skip=1, count=1)
    run = remote.synchronise(administration)
    wait_for(lambda: exact.posts() == before + 2)
    [job] = jobs(remote, ("state", "=", "started"))
    os.kill(job["worker_pid"], signal.SIGKILL)
    # The server forks another one, and the runner finds within a minute who died.
    wait_until(remote, run, "done", seconds=240)
    assert runner.alive
    assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    assert exact.posts() == before + 4
