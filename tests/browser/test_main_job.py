"""The whole way, in a browser, on Odoo's pages and on those of Exact."""

from playwright.sync_api import expect

from dev.main_job import DIVISION, run_main_job


def test_main_job(servers):
    odoo, exact = servers
    run_main_job(odoo.url, exact.url)


def test_lost_answer_is_found_and_the_invoice_is_there_once(user, accountant):
    user.enter()
    page = user.page
    accountant.switch_on("lose_answer", path="SalesEntries", method="POST")
    invoice = user.draft_invoice(customer="Slagerij Peeters BV", vat=False)
    user.open_invoice(invoice)
    user.confirm()
    number = user.book()
    page.goto(f"{accountant.url}/{DIVISION}/entries")
    expect(page.get_by_role("link", name=number)).to_have_count(1)
    expect(page.get_by_role("row").filter(has_text="Slagerij")).to_have_count(1)


def test_lapsed_login_is_said_on_the_form_with_the_way_out(user, accountant):
    user.enter()
    page = user.page
    accountant.switch_on("lapse_login")
    invoice = user.draft_invoice(customer="Kapper Maes BV", vat=False)
    user.open_invoice(invoice)
    user.confirm()
    user.button("Book in Exact").click()
    expect(page.locator("#alerts")).to_contain_text(
        "The login to Exact Online has lapsed"
    )
    page.get_by_role("link", name="Open the set-up of Exact Online").click()
    user.log_in_to_exact()
    expect(user.button("Test connection")).to_be_visible()
    # It goes by itself after the login, as the sentence promised.
    for _attempt in range(30):
        user.open_invoice(invoice)
        if "Booked in Exact" in page.locator("[name=exact_status_text]").inner_text():
            break
        page.wait_for_timeout(1000)
    expect(page.locator("[name=exact_status_text]")).to_contain_text("Booked in Exact")


def test_wrong_client_id_is_said_in_odoo(user):
    user.enter()
    user.call("exact.connection", "write", [1], {"client_id": "no-such-app"})
    user.call("exact.connection", "action_disconnect", [1])
    user.open_set_up()
    user.button("Log in to Exact").click()
    expect(user.page.locator(".modal")).to_contain_text(
        "Exact Online does not know the client id no-such-app"
    )
