"""The steps of a user in the browser, on Odoo's pages and on those of Exact.

Used by the demo, the pictures and the tests in `tests/browser`: the buttons are found
by the words that a user reads, so a step that a user could not find fails here too.
"""

import contextlib
import re
import shutil
from collections.abc import Iterator
from datetime import date

from playwright.sync_api import (
    BrowserContext,
    Locator,
    Page,
    TimeoutError,
    expect,
    sync_playwright,
)

from .say import Stop

CLIENT_ID = "5f4c1f62-94d1-4f5c-9d0a-0c7e5a11d0e0"  # what a fresh sandbox knows
CLIENT_SECRET = "sandbox-secret"
PATIENCE = 60_000  # milliseconds; other tests are run beside these
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-sync "
    "--disable-component-update --no-first-run"
).split()


@contextlib.contextmanager
def chromium(width: int = 1400, height: int = 950) -> Iterator[BrowserContext]:
    """The machine's own Chromium, with empty cookies."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        raise Stop("Chromium is missing; install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        try:
            yield context
        finally:
            browser.close()


@contextlib.contextmanager
def browser_page(width: int = 1400, height: int = 950) -> Iterator[Page]:
    """A page of the machine's own Chromium, with empty cookies."""
    with chromium(width, height) as context:
        yield context.new_page()


class OdooUser:
    """A user of Odoo at work in a page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    # --- Odoo ----------------------------------------------------------------

    def log_in(self, user: str = "admin", password: str = "admin") -> None:
        """Log in to Odoo."""
        self.page.goto(f"{self.url}/web/login")
        self.page.get_by_label("Email").fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page.locator(".o_main_navbar")).to_be_visible()

    def enter(self, user: str = "admin", password: str = "admin") -> None:
        """Be logged in to Odoo, without looking at the pages that lead there.

        :raises Stop: Odoo does not let them in
        """
        address = f"{self.url}/web/login"
        form = self.page.request.get(address).text()
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
        filled = {"csrf_token": token, "login": user, "password": password}
        answer = self.page.request.post(address, form=filled, max_redirects=0)
        if answer.status != 303:
            raise Stop(f"Odoo does not let {user} in")

    def call(self, model: str, method: str, *args, **kwargs):
        """A call of Odoo's, with the rights of who is logged in."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._post("/web/dataset/call_kw", params)

    def company(self) -> int:
        """The company of who is logged in."""
        session = self._post("/web/session/get_session_info", {})
        return session["user_companies"]["current_company"]

    def _post(self, path: str, params: dict):
        body = {"jsonrpc": "2.0", "params": params}
        answer = self.page.request.post(self.url + path, data=body).json()
        if "error" in answer:
            raise Stop(f"{path}: {answer['error']['data']['message']}")
        return answer.get("result")

    def button(self, name: str) -> Locator:
        """The visible button with these words."""
        return self.page.get_by_role("button", name=name, exact=True).locator(
            "visible=true"
        )

    def save(self) -> None:
        """Save the form and wait until it is saved."""
        self.page.locator(".o_form_button_save").click()
        expect(
            self.page.locator(".o_form_status_indicator_buttons.invisible")
        ).to_have_count(1)

    def fill(self, label: str, value: str) -> None:
        """Fill in a field by its label."""
        self.page.get_by_label(label, exact=True).locator("visible=true").fill(value)

    # --- set up --------------------------------------------------------------

    def choose_exact_online(self) -> None:
        """Settings, Invoicing, External accounting: Exact Online, save."""
        self.page.goto(f"{self.url}/odoo/settings#account")
        self.page.locator("[data-key=account].tab").click()
        self.page.locator("#external_accounting").get_by_text("Exact Online").click()
        self.save_settings()
        expect(self.button("Log in to Exact")).to_be_visible()

    def save_settings(self) -> None:
        """Save the settings page, which Odoo then loads anew."""
        with self.page.expect_event("load"):
            self.button("Save").click()
        self.page.locator("[data-key=account].tab").click()

    def fill_in_app(self, site: str, client_id=CLIENT_ID, secret=CLIENT_SECRET) -> None:
        """The app of Exact, on the settings page, with a custom address."""
        block = self.page.locator("#exact_connection")
        self.choose_option(block, "exact_site", "Another address")
        block.locator("[name=exact_base_url] input").fill(site)
        block.locator("[name=exact_client_id] input").fill(client_id)
        secret_field = block.locator("[name=exact_client_secret] input")
        secret_field.locator("visible=true").fill(secret)
        self.save_settings()
        expect(self.button("Log in to Exact")).to_be_visible()

    def choose_option(self, scope, field: str, option: str) -> None:
        """Choose a value of a selection field."""
        scope.locator(f"[name={field}] input").click()
        scope.locator(f"[name={field}] input").fill(option)
        expect(self.page.locator(".o_select_menu_item")).to_have_count(1)
        self.page.keyboard.press("Enter")

    def log_in_to_exact(self, password: str = "demo") -> None:
        """From Odoo's button to Exact's page and back."""
        self.button("Log in to Exact").click()
        self.page.get_by_label("User name").fill("demo")
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in and allow").click()

    def choose_administration(self, division: int) -> None:
        """Choose the administration that the company is booked in."""
        self.button("Choose the administration").click()
        row = self.page.locator(".modal .o_data_row", has_text=str(division))
        row.get_by_role("button", name="Choose").click()
        expect(self.page.get_by_role("tab", name="VAT codes")).to_be_visible()

    def open_set_up_by_menu(self) -> None:
        """Invoicing, Configuration, Exact Online, Set-up; begins the link if needed."""
        self.page.goto(f"{self.url}/odoo/customer-invoices")
        self.page.get_by_role("button", name="Configuration").click()
        self.page.get_by_role("menuitem", name="Set-up", exact=True).click()
        expect(self.page.locator("[name=step_ids]")).to_be_visible()

    def fill_in_app_on_set_up(
        self, site: str, client_id=CLIENT_ID, secret=CLIENT_SECRET
    ) -> None:
        """The app of Exact, on the set-up page, with a custom address."""
        form = self.page.locator(".o_form_sheet")
        self.choose_option(form, "site", "Another address")
        form.locator("[name=base_url] input").fill(site)
        form.locator("[name=client_id] input").fill(client_id)
        secret_field = form.locator("[name=client_secret] input")
        secret_field.locator("visible=true").fill(secret)
        self.save()

    def step(self, name: str) -> Locator:
        """The row of a step of the set-up."""
        rows = self.page.locator("[name=step_ids] .o_data_row")
        return rows.filter(has=self.page.locator(f"td[name=kind]:text-is('{name}')"))

    def open_step(self, name: str) -> None:
        """Go where a step of the set-up is done."""
        self.step(name).get_by_role("button", name="Open").click()

    def expect_steps(self, state: str, *names: str) -> None:
        """Steps of the set-up stand at ``Done``, ``To do`` or ``Later``."""
        for name in names:
            expect(self.step(name).locator("td[name=state]")).to_have_text(state)

    def say_options_are_right(self, start: date, gl_account: str) -> None:
        """The options that have no default: the start and the ledger account."""
        self.open_step("Options")
        self.page.locator("[name=export_from]").click()
        field = self.page.locator("[name=export_from] input")
        field.fill(f"{start:%m/%d/%Y}")
        field.press("Enter")
        field = self.page.locator("[name=default_gl_account_id] input")
        self.choose_record(field, gl_account)
        self.button("These are right").click()
        self.expect_steps("Done", "Options", "Ledger accounts")

    def accept_proposals(self) -> None:
        """Take over every proposed code."""
        self.button("Accept all proposals").click()
        self.page.locator(".modal").get_by_role("button", name="Ok").click()
        expect(self.button("Accept all proposals")).to_have_count(0)

    def map(self, tab: str, source: str, code: str) -> None:
        """Say which code of Exact stands for something of Odoo."""
        self.page.get_by_role("tab", name=tab).click()
        row = self.page.locator(".tab-pane.active .o_data_row", has_text=source).first
        row.locator("td[name=reference_id]").click()
        field = self.page.locator(".o_selected_row [name=reference_id] input")
        self.choose_record(field, code)
        self.page.get_by_role("tab", name=tab).click()  # leaves the row

    def choose_record(self, field: Locator, words: str) -> None:
        """Choose a record by typing and taking the first offer.

        Again where none comes: Odoo may draw the field anew while somebody types.
        """
        offers = self.page.locator(".o-autocomplete--dropdown-item")
        offer = offers.filter(has_text=words).first
        for _attempt in range(2):
            field.click()
            field.fill(words)
            with contextlib.suppress(TimeoutError):
                offer.click(timeout=PATIENCE / 3)
                return
            field.fill("")
        field.fill(words)
        offer.click()

    def export_every_invoice(self) -> None:
        """Say that every invoice goes, however old."""
        self.page.get_by_role("tab", name="Options").click()
        self.page.get_by_label("Export every invoice").check()

    def set_options(self, gl_account: str) -> None:
        """Every invoice goes; default ledger account and import of payments."""
        self.export_every_invoice()
        field = self.page.locator("[name=default_gl_account_id] input")
        self.choose_record(field, gl_account)
        self.page.get_by_label("Import payments from Exact").check()
        self.save()

    # --- invoices ------------------------------------------------------------

    def draft_invoice(self, **values) -> int:
        """A draft of a customer invoice, as some other part of Odoo makes them."""
        code = values.pop("country", "BE")
        [country] = self.call("res.country", "search", [("code", "=", code)])
        partner = {
            "name": values.pop("customer", "Bakkerij Janssens BV"),
            "is_company": True,
            "street": "Markt 1",
            "zip": "8000",
            "city": "Brugge",
            "country_id": country,
            "vat": values.pop("vat", "BE0432176570"),
        }
        known = [("name", "=", partner["name"]), ("vat", "=", partner["vat"])]
        [customer, *_] = self.call("res.partner", "search", known) or self.call(
            "res.partner", "create", [partner]
        )
        [invoice] = self.call(
            "account.move",
            "create",
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": customer,
                    "company_id": self.company(),
                    "invoice_date": date.today().isoformat(),
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        (0, 0, {"name": name, "quantity": 1, "price_unit": price})
                        for name, price in values.pop("lines", [("Bread", 100.0)])
                    ],
                }
                | values
            ],
        )
        return invoice

    def open_invoice(self, invoice: int) -> None:
        """The form of an invoice."""
        self.page.goto(f"{self.url}/odoo/customer-invoices/{invoice}")
        expect(self.page.locator(".o_form_view")).to_be_visible()

    def confirm(self) -> None:
        """Confirm the invoice on the form, and leave the booking for later."""
        self.button("Confirm").click()
        self.button("Later").click()
        expect(self.page.locator(".modal")).to_have_count(0)
        expect(self.page.locator(".o_arrow_button_current")).to_have_text("Posted")
        expect(self.button("Book in Exact")).to_be_visible()

    def book(self) -> str:
        """Book the invoice in Exact; returns the entry number on the form."""
        self.button("Book in Exact").click()
        status = self.page.locator("[name=exact_status_text]")
        expect(status).to_contain_text("Booked in Exact (entry ")
        return re.search(r"entry (\d+)", status.inner_text())[1]

    def open_set_up(self) -> None:
        """The set-up page of the company's administration."""
        administration, *_ = self.call("exact.administration", "search", [])
        self.page.goto(f"{self.url}/odoo/exact-administrations/{administration}")

    def check_payments(self) -> None:
        """Have Odoo ask Exact for payments, on the set-up page."""
        self.open_set_up()
        self.button("Check payments now").click()
        expect(self.page.locator(".o_notification")).to_be_visible()


class Accountant:
    """The accountant at work on the pages of the sandbox."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open_items(self, division: int) -> None:
        """The list of open items of an administration."""
        self.page.goto(f"{self.url}/")
        self.page.get_by_role("link", name=str(division)).first.click()
        self.page.get_by_role("link", name="Open items").first.click()

    def pay(self, number: str) -> None:
        """Pay the open item of an entry, wholly."""
        button = self.page.get_by_role("button", name=f"Pay {number}", exact=True)
        button.click()
        expect(button).to_have_count(0)

    def pay_part(self, number: str, amount: str) -> None:
        """Pay a part of the open item of an entry."""
        self.page.get_by_label(f"Amount for {number}", exact=True).fill(amount)
        self.page.get_by_role("button", name=f"Pay part of {number}").click()
        expect(
            self.page.get_by_text(f"Payment booked on entry {number}")
        ).to_be_visible()

    def take_back(self, number: str) -> None:
        """Take the last payment on an entry back."""
        name = f"Take back payment on {number}"
        self.page.get_by_role("button", name=name).first.click()
        expect(self.page.get_by_text(f"on entry {number} taken back")).to_be_visible()

    def period(self, division: int, year: int, month: int, action: str) -> None:
        """Open or close a period for all journals.

        :param action: "open" or "close"
        """
        self.page.goto(f"{self.url}/{division}/periods")
        self.page.get_by_label("Year").select_option(str(year))
        self.page.get_by_label("Period").select_option(str(month))
        name = f"{action.capitalize()} period"
        self.page.get_by_role("button", name=name, exact=True).click()
        expect(self.page.get_by_text(f"Period {year}-{month:02d} ")).to_be_visible()

    def book_bill(self, division: int, supplier: str, number: str, amount: str) -> None:
        """Receive the file of a bill, and book it."""
        self.page.goto(f"{self.url}/{division}/documents")
        self.page.get_by_label("Subject").fill(f"{supplier} {number}")
        self.page.get_by_label("File").set_input_files(
            {
                "name": f"{number}.pdf",
                "mimeType": "application/pdf",
                "buffer": b"%PDF-1.4",
            }
        )
        self.page.get_by_role("button", name="Add document").click()
        self.page.get_by_label("Supplier").select_option(label=supplier)
        self.page.get_by_label("Invoice number").fill(number)
        self.page.locator("#gl_account").select_option(
            label="612000 Leveringen en kantoorbenodigdheden"
        )
        self.page.locator("#vat_code").select_option("A21")
        self.page.get_by_label("Amount without VAT").fill(amount)
        self.page.get_by_role("button", name="Book purchase entry").click()
        expect(self.page.get_by_text("Purchase entry")).to_be_visible()

    def switch_on(self, fault: str, path: str = "", method: str = "") -> None:
        """Break something on purpose, once."""
        self.page.goto(f"{self.url}/faults")
        self.page.get_by_label("Fault", exact=True).select_option(fault)
        self.page.get_by_label("Part of the path").fill(path)
        self.page.get_by_label("Verb").select_option(method)
        self.page.get_by_role("button", name="Switch fault on").click()
        row = self.page.get_by_role("row").filter(has_text=fault.replace("_", " "))
        expect(row).to_have_count(1)
