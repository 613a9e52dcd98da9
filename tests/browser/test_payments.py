"""Payments, in a browser: the accountant books them in Exact, Odoo shows them."""

import pytest
from playwright.sync_api import expect

from dev.main_job import DIVISION, set_up


@pytest.fixture(scope="module")
def connected(servers):
    """What all of these begin with, done once."""
    return []


@pytest.fixture
def at_work(user, servers, connected):
    """A user who is logged in, in an Odoo that is connected."""
    if connected:
        user.enter()
    else:
        set_up(user, servers[1].url)
        connected.append(True)
    return user


def booked(user, customer):
    """An invoice of 121.00 that stands in Exact; its id and entry number."""
    invoice = user.draft_invoice(customer=customer, vat=False)
    user.open_invoice(invoice)
    user.confirm()
    return invoice, user.book()


def check_on_invoice(user, invoice, said):
    """Check payments now, on the invoice's own page; ``said`` is what comes."""
    user.open_invoice(invoice)
    user.page.get_by_role("tab", name="Exact Online").click()
    user.button("Check payments now").click()
    expect(user.page.locator(".o_notification")).to_contain_text(said)


def expect_state(user, invoice, state, due=None):
    """What the invoice shows of its payment."""
    user.open_invoice(invoice)
    ribbon = user.page.locator(".o_widget_web_ribbon, .ribbon").locator("visible=true")
    if state == "Not Paid":
        expect(ribbon).to_have_count(0)
    else:
        expect(ribbon.first).to_contain_text(state)
    if due:
        total = user.page.locator("[name=amount_residual]").locator("visible=true")
        expect(total.first).to_contain_text(due)


def test_paid_in_part_in_full_and_taken_back(at_work, accountant):
    invoice, number = booked(at_work, "Bakkerij Claes BV")
    accountant.open_items(DIVISION)
    accountant.pay_part(number, "50")
    check_on_invoice(at_work, invoice, "Payments registered: 1.")
    expect_state(at_work, invoice, "Partial", "71.00")
    accountant.open_items(DIVISION)
    accountant.pay(number)
    check_on_invoice(at_work, invoice, "Payments registered: 1.")
    expect_state(at_work, invoice, "Paid", "0.00")
    # Both are listed, and say what they are.
    at_work.page.locator("button[name=action_exact_payments]").click()
    rows = at_work.page.locator(".o_data_row")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Received or paid")
    accountant.open_items(DIVISION)
    accountant.take_back(number)
    check_on_invoice(at_work, invoice, "Payments taken back: 1.")
    expect_state(at_work, invoice, "Partial")


def test_set_to_paid_by_hand_and_back(at_work, accountant):
    page = at_work.page
    invoice, number = booked(at_work, "Slagerij Wouters BV")
    at_work.button("Set to paid by hand").click()
    at_work.button("Set to paid").click()
    expect(page.locator(".modal [name=reason].o_field_invalid")).to_be_visible()
    page.locator(".modal [name=reason] input").fill("Paid in cash at the counter")
    at_work.button("Set to paid").click()
    expect(page.locator(".modal")).to_have_count(0)
    expect_state(at_work, invoice, "Paid")
    alerts = page.locator("#alerts")
    expect(alerts).to_contain_text("Set to paid by hand by Mitchell Admin")
    expect(alerts).to_contain_text("Paid in cash at the counter")
    # What happens in Exact does not touch it.
    accountant.open_items(DIVISION)
    accountant.pay_part(number, "20")
    check_on_invoice(at_work, invoice, "Nothing changed")
    expect_state(at_work, invoice, "Paid")
    # Until somebody says so.
    page.get_by_role("link", name="Follow Exact again").click()
    expect(page.get_by_text("Set to paid by hand by")).to_have_count(0)
    check_on_invoice(at_work, invoice, "Payments registered: 1.")
    expect_state(at_work, invoice, "Partial", "101.00")


def test_check_now_for_a_selection(at_work, accountant):
    page = at_work.page
    invoice, number = booked(at_work, "Kapper Thijs BV")
    accountant.open_items(DIVISION)
    accountant.pay(number)
    page.goto(f"{at_work.url}/odoo/customer-invoices")
    row = page.locator(".o_data_row", has_text="Kapper Thijs BV")
    row.locator(".o_list_record_selector input").check()
    page.locator(".o_control_panel button", has_text="Actions").click()
    page.get_by_role("menuitem", name="Check payments in Exact now").click()
    expect(page.locator(".o_notification")).to_contain_text("Payments registered: 1.")
    expect_state(at_work, invoice, "Paid")


def test_a_check_is_undone_as_one(at_work, accountant):
    page = at_work.page
    invoice, number = booked(at_work, "Drukkerij Smets BV")
    accountant.open_items(DIVISION)
    accountant.pay(number)
    check_on_invoice(at_work, invoice, "Payments registered: 1.")
    page.goto(f"{at_work.url}/odoo/exact-payment-checks")
    page.locator(".o_data_row").first.click()
    expect(page.locator("[name=payment_ids]")).to_contain_text("Drukkerij Smets BV")
    at_work.button("Undo this check").click()
    page.locator(".modal").get_by_role("button", name="Ok").click()
    expect(page.locator(".alert-info")).to_contain_text("This check was undone")
    expect_state(at_work, invoice, "Not Paid")
    expect(page.locator("#alerts")).to_contain_text("taken back by hand")
