"""The main job, as a user does it: from a fresh Odoo to a paid invoice."""

from playwright.sync_api import expect

from .flow import Accountant, OdooUser, browser_page
from .say import say

DIVISION = 1001  # the sandbox's Belgian administration


def set_up(user: OdooUser, exact_url: str) -> None:
    """Connect Odoo to Exact and say which code stands for what."""
    user.log_in()
    user.choose_exact_online()
    user.fill_in_app(exact_url)
    user.log_in_to_exact()
    user.choose_administration(DIVISION)
    user.map("Journals", "", "70 Verkopen")
    user.map("VAT codes", "21%", "3 21 %")
    user.set_options("700000")


def run_main_job(odoo_url: str, exact_url: str) -> None:
    """Connect, book an invoice, pay it in Exact, see it paid in Odoo.

    :raises Exception: a step did not happen
    """
    with browser_page() as page:
        user = OdooUser(page, odoo_url)
        accountant = Accountant(page, exact_url)
        set_up(user, exact_url)
        say("    connected to administration 1001")
        invoice = user.draft_invoice()
        user.open_invoice(invoice)
        user.confirm()
        number = user.book()
        say(f"    the invoice is entry {number} in Exact")
        accountant.open_items(DIVISION)
        accountant.pay(number)
        say("    the accountant booked its payment in Exact")
        user.check_payments()
        user.open_invoice(invoice)
        expect(page.get_by_text("Paid", exact=True).first).to_be_visible()
        say("    Odoo shows it paid")
