"""A Friday evening, when everything goes by itself, and the Monday after it.

Some twenty invoices go at the fixed time, most of them without trouble. On Monday the
accountant looks in the browser what went, what did not and why, and mends it.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from time import sleep

import pytest
from playwright.sync_api import expect

from dev.flow import Accountant
from tests.browser.remote import ENTRIES, Books, Exact, Odoo

DIVISION = 1001
GROUPS = (
    "account.group_account_manager",
    "base.group_partner_manager",  # to fill in a country
    "optedo_exact.group_exact_manager",
    "optedo_exact.group_exact_undo",
    "optedo_exact.group_exact_edit_after_export",
    "optedo_exact.group_exact_keep_out",
)
TODAY = date.today()
LAST_MONTH = TODAY.replace(day=1) - timedelta(days=1)
CLOSED = LAST_MONTH.replace(day=1) - timedelta(days=3)  # in the month before that
NOT_OPEN = date(TODAY.year + 1, 4, 2)  # a fresh sandbox has three months of next year

# What did not go, as the list of what is to be mended names it.
CAUSES = {
    "No VAT code chosen": 3,
    "The account in Exact is no customer, so it takes no sales": 3,
    "Period closed": 1,
    "Stands in Exact already": 1,
    "Customer without country": 1,
}


@dataclass
class Friday:
    """What there was on Friday evening."""

    remote: Odoo
    exact: Exact
    books: Books
    administration: int
    invoices: dict = field(default_factory=dict)

    def name(self, invoice):
        return self.remote.read(invoice, "name")["name"]

    def in_exact(self, invoice):
        """The entries that Exact has of an invoice: there is to be one."""
        return self.books.entries(self.name(invoice))

    def expect_state(self, invoice, state):
        """The job gets it there, soon."""
        for _attempt in range(150):
            if self.remote.state(invoice) == state:
                return
            sleep(0.2)
        pytest.fail(f"{self.name(invoice)} is {self.remote.state(invoice)}")


@pytest.fixture(scope="module")
def friday(servers, browser):
    """The invoices of a week, gone to Exact at the fixed time."""
    odoo, sandbox = servers
    page = browser.new_page()
    month = CLOSED.year, CLOSED.month
    Accountant(page, sandbox.url).period(DIVISION, *month, "close")
    page.close()
    remote = Odoo(odoo.url, odoo.database)
    posted = [("state", "=", "posted"), ("move_type", "like", "out_%")]
    demo = remote.call("account.move", "search", posted)
    remote.call("account.move", "button_draft", demo)
    administration = remote.connect(sandbox)
    options = {"on_error": "continue", "export_scheduled": True}
    options |= {"responsible_id": make_user(remote, "anna", "Anna Claes", GROUPS)}
    remote.call("exact.administration", "write", [administration], options)
    friday = Friday(remote, Exact(sandbox.url), Books(sandbox.url), administration)
    make_invoices(friday)
    remote.run_export_at_its_time(administration)
    run = remote.ref("exact.run", origin="schedule")
    for _attempt in range(300):
        [values] = remote.call("exact.run", "read", [run], ["state"])
        if values["state"] == "done":
            break
        sleep(0.2)
    # What the job tells at its end is told.
    with suppress(RuntimeError):
        remote.run_export_job(administration)
    return friday


def make_user(remote, login, name, groups):
    [me] = remote.call("res.users", "read", [remote.uid], ["company_id"])
    company, _name = me["company_id"]
    ids = [
        remote.call("ir.model.data", "check_object_reference", *group.split("."))[1]
        for group in groups
    ]
    values = {"name": name, "login": login, "password": login, "company_id": company}
    values |= {"company_ids": [(6, 0, [company])], "group_ids": [(6, 0, ids)]}
    [user] = remote.call("res.users", "create", [values])
    return user


def make_invoices(friday):
    remote, invoices = friday.remote, friday.invoices
    bakery = remote.customer("Bakkerij Janssens BV")
    butcher = remote.customer("Slagerij Maes BV")
    for customer in (bakery, butcher):  # Exact knows them from before
        remote.book(remote.invoice(customer, 50.0))
    prices = iter(range(100, 200))

    def make(name, customer, count=1, **values):
        invoices[name] = [
            remote.invoice(customer, float(next(prices)), **values)
            for _number in range(count)
        ]

    week = TODAY - timedelta(days=4)
    make("closed", bakery, invoice_date=CLOSED.isoformat())
    make("by_hand", bakery, invoice_date=week.isoformat())
    [by_hand] = invoices["by_hand"]
    [net] = remote.call("account.move", "read", [by_hand], ["amount_untaxed"])
    amount = net["amount_untaxed"]
    friday.books.book("Bakkerij Janssens BV", friday.name(by_hand), week, amount)
    make("lost", bakery)  # the first that is sent
    friday.exact.fault("lose_answer", path=ENTRIES, method="POST")
    make("books", bakery, 3, invoice_line_ids=[line(remote, "Atlas", six(remote))])
    make("good", bakery, 6)
    make("new", remote.customer("Nieuw Atelier BV"), 2)
    make("refused", butcher, 3)
    friday.books.set_status("Slagerij Maes BV", "S")
    make("not_open", bakery, invoice_date=NOT_OPEN.isoformat())
    make("credit", bakery, move_type="out_refund")
    nowhere = remote.customer("Zonder Land BV")
    remote.call("res.partner", "write", [nowhere], {"country_id": False})
    make("nowhere", nowhere)


def six(remote):
    """A tax that no VAT code is chosen for."""
    [me] = remote.call("res.users", "read", [remote.uid], ["company_id"])
    company = me["company_id"][0]
    fields = ["account_sale_tax_id"]
    [values] = remote.call("res.company", "read", [company], fields)
    tax, _name = values["account_sale_tax_id"]
    other = {"name": "6% books", "amount": 6.0}
    [copy] = remote.call("account.tax", "copy", [tax], default=other)
    return copy


def line(remote, name, tax):
    return (0, 0, {"name": name, "price_unit": 20.0, "tax_ids": [(6, 0, [tax])]})


@pytest.fixture
def anna(friday, user):
    """The accountant of the company, on Monday."""
    user.enter("anna", "anna")
    return user


def open_causes(user):
    """The list of what is to be mended; returns the causes with their counts."""
    user.page.goto(f"{user.url}/odoo/exact-to-mend")
    expect(user.page.locator(".o_list_view, .o_nocontent_help").first).to_be_visible()
    return user.page.locator(".o_group_header .o_group_name")


def open_cause(user, cause):
    """Unfold a cause; returns its rows."""
    open_causes(user).filter(has_text=cause).click()
    rows = user.page.locator(".o_data_row")
    expect(rows.first).to_be_visible()
    return rows


def expect_alert(user, words):
    expect(user.page.locator(".alert", has_text=words).first).to_be_visible()


def expect_status(user, words):
    expect(user.page.locator("[name=exact_status_text]")).to_contain_text(words)


# --- what went, and what did not ---------------------------------------------


def test_the_run_says_what_went_and_what_did_not(friday, anna):
    page = anna.page
    page.goto(f"{anna.url}/odoo/customer-invoices")
    page.get_by_role("button", name="Customers").click()
    page.get_by_role("menuitem", name="Exact Online: exports").click()
    row = page.locator(".o_data_row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("At a fixed time")
    numbers = {"total": 16, "done": 10, "failed": 5, "waiting": 1, "left_out": 4}
    for name, number in numbers.items():
        expect(row.locator(f"[name={name}]")).to_have_text(str(number))
    row.click()
    expect(page.locator(".o_exact_run_progress")).to_contain_text("10 booked of 16")
    problems = page.locator("[name=problems_html]")
    expect(problems).to_contain_text("3 The account in Exact is no customer")
    expect(problems).to_contain_text("Exact Online says: Ongeldig: Klant (Type)")
    expect(problems).to_contain_text("Choose the Exact VAT code for tax 6% books")
    expect(problems).to_contain_text(f"Period {NOT_OPEN:%Y-%m} of journal 70 is not")
    for name in ("refused", "closed", "by_hand", "not_open", "books", "nowhere"):
        expect(problems).to_contain_text(friday.name(friday.invoices[name][0]))
    anna.button("Mend them and send them again").click()
    expect(page.locator(".o_group_header")).to_have_count(len(CAUSES))


def test_each_that_went_is_booked_once(friday):
    for kind in ("lost", "good", "new", "credit"):
        for invoice in friday.invoices[kind]:
            assert friday.remote.state(invoice) == "exported", kind
            assert len(friday.in_exact(invoice)) == 1, kind
    for kind in ("books", "refused", "closed", "nowhere", "not_open"):
        for invoice in friday.invoices[kind]:
            assert not friday.in_exact(invoice), kind
    assert len(friday.in_exact(friday.invoices["by_hand"][0])) == 1


def test_a_lost_answer_was_looked_up(friday, anna):
    anna.open_invoice(friday.invoices["lost"][0])
    expect_status(anna, "Booked in Exact (entry ")
    anna.page.get_by_role("tab", name="Exact Online").click()
    log = anna.page.locator("[name=exact_log_ids]")
    expect(log).to_contain_text("The answer of Exact was lost")
    expect(log).to_contain_text("Found in Exact")


def test_the_responsible_has_one_task_a_cause(friday, anna):
    anna.page.goto(f"{anna.url}/odoo")
    anna.page.get_by_role("button", name="Activities").click()
    anna.page.get_by_text("Exact Online Administration").click()
    anna.page.locator(".o_data_row").first.click()
    tasks = anna.page.locator(".o-mail-Activity")
    for cause, count in CAUSES.items():
        task = tasks.filter(has_text=cause)
        expect(task).to_have_count(1)
        expect(task).to_contain_text(f"for this: {count}.")
    expect(tasks.filter(has_text="Booked: 10. Not booked: 9.")).to_have_count(1)
    expect(tasks).to_have_count(len(CAUSES) + 1)
    look = tasks.filter(has_text="No VAT code").get_by_role("link", name="Look at them")
    assert look.get_attribute("href") == "/odoo/exact-to-mend"


def test_to_mend_stands_by_cause_with_counts(friday, anna):
    headers = open_causes(anna)
    expect(headers).to_have_count(len(CAUSES))
    for cause, count in CAUSES.items():
        expect(headers.filter(has_text=f"{cause} ({count})")).to_have_count(1)


# --- who may what -----------------------------------------------------------------

# What each right adds, beside Odoo's invoicing right: a button, or the edit.
RIGHTS = {
    "none": None,
    "undo": "Remove the entry in Exact",
    "keep_out": "Do not book through the link",
    "set_paid": "Set to paid by hand",
    "edit_after_export": None,
}


@pytest.mark.parametrize("right", RIGHTS)
def test_each_right_shows_what_it_allows_and_no_more(friday, user, right):
    groups = ["account.group_account_invoice"]
    if right != "none":
        groups.append(f"optedo_exact.group_exact_{right}")
    make_user(friday.remote, right, right, groups)
    user.enter(right, right)
    booked, refused = friday.invoices["good"][2], friday.invoices["refused"][0]
    shown = {"undo": booked, "set_paid": booked, "keep_out": refused}
    for of, invoice in shown.items():
        user.open_invoice(invoice)
        expect(user.button("Credit Note")).to_be_visible()
        expect(user.button(RIGHTS[of])).to_have_count(int(of == right))
    user.open_invoice(booked)
    # What went is changed by nobody, and the rest with the right.
    refuses(user, "ref", "went to Exact and cannot be changed")
    if right == "edit_after_export":
        fill_in(user, "incoterm_location")
        user.save()
    else:
        refuses(user, "incoterm_location", "With the right 'Editing after booking")


def fill_in(user, field):
    """Fill in a field on the second page of the invoice."""
    user.page.get_by_role("tab", name="Other Info").click()
    user.page.locator(f"[name={field}] input").fill("Changed")


def refuses(user, field, words):
    """Odoo refuses to save a field, and says why."""
    fill_in(user, field)
    user.page.locator(".o_form_button_save").click()
    dialog = user.page.locator(".o_dialog .modal-content")
    expect(dialog).to_contain_text(words)
    dialog.get_by_role("button", name="Close").last.click()
    user.page.locator(".o_form_button_cancel").click()
    expect(user.page.locator(f"[name={field}] input")).to_have_value("")


def test_a_clerk_reads_whom_to_ask_where_a_right_is_missing(friday, user):
    make_user(friday.remote, "kees", "Kees", ["account.group_account_invoice"])
    user.enter("kees", "kees")
    for cause in ("No VAT code chosen", "Customer without country", "Stands in Exact"):
        row = open_cause(user, cause).first
        expect(row).to_contain_text("Ask who may mend this: Anna Claes")
        expect(row.get_by_role("button", name="Mend")).to_have_count(0)
    row = open_cause(user, "Period closed").first
    expect(row).not_to_contain_text("Ask who")
    expect(row.get_by_role("button", name="Mend")).to_have_count(1)
    user.open_invoice(friday.invoices["books"][0])
    expect_alert(user, "Ask who may mend this: Anna Claes")


# --- mend ---------------------------------------------------------------------


def test_a_code_is_chosen_and_all_of_the_cause_go(friday, anna):
    page = anna.page
    rows = open_cause(anna, "No VAT code chosen")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("Not ready: data missing")
    rows.first.get_by_role("button", name="Mend").click()
    expect(page.locator(".o_breadcrumb")).to_contain_text("Choose the VAT code")
    books = rows.filter(has_text="6% books")
    expect(books.locator("[name=proposal_id]")).to_contain_text("6 % verkoop")
    books.get_by_role("button", name="Accept").click()
    expect(books).to_have_count(0)  # it is no more to be chosen
    page.locator(".o_breadcrumb").get_by_text("To mend for Exact Online").click()
    rows = open_cause(anna, "No VAT code chosen")
    rows.first.locator(".o_list_record_selector input").check()
    anna.button("Send all with this cause again").click()
    expect(page.locator(".o_notification")).to_contain_text("in the queue: 3")
    for invoice in friday.invoices["books"]:
        friday.expect_state(invoice, "exported")
        assert len(friday.in_exact(invoice)) == 1
    expect(open_causes(anna).filter(has_text="No VAT code")).to_have_count(0)
    tasks = [("res_model", "=", "exact.administration"), ("active", "=", True)]
    left = friday.remote.call("mail.activity", "search_read", tasks, ["summary"])
    assert "No VAT code chosen" not in [task["summary"] for task in left]


def test_what_exact_refused_goes_again_one_or_all(friday, anna):
    first, *others = friday.invoices["refused"]
    rows = open_cause(anna, "no customer")
    expect(rows.first).to_contain_text("Refused by Exact")
    expect(rows.first).to_contain_text("Exact Online says: Ongeldig: Klant (Type)")
    # Before the accountant mends it, Exact refuses it again.
    row = rows.filter(has_text=friday.name(first))
    row.get_by_role("button", name="Send again").click()
    told = anna.page.locator(".o_notification")
    expect(told).to_contain_text(f"{friday.name(first)}: Refused by Exact")
    friday.books.set_status("Slagerij Maes BV", "C")
    rows = open_cause(anna, "no customer")
    row.get_by_role("button", name="Send again").click()
    expect(told).to_contain_text(f"{friday.name(first)}: Booked in Exact (entry ")
    expect(open_causes(anna).filter(has_text="no customer")).to_contain_text("(2)")
    rows = open_cause(anna, "no customer")
    rows.first.locator(".o_list_record_selector input").check()
    anna.button("Send all with this cause again").click()
    for invoice in others:
        friday.expect_state(invoice, "exported")
    for invoice in friday.invoices["refused"]:
        assert len(friday.in_exact(invoice)) == 1


def test_the_country_of_a_customer_is_filled_in(friday, anna):
    [invoice] = friday.invoices["nowhere"]
    rows = open_cause(anna, "Customer without country")
    rows.first.get_by_role("button", name="Mend").click()
    country = anna.page.locator("[name=country_id] input").first
    anna.choose_record(country, "Belgium")
    anna.save()
    rows = open_cause(anna, "Customer without country")
    rows.first.get_by_role("button", name="Send again").click()
    friday.expect_state(invoice, "exported")
    assert len(friday.in_exact(invoice)) == 1


def test_a_closed_period_asks_for_a_decision(friday, anna):
    [invoice] = friday.invoices["closed"]
    rows = open_cause(anna, "Period closed")
    expect(rows).to_contain_text(f"Period {CLOSED:%Y-%m} is closed: choose what to do")
    rows.get_by_role("button", name="Mend").click()
    dialog = anna.page.locator(".modal")
    expect(dialog).to_contain_text(f"Period {CLOSED:%Y-%m} is closed in Exact")
    expect(dialog).to_contain_text(f"Booked in period {LAST_MONTH:%Y-%m}")
    dialog.get_by_role("button", name="Book in the first open period").click()
    expect(dialog).to_have_count(0)
    friday.expect_state(invoice, "exported")
    [entry] = friday.in_exact(invoice)
    period = entry["ReportingYear"], entry["ReportingPeriod"]
    assert period == (LAST_MONTH.year, LAST_MONTH.month)
    kept = friday.remote.read(invoice, "invoice_date")["invoice_date"]
    assert kept == CLOSED.isoformat()


def test_what_waits_for_its_period_goes_when_it_opens(friday, anna, accountant):
    [invoice] = friday.invoices["not_open"]
    anna.open_invoice(invoice)
    expect_status(anna, f"Waiting until period {NOT_OPEN:%Y-%m} opens")
    accountant.period(DIVISION, NOT_OPEN.year, NOT_OPEN.month, "open")
    # Exact is asked for its periods once an hour.
    read = datetime.now(UTC) - timedelta(hours=2)
    administration = friday.administration
    friday.remote.put("exact.administration", administration, periods_read_at=read)
    friday.remote.run_export_job(administration)
    assert friday.remote.state(invoice) == "exported"
    anna.open_invoice(invoice)
    expect_status(anna, "Booked in Exact (entry ")


def test_what_was_booked_by_hand_is_linked(friday, anna):
    [invoice] = friday.invoices["by_hand"]
    [entry] = friday.in_exact(invoice)
    rows = open_cause(anna, "Stands in Exact already")
    expect(rows).to_contain_text("May stand in Exact already")
    rows.get_by_role("button", name="Mend").click()
    dialog = anna.page.locator(".modal")
    expect(dialog.locator("[name=chosen] input")).to_be_checked()
    expect(dialog).to_contain_text(str(entry["EntryNumber"]))
    dialog.get_by_role("button", name="Link", exact=True).click()
    expect(dialog).to_have_count(0)
    friday.expect_state(invoice, "exported")
    assert friday.in_exact(invoice) == [entry]
    anna.open_invoice(invoice)
    expect_status(anna, f"Booked in Exact (entry {entry['EntryNumber']})")


# --- what was booked ------------------------------------------------------------


def test_an_entry_is_removed_with_a_reason_and_booked_again(friday, anna):
    invoice = friday.invoices["good"][0]
    anna.open_invoice(invoice)
    anna.button("Remove the entry in Exact").click()
    dialog = anna.page.locator(".modal")
    dialog.get_by_label("Reason").fill("Booked twice by mistake")
    dialog.get_by_role("button", name="Remove the entry in Exact").click()
    expect_status(anna, "Not booked yet")
    assert not friday.in_exact(invoice)
    anna.page.get_by_role("tab", name="Exact Online").click()
    log = anna.page.locator("[name=exact_log_ids]")
    gone = log.locator(".o_data_row", has_text="Removal in Exact begun")
    expect(gone).to_contain_text("Booked twice by mistake")
    expect(gone).to_contain_text("Anna Claes")
    anna.book()
    assert len(friday.in_exact(invoice)) == 1


def test_one_is_kept_out_and_brought_back(friday, anna):
    invoice = friday.remote.invoice(friday.remote.customer("Buiten De Link BV"), 75.0)
    name = friday.name(invoice)
    anna.page.goto(f"{anna.url}/odoo/customer-invoices")
    row = anna.page.locator(".o_data_row", has_text=name)
    row.locator(".o_list_record_selector input").check()
    anna.page.get_by_role("button", name="Actions").click()
    choose = {"name": "Do not book through the link", "exact": True}
    anna.page.get_by_role("menuitem", **choose).click()
    dialog = anna.page.locator(".modal")
    dialog.get_by_label("Reason").fill("Paid in cash")
    dialog.get_by_role("button", **choose).click()
    expect(dialog).to_have_count(0)
    assert friday.remote.state(invoice) == "marked"
    anna.open_invoice(invoice)
    expect_status(anna, "Kept out of the link")
    expect(anna.button("Book in Exact")).to_have_count(0)
    anna.button("Book through the link again").click()
    expect_status(anna, "Not booked yet")
    anna.book()


def test_what_is_older_than_a_day_is_kept_out(friday, anna):
    old = date(TODAY.year - 2, 3, 5)
    customer = friday.remote.customer("Vroeger BV")
    invoice = friday.remote.invoice(customer, 85.0, invoice_date=old.isoformat())

    anna.page.goto(f"{anna.url}/odoo/customer-invoices")
    anna.page.get_by_role("button", name="Customers").click()
    anna.page.get_by_role("menuitem", name="Keep out of Exact before a day").click()
    dialog = anna.page.locator(".modal")
    dialog.locator("[name=before]").click()
    day = dialog.locator("[name=before] input")
    day.fill(f"{old + timedelta(days=1):%m/%d/%Y}")
    day.press("Enter")
    expect(dialog.locator("[name=count]")).to_have_text("1")
    row = dialog.locator(".o_data_row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(friday.name(invoice))
    expect(row).to_contain_text("Vroeger BV")
    dialog.get_by_label("Reason").fill("Stands in the former bookkeeping")
    dialog.get_by_role("button", name="Do not book through the link").click()
    expect(anna.page.locator(".o_notification")).to_contain_text("out of the link: 1")
    assert friday.remote.state(invoice) == "marked"


def test_a_change_after_booking_shows_what_differs(friday, anna):
    invoice = friday.invoices["good"][1]
    option = {"loosen_edit_after_export": True}
    administration = friday.administration
    friday.remote.call("exact.administration", "write", [administration], option)
    anna.open_invoice(invoice)
    anna.page.get_by_role("tab", name="Other Info").click()
    anna.page.locator("[name=ref] input").fill("PO 4711")
    anna.save()
    expect_alert(anna, "no longer what was booked in Exact")
    anna.page.get_by_text("Show what differs").click()
    row = anna.page.locator(".modal .o_data_row")
    expect(row).to_have_count(1)
    expect(row.locator("[name=sent]")).not_to_contain_text("PO 4711")
    expect(row.locator("[name=now]")).to_contain_text("PO 4711")


def test_an_invoice_leads_to_its_calls(friday, anna):
    anna.open_invoice(friday.invoices["lost"][0])
    anna.page.get_by_role("button", name="Calls to Exact").click()
    calls = anna.page.locator(".o_data_row")
    expect(calls.filter(has_text="POST").filter(has_text=ENTRIES)).to_have_count(1)
    expect(calls.filter(has_text="GET").filter(has_text=ENTRIES)).to_have_count(1)


def test_the_tick_in_the_send_window_books_it_afterwards(friday, anna):
    customer = friday.remote.customer("Verstuurd BV")
    mail = {"email": "post@verstuurd.example"}
    friday.remote.call("res.partner", "write", [customer], mail)
    invoice = friday.remote.invoice(customer, 65.0)
    anna.open_invoice(invoice)
    anna.button("Send").click()
    dialog = anna.page.locator(".modal")
    expect(dialog.get_by_label("Exact Online")).to_be_checked()
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_have_count(0)
    friday.expect_state(invoice, "exported")
    assert len(friday.in_exact(invoice)) == 1
