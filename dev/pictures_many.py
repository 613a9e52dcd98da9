"""Pictures of an export of many, of payments and of vendor bills."""

from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from .flow import Accountant, OdooUser
from .main_job import DIVISION

LAST_MONTH = date.today().replace(day=1) - timedelta(days=1)
CUSTOMERS = (
    "Garage Pieters NV",
    "Drukkerij Smets BV",
    "Slagerij Wouters BV",
    "Kapper Thijs BV",
)


def put_demo_away(user: OdooUser) -> None:
    """The invoices that Odoo's demo data has become drafts: they are not the story."""
    demo = [
        ("state", "=", "posted"),
        ("move_type", "in", ("out_invoice", "out_refund")),
    ]
    user.call("account.move", "button_draft", user.call("account.move", "search", demo))


def walk(
    page: Page, user: OdooUser, accountant: Accountant, take: Callable[[str], None]
) -> None:
    """Take the pictures; ``user`` is logged in and has booked an invoice."""
    _many(page, user, accountant, take)
    _kept_out(page, user, take)
    _payments(page, user, accountant, take)
    _bills(page, user, accountant, take)


def _many(page, user, accountant, take) -> None:
    for number in range(24):
        name = CUSTOMERS[number % len(CUSTOMERS)]
        _invoice(user, customer=name, vat=False, lines=[("Work", 80.0 + 15 * number)])
    _invoice(user, customer="Foire SPRL", vat=False, lines=[("Stand", 950.0)])
    other = _tax_without_code(user)
    for price in (20.0, 32.0, 45.0):
        line = {"name": "Atlas", "price_unit": price, "tax_ids": [(6, 0, [other])]}
        lines = {"invoice_line_ids": [(0, 0, line)]}
        _invoice(user, customer="Boekhandel Adam BV", vat=False, **lines)
    for name in CUSTOMERS[:2]:
        day = LAST_MONTH.isoformat()
        _invoice(user, customer=name, vat=False, invoice_date=day)
    accountant.period(DIVISION, LAST_MONTH.year, LAST_MONTH.month, "close")
    administration = _administration(user)
    values = {"on_error": "continue"}
    user.call("exact.administration", "write", [administration], values)
    user.open_set_up()
    user.button("Synchronise").click()
    expect(page.locator("[name=go_count]")).to_be_visible()
    take("before")
    user.button("Start").click()
    page.locator(".o_exact_run_progress").get_by_text("booked of").wait_for()
    page.wait_for_function(
        "parseInt(document.querySelector('.o_exact_run_progress b').innerText) > 5"
    )
    take("during")
    done = page.locator(".o_statusbar_status [aria-checked=true]", has_text="Done")
    expect(done).to_be_visible(timeout=120_000)
    take("run")
    user.button("Mend them and send them again").click()
    causes = page.locator(".o_group_header")
    expect(causes).to_have_count(2)
    for cause in causes.all():
        cause.click()
    expect(page.locator(".o_data_row")).to_have_count(5)
    take("mend")
    page.locator(".o_data_row").first.get_by_role("button", name="Mend").click()
    expect(page.locator(".modal")).to_contain_text("is closed in Exact")
    take("closed")
    page.locator(".modal").get_by_role("button", name="Cancel").click()


def _kept_out(page, user, take) -> None:
    """Invoices of the former bookkeeping; and Odoo's window to send many."""
    first = LAST_MONTH.replace(day=1)
    for name in CUSTOMERS[:3]:
        day = (first - timedelta(days=10)).isoformat()
        _invoice(user, customer=name, vat=False, invoice_date=day)
    page.goto(f"{user.url}/odoo/customer-invoices")
    page.get_by_role("button", name="Customers").click()
    page.get_by_role("menuitem", name="Keep out of Exact before a day").click()
    dialog = page.locator(".modal")
    dialog.locator("[name=before]").click()
    day = dialog.locator("[name=before] input")
    day.fill(f"{first:%m/%d/%Y}")
    day.press("Enter")
    expect(dialog.locator(".o_data_row").first).to_be_visible()
    dialog.get_by_label("Reason").fill("Stands in the former bookkeeping")
    take("kept_out")
    dialog.get_by_role("button", name="Cancel").click()
    rows = page.locator(".o_data_row")
    for row in rows.all()[:3]:
        row.locator(".o_list_record_selector input").check()
    page.get_by_role("button", name="Send").click()
    expect(dialog.get_by_label("Exact Online")).to_be_visible()
    take("send")
    dialog.get_by_role("button", name="Cancel").click()


def _payments(page, user, accountant, take) -> None:
    lines = [("Printing", 1200.0)]
    invoice = _invoice(user, customer="Drukkerij Claes BV", vat=False, lines=lines)
    user.open_invoice(invoice)
    number = user.book()
    user.button("Remove the entry in Exact").click()
    page.locator(".modal").get_by_label("Reason").fill("The wrong customer")
    take("undo")
    page.locator(".modal").get_by_role("button", name="Cancel").click()
    accountant.open_items(DIVISION)
    accountant.pay_part(number, "900")
    page.get_by_role("link", name=number, exact=True).first.click()
    off = page.get_by_role("form", name="Write off")
    off.get_by_label("Without money, as").select_option("discount")
    off.get_by_label("Amount").fill("24")
    off.get_by_role("button", name="Write off").click()
    user.check_payments()
    user.open_invoice(invoice)
    page.locator("button[name=action_exact_payments]").click()
    expect(page.locator(".o_data_row")).to_have_count(2)
    take("payments")


def _bills(page, user, accountant, take) -> None:
    for number, amount in (("P-2026-7", "200.00"), ("P-2026-9", "84.50")):
        accountant.book_bill(DIVISION, "Drukkerij Peeters NV", number, amount)
    values = {
        "import_bills": "draft",
        "import_bills_from": (date.today() - timedelta(days=30)).isoformat(),
    }
    administration = _administration(user)
    user.call("exact.administration", "write", [administration], values)
    user.open_set_up()
    user.button("Look what vendor bills would come").click()
    page.locator(".o_group_header").first.click()
    expect(page.locator(".o_data_row")).to_have_count(2)
    take("bills")


def _administration(user: OdooUser) -> int:
    return user.call("exact.administration", "search", [])[0]


def _invoice(user: OdooUser, **values) -> int:
    """A confirmed invoice."""
    invoice = user.draft_invoice(**values)
    user.call("account.move", "action_post", [invoice])
    return invoice


def _tax_without_code(user: OdooUser) -> int:
    fields = ["account_sale_tax_id"]
    [company] = user.call("res.company", "read", [user.company()], fields)
    tax, _name = company["account_sale_tax_id"]
    other = {"name": "6% books", "amount": 6.0}
    return user.call("account.tax", "copy", [tax], default=other)[0]
