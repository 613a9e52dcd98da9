"""Exactly once, with real processes: twice at once, edited meanwhile, a crash."""

import contextlib
import threading
import time
from functools import partial

import pytest
import requests

from tests.browser.remote import Books, Exact, Odoo, wait_for

ENTRIES = "salesentry/SalesEntries"


@pytest.fixture(scope="module")
def connected(servers):
    odoo, exact = servers
    remote = Odoo(odoo.url, odoo.database)
    remote.connect(exact)
    return remote, Exact(exact.url)


def at_once(*works):
    """Do the works at the same time; returns the errors that came out."""
    errors = []

    def run(work):
        try:
            work()
        except RuntimeError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def book_without_answer(remote, invoice):
    """Press the button of an Odoo that dies meanwhile."""
    with pytest.raises(requests.ConnectionError):
        remote.book(invoice)


def posts(exact, path):
    return len(exact.calls("POST", path))


def test_two_users_press_the_button_at_once(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    invoice = remote.invoice(remote.customer("Twee Tegelijk BV"))
    other = Odoo(odoo.url, odoo.database)
    before = posts(exact, ENTRIES)
    exact.fault("delay", path=ENTRIES, method="POST", seconds=2)
    at_once(lambda: remote.book(invoice), lambda: other.book(invoice))
    assert remote.state(invoice) == "exported"
    assert posts(exact, ENTRIES) == before + 1


def test_two_invoices_of_a_new_customer_at_once_create_it_once(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    customer = remote.customer("Nieuwe Klant BV")
    first, second = remote.invoice(customer), remote.invoice(customer)
    other = Odoo(odoo.url, odoo.database)
    before = posts(exact, "crm/Accounts")
    exact.fault("delay", path="crm/Accounts", method="POST", seconds=2)
    errors = at_once(lambda: remote.book(first), lambda: other.book(second))
    assert not errors
    for invoice in (first, second):
        if remote.state(invoice) == "queued":
            remote.book(invoice)
    assert remote.state(first) == remote.state(second) == "exported"
    assert posts(exact, "crm/Accounts") == before + 1


def test_many_users_at_once_all_get_their_answer(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    customer = remote.customer("Drukke Dag BV")
    remote.book(remote.invoice(customer))  # known from here on
    sessions = [Odoo(odoo.url, odoo.database) for _number in range(4)]
    before = posts(exact, ENTRIES)
    for _round in range(3):
        invoices = [remote.invoice(customer) for _session in sessions]
        errors = at_once(
            *(
                partial(session.book, invoice)
                for session, invoice in zip(sessions, invoices, strict=True)
            )
        )
        assert not errors
        assert {remote.state(invoice) for invoice in invoices} == {"exported"}
    assert posts(exact, ENTRIES) == before + 3 * len(sessions)


def test_an_edit_during_the_call_waits_or_is_refused(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    invoice = remote.invoice(remote.customer("Bewerkt Intussen BV"))
    other = Odoo(odoo.url, odoo.database)
    exact.fault("delay", path=ENTRIES, method="POST", seconds=2)

    def reset():
        time.sleep(1)
        other.call("account.move", "button_draft", [invoice])

    errors = at_once(lambda: remote.book(invoice), reset)
    assert len(errors) == 1 and "cannot be changed" in errors[0]
    assert remote.read(invoice, "state")["state"] == "posted"
    assert remote.state(invoice) == "exported"


def test_odoo_dies_after_exact_booked(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    invoice = remote.invoice(remote.customer("Stroom Valt Uit BV"))
    before = posts(exact, ENTRIES)
    exact.fault("delay", path=ENTRIES, method="POST", seconds=5)
    thread = threading.Thread(target=book_without_answer, args=(remote, invoice))
    thread.start()
    time.sleep(2)
    odoo.kill()
    thread.join()
    odoo.start()
    remote = Odoo(odoo.url, odoo.database)
    assert remote.state(invoice) == "sending"
    administration = remote.administration(invoice)
    # The sandbox books seconds after Odoo died; until then Exact says "not there".
    name = remote.read(invoice, "name")["name"]
    books = Books(exact.url)
    wait_for(lambda: books.find(ENTRIES, "EntryID", f"YourRef eq '{name}'"))

    def is_found():
        remote.some_minutes_later()
        with contextlib.suppress(RuntimeError):  # the job may be running by itself
            remote.run_export_job(administration)
        return remote.state(invoice) == "exported"

    wait_for(is_found)
    assert posts(exact, ENTRIES) == before + 1


def test_odoo_dies_between_the_document_and_its_file(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    invoice = remote.invoice(remote.customer("Halverwege BV"))
    administration = remote.administration(invoice)
    remote.call("exact.administration", "write", [administration], {"attach_pdf": True})
    remote.give_pdf(invoice)
    entries, documents, files = (
        posts(exact, path)
        for path in (ENTRIES, "documents/Documents", "DocumentAttachments")
    )
    exact.fault("delay", path="DocumentAttachments", method="POST", seconds=5)
    thread = threading.Thread(target=book_without_answer, args=(remote, invoice))
    thread.start()
    while posts(exact, "DocumentAttachments") == files:
        time.sleep(0.2)
    odoo.kill()
    thread.join()
    odoo.start()
    remote = Odoo(odoo.url, odoo.database)
    assert remote.state(invoice) == "exported"
    assert remote.files(invoice) == {"document": "sent", "pdf": "sending"}
    for _attempt in range(30):
        with contextlib.suppress(RuntimeError):  # the job may be running by itself
            remote.run_export_job(administration)
        if remote.files(invoice)["pdf"] == "sent":
            break
        time.sleep(1)
    assert remote.files(invoice) == {"document": "sent", "pdf": "sent"}
    assert posts(exact, ENTRIES) == entries + 1
    assert posts(exact, "documents/Documents") == documents + 1
    assert posts(exact, "DocumentAttachments") == files + 1
    assert remote.state(invoice) == "exported"


def test_two_users_read_the_lists_at_once(servers, connected):
    remote, exact = connected
    odoo, sandbox = servers
    other = Odoo(odoo.url, odoo.database)
    [administration] = remote.call(
        "exact.administration", "search", [("division", "=", 1001)]
    )
    Books(sandbox.url).make("hrm/Costcenters", Code="NEW", Description="New shop")
    exact.fault("delay", path="hrm/Costcenters", method="GET", seconds=2, count=2)
    read = ("exact.administration", "action_read_references", [administration])
    assert at_once(partial(remote.call, *read), partial(other.call, *read)) == []
    made = [("administration_id", "=", administration), ("code", "=", "NEW")]
    assert remote.call("exact.reference", "search_count", made) == 1
