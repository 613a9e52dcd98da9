"""A company with two branches, each booked in an administration of its own, set up and
used in a browser."""

from datetime import date, timedelta

import pytest
import requests
from playwright.sync_api import expect

MAIN, GHENT, BRUGES = 1001, 1003, 1004


@pytest.fixture
def branches(user, servers):
    """Two branches of the Belgian company, and their administrations in Exact."""
    odoo, exact = servers
    for division, name in ((GHENT, "Vestiging Gent"), (BRUGES, "Vestiging Brugge")):
        requests.post(
            f"{exact.url}/_control/administrations",
            json={"division": division, "country": "BE", "name": name},
            timeout=10,
        ).raise_for_status()
    user.log_in()
    [company] = user.call(
        "res.company", "search", [("partner_id.country_id.code", "=", "BE")]
    )
    [country] = user.call("res.country", "search", [("code", "=", "BE")])
    values = {"parent_id": company, "country_id": country}
    made = user.call(
        "res.company", "create", [{"name": n} | values for n in ("Ghent", "Bruges")]
    )
    # As the switch of companies at the top of Odoo remembers it.
    chosen = "-".join(str(one) for one in (company, *made))
    user.page.context.add_cookies([{"name": "cids", "value": chosen, "url": odoo.url}])
    return dict(zip(("main", "Ghent", "Bruges"), (company, *made), strict=True))


def choose_codes(user):
    """From an administration that was chosen to the last code, as a user does it."""
    page = user.page
    user.expect_steps("Done", "Administration")
    user.accept_proposals()
    user.open_step("Journals")
    user.map("Journals", "Sales", "70 Verkopen")
    user.map("VAT codes", "0% EX", "EXP")
    user.say_options_are_right(date.today() - timedelta(days=1), "700000")
    expect(page.locator("[name=step_ids]")).to_be_visible()


def choose_administration(user, division):
    user.open_step("Administration")
    row = user.page.locator(".modal .o_data_row", has_text=str(division))
    row.get_by_role("button", name="Choose").click()


def give_its_own(user, branch, division, main_page):
    """On the page of the main company: the branch gets the administration."""
    page = user.page
    page.goto(main_page)
    page.get_by_role("tab", name="Branches").click()
    row = page.locator("[name=branch_ids] .o_data_row", has_text=branch)
    row.get_by_role("button", name="Give it its own").click()
    expect(page.locator(".modal")).to_contain_text("Nothing of this branch is booked")
    page.locator(".modal").get_by_role("button", name="Give it its own").click()
    expect(page.locator(".o_form_sheet [name=company_id]")).to_contain_text(branch)
    # The login and the codes are those of the company above.
    user.expect_steps("Done", "Log in")
    choose_administration(user, division)
    expect(page.locator(".modal")).to_contain_text("Take over the codes")
    user.button("Choose this administration").click()
    user.expect_steps("Done", "Administration", "Journals", "VAT codes")
    user.say_options_are_right(date.today() - timedelta(days=1), "700000")


def test_each_branch_is_booked_in_its_own_administration(user, servers, branches):
    _odoo, exact = servers
    page = user.page
    user.open_set_up_by_menu()
    user.fill_in_app_on_set_up(exact.url)
    user.log_in_to_exact()
    user.expect_steps("Done", "Log in")
    choose_administration(user, MAIN)
    choose_codes(user)
    main_page = page.url

    page.get_by_role("tab", name="Branches").click()
    page.get_by_label("Separate administration per location").check()
    user.save()
    give_its_own(user, "Ghent", GHENT, main_page)
    give_its_own(user, "Bruges", BRUGES, main_page)
    page.goto(main_page)
    page.get_by_role("tab", name="Branches").click()
    listed = page.locator("[name=branch_ids]")
    expect(listed).to_contain_text("1003 Vestiging Gent")
    expect(listed).to_contain_text("1004 Vestiging Brugge")

    booked = {}
    for name, division in (("main", MAIN), ("Ghent", GHENT), ("Bruges", BRUGES)):
        invoice = user.draft_invoice(
            customer=f"Customer of {name}", vat=False, company_id=branches[name]
        )
        user.open_invoice(invoice)
        user.confirm()
        shown = page.locator("[name=exact_administration_id]").first
        expect(shown).to_contain_text(str(division))
        booked[division] = user.book()
        expect(shown).to_contain_text(str(division))
    for division, number in booked.items():
        page.goto(f"{exact.url}/{division}/entries")
        expect(page.get_by_role("link", name=number)).to_have_count(1)
        for name, other in (("main", MAIN), ("Ghent", GHENT), ("Bruges", BRUGES)):
            row = page.get_by_role("row").filter(has_text=f"Customer of {name}")
            expect(row).to_have_count(int(other == division))
