"""Vendor bills go to Exact: from the form, the list, and once, whatever happens."""

import base64
import contextlib
import os
import threading
import time
from datetime import date, timedelta
from io import BytesIO

import pytest
from playwright.sync_api import expect
from reportlab.pdfgen.canvas import Canvas

from dev import databases, template
from dev.environment import ready
from dev.server import OdooServer, SandboxServer, free_port
from tests.browser.mail import SlowMail
from tests.browser.remote import Odoo
from tests.browser.test_bill_import import map_codes
from tests.browser.test_exactly_once import at_once

SENDER = "bills@optedo.example"
POSTBOX = "inkoop-1001@postbox.exact.example"
BILLS = [("move_type", "=", "in_invoice"), ("state", "!=", "cancel")]


@pytest.fixture(scope="module")
def servers():
    """Odoo, and a sandbox with its mail server, as real processes."""
    database = f"{template.PREFIX}bills_{os.getpid()}"
    smtp = free_port()
    with ready(with_browser=True) as env:
        databases.copy(template.installed(env), database)
        try:
            with (
                SandboxServer(options=("--smtp-port", str(smtp))) as exact,
                OdooServer(env, database) as odoo,
            ):
                yield odoo, exact, smtp
        finally:
            databases.drop(database)


@pytest.fixture(scope="module")
def mail(servers):
    mail = SlowMail(servers[2])
    yield mail
    mail.close()


@pytest.fixture(scope="module")
def connected(servers, mail):
    odoo, exact, _smtp = servers
    remote = Odoo(odoo.url, odoo.database)
    administration = remote.connect(exact)
    remote.call(
        "ir.mail_server",
        "create",
        [
            {
                "name": "Postbox",
                "smtp_host": "127.0.0.1",
                "smtp_port": mail.port,
                "smtp_encryption": "none",
                "from_filter": SENDER,
            }
        ],
    )
    rights = ["group_exact_undo", "group_exact_keep_out"]
    groups = remote.call(
        "ir.model.data",
        "search_read",
        [("module", "=", "optedo_exact"), ("name", "in", rights)],
        ["res_id"],
    )
    remote.call(
        "res.users",
        "write",
        [remote.uid],
        {"group_ids": [(4, group["res_id"]) for group in groups]},
    )
    return remote, administration


def supplier(remote, name):
    vendor = remote.customer(name)
    remote.call("res.partner", "write", [vendor], {"supplier_rank": 1})
    return vendor


def bill(remote, vendor, reference):
    """A confirmed bill with a PDF."""
    stream = BytesIO()
    page = Canvas(stream)
    page.drawString(72, 720, reference)
    page.save()
    [move] = remote.call(
        "account.move",
        "create",
        [
            {
                "move_type": "in_invoice",
                "partner_id": vendor,
                "invoice_date": date.today().isoformat(),
                "ref": reference,
                "invoice_line_ids": [
                    (0, 0, {"name": "Service", "quantity": 1, "price_unit": 100.0})
                ],
            }
        ],
    )
    [file] = remote.call(
        "ir.attachment",
        "create",
        [
            {
                "name": f"{reference}.pdf",
                "datas": base64.b64encode(stream.getvalue()).decode(),
                "res_model": "account.move",
                "res_id": move,
            }
        ],
    )
    remote.call("account.move", "write", [move], {"message_main_attachment_id": file})
    remote.call("account.move", "action_post", [move])
    return move


def deliver(remote, move):
    with contextlib.suppress(RuntimeError):  # who came second is told
        remote.call("account.move", "action_exact_deliver", [move])


def open_documents(page, exact):
    page.goto(f"{exact.url}/")
    page.get_by_role("link", name="1001").first.click()
    page.get_by_role("link", name="Documents").first.click()


def test_set_up_deliver_see_book_and_take_back(servers, connected, user, mail):
    odoo, exact, _smtp = servers
    remote, administration = connected
    page = user.page

    # the sender has to be allowed in Exact
    open_documents(page, exact)
    page.locator("input[name=sender]").fill(SENDER)
    page.locator("form:has(input[name=sender]) button").first.click()
    expect(page.get_by_text(f"Mail of {SENDER} is taken")).to_be_visible()

    # set up, and a test
    user.enter()
    user.open_set_up()
    page.get_by_role("tab", name="Options").click()
    page.get_by_label("By mail to the digital postbox").check()
    user.fill("Digital postbox?", POSTBOX)
    user.fill("Mailed from?", SENDER)
    user.save()
    user.button("Mail a test to the digital postbox").click()
    expect(page.locator(".o_notification")).to_contain_text("A test was mailed")
    open_documents(page, exact)
    expect(page.get_by_text("Test of Odoo").first).to_be_visible()

    # from the form
    vendor = supplier(remote, "Telecom NV")
    move = bill(remote, vendor, "F2026-0815")
    page.goto(f"{odoo.url}/odoo/vendor-bills/{move}")
    file = page.locator("[name=exact_file_id] input").locator("visible=true")
    expect(file).to_have_value("F2026-0815.pdf")
    user.button("Deliver to Exact").click()
    expect(page.locator("[name=exact_status_text]")).to_contain_text(
        "Delivered, not booked yet"
    )
    expect(user.button("Deliver to Exact")).to_have_count(0)
    page.get_by_role("tab", name="Exact Online").click()
    expect(page.locator("[name=exact_delivery_text]")).to_contain_text("Not seen")
    user.button("Ask Exact").click()
    expect(page.locator("[name=exact_delivery_text]")).to_contain_text("Seen in Exact")

    # what was delivered can be taken back
    user.button("Take the delivery back").click()
    modal = page.locator(".modal")
    modal.locator("[name=reason] input").fill("Wrong file")
    modal.get_by_role("button", name="Take the delivery back").click()
    expect(page.locator("[name=exact_status_text]")).to_contain_text(
        "Not delivered yet"
    )
    user.button("Deliver to Exact").click()
    expect(page.locator("[name=exact_status_text]")).to_contain_text(
        "Delivered, not booked yet"
    )

    # the accountant sees it and books it
    open_documents(page, exact)
    row = page.get_by_role("row").filter(has_text="F2026-0815 Telecom NV")
    expect(row).to_have_count(1)
    row.get_by_role("link").first.click()
    expect(page.get_by_role("link", name="F2026-0815 Telecom NV")).to_be_visible()
    page.get_by_label("Amount without VAT").fill("100")
    page.get_by_role("button", name="Book purchase entry").click()
    expect(page.get_by_text("booked.")).to_be_visible()

    # what is booked is not taken back
    page.goto(f"{odoo.url}/odoo/vendor-bills/{move}")
    user.button("Take the delivery back").click()
    modal.locator("[name=reason] input").fill("Too late")
    modal.get_by_role("button", name="Take the delivery back").click()
    expect(modal).to_contain_text("booked in Exact already")
    modal.get_by_role("button", name="Cancel").click()


def test_several_from_the_list_and_what_waits_for_a_booking(servers, connected, user):
    odoo, _exact, _smtp = servers
    remote, _administration = connected
    page = user.page
    vendor = supplier(remote, "Huur BV")
    moves = [bill(remote, vendor, f"H-{number}") for number in range(3)]
    user.enter()
    page.goto(f"{odoo.url}/odoo/vendor-bills")
    rows = page.locator(".o_data_row")
    expect(rows.first).to_be_visible()
    page.get_by_role("searchbox").fill("Huur BV")
    # Enter does nothing before the offers are there.
    expect(page.locator(".o_searchview_autocomplete")).to_contain_text("Huur BV")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(3)
    page.locator("thead .o_list_record_selector input").check()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Export to Exact Online").click()
    expect(page.locator("[name=go_count]")).to_have_text("3")
    user.button("Start").click()
    expect(page.locator(".o_exact_run_progress")).to_contain_text("3 delivered of 3")
    assert {remote.state(move) for move in moves} == {"delivered"}
    page.goto(f"{odoo.url}/odoo/exact-delivered")
    expect(page.locator(".o_data_row").filter(has_text="Huur BV")).to_have_count(3)


def come_in(remote, administration):
    """Bills of Exact come in, confirmed, with the codes that they need."""
    [row] = remote.call(
        "exact.administration", "read", [administration], ["company_id"]
    )
    map_codes(remote.call, administration, row["company_id"][0])
    remote.call(
        "exact.administration",
        "write",
        [administration],
        {
            "import_bills": "posted",
            "import_bills_from": (date.today() - timedelta(days=30)).isoformat(),
        },
    )
    remote.call("exact.administration", "action_import_bills", [administration])
    remote.call("exact.administration", "action_start_bills", [administration])


def test_the_round_trip_ends_on_the_same_bill(servers, connected, user):
    """Delivered, booked by the accountant from what arrived, and met on one bill."""
    odoo, exact, _smtp = servers
    remote, administration = connected
    page = user.page
    come_in(remote, administration)
    vendor = supplier(remote, "Kantoor BVBA")
    before = remote.call("account.move", "search_count", BILLS)
    move = bill(remote, vendor, "K-2026-12")
    user.enter()
    page.goto(f"{odoo.url}/odoo/vendor-bills/{move}")
    user.button("Deliver to Exact").click()
    status = page.locator("[name=exact_status_text]")
    expect(status).to_contain_text("Delivered, not booked yet")

    # the accountant books it from the document, a little otherwise than Odoo has it
    open_documents(page, exact)
    row = page.get_by_role("row").filter(has_text="K-2026-12 Kantoor BVBA")
    row.get_by_role("link").first.click()
    page.get_by_label("Supplier").select_option(label="Drukkerij Peeters NV")
    page.get_by_label("Invoice number").fill("K-2026-12")
    page.locator("#gl_account").select_option(
        label="612000 Leveringen en kantoorbenodigdheden"
    )
    page.locator("#vat_code").select_option("A21")
    page.get_by_label("Amount without VAT").fill("110")
    page.get_by_role("button", name="Book purchase entry").click()
    expect(page.get_by_text("booked.")).to_be_visible()

    # nobody asked whether it arrived; the import does so first
    user.open_set_up()
    user.button("Import vendor bills now").click()
    expect(page.locator(".o_breadcrumb")).to_contain_text("Vendor bills from Exact")
    page.goto(f"{odoo.url}/odoo/vendor-bills/{move}")
    expect(status).to_contain_text("Booked in Exact (entry ")
    alert = page.locator(".o_form_view .alert", has_text="differs from this bill")
    expect(alert).to_contain_text("≠ 133.10")
    assert remote.call("account.move", "search_count", BILLS) == before + 1

    # and it stays that one, whatever is looked for again
    remote.call("exact.administration", "action_import_bills", [administration])
    assert remote.call("account.move", "search_count", BILLS) == before + 1
    assert remote.state(move) == "exported"


def test_two_users_at_once_mail_one(servers, connected, mail):
    odoo, _exact, _smtp = servers
    remote, _administration = connected
    other = Odoo(odoo.url, odoo.database)
    move = bill(remote, supplier(remote, "Twee Keer BV"), "T-1")
    before = mail.mails
    mail.delay = 0.5
    try:
        at_once(lambda: deliver(remote, move), lambda: deliver(other, move))
    finally:
        mail.delay = 0.0
    assert remote.state(move) == "delivered"
    assert mail.mails == before + 1


def test_a_crash_in_the_middle_of_a_mail_sends_no_second(servers, connected, mail):
    odoo, _exact, _smtp = servers
    remote, administration = connected
    move = bill(remote, supplier(remote, "Stroom Weg NV"), "S-1")
    before = mail.mails
    mail.delay = 1.0
    thread = threading.Thread(target=lambda: broken(remote, move), daemon=True)
    thread.start()
    wait_for(lambda: mail.mails == before + 1)
    time.sleep(1.5)  # the server has the mail, and its answer is on its way
    odoo.kill()
    mail.delay = 0.0
    odoo.start()
    remote = Odoo(odoo.url, odoo.database)
    assert remote.state(move) in ("sending", "unknown")

    def is_known():
        with contextlib.suppress(RuntimeError):  # the job may be running by itself
            remote.run_export_job(administration)
        remote.call("account.move", "action_exact_ask_delivery", [move])
        return remote.state(move) == "delivered"

    wait_for(is_known)
    assert mail.mails == before + 1


def broken(remote, move):
    with contextlib.suppress(Exception):  # Odoo dies while it answers
        remote.call("account.move", "action_exact_deliver", [move])


def wait_for(condition, seconds=60):
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.2)
