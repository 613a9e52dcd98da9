"""An export of many invoices: on its pages, and with two workers and a crash."""

import contextlib
import itertools
import os
import re
import threading
import time

import pytest
import requests
from playwright.sync_api import expect

from dev import databases, template
from dev.environment import ready
from dev.server import OdooServer, SandboxServer
from tests.browser.remote import ENTRIES, Exact, Odoo, wait_for

SANDBOX = ("--minutely", "6000", "--daily", "60000", "--latency", "250")


@pytest.fixture(scope="module")
def servers():
    """Odoo with a worker for jobs, and a sandbox that answers like Exact does."""
    database = f"{template.PREFIX}bulk_{os.getpid()}"
    with ready(with_browser=True) as env:
        databases.copy(template.installed(env), database)
        try:
            with (
                SandboxServer(options=SANDBOX) as exact,
                OdooServer(env, database) as odoo,
            ):
                yield odoo, exact
        finally:
            databases.drop(database)


@pytest.fixture(scope="module")
def administration(servers):
    odoo, exact = servers
    remote = Odoo(odoo.url, odoo.database)
    posted = [("state", "=", "posted"), ("move_type", "like", "out_%")]
    demo = remote.call("account.move", "search", posted)
    remote.call("account.move", "button_draft", demo)
    return remote.connect(exact)


def test_before_during_and_after(servers, administration, user):
    odoo, exact = servers
    remote = Odoo(odoo.url, odoo.database)
    customer = remote.customer("Veel Facturen BV")
    remote.book(remote.invoice(customer))  # the customer is known from here on
    for number in range(30):
        remote.invoice(customer, price=100.0 + number)
    nowhere = remote.customer("Zonder Land BV")
    remote.call("res.partner", "write", [nowhere], {"country_id": False})
    remote.invoice(nowhere)
    before = Exact(exact.url).posts()

    # before
    page = user.page
    user.enter()
    user.open_set_up()
    user.button("Synchronise").click()
    form = page.locator(".o_form_view", has=page.locator("[name=go_count]"))
    expect(form.locator("[name=go_count]")).to_have_text("30")
    expect(form.locator("[name=left_count]")).to_have_text("1")
    expect(form).to_contain_text("The customer has no country")
    user.button("Show them").click()
    expect(page.locator(".o_data_row")).to_contain_text("Zonder Land BV")
    page.locator(".o_breadcrumb").get_by_text("Export to Exact").click()
    form.get_by_role("tab", name="Per VAT code").click()
    expect(form.locator(".tab-pane.active .o_data_row")).to_contain_text("3,435.00")
    user.button("Start").click()

    # during: it moves without a reload
    progress = page.locator(".o_exact_run_progress")
    expect(progress).to_contain_text("booked of 30")
    expect(progress).to_contain_text(re.compile(r"\b[1-9]\d? booked of 30"))
    expect(progress).to_contain_text("calls left today")
    seen = int(progress.locator("b").first.inner_text())
    expect(progress.locator("b").first).not_to_have_text(str(seen))
    user.button("Stop").click()
    expect(user.button("Go on")).to_be_visible()
    expect(page.get_by_text("stopped it")).to_be_visible()
    page.wait_for_timeout(3000)  # a run looks at its row once a second
    stopped_at = Exact(exact.url).posts()
    assert stopped_at - before < 30
    page.wait_for_timeout(2000)
    assert Exact(exact.url).posts() == stopped_at
    user.button("Go on").click()

    # after: the state, and what did not go
    expect(progress).to_contain_text("30 booked of 30")
    expect(page.locator(".o_statusbar_status [aria-checked=true]")).to_have_text("Done")
    expect(page.get_by_text("The customer has no country")).to_be_visible()
    assert Exact(exact.url).posts() == before + 30
    page.goto(f"{odoo.url}/odoo/action-optedo_exact.exact_run_action")
    row = page.locator(".o_data_row").first
    expect(row).to_contain_text("Done")
    expect(row.locator("[name=done]")).to_have_text("30")


def test_the_page_moves_where_no_message_comes(servers, administration, user):
    odoo, exact = servers
    remote = Odoo(odoo.url, odoo.database)
    customer = remote.customer("Zonder Websocket BV")
    remote.book(remote.invoice(customer))
    for _number in range(10):
        remote.invoice(customer)
    page, readings = user.page, []
    # Without its worker Odoo's page has no bus: nothing tells it of anything.
    page.add_init_script("delete window.SharedWorker")
    page.route("**/bus/websocket_worker_bundle*", lambda route: route.abort())

    def note(request):
        if "read_progress" in request.url:
            readings.append(time.monotonic())

    page.on("request", note)
    user.enter()
    slow = Exact(exact.url)
    slow.fault("delay", path=ENTRIES, method="POST", seconds=6, skip=3, count=2)
    run = remote.synchronise(administration)
    page.goto(f"{odoo.url}/odoo/exact-exports/{run}")
    progress = page.locator(".o_exact_run_progress")
    expect(progress).to_contain_text("booked of 10")
    expect(progress).not_to_contain_text("10 booked of 10")
    expect(progress).to_contain_text("10 booked of 10", timeout=60_000)
    expect(page.locator(".o_statusbar_status [aria-checked=true]")).to_have_text("Done")
    gaps = [after - before for before, after in itertools.pairwise(readings)]
    assert gaps, "it read once only"
    assert min(gaps) > 9, "a message came after all"
    assert max(gaps) < 15
    count = len(readings)
    page.wait_for_timeout(11_000)
    assert len(readings) == count, "it still reads what is done"


def test_two_workers_and_a_crash_book_each_once(servers, administration):
    odoo, exact = servers
    exact = Exact(exact.url)
    remote = Odoo(odoo.url, odoo.database)
    customer = remote.customer("Twee Werkers BV")
    remote.book(remote.invoice(customer))
    invoices = [remote.invoice(customer) for _number in range(30)]
    before = exact.posts()
    # Each of the two workers is in the middle of a call when Odoo dies.
    exact.fault("delay", path=ENTRIES, method="POST", seconds=6, skip=8, count=2)
    second = second_job(remote, administration)
    run = remote.synchronise(administration)
    threading.Thread(target=run_job, args=(remote, second), daemon=True).start()
    wait_for(lambda: exact.posts() == before + 10)
    odoo.kill()
    odoo.start()
    remote = Odoo(odoo.url, odoo.database)
    remote.call("ir.cron", "write", [second], {"active": False})
    # The two calls are open still, unless Odoo asked for them already.
    states = [remote.state(invoice) for invoice in invoices]
    assert states.count("exported") < 30
    time.sleep(6)  # until the sandbox has booked what it was slow at

    def is_done():
        remote.some_minutes_later()
        with contextlib.suppress(RuntimeError):  # the job may be running by itself
            remote.run_export_job(administration)
        [values] = remote.call("exact.run", "read", [run], ["state"])
        return values["state"] == "done"

    wait_for(is_done)
    assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    assert exact.posts() == before + 30
    [values] = remote.call("exact.run", "read", [run], ["total", "done", "failed"])
    assert (values["total"], values["done"], values["failed"]) == (30, 30, 0)


def second_job(remote, administration):
    """Another job on the same queue, as an administrator could make one."""
    [values] = remote.call(
        "exact.administration", "read", [administration], ["export_cron_id"]
    )
    [job] = remote.call("ir.cron", "copy", [values["export_cron_id"][0]])
    return job


def run_job(remote, job):
    with contextlib.suppress(requests.ConnectionError):
        remote.call("ir.cron", "method_direct_trigger", [job])
