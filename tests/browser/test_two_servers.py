"""Two Odoo servers on one database, with five administrations: nothing happens twice.

Each server is a process with a scheduler of its own, as on two hosts.
"""

from contextlib import suppress
from datetime import date, timedelta
from functools import partial

import pytest

from dev.server import OdooServer
from tests.browser.remote import ENTRIES, Exact, Odoo, wait_for
from tests.browser.test_bill_import import map_codes
from tests.browser.test_exactly_once import at_once

DIVISIONS = (1001, 1003, 1004, 1005, 1006)
CLAIMED = 1007  # that two companies want
EACH = 8  # invoices of each administration


@pytest.fixture(scope="module")
def group(servers):
    """Both servers, and invoices of five administrations that wait to be booked."""
    first, sandbox = servers
    exact = Exact(sandbox.url)
    for division in (*DIVISIONS[1:], CLAIMED):
        exact.found(division, f"Vestiging {division}")
    remote = Odoo(first.url, first.database)
    [me] = remote.call("res.users", "read", [remote.uid], ["company_id"])
    main = me["company_id"][0]
    values = {"exact_separate_per_location": True}
    remote.call("res.company", "write", [main], values)
    companies = {remote.connect(sandbox, (*DIVISIONS, CLAIMED)): main}
    for division in DIVISIONS[1:]:
        branch, administration = remote.connect_branch(f"Shop {division}", division)
        companies[administration] = branch
    with OdooServer(first.env, first.database) as second:
        yield Group(remote, Odoo(second.url, second.database), exact, companies)


class Group:
    """A group of companies that two servers work for."""

    def __init__(self, remote, other, exact, companies):
        self.remote, self.other, self.exact = remote, other, exact
        self.companies = companies
        self.customer = remote.customer("Klant van allen BV")
        self.invoices = {
            administration: [
                self.invoice(administration, 100.0 + number) for number in range(EACH)
            ]
            for administration in companies
        }
        self.all = sum(self.invoices.values(), [])

    def invoice(self, administration, price=100.0):
        """A posted invoice of the company of an administration."""
        company = self.companies[administration]
        return self.remote.invoice(self.customer, price, company_id=company)

    def export(self, invoices):
        """Start an export of these of one administration."""
        page = self.remote.call("account.move", "action_exact_synchronise", invoices)
        self.remote.call("exact.synchronise", "action_start", [page["res_id"]])

    def both(self, job):
        """Let both servers do the same job of each administration at once."""

        def run(remote, administration):
            # One of them is told that the other has it.
            with suppress(RuntimeError):
                remote.run_job(administration, job)

        for administration in self.companies:
            at_once(
                *(
                    partial(run, one, administration)
                    for one in (self.remote, self.other)
                )
            )

    def states(self):
        rows = self.remote.call("account.move", "read", self.all, ["exact_state"])
        return {row["exact_state"] for row in rows}


def test_each_administration_is_finished_and_each_invoice_is_booked_once(group):
    remote, exact = group.remote, group.exact
    for administration, invoices in group.invoices.items():
        group.export(invoices)
        assert remote.administration(invoices[0]) == administration
    group.both("export_cron_id")
    wait_for(lambda: group.states() == {"exported"})
    runs = remote.call("exact.run", "search_read", [], ["state", "done", "failed"])
    wait_for(
        lambda: (
            {
                (run["state"], run["done"], run["failed"])
                for run in remote.call(
                    "exact.run", "search_read", [], ["state", "done", "failed"]
                )
            }
            == {("done", EACH, 0)}
        )
    )
    assert len(runs) == len(DIVISIONS)
    for division in DIVISIONS:
        path = f"/{division}/{ENTRIES}"
        assert len(exact.calls("POST", path)) == EACH, division
        assert len(exact.calls("POST", f"/{division}/crm/Accounts")) == 1, division
    numbers = remote.call("account.move", "read", group.all, ["exact_entry_guid"])
    assert len({row["exact_entry_guid"] for row in numbers}) == len(group.all)


def test_both_take_part(group):
    """While one of them is in the middle of its calls, the other does all else."""
    remote, exact = group.remote, group.exact
    [main, *branches] = group.companies
    held = [group.invoice(main) for _number in range(5)]
    others = [group.invoice(administration) for administration in branches]
    path = f"/{DIVISIONS[0]}/{ENTRIES}"
    before = len(exact.calls("POST", path))
    exact.fault("delay", path=path, method="POST", seconds=20, count=0)
    group.export(held)
    wait_for(lambda: len(exact.calls("POST", path)) > before)
    for invoice in others:
        group.export([invoice])
    # Each server has one thread for jobs, and that of the first who came is held up.
    wait_for(lambda: {remote.state(invoice) for invoice in others} == {"exported"})
    assert "queued" in {remote.state(invoice) for invoice in held}
    exact.clear_faults()
    wait_for(lambda: {remote.state(invoice) for invoice in held} == {"exported"})
    assert len(exact.calls("POST", path)) == before + len(held)


def test_a_payment_comes_once_whoever_checks(group):
    remote = group.remote
    for division, invoices in zip(DIVISIONS, group.invoices.values(), strict=True):
        for invoice in invoices[:2]:
            guid = remote.read(invoice, "exact_entry_guid")["exact_entry_guid"]
            group.exact.pay(division, guid)
    paid = [invoice for invoices in group.invoices.values() for invoice in invoices[:2]]

    def all_paid():
        rows = remote.call("account.move", "read", paid, ["payment_state"])
        return {row["payment_state"] for row in rows} == {"paid"}

    for _attempt in range(2):
        group.both("payment_cron_id")
    wait_for(all_paid)
    made = remote.call(
        "account.payment", "search_read", [], ["reconciled_invoice_ids", "amount"]
    )
    settled = [
        invoice for payment in made for invoice in payment["reconciled_invoice_ids"]
    ]
    assert sorted(set(settled) & set(paid)) == sorted(paid)
    assert all(settled.count(invoice) == 1 for invoice in paid)


def test_an_export_at_its_time_starts_once(group):
    remote = group.remote
    [main, *_others] = group.companies
    invoice = remote.invoice(
        remote.customer("Vrijdagavond BV"), company_id=group.companies[main]
    )
    # Among the demo invoices, which go too, some have a tax without a VAT code.
    options = {"export_scheduled": True, "on_error": "continue"}
    remote.call("exact.administration", "write", [main], options)
    remote.let_export_be_due(main)
    group.both("schedule_cron_id")
    wait_for(lambda: remote.state(invoice) == "exported")
    runs = remote.call("exact.run", "search", [("origin", "=", "schedule")])
    assert len(runs) == 1


def test_a_bill_comes_once_whoever_reads(group):
    remote = group.remote
    [main, *_others] = group.companies
    map_codes(remote.call, main, group.companies[main])
    options = {
        "import_bills": "posted",
        "import_bills_from": str(date.today() - timedelta(days=30)),
    }
    remote.call("exact.administration", "write", [main], options)
    remote.call("exact.administration", "action_start_bills", [main])
    numbers = [f"P-2026-{number}" for number in range(EACH)]
    for number in numbers:
        group.exact.book_bill(DIVISIONS[0], number, "200.00")
    booked = [("move_type", "=", "in_invoice"), ("ref", "in", numbers)]

    def refs():
        bills = remote.call("account.move", "search_read", booked, ["ref"])
        return sorted(bill["ref"] for bill in bills)

    for _attempt in range(2):
        group.both("bill_cron_id")
    wait_for(lambda: len(refs()) >= len(numbers))
    assert refs() == numbers


def test_the_lists_of_exact_are_kept_once_whoever_reads(group):
    remote = group.remote
    for administration in group.companies:
        never = {"references_read_at": False, "periods_read_at": False}
        remote.put("exact.administration", administration, **never)
    group.both("reference_cron_id")

    def read_at():
        rows = remote.call(
            "exact.administration",
            "read",
            list(group.companies),
            ["references_read_at", "periods_read_at"],
        )
        return all(row["references_read_at"] and row["periods_read_at"] for row in rows)

    wait_for(read_at)
    for model, key in (
        ("exact.reference", ("administration_id", "kind", "guid")),
        ("exact.period", ("administration_id", "year", "number")),
    ):
        rows = remote.call(model, "search_read", [], list(key))
        kept = [str([row[name] for name in key]) for row in rows]
        assert kept
        assert len(kept) == len(set(kept)), model


def test_two_companies_choose_one_administration_at_once(servers, group):
    """Under two logins: the administration is one, whoever enters it."""
    remote = group.remote
    made = [remote.connect_branch(name)[1] for name in ("Quay", "Square")]
    remote.give_own_login(made[1], servers[1], (CLAIMED,))
    errors = at_once(
        partial(remote.choose, made[0], CLAIMED),
        partial(group.other.choose, made[1], CLAIMED),
    )
    assert len(errors) == 1
    assert "booked in this administration already" in errors[0]
    rows = remote.call("exact.administration", "read", made, ["division"])
    assert sorted(row["division"] for row in rows) == [0, CLAIMED]
