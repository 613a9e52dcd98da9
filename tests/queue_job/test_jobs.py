"""Exports as jobs of OCA's queue_job, with its runner in a process of its own."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.remote import ENTRIES

OPEN = ("pending", "enqueued", "started")
ENTRY = "<exact.entry>._exact_job"
ADMINISTRATION = "<exact.administration>._exact_job"


@pytest.fixture(scope="module")
def customer(remote):
    """A customer that Exact knows already."""
    customer = remote.customer("Wachtrij BV")
    remote.book(remote.invoice(customer))
    return customer


@pytest.fixture(scope="module")
def administration(remote):
    [administration] = remote.call("exact.administration", "search", [])
    return administration


def posts(exact):
    return len(exact.calls("POST", ENTRIES))


def synchronise(remote, administration):
    """Start an export of all that waits; returns its run."""
    action = remote.call("exact.administration", "action_synchronise", [administration])
    started = remote.call("exact.synchronise", "action_start", [action["res_id"]])
    return started["res_id"]


def read_run(remote, run):
    names = ["state", "total", "done", "failed", "issue_code", "until"]
    [values] = remote.call("exact.run", "read", [run], names)
    return values


def entry_of(remote, invoice):
    [entry] = remote.call("exact.entry", "search", [("move_id", "=", invoice)])
    return entry


def jobs(remote, *domain):
    names = ["identity_key", "state", "channel", "eta", "retry", "result", "worker_pid"]
    return remote.call("queue.job", "search_read", list(domain), names, order="id")


def jobs_of(remote, invoices):
    keys = [f"exact.entry-{entry_of(remote, invoice)}" for invoice in invoices]
    return jobs(remote, ("identity_key", "in", keys))


def waiting_jobs(remote):
    return jobs(remote, ("channel_method_name", "=", ENTRY), ("state", "in", OPEN))


def seconds_until(moment):
    there = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return (there - datetime.now(UTC)).total_seconds()


def wait_for(condition, seconds=90):
    for _attempt in range(seconds * 5):
        if condition():
            return
        time.sleep(0.2)
    pytest.fail("it did not happen in time")


def wait_until(remote, run, state, seconds=90):
    wait_for(lambda: read_run(remote, run)["state"] == state, seconds)


def test_it_installs_itself_where_queue_job_is(remote):
    [addon] = remote.call(
        "ir.module.module",
        "search_read",
        [("name", "=", "optedo_exact_queue_job")],
        ["state"],
    )
    assert addon["state"] == "installed"


def test_each_invoice_is_one_job_in_the_other_process(
    servers, remote, exact, administration, customer
):
    _odoo, runner, _exact = servers
    invoices = [remote.invoice(customer) for _number in range(60)]
    before = posts(exact)
    run = synchronise(remote, administration)
    wait_until(remote, run, "done")
    assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    assert posts(exact) == before + 60
    done = jobs_of(remote, invoices)
    assert len(done) == len({job["identity_key"] for job in done}) == 60
    assert {job["state"] for job in done} == {"done"}
    assert {job["channel"] for job in done} == {f"root.exact.{administration}"}
    assert {job["worker_pid"] for job in done} == {runner.process.pid}
    assert "Booked in Exact (entry" in done[0]["result"]
    values = read_run(remote, run)
    assert (values["total"], values["done"], values["failed"]) == (60, 60, 0)


def test_invoices_of_an_administration_go_one_at_a_time(
    remote, exact, administration, customer
):
    for _number in range(8):
        remote.invoice(customer)
    before = len(exact.calls("POST", ENTRIES))
    exact.fault("delay", path=ENTRIES, method="POST", seconds=1, count=4)
    wait_until(remote, synchronise(remote, administration), "done")
    calls = exact.calls("POST", ENTRIES)[before:]
    began = [datetime.fromisoformat(call["time"]) for call in calls]
    assert len(began) == 8
    for first, second in zip(began[:4], began[1:], strict=False):
        assert second - first >= timedelta(seconds=1)


def test_stop_and_go_on(remote, exact, administration, customer):
    invoices = [remote.invoice(customer) for _number in range(20)]
    before = posts(exact)
    run = synchronise(remote, administration)
    wait_for(lambda: posts(exact) >= before + 3)
    remote.call("exact.run", "action_stop", [run])
    wait_for(lambda: not waiting_jobs(remote))
    stopped_at = posts(exact)
    assert stopped_at < before + 20
    time.sleep(2)
    assert posts(exact) == stopped_at
    remote.call("exact.run", "action_go_on", [run])
    wait_until(remote, run, "done")
    assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    assert posts(exact) == before + 20


def test_a_refused_invoice_stops_its_run_and_is_not_tried_again(
    remote, exact, administration, customer
):
    invoices = [remote.invoice(customer) for _number in range(5)]
    before = posts(exact)
    exact.fault(
        "server_error", path=ENTRIES, method="POST", status=400, skip=2, count=1
    )
    run = synchronise(remote, administration)
    wait_until(remote, run, "stopped")
    wait_for(lambda: not waiting_jobs(remote))
    assert read_run(remote, run)["issue_code"] == "run_stopped_at"
    assert posts(exact) == before + 3
    states = sorted(remote.state(invoice) for invoice in invoices)
    assert states == ["exported", "exported", "queued", "queued", "rejected"]
    [refused] = [i for i in invoices if remote.state(i) == "rejected"]
    [job] = jobs_of(remote, [refused])
    assert (job["state"], job["retry"]) == ("done", 1)
    assert job["result"]
    # Sent again, it is another job.
    remote.call("exact.run", "action_go_on", [run])
    wait_until(remote, run, "done")
    remote.call("exact.entry", "action_send_again", [entry_of(remote, refused)])
    wait_for(lambda: remote.state(refused) == "exported")
    assert len(jobs_of(remote, [refused])) == 2
    assert posts(exact) == before + 6


def test_a_limit_holds_all_of_them_until_its_reset(
    remote, exact, administration, customer
):
    invoices = [remote.invoice(customer) for _number in range(4)]
    before = posts(exact)
    exact.fault("too_many_requests", path=ENTRIES, method="POST", skip=1, count=1)
    run = synchronise(remote, administration)
    wait_for(lambda: read_run(remote, run)["issue_code"] == "limit_minute")
    wait_for(lambda: all(job["eta"] for job in waiting_jobs(remote)))
    held = waiting_jobs(remote)
    assert len(held) == 3
    assert all(0 < seconds_until(job["eta"]) <= 63 for job in held)
    assert posts(exact) == before + 2
    wait_until(remote, run, "done")
    assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    assert posts(exact) == before + 5  # the one that was refused by the limit too
    assert len(jobs_of(remote, invoices)) == 4


def test_without_connection_it_is_tried_later_and_goes_when_somebody_asks(
    servers, remote, exact, administration, customer
):
    *_odoo, sandbox = servers
    invoices = [remote.invoice(customer) for _number in range(3)]
    before = posts(exact)
    exact.fault("maintenance", path="", method="", count=0)
    run = synchronise(remote, administration)
    wait_for(lambda: read_run(remote, run)["state"] == "waiting")
    wait_for(lambda: any(job["eta"] for job in jobs(remote, ("state", "in", OPEN))))
    soon = [seconds_until(job["eta"]) for job in jobs(remote, ("state", "in", OPEN))]
    assert all(30 < seconds <= 62 for seconds in soon)
    exact.clear_faults()
    late = remote.invoice(customer)
    assert synchronise(remote, administration) == run
    wait_until(remote, run, "done", seconds=40)
    assert {remote.state(i) for i in [*invoices, late]} == {"exported"}
    assert posts(exact) >= before + 4


def test_a_job_that_dies_in_the_middle_of_a_call(
    servers, remote, exact, administration, customer
):
    _odoo, runner, _exact = servers
    invoices = [remote.invoice(customer) for _number in range(4)]
    before = posts(exact)
    exact.fault("delay", path=ENTRIES, method="POST", seconds=4, skip=1, count=1)
    run = synchronise(remote, administration)
    wait_for(lambda: posts(exact) == before + 2)
    runner.kill()
    states = [remote.state(invoice) for invoice in invoices]
    assert states.count("sending") == 1
    time.sleep(3)  # meanwhile Exact books it, and nobody hears
    runner.start()
    wait_until(remote, run, "done")
    assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    assert posts(exact) == before + 4


def test_without_runner_the_scheduled_action_waits_and_says_so(
    servers, remote, exact, administration, customer
):
    _odoo, runner, _exact = servers
    runner.stop()
    invoice = remote.invoice(customer)
    before = posts(exact)
    run = synchronise(remote, administration)
    for _time in range(3):
        remote.run_export_job(administration)
    assert posts(exact) == before
    key = f"exact.administration-{administration}"
    assert len(jobs(remote, ("identity_key", "=", key), ("state", "in", OPEN))) == 1
    assert not problem(remote, administration)
    make_older(remote, administration, minutes=11)
    remote.run_export_job(administration)
    assert problem(remote, administration) == "jobs_not_taken"
    runner.start()
    wait_until(remote, run, "done")
    assert remote.state(invoice) == "exported"
    assert not problem(remote, administration)


def problem(remote, administration):
    [values] = remote.call(
        "exact.administration", "read", [administration], ["issue_code"]
    )
    return values["issue_code"]


def make_older(remote, administration, minutes):
    """Let all jobs be from earlier."""
    code = f"""
env.cr.execute(
    "UPDATE queue_job SET date_created = date_created - interval '{minutes} minutes',"
    " date_started = date_started - interval '{minutes} minutes'"
)
"""
    [model] = remote.call("ir.model", "search", [("model", "=", "queue.job")])
    values = {"name": "Older", "model_id": model, "state": "code", "code": code}
    [action] = remote.call("ir.actions.server", "create", [values])
    remote.call("ir.actions.server", "run", [action])
