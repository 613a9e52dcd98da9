"""The README's pictures, taken from the running product by doing the work."""

from functools import partial

from playwright.sync_api import Page

from . import databases, pictures_locations, pictures_many, template
from .environment import ready
from .flow import Accountant, OdooUser, browser_page
from .locations import found_administrations
from .main_job import DIVISION
from .paths import ROOT
from .say import say, step
from .server import OdooServer, SandboxServer

FOLDER = ROOT / "docs" / "pictures"
DATABASE = f"{template.PREFIX}pictures"
# A run of some thirty invoices is to take seconds, not a minute, and to be seen.
LIMITS = ("--minutely", "600", "--latency", "250")


def main(_arguments: list[str]) -> int:
    """Go the way of a new user and take a picture at each stop."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ready(with_browser=True) as env:
        databases.copy(template.installed(env), DATABASE)
        try:
            with (
                SandboxServer(options=LIMITS) as exact,
                OdooServer(env, DATABASE) as odoo,
            ):
                with step("taking the pictures"), browser_page(1300, 850) as page:
                    _walk(page, odoo.url, exact.url)
        finally:
            databases.drop(DATABASE)
    say(f"the pictures are in {FOLDER.relative_to(ROOT)}")
    return 0


def _walk(page: Page, odoo_url: str, exact_url: str) -> None:
    user, accountant = OdooUser(page, odoo_url), Accountant(page, exact_url)
    user.log_in()
    pictures_many.put_demo_away(user)
    user.choose_exact_online()
    user.fill_in_app(exact_url)
    _take(page, "settings")
    found_administrations(exact_url)
    user.log_in_to_exact()
    user.choose_administration(DIVISION)
    user.map("Journals", "", "70 Verkopen")
    user.map("VAT codes", "21%", "3 21 %")
    _take(page, "codes")
    user.export_every_invoice()
    user.save()
    blocked = user.draft_invoice()
    user.open_invoice(blocked)
    user.confirm()
    user.button("Book in Exact").click()
    page.get_by_role("link", name="Open the set-up of Exact Online").wait_for()
    _take(page, "missing")
    user.open_set_up()
    user.set_options("700000")
    user.open_invoice(blocked)
    number = user.book()
    _take(page, "booked")
    accountant.open_items(DIVISION)
    _take(page, "exact")
    accountant.pay(number)
    user.check_payments()
    user.open_invoice(blocked)
    page.get_by_text("Paid", exact=True).first.wait_for()
    _take(page, "paid")
    take = partial(_take, page)
    pictures_many.walk(page, user, accountant, take)
    pictures_locations.walk(page, user, exact_url, take)


def _take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)  # no tooltip
    page.wait_for_timeout(1500)  # animations
    page.screenshot(path=FOLDER / f"{name}.png")
