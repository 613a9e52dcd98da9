"""A company with two branches, each booked in an administration of its own, set up and
used in a browser."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from dev.locations import (
    BRUGES,
    GHENT,
    MAIN,
    choose_administration,
    found_administrations,
    give_its_own,
    make_branches,
    open_branches,
)


@pytest.fixture
def branches(user, servers):
    """Two branches of the Belgian company, and their administrations in Exact."""
    _odoo, exact = servers
    found_administrations(exact.url)
    user.enter()
    return make_branches(user)


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
    open_branches(user, main_page)
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
