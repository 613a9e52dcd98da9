"""The pages in a real browser: by keyboard, by accessible names, on a phone's width.

Skipped where neither Playwright nor Chromium is there.
"""

import re
import shutil

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = "--no-sandbox --disable-gpu --disable-background-networking".split()

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def chromium():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, api):
    """A page of the sandbox, with no errors in its console at the end."""
    with api.sandbox.serve() as base:
        context = chromium.new_context(
            base_url=base, viewport={"width": 1280, "height": 900}
        )
        made = context.new_page()
        made.set_default_timeout(5000)
        problems = []
        made.on("pageerror", lambda error: problems.append(str(error)))
        made.on(
            "console", lambda said: said.type == "error" and problems.append(said.text)
        )
        yield made
        context.close()
        assert problems == []


def test_an_invoice_is_paid_in_parts_and_taken_back(api, page):
    entry = api.booked(100, YourRef="INV/2026/00001")
    number = entry["EntryNumber"]
    page.goto("/")
    page.get_by_role("link", name="Administration 1001").click()
    expect(page.get_by_role("row").filter(has_text="INV/2026/00001")).to_be_visible()
    page.get_by_role("link", name="Open items").click()
    page.get_by_label(f"Amount for {number}").fill("21,00")
    page.get_by_role("button", name=f"Pay part of {number}").click()
    expect(page.get_by_role("status")).to_contain_text("100.00 still open")
    page.get_by_role("button", name=f"Pay {number}", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("nothing open any more")
    assert api.admin.balance(entry["EntryID"]) == 0
    page.get_by_role("link", name=str(number)).first.click()
    page.get_by_role("button", name="Take back payment of 100.00").click()
    expect(page.get_by_role("status")).to_contain_text("taken back")
    assert float(api.admin.balance(entry["EntryID"])) == 100


def test_a_bill_is_received_booked_and_deleted(api, page, tmp_path):
    bill = tmp_path / "bill.pdf"
    bill.write_bytes(b"%PDF-1.4")
    page.goto("/1001/documents")
    page.get_by_label("Subject").fill("Bill 7")
    page.get_by_label("File").set_input_files(str(bill))
    page.get_by_role("button", name="Add document").click()
    page.get_by_label("Supplier").select_option(label="Drukkerij Peeters NV")
    page.get_by_label("Invoice number").fill("F7")
    page.get_by_label("Account", exact=False).last.select_option(index=3)
    page.get_by_label("Amount without VAT").fill("100")
    page.get_by_role("button", name="Book purchase entry").click()
    expect(page.get_by_role("status")).to_contain_text("Purchase entry")
    expect(page.get_by_role("link", name="bill.pdf")).to_be_visible()
    page.get_by_role("button", name="Delete entry").click()
    expect(page.get_by_role("status")).to_contain_text("deleted")
    expect(page).to_have_url(re.compile("/1001/purchases$"))
    assert not len(api.admin.purchase_entries)


def test_periods_refuse_in_words(api, page):
    entry = api.booked(100)
    page.goto("/1001/periods")
    page.get_by_label("Journal").select_option("70")
    page.get_by_role("button", name="Close period").click()
    expect(page.get_by_role("status")).to_contain_text("2026-06 closed for journal 70")
    page.goto(f"/1001/entries/{entry['EntryID']}")
    page.get_by_role("button", name="Delete entry").click()
    expect(page.get_by_role("alert")).to_contain_text("Periode is afgesloten")


def test_faults(api, page):
    page.goto("/faults")
    page.get_by_label("Fault", exact=True).select_option("lose_answer")
    page.get_by_label("Part of the path").fill("SalesEntries")
    page.get_by_label("Verb").select_option("POST")
    page.get_by_role("button", name="Switch fault on").click()
    expect(page.get_by_role("row").filter(has_text="lose answer")).to_have_count(1)
    (fault,) = api.sandbox.faults.active()
    assert (fault.path, fault.method) == ("SalesEntries", "POST")
    page.get_by_role("button", name="Switch off fault lose answer").click()
    assert api.sandbox.faults.active() == []


def test_login_by_keyboard(api, page):
    back = f"{api.sandbox.base_url}/faults"
    address = (
        f"/api/oauth2/auth?client_id={api.sandbox.client_id}&response_type=code"
        f"&redirect_uri={back}&state=x"
    )
    page.goto(address)
    page.get_by_label("User name").focus()
    page.keyboard.type("demo")
    page.keyboard.press("Tab")
    page.keyboard.type("demo")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{back}?**")
    assert "code=" in page.url and "state=x" in page.url


def test_on_a_phone(api, page):
    entry = api.booked(100)
    page.set_viewport_size({"width": 390, "height": 800})
    for address in (
        "/",
        "/1001/entries",
        f"/1001/entries/{entry['EntryID']}",
        "/1001/open-items",
        "/1001/documents",
        "/1001/periods",
        "/faults",
        "/calls",
    ):
        page.goto(address)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, address
    page.goto("/1001/open-items")
    page.get_by_role("button", name=f"Pay {entry['EntryNumber']}", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("nothing open any more")


def test_the_first_tab_skips_to_the_content(page):
    page.goto("/1001/entries")
    page.keyboard.press("Tab")
    link = page.locator(":focus")
    assert link.inner_text() == "Skip to content"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#content$"))
