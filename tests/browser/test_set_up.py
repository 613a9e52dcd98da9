"""The whole set-up in a browser, by who may set up the link and nothing else of Odoo.

From "not connected" to the booking of an invoice without a problem, for a Belgian and a
Dutch company of one database.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

GROUPS = (
    "account.group_account_manager",
    "base.group_partner_manager",  # to make a customer for the invoice
    "optedo_exact.group_exact_manager",
)


@dataclass(frozen=True)
class Case:
    """A company, the administration it is booked in, and its person's choices."""

    country: str
    division: int
    other_vat: bool
    journal: str
    default: str
    taxes: tuple[tuple[str, str], ...]
    customer: tuple[str, str]
    booked: tuple[str, ...]


CASES = [
    Case(
        country="BE",
        division=1001,
        other_vat=False,
        journal="70 Verkopen",
        default="700000",
        taxes=(("0% EX", "EXP"),),
        customer=("Bakkerij Janssens BV", "BE0432176570"),
        booked=("70 Verkopen", "3 21 %", "121.00"),
    ),
    Case(
        country="NL",
        division=1002,
        other_vat=True,
        journal="70 Verkoopboek",
        default="8000",
        taxes=(("0% EX", "8"), ("21% ST", "2 Btw hoog")),
        customer=("Bloemist Jansen BV", "NL004495445B01"),
        booked=("70 Verkoopboek", "2 Btw hoog", "121.00"),
    ),
]
TERMS = (("Immediate Payment", "00"), ("End of Following Month", "30"))


@pytest.fixture
def newcomer(user):
    """A user of a company with these groups only; returns how to log in as one."""

    def make(case):
        user.enter()
        [company] = user.call(
            "res.company", "search", [("partner_id.country_id.code", "=", case.country)]
        )
        groups = [
            user.call("ir.model.data", "check_object_reference", *name.split("."))[1]
            for name in GROUPS
        ]
        login = f"accountant-{case.country}"
        [person] = user.call(
            "res.users",
            "create",
            [
                {
                    "name": login,
                    "login": login,
                    "password": login,
                    "company_id": company,
                    "company_ids": [(6, 0, [company])],
                    "group_ids": [(6, 0, groups)],
                }
            ],
        )
        is_admin = user.call("res.users", "has_group", [person], "base.group_system")
        assert not is_admin
        user.page.context.clear_cookies()
        user.enter(login, login)
        return user

    return make


def invoice_from(user, case, start):
    """A draft with the sales tax that the company has by default."""
    [company] = user.call(
        "res.company", "read", [user.company()], ["account_sale_tax_id"]
    )
    tax, _name = company["account_sale_tax_id"]
    line = {"name": "Flowers", "price_unit": 100.0, "tax_ids": [(6, 0, [tax])]}
    name, vat = case.customer
    return user.draft_invoice(
        customer=name,
        vat=vat,
        country=case.country,
        invoice_date=start.isoformat(),
        invoice_line_ids=[(0, 0, line)],
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.country)
def test_from_not_connected_to_ready(case, newcomer, accountant):
    user = newcomer(case)
    page = user.page
    user.open_set_up_by_menu()
    user.expect_steps("To do", "Log in", "Options")
    user.expect_steps("Later", "Administration", "Journals", "VAT codes", "Customers")
    user.fill_in_app_on_set_up(accountant.url)
    user.log_in_to_exact()
    user.expect_steps("Done", "Log in")

    user.open_step("Administration")
    row = page.locator(".modal .o_data_row", has_text=str(case.division))
    row.get_by_role("button", name="Choose").click()
    if case.other_vat:
        expect(page.locator(".modal .alert-warning")).to_contain_text("VAT numbers")
        user.button("Choose it all the same").click()
    user.expect_steps("Done", "Administration")
    user.expect_steps("To do", "Journals", "VAT codes", "Ledger accounts", "Try one")
    user.accept_proposals()
    user.open_step("Journals")
    user.map("Journals", "Sales", case.journal)
    for tax, code in case.taxes:
        user.map("VAT codes", tax, code)
    for term, code in TERMS:
        user.map("Payment conditions", term, code)
    # The demo invoices are of today at the latest, so nobody has to be matched yet.
    start = date.today() + timedelta(days=1)
    user.say_options_are_right(start, case.default)
    user.expect_steps("Done", "Journals", "VAT codes", "Payment conditions")
    user.expect_steps("Done", "Customers")

    user.button("What is missing").click()
    expect(page.get_by_text("Nothing is missing")).to_be_visible()

    invoice = invoice_from(user, case, start)
    user.call("account.move", "action_post", [invoice])
    user.open_set_up()
    user.open_step("Try one")
    booking = page.locator(".modal")
    for words in case.booked:
        expect(booking).to_contain_text(words)
    expect(booking.locator(".alert-danger")).to_have_count(0)
    booking.get_by_role("button", name="Close").last.click()
    user.open_set_up()
    user.expect_steps("Done", "Try one")

    user.expect_steps("To do", "Customers")
    user.open_step("Customers")
    user.button("Read the accounts of Exact").click()
    user.button("Done").click()
    expect(page.locator("[name=customers_matched_at]")).to_be_visible()
    user.open_set_up()
    user.expect_steps("Done", "Customers")
    expect(page.get_by_text("The set-up is done")).to_be_visible()
