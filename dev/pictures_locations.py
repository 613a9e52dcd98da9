"""Pictures of branches that are booked in administrations of their own."""

from collections.abc import Callable

import requests
from playwright.sync_api import Page, expect

from .flow import OdooUser
from .locations import BRUGES, GHENT, give_its_own, make_branches, open_branches


def walk(
    page: Page, user: OdooUser, exact_url: str, take: Callable[[str], None]
) -> None:
    """Take the pictures; the main company is connected, with a login that may enter the
    administrations of the branches."""
    companies = make_branches(user)
    user.open_set_up()
    user.accept_proposals()
    main_page = page.url
    open_branches(user, main_page)
    page.get_by_label("Separate administration per location").check()
    user.save()
    give_its_own(
        user, "Ghent", GHENT, main_page, lambda at: at == "codes" and take("taken_over")
    )
    give_its_own(user, "Bruges", BRUGES, main_page)
    open_branches(user, main_page)
    take("branches")
    # One is finished, and one has to wait a minute.
    _export(user, BRUGES, companies["Bruges"])
    done = page.locator(".o_statusbar_status [aria-checked=true]", has_text="Done")
    expect(done).to_be_visible()
    fault = {"fault": "too_many_requests", "path": f"/{GHENT}/", "method": "POST"}
    answer = requests.post(f"{exact_url}/_control/faults", json=fault, timeout=10)
    answer.raise_for_status()
    _export(user, GHENT, companies["Ghent"])
    expect(page.get_by_text("takes no more calls this minute").first).to_be_visible()
    page.goto(f"{user.url}/odoo/customer-invoices")
    page.get_by_role("button", name="Reporting").click()
    page.get_by_role("menuitem", name="Exact Online", exact=True).click()
    expect(page.get_by_text("Goes on by itself")).to_be_visible()
    take("overview")


def _export(user: OdooUser, division: int, company: int) -> None:
    """Start an export of some invoices of a branch, and look at it."""
    invoices = [
        user.draft_invoice(
            customer="Kapper Thijs BV",
            vat=False,
            company_id=company,
            lines=[("Work", 120.0 + 35 * number)],
        )
        for number in range(4)
    ]
    user.call("account.move", "action_post", invoices)
    domain = [("division", "=", division)]
    [administration] = user.call("exact.administration", "search", domain)
    before = user.call("exact.administration", "action_synchronise", [administration])
    run = user.call("exact.synchronise", "action_start", [before["res_id"]])
    user.page.goto(f"{user.url}/odoo/exact-exports/{run['res_id']}")
