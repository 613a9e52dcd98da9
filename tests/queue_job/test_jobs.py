"""Exports as jobs of OCA's queue_job, with its runner in a process of its own."""

import contextlib
import time
from datetime import UTC, datetime, timedelta

from tests.browser.remote import ENTRIES, Books, wait_for

OPEN = ("pending", "enqueued", "started")
ENTRY = "<exact.entry>._exact_job"
ADMINISTRATION = "<exact.administration>._exact_job"


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


def wait_until(remote, run, state, seconds=90):
    wait_for(lambda: remote.read_run(run)["state"] == state, seconds)


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
    # One more than become jobs at once.
    invoices = [remote.invoice(customer) for _number in range(51)]
    before = exact.posts()
    run = remote.synchronise(administration)
    wait_until(remote, run, "done", seconds=240)
    assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    assert exact.posts() == before + 51
    done = jobs_of(remote, invoices)
    assert len(done) == len({job["identity_key"] for job in done}) == 51
    assert {job["state"] for job in done} == {"done"}
    assert {job["channel"] for job in done} == {f"root.exact.{administration}"}
    assert {job["worker_pid"] for job in done} == {runner.process.pid}
    assert "Booked in Exact (entry" in done[0]["result"]
    values = remote.read_run(run)
    assert (values["total"], values["done"], values["failed"]) == (51, 51, 0)


def test_invoices_of_an_administration_go_one_at_a_time(
    remote, exact, administration, customer
):
    for _number in range(8):
        remote.invoice(customer)
    before = exact.posts()
    exact.fault("delay", path=ENTRIES, method="POST", seconds=1, count=4)
    wait_until(remote, remote.synchronise(administration), "done")
    calls = exact.calls("POST", ENTRIES)[before:]
    began = [datetime.fromisoformat(call["time"]) for call in calls]
    assert len(began) == 8
    for first, second in zip(began[:4], began[1:], strict=False):
        assert second - first >= timedelta(seconds=1)


def test_stop_and_go_on(remote, exact, administration, customer):
    invoices = [remote.invoice(customer) for _number in range(20)]
    before = exact.posts()
    run = remote.synchronise(administration)
    wait_for(lambda: exact.posts() >= before + 3)
    remote.call("exact.run", "action_stop", [run])
    wait_for(lambda: not waiting_jobs(remote))
    stopped_at = exact.posts()
    assert stopped_at < before + 20
    time.sleep(2)
    assert exact.posts() == stopped_at
    remote.call("exact.run", "action_go_on", [run])
    wait_until(remote, run, "done")
    assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    assert exact.posts() == before + 20


def test_a_refused_invoice_stops_its_run_and_is_not_tried_again(
    remote, exact, administration, customer
):
    invoices = [remote.invoice(customer) for _number in range(5)]
    before = exact.posts()
    exact.fault("server_error", path=ENTRIES, method="POST", skip=2, count=1)
    run = remote.synchronise(administration)
    wait_until(remote, run, "stopped")
    wait_for(lambda: not waiting_jobs(remote))
    assert remote.read_run(run)["issue_code"] == "run_stopped_at"
    assert exact.posts() == before + 3
    states = sorted(remote.state(invoice) for invoice in invoices)
    assert states == ["exported", "exported", "queued", "queued", "rejected"]
    [refused] = [i for i in invoices if remote.state(i) == "rejected"]
    [job] = jobs_of(remote, [refused])
    assert (job["state"], job["retry"]) == ("done", 1)
    assert job["result"]
    # Whoever is put in the queue again gets another job.
    entry = entry_of(remote, refused)
    remote.call("exact.entry", "action_send_all_of_cause", [entry])
    wait_for(lambda: remote.state(refused) == "exported")
    assert len(jobs_of(remote, [refused])) == 2
    assert exact.posts() == before + 4, "the rest of its run waits for a person"
    remote.call("exact.run", "action_go_on", [run])
    wait_until(remote, run, "done")
    assert exact.posts() == before + 6


def test_a_limit_holds_all_of_them_until_its_reset(
    remote, exact, administration, customer
):
    invoices = [remote.invoice(customer) for _number in range(4)]
    before = exact.posts()
    exact.fault("too_many_requests", path=ENTRIES, method="POST", skip=1, count=1)
    run = remote.synchronise(administration)
    wait_for(lambda: remote.read_run(run)["issue_code"] == "limit_minute")
    wait_for(lambda: all(job["eta"] for job in waiting_jobs(remote)))
    held = waiting_jobs(remote)
    assert len(held) == 3
    assert all(0 < seconds_until(job["eta"]) <= 63 for job in held)
    assert exact.posts() == before + 2
    wait_until(remote, run, "done")
    assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    assert exact.posts() == before + 5  # the one that was refused by the limit too
    assert len(jobs_of(remote, invoices)) == 4


def test_without_connection_it_is_tried_later_and_goes_when_somebody_asks(
    servers, remote, exact, administration, customer
):
    *_odoo, sandbox = servers
    invoices = [remote.invoice(customer) for _number in range(3)]
    sandbox.stop()
    run = remote.synchronise(administration)
    wait_for(lambda: remote.read_run(run)["issue_code"] == "unreachable")
    wait_for(lambda: all(job["eta"] for job in waiting_jobs(remote)))
    held = waiting_jobs(remote)
    assert len(held) == 3
    assert all(30 < seconds_until(job["eta"]) <= 62 for job in held)
    sandbox.start()
    invoices.append(remote.invoice(customer))
    assert remote.synchronise(administration) == run
    wait_until(remote, run, "done", seconds=25)
    books = Books(sandbox.url)
    for invoice in invoices:
        assert remote.state(invoice) == "exported"
        assert len(books.entries(remote.read(invoice, "name")["name"])) == 1


def test_a_job_that_dies_in_the_middle_of_a_call(
    servers, remote, exact, administration, customer
):
    _odoo, runner, _exact = servers
    invoices = [remote.invoice(customer) for _number in range(4)]
    before = exact.posts()
    exact.fault("delay", path=ENTRIES, method="POST", seconds=4, skip=1, count=1)
    run = remote.synchronise(administration)
    wait_for(lambda: exact.posts() == before + 2)
    runner.kill()
    states = [remote.state(invoice) for invoice in invoices]
    assert states.count("sending") == 1
    time.sleep(3)  # meanwhile Exact books it, and nobody hears
    runner.start()
    wait_until(remote, run, "done")
    assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    assert exact.posts() == before + 4


def test_without_runner_the_scheduled_action_waits_and_says_so(
    servers, remote, exact, administration, customer
):
    _odoo, runner, _exact = servers
    runner.stop()
    invoice = remote.invoice(customer)
    before = exact.posts()
    run = remote.synchronise(administration)
    for _time in range(3):
        wake(remote, administration)
    assert exact.posts() == before
    key = f"exact.administration-{administration}"
    assert len(jobs(remote, ("identity_key", "=", key), ("state", "in", OPEN))) == 1
    assert not problem(remote, administration)
    make_older(remote, minutes=11)
    wake(remote, administration)
    wait_for(lambda: problem(remote, administration) == "jobs_not_taken")
    runner.start()
    wait_until(remote, run, "done")
    assert remote.state(invoice) == "exported"
    assert not problem(remote, administration)


def problem(remote, administration):
    [values] = remote.call(
        "exact.administration", "read", [administration], ["issue_code"]
    )
    return values["issue_code"]


def wake(remote, administration):
    with contextlib.suppress(RuntimeError):  # it is at work right now
        remote.run_export_job(administration)


def make_older(remote, minutes):
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
