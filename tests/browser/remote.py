"""Odoo over its own remote calls, and the sandbox over its controls: no browser."""

import re
import time
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from dev.flow import CLIENT_ID, CLIENT_SECRET

TIMEOUT = 120
ENTRIES = "salesentry/SalesEntries"


def wait_for(condition, seconds=90):
    """Ask five times a second until it is so; fails the test where it is not."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            pytest.fail("it did not happen in time")
        time.sleep(0.2)


class Odoo:
    """A session of a user of Odoo."""

    def __init__(self, url, database, login="admin", password="admin"):
        self.url = url
        self.session = requests.Session()
        self.post(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": password},
        )

    def post(self, path, params):
        answer = self.session.post(
            self.url + path, json={"jsonrpc": "2.0", "params": params}, timeout=TIMEOUT
        ).json()
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer.get("result")

    def call(self, model, method, *args, **kwargs):
        return self.post(
            "/web/dataset/call_kw",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def ref(self, model, **values):
        """The one record with these values."""
        domain = [(name, "=", value) for name, value in values.items()]
        [found] = self.call(model, "search", domain)
        return found

    # --- set up --------------------------------------------------------------

    def connect(self, exact, divisions=(1001, 1002)):
        """Choose Exact Online, log in, choose 1001 and map what the tests use.

        :param divisions: what the login may use
        """
        [me] = self.call("res.users", "read", [self.uid], ["company_id"])
        company = me["company_id"][0]
        self.call("res.company", "write", [company], {"external_accounting": "exact"})
        administration = self.ref("exact.administration", company_id=company)
        self.call(
            "exact.administration",
            "write",
            [administration],
            {
                "site": "custom",
                "base_url": exact.url,
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
            },
        )
        self.log_in_to_exact(administration, exact, divisions)
        self.choose(administration, 1001)
        return administration

    def connect_branch(self, name, division=None):
        """A branch with an administration of its own, under the login of its company.

        :param division: none: it is still to be chosen
        :return: the branch and the administration
        """
        [me] = self.call("res.users", "read", [self.uid], ["company_id"])
        company = me["company_id"][0]
        [country] = self.call("res.country", "search", [("code", "=", "BE")])
        [branch] = self.call(
            "res.company",
            "create",
            [
                {
                    "name": name,
                    "parent_id": company,
                    "country_id": country,
                    "external_accounting": "exact",
                }
            ],
        )
        administration = self.ref("exact.administration", company_id=branch)
        if division:
            self.choose(administration, division)
        return branch, administration

    def choose(self, administration, division):
        """Tie a company to an administration of Exact, and choose the codes."""
        action = self.call(
            "exact.administration", "action_choose_division", [administration]
        )
        line = self.ref(
            "exact.choose.division.line", wizard_id=action["res_id"], division=division
        )
        values = {"copy_codes": False}
        self.call("exact.choose.division.line", "write", [line], values)
        self.call("exact.choose.division.line", "action_choose_anyway", [line])
        self.map_all(administration)

    def give_own_login(self, administration, exact, divisions):
        """Let an administration use a login of its own."""
        action = self.call(
            "exact.administration", "action_choose_login", [administration]
        )
        self.call("exact.choose.login", "action_use", [action["res_id"]])
        self.log_in_to_exact(administration, exact, divisions)

    def log_in_to_exact(self, administration, exact, divisions=(1001, 1002)):
        """The login page of Exact, filled in and sent."""
        action = self.call("exact.administration", "action_connect", [administration])
        query = dict(parse_qsl(urlsplit(action["url"]).query))
        form = {"username": "demo", "password": "demo", "action": "allow"}
        back = self.session.post(
            f"{exact.url}/api/oauth2/auth",
            data=query | form | {"division": list(divisions)},
            allow_redirects=False,
            timeout=TIMEOUT,
        )
        self.session.get(back.headers["Location"], timeout=TIMEOUT)

    def map_all(self, administration):
        """Every journal, tax and term in use to a code that fits the tests."""
        codes = {"journal": "70", "tax": "3", "payment_term": "30"}
        kinds = {
            "journal": "journal",
            "tax": "vat_code",
            "payment_term": "payment_condition",
        }
        for kind, code in codes.items():
            reference = self.ref(
                "exact.reference",
                administration_id=administration,
                kind=kinds[kind],
                code=code,
            )
            rows = self.call(
                "exact.mapping",
                "search",
                [("administration_id", "=", administration), ("kind", "=", kind)],
            )
            self.call("exact.mapping", "write", rows, {"reference_id": reference})
        account = self.ref(
            "exact.reference",
            administration_id=administration,
            kind="gl_account",
            code="700000",
        )
        self.call(
            "exact.administration",
            "write",
            [administration],
            {
                "default_gl_account_id": account,
                "export_every_invoice": True,
                "import_payments": True,
            },
        )

    @property
    def uid(self):
        return self.post("/web/session/get_session_info", {})["uid"]

    # --- invoices ------------------------------------------------------------

    def customer(self, name, vat=False):
        [customer] = self.call(
            "res.partner",
            "create",
            [
                {
                    "name": name,
                    "is_company": True,
                    "street": "Markt 1",
                    "zip": "8000",
                    "city": "Brugge",
                    "country_id": self.ref("res.country", code="BE"),
                    "vat": vat,
                }
            ],
        )
        return customer

    def invoice(self, customer, price=100.0, **values):
        """A posted invoice."""
        [invoice] = self.call(
            "account.move",
            "create",
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": customer,
                    "invoice_date": date.today().isoformat(),
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        (0, 0, {"name": "Bread", "quantity": 1, "price_unit": price})
                    ],
                }
                | values
            ],
        )
        self.call("account.move", "action_post", [invoice])
        return invoice

    def read(self, invoice, *names):
        [values] = self.call("account.move", "read", [invoice], names)
        return values

    def state(self, invoice):
        return self.read(invoice, "exact_state")["exact_state"]

    def book(self, invoice):
        return self.call("account.move", "action_exact_export", [invoice])

    def synchronise(self, administration):
        """Start an export of all that waits; returns its run."""
        action = self.call(
            "exact.administration", "action_synchronise", [administration]
        )
        started = self.call("exact.synchronise", "action_start", [action["res_id"]])
        return started["res_id"]

    def read_run(self, run):
        """How far a run is."""
        names = ["state", "total", "done", "failed", "issue_code", "until"]
        [values] = self.call("exact.run", "read", [run], names)
        return values

    def administration(self, invoice):
        """The administration that an invoice is booked in."""
        values = self.read(invoice, "exact_administration_id")
        return values["exact_administration_id"][0]

    def run_export_job(self, administration):
        """Have the export job of an administration run now."""
        self.run_job(administration, "export_cron_id")

    def run_job(self, administration, name):
        """Have a job of an administration run now, by the name of its field."""
        [values] = self.call("exact.administration", "read", [administration], [name])
        cron, _name = values[name]
        self.call("ir.cron", "method_direct_trigger", [cron])

    def put(self, model, record, **values):
        """Write what only the link itself writes; moments in UTC."""
        plain = {
            name: f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else value
            for name, value in values.items()
        }
        [model_id] = self.call("ir.model", "search", [("model", "=", model)])
        [action] = self.call(
            "ir.actions.server",
            "create",
            [
                {
                    "name": "Write",
                    "model_id": model_id,
                    "state": "code",
                    "code": f"model.sudo().browse({record}).write({plain!r})",
                }
            ],
        )
        self.call("ir.actions.server", "run", [action])

    def some_minutes_later(self):
        """Let lost answers be so old that Exact is asked again: nothing of them can
        appear any more. To be called once the sandbox did what it was slow at."""
        open_calls = [("unknown_since", "!=", False)]
        long_ago = datetime.now(UTC) - timedelta(minutes=6)
        for entry in self.call("exact.entry", "search", open_calls):
            self.put("exact.entry", entry, unknown_since=long_ago)

    def let_export_be_due(self, administration):
        """Let the export at a fixed time be due since a minute."""
        due = datetime.now(UTC) - timedelta(minutes=1)
        self.put("exact.administration", administration, next_export_at=due)

    def run_export_at_its_time(self, administration):
        """Let the export at a fixed time be due since a minute, and its job look."""
        self.let_export_be_due(administration)
        self.run_job(administration, "schedule_cron_id")

    def give_pdf(self, invoice):
        """The PDF that Send & Print keeps on an invoice."""
        values = {
            "name": "invoice.pdf",
            "raw": "%PDF-1.4 what the customer got",
            "res_model": "account.move",
            "res_id": invoice,
            "res_field": "invoice_pdf_report_file",
            "mimetype": "application/pdf",
        }
        self.call("ir.attachment", "create", [values])

    def files(self, invoice):
        """What goes to Exact beside the booking of an invoice: kind and state."""
        rows = self.call(
            "exact.attachment",
            "search_read",
            [("entry_id.move_id", "=", invoice)],
            ["kind", "state"],
        )
        return {row["kind"]: row["state"] for row in rows}


class Exact:
    """The sandbox from outside."""

    def __init__(self, url):
        self.url = url

    def fault(self, fault, **values):
        requests.post(
            f"{self.url}/_control/faults",
            json={"fault": fault} | values,
            timeout=TIMEOUT,
        ).raise_for_status()

    def found(self, division, name):
        """Another Belgian administration, seen by logins from here on."""
        requests.post(
            f"{self.url}/_control/administrations",
            json={"division": division, "country": "BE", "name": name},
            timeout=TIMEOUT,
        ).raise_for_status()

    def clear_faults(self):
        requests.delete(
            f"{self.url}/_control/faults",
            headers={"Content-Type": "application/json"},
            timeout=TIMEOUT,
        ).raise_for_status()

    def pay(self, division, entry_guid):
        """Pay an entry wholly, with the form on its page."""
        with requests.Session() as accountant:
            page = accountant.get(
                f"{self.url}/{division}/entries/{entry_guid}", timeout=TIMEOUT
            )
            page.raise_for_status()
            [token, *_same] = re.findall(r'name="token" value="(\w+)"', page.text)
            accountant.post(
                f"{self.url}/{division}/pay",
                data={"token": token, "entry": entry_guid},
                timeout=TIMEOUT,
            ).raise_for_status()

    def book_bill(self, division, number, amount):
        """Receive the file of a bill and book it, with the forms on their pages.

        Of the first supplier; on 612000 at 21 %.
        """
        with requests.Session() as accountant:

            def send(page, form, files=None, **values):
                [token, *_same] = re.findall(r'name="token" value="(\w+)"', page.text)
                answer = accountant.post(
                    f"{self.url}/{division}/{form}",
                    data={"token": token} | values,
                    files=files,
                    timeout=TIMEOUT,
                )
                answer.raise_for_status()
                return answer

            documents = f"{self.url}/{division}/documents"
            page = accountant.get(documents, timeout=TIMEOUT)
            file = (f"{number}.pdf", b"%PDF-1.4", "application/pdf")
            page = send(page, "upload", files={"file": file}, subject=number)
            [account] = re.findall(r'value="([\w-]+)">612000', page.text)
            [supplier, *_others] = re.findall(
                r'name="supplier"><option value="([\w-]+)"', page.text
            )
            send(
                page,
                "book",
                document=page.url.rpartition("/")[2],
                supplier=supplier,
                your_ref=number,
                gl_account=account,
                vat_code="A21",
                amount=amount,
            )

    def calls(self, method, path):
        answer = requests.get(f"{self.url}/_control/calls", timeout=TIMEOUT).json()
        calls = answer["calls"] if isinstance(answer, dict) else answer
        return [c for c in calls if c["method"] == method and path in c["path"]]

    def posts(self):
        """How often a sale was to be booked, in all administrations."""
        return len(self.calls("POST", ENTRIES))


class Books:
    """What the accountant does in an administration with programs of his own."""

    BACK = "http://127.0.0.1/back"

    def __init__(self, url, division=1001):
        self.url = f"{url}/api/v1/{division}"
        self.session = requests.Session()
        answer = requests.post(
            f"{url}/api/oauth2/auth",
            data={
                "client_id": CLIENT_ID,
                "response_type": "code",
                "redirect_uri": self.BACK,
                "username": "demo",
                "password": "demo",
                "division": division,
                "action": "allow",
            },
            allow_redirects=False,
            timeout=TIMEOUT,
        )
        back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        answer = requests.post(
            f"{url}/api/oauth2/token",
            data={
                "grant_type": "authorization_code",
                "code": back["code"],
                "redirect_uri": self.BACK,
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
            },
            timeout=TIMEOUT,
        ).json()
        self.session.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self.session.headers["Accept"] = "application/json"

    def find(self, path, select, where):
        """The rows of a service."""
        answer = self.session.get(
            f"{self.url}/{path}",
            params={"$select": select, "$filter": where},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        return answer.json()["d"]["results"]

    def make(self, path, **values):
        """A new row of a service."""
        answer = self.session.post(f"{self.url}/{path}", json=values, timeout=TIMEOUT)
        answer.raise_for_status()

    def set_status(self, name, status):
        """Make an account a customer (C) or a suspect (S)."""
        [account] = self.find("crm/Accounts", "ID", f"Name eq '{name}'")
        self.session.put(
            f"{self.url}/crm/Accounts(guid'{account['ID']}')",
            json={"Status": status},
            timeout=TIMEOUT,
        ).raise_for_status()

    def book(self, customer, your_ref, day, amount):
        """Book a sale by hand, of one line at 21 %."""
        [account] = self.find("crm/Accounts", "ID", f"Name eq '{customer}'")
        [sales] = self.find("financial/GLAccounts", "ID", "Code eq '700000'")
        line = {"GLAccount": sales["ID"], "AmountFC": amount, "VATCode": "3"}
        self.session.post(
            f"{self.url}/{ENTRIES}",
            json={
                "Journal": "70",
                "Customer": account["ID"],
                "YourRef": your_ref,
                "EntryDate": day.isoformat(),
                "SalesEntryLines": [line],
            },
            timeout=TIMEOUT,
        ).raise_for_status()

    def entries(self, your_ref):
        """The sales entries that carry the number of an invoice."""
        select = "EntryID,EntryNumber,ReportingYear,ReportingPeriod"
        return self.find(ENTRIES, select, f"YourRef eq '{your_ref}'")
