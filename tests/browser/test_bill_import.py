"""A bill is booked in Exact from a received document, and becomes a bill in Odoo."""

from datetime import date, timedelta

from playwright.sync_api import expect

from dev.main_job import DIVISION, set_up


def map_codes(call, administration, company):
    """The account and the tax that a bill needs.

    :param call: (model, method, *args) by RPC
    """

    def reference(kind, code):
        domain = [
            ("administration_id", "=", administration),
            ("kind", "=", kind),
            ("code", "=", code),
        ]
        return call("exact.reference", "search", domain)[0]

    [account, *_] = call(
        "account.account",
        "search",
        [("company_ids", "in", company), ("account_type", "=", "expense")],
    )
    [row] = call("res.company", "read", [company], ["account_purchase_tax_id"])
    pairs = [
        ("account", "account_id", account, reference("gl_account", "612000")),
        (
            "tax",
            "tax_id",
            row["account_purchase_tax_id"][0],
            reference("vat_code", "A21"),
        ),
    ]
    for kind, field, record, code in pairs:
        known = call(
            "exact.mapping", "search", [("kind", "=", kind), (field, "=", record)]
        )
        values = {"reference_id": code}
        if known:
            call("exact.mapping", "write", known, values)
        else:
            call(
                "exact.mapping",
                "create",
                [
                    values
                    | {"administration_id": administration, "kind": kind, field: record}
                ],
            )


def map_purchases(user):
    """Say what the codes are, and how bills come in, as on the set-up page."""
    [administration, *_] = user.call("exact.administration", "search", [])
    map_codes(user.call, administration, user.company())
    user.call(
        "exact.administration",
        "write",
        [administration],
        {
            "import_bills": "posted",
            "import_bills_from": str(date.today() - timedelta(days=30)),
        },
    )


def test_bill_booked_in_exact_comes_to_odoo(user, accountant, servers):
    odoo, exact = servers
    page = user.page
    set_up(user, exact.url)
    map_purchases(user)
    accountant.book_bill(DIVISION, "Drukkerij Peeters NV", "P-2026-7", "200.00")
    user.open_set_up()
    user.button("Look what vendor bills would come").click()
    group = page.locator(".o_group_header", has_text="Drukkerij Peeters NV")
    expect(group).to_contain_text("242.00")
    user.button("Start importing vendor bills").click()
    page.locator(".modal").get_by_role("button", name="Ok").click()
    expect(page.locator(".o_breadcrumb")).to_contain_text("Vendor bills from Exact")
    page.goto(f"{odoo.url}/odoo/vendor-bills")
    page.get_by_text("P-2026-7").first.click()
    supplier = page.locator("[name=partner_id]").first
    expect(supplier).to_contain_text("Drukkerij Peeters NV")
    expect(page.locator(".o_arrow_button_current")).to_have_text("Posted")
    expect(page.locator("[name=tax_totals]")).to_contain_text("242.00")
