"""The steps by which branches get administrations of their own, in a browser."""

from collections.abc import Callable
from datetime import date, timedelta

import requests
from playwright.sync_api import expect

from .flow import OdooUser

MAIN, GHENT, BRUGES = 1001, 1003, 1004
NAMES = {GHENT: "Vestiging Gent", BRUGES: "Vestiging Brugge"}


def found_administrations(exact_url: str) -> None:
    """The administrations of both branches in Exact, for who logs in there later."""
    for division, name in NAMES.items():
        requests.post(
            f"{exact_url}/_control/administrations",
            json={"division": division, "country": "BE", "name": name},
            timeout=10,
        ).raise_for_status()


def make_branches(user: OdooUser) -> dict[str, int]:
    """Two branches of the Belgian company.

    :param user: logged in; sees all three companies from here on
    :return: the ids of the companies
    """
    domain = [("partner_id.country_id.code", "=", "BE"), ("parent_id", "=", False)]
    [company] = user.call("res.company", "search", domain)
    [country] = user.call("res.country", "search", [("code", "=", "BE")])
    values = {"parent_id": company, "country_id": country}
    made = user.call(
        "res.company", "create", [{"name": n} | values for n in ("Ghent", "Bruges")]
    )
    # As the switch of companies at the top of Odoo remembers it.
    chosen = "-".join(str(one) for one in (company, *made))
    user.page.context.add_cookies([{"name": "cids", "value": chosen, "url": user.url}])
    return dict(zip(("main", "Ghent", "Bruges"), (company, *made), strict=True))


def choose_administration(user: OdooUser, division: int) -> None:
    """From the step of the set-up."""
    user.open_step("Administration")
    row = user.page.locator(".modal .o_data_row", has_text=str(division))
    row.get_by_role("button", name="Choose").click()


def open_branches(user: OdooUser, main_page: str) -> None:
    """The branches, on the page of the main company."""
    user.page.goto(main_page)
    user.page.get_by_role("tab", name="Branches").click()


def give_its_own(
    user: OdooUser,
    branch: str,
    division: int,
    main_page: str,
    look: Callable[[str], None] = lambda what: None,
) -> None:
    """On the page of the main company: the branch gets the administration.

    :param look: told at each stop what is on the screen
    """
    page = user.page
    open_branches(user, main_page)
    row = page.locator("[name=branch_ids] .o_data_row", has_text=branch)
    row.get_by_role("button", name="Give it its own").click()
    expect(page.locator(".modal")).to_contain_text("Nothing of this branch is booked")
    look("own")
    page.locator(".modal").get_by_role("button", name="Give it its own").click()
    expect(page.locator(".o_form_sheet [name=company_id]")).to_contain_text(branch)
    # The login and the codes are those of the company above.
    user.expect_steps("Done", "Log in")
    choose_administration(user, division)
    expect(page.locator(".modal")).to_contain_text("Take over the codes")
    look("choose")
    user.button("Choose this administration").click()
    taken = page.locator(".modal", has_text="Take over codes")
    expect(taken.locator(".o_data_row", has_text="70 Verkopen")).to_contain_text(
        "To take over"
    )
    look("codes")
    taken.get_by_role("button", name="Take them over").click()
    user.expect_steps("Done", "Administration", "Journals", "VAT codes")
    user.say_options_are_right(date.today() - timedelta(days=1), "700000")
    look("options")
