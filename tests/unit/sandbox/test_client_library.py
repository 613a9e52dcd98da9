"""A client library that talks to the real Exact in production, unchanged.

``exactonline`` (OSSO) knows nothing of this sandbox. Skipped where it is not there.
"""

from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client

pytest.importorskip("exactonline")

from exactonline import http  # noqa: E402
from exactonline.api import ExactApi  # noqa: E402
from exactonline.elements.invoice import ExactInvoice  # noqa: E402
from exactonline.elements.relation import ExactCustomer  # noqa: E402
from exactonline.exceptions import ObjectDoesNotExist  # noqa: E402
from exactonline.storage.base import ExactOnlineConfig, MissingSetting  # noqa: E402


class Memory(ExactOnlineConfig):
    def __init__(self, base, sandbox):
        self.values = {
            ("server", "auth_url"): f"{base}/api/oauth2/auth",
            ("server", "rest_url"): f"{base}/api",
            ("server", "token_url"): f"{base}/api/oauth2/token",
            ("application", "base_url"): "http://127.0.0.1/callback",
            ("application", "client_id"): "{" + sandbox.client_id + "}",
            ("application", "client_secret"): sandbox.client_secret,
        }

    def get(self, section, option):
        try:
            return self.values[section, option]
        except KeyError as error:
            raise MissingSetting from error

    def set(self, section, option, value):
        self.values[section, option] = value


@pytest.fixture
def exact(make, monkeypatch):
    """The library, logged in to the Dutch administration."""
    sandbox = make()
    monkeypatch.setattr(http.opt_secure, "protocols", ("http",))
    with sandbox.serve() as base:
        api = ExactApi(storage=Memory(base, sandbox))
        query = parse_qs(urlsplit(api.create_auth_request_url()).query)
        form = {name: values[0] for name, values in query.items()}
        form.update(username="demo", password="demo", division="1002", action="allow")
        answer = Client(sandbox).post("/api/oauth2/auth", data=form)
        api.request_token(parse_qs(urlsplit(answer.location).query)["code"][0])
        assert api.get_divisions() == ({1002: "Optedo Demo BV (NL)"}, 1002)
        api.set_division(1002)
        yield api


class Customer(ExactCustomer):
    def get_code(self):
        return "255"

    def get_name(self):
        return "SOME CUSTOMER"

    def assemble(self):
        return {**super().assemble(), "PaymentConditionSales": 14}


class Invoice(ExactInvoice):
    amount = Decimal("12.60")

    def get_customer(self):
        return Customer(api=self._api)

    def get_created_date(self):
        return date(2026, 6, 15)

    def get_exact_journal(self):
        return "70"

    def get_ledger_lines(self):
        rows = (("8000", 21, self.amount), ("8030", 0, Decimal("5.00")))
        return [
            {
                "code": code,
                "vat_percentage": rate,
                "total_amount_excl_vat": amount,
                "description": "items",
            }
            for code, rate, amount in rows
        ]

    def get_invoice_number(self):
        return "2026-0017"

    def get_total_vat(self):
        return (self.amount * Decimal("0.21")).quantize(Decimal("0.01"))

    def get_total_amount_incl_vat(self):
        return self.amount + self.get_total_vat() + 5

    def hint_exact_invoice_number(self):
        return 20260017


def test_an_invoice_from_beginning_to_end(exact):
    invoice = Invoice(api=exact)
    made = invoice.commit()
    assert made["InvoiceNumber"] == 20260017
    shown = exact.invoices.get(invoice_number="2026-0017")
    assert (shown["AmountFC"], shown["VATAmountFC"]) == (20.25, 2.65)
    assert [line["VATCode"] for line in shown["SalesEntryLines"]] == ["2  ", "0  "]
    invoice.amount = Decimal("100")
    invoice.commit()
    again = exact.invoices.get(invoice_number="2026-0017")
    assert again["EntryID"] == shown["EntryID"] and again["AmountFC"] == 126
    (item,) = exact.receivables.filter(duedate__lt=date(2030, 1, 1))
    assert (item["Amount"], item["AccountCode"].strip()) == (126, "255")
    assert exact.relations.get(relation_code="255")["Name"] == "SOME CUSTOMER"
    exact.invoices.delete(again["EntryID"])
    with pytest.raises(ObjectDoesNotExist):
        exact.invoices.get(invoice_number="2026-0017")


def test_lists(exact):
    assert len(exact.vatcodes.all()) > 10
    assert len(exact.ledgeraccounts.all()) > 10
