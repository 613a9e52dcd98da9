from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import requests

from odoo import Command, api, fields
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from exact_sandbox import Sandbox

DIVISION = 1001  # the sandbox's Belgian administration


@tagged("post_install", "-at_install")
class ExactCommon(AccountTestInvoicingCommon):
    """A Belgian company connected to an administration of a sandbox of its own."""

    country_code = "BE"
    division = DIVISION
    vat_code, gl_account = "3", "700000"  # of 21 % and sales, in the sandbox
    #: Log in and read the lists once for all tests of the class; each starts there.
    connected = False
    _snapshot = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox = Sandbox(language="nl")
        cls.base_url = cls.enterClassContext(cls.sandbox.serve())
        cls.env.user.group_ids += cls.env.ref("optedo_exact.group_exact_manager")
        cls.company = cls.company_data["company"]
        cls.company.sudo().external_accounting = "exact"
        cls.administration = cls.company.exact_administration_id
        cls.connection = cls.administration.connection_id
        cls.connection.write(
            {
                "site": "custom",
                "base_url": cls.base_url,
                "client_id": cls.sandbox.client_id,
                "client_secret": cls.sandbox.client_secret,
            }
        )
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Bakkerij Janssens BV",
                "is_company": True,
                "street": "Markt 1",
                "zip": "8000",
                "city": "Brugge",
                "country_id": cls.env.ref("base.be").id,
                "vat": "BE0477472701",
            }
        )
        cls.tax = cls.company_data["default_tax_sale"]
        if cls.connected:
            cls("connect").connect()
            cls._snapshot = cls.sandbox.snapshot()

    @classmethod
    def setup_independent_company(cls, **kwargs):
        """The company with its chart that the test addon made, see its hooks.py."""
        company = cls.env.ref(f"test_optedo_exact.company_{cls.country_code.lower()}")
        cls.env.user.company_ids += company
        return company

    def setUp(self):
        super().setUp()
        self.sandbox.reset(to=self._snapshot)

    # --- connect -------------------------------------------------------------

    @contextmanager
    def side_cursors(self):
        """An environment whose commits and side cursors work as in a request."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            yield api.Environment(cr, self.env.uid, self.env.context)

    def answer_login_page(self, url, password="demo", action="allow"):
        """Fill in Exact's login page as a person would; returns the way back."""
        query = dict(parse_qsl(urlsplit(url).query))
        answer = requests.post(
            f"{self.base_url}/api/oauth2/auth",
            data=query
            | {
                "username": "demo",
                "password": password,
                "division": sorted(self.sandbox.administrations),
                "action": action,
            },
            allow_redirects=False,
            timeout=10,
        )
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def log_in(self):
        with self.side_cursors() as env:
            connection = self.connection.with_env(env)
            back = self.answer_login_page(connection.action_connect()["url"])
            connection._finish_login(back["state"], back["code"], "")
        self.assertEqual(self.connection.state, "connected")

    def connect(self):
        """Log in, choose the administration, read its lists and map what is used."""
        if self._snapshot:
            return
        self.log_in()
        with self.side_cursors() as env:
            administration = self.administration.with_env(env)
            administration.sudo()._set_division(self.division, "Optedo Demo")
            env.cr.commit()
            administration.action_read_references()
            # As the daily job does; else the first booking would.
            self.env["exact.period"].with_env(env)._refresh_where_allowed(
                administration, administration._client()
            )
        self.map("journal", self.company_data["default_journal_sale"], "70")
        self.map("tax", self.tax, self.vat_code)
        self.administration.export_every_invoice = True
        self.administration.default_gl_account_id = self.reference(
            "gl_account", self.gl_account
        )

    def reference(self, kind, code):
        reference = self.env["exact.reference"].search(
            [
                ("administration_id", "=", self.administration.id),
                ("kind", "=", kind),
                ("code", "=", code),
            ]
        )
        self.assertEqual(len(reference), 1, f"{kind} {code} in the sandbox")
        return reference

    def map(self, kind, record, code):
        kinds = {
            "journal": ("journal_id", "journal"),
            "tax": ("tax_id", "vat_code"),
            "account": ("account_id", "gl_account"),
            "payment_term": ("payment_term_id", "payment_condition"),
            "cost_center": ("analytic_account_id", "cost_center"),
            "cost_unit": ("analytic_account_id", "cost_unit"),
        }
        field, reference_kind = kinds[kind]
        mapping = self.env["exact.mapping"]._get(self.administration, kind, record)
        if not mapping:
            mapping = mapping.create(
                {
                    "administration_id": self.administration.id,
                    "kind": kind,
                    field: record.id,
                }
            )
        mapping.reference_id = code and self.reference(reference_kind, code)
        return mapping

    # --- invoices ------------------------------------------------------------

    def invoice(self, amounts=(100.0,), move_type="out_invoice", **values):
        """A posted invoice of today with a line per amount."""
        tax = values.pop("tax", self.tax) or self.env["account.tax"]
        if currency := values.pop("currency", None):
            values["currency_id"] = currency.id
        move = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.customer.id,
                "invoice_date": fields.Date.today(),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Bread",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.set(tax.ids)],
                        }
                    )
                    for amount in amounts
                ],
            }
            | values
        )
        move.action_post()
        return move

    def export(self, move):
        """Press the button on the form, in a request of its own."""
        with self.side_cursors() as env:
            move.with_env(env).action_exact_export()
            env.cr.commit()
        return move.exact_entry_id

    def run_export_job(self):
        with self.enter_registry_test_mode():
            result = self.administration.export_cron_id.sudo().method_direct_trigger()
        self.assertIs(result, True)

    def check_payments(self):
        with self.side_cursors() as env:
            self.administration.with_env(env).action_check_payments()
            env.cr.commit()

    def later(self, **delta):
        """Let Odoo's memory of the last request be older than ``delta``."""
        past = fields.Datetime.now() - timedelta(**delta)
        self.env["exact.entry"].sudo().search([("state", "=", "unknown")]).write(
            {"unknown_since": past}
        )

    # --- what Exact has ------------------------------------------------------

    @property
    def books(self):
        """The administration in the sandbox."""
        return self.sandbox.administrations[self.division]

    def entries_in_exact(self):
        return self.books.entries()

    def calls(self):
        return [f"{call.method} {call.path}" for call in self.sandbox.calls]
