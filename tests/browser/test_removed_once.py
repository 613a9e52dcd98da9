"""An entry is removed once, with real processes: twice at once, a payment, a crash."""

import contextlib
import threading
import time

import pytest
import requests

from tests.browser.remote import Books, Exact, Odoo, wait_for
from tests.browser.test_exactly_once import at_once

ENTRIES = "salesentry/SalesEntries"


@pytest.fixture(scope="module")
def connected(servers):
    odoo, exact = servers
    remote = Odoo(odoo.url, odoo.database)
    remote.connect(exact)
    return remote, Exact(exact.url)


def remove(remote, invoice):
    """The button on the form, the reason, and the button of the dialog."""
    action = remote.call("account.move", "action_exact_undo", [invoice])
    wizard = [action["res_id"]]
    remote.call("exact.remove", "write", wizard, {"reason": "Wrong ledger account"})
    remote.call("exact.remove", "action_remove", wizard)


def booked(remote, name):
    invoice = remote.invoice(remote.customer(name))
    remote.book(invoice)
    assert remote.state(invoice) == "exported"
    return invoice


def deletes(exact):
    return len(exact.calls("DELETE", ENTRIES))


def test_two_users_remove_at_once(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    invoice = booked(remote, "Twee Keer Weg BV")
    other = Odoo(odoo.url, odoo.database)
    before = deletes(exact)
    exact.fault("delay", path=ENTRIES, method="DELETE", seconds=2)
    at_once(lambda: remove(remote, invoice), lambda: remove(other, invoice))
    assert remote.state(invoice) == "none"
    assert deletes(exact) == before + 1


def test_an_invoice_is_not_reset_while_its_entry_is_being_removed(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    invoice = booked(remote, "Nog Even Wachten BV")
    other = Odoo(odoo.url, odoo.database)
    exact.fault("delay", path=ENTRIES, method="DELETE", seconds=3)

    def reset():
        while other.state(invoice) == "exported":
            time.sleep(0.1)
        other.call("account.move", "button_draft", [invoice])

    errors = at_once(lambda: remove(remote, invoice), reset)
    assert len(errors) == 1 and "Being removed" in errors[0]
    assert remote.state(invoice) == "none"


def test_odoo_dies_while_exact_removes(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    invoice = booked(remote, "Stroom Weg Bij Verwijderen BV")
    before = deletes(exact)
    exact.fault("delay", path=ENTRIES, method="DELETE", seconds=6)
    watcher = Odoo(odoo.url, odoo.database)

    def remove_without_answer():
        with pytest.raises(requests.ConnectionError):
            remove(remote, invoice)

    thread = threading.Thread(target=remove_without_answer)
    thread.start()
    while watcher.state(invoice) == "exported":
        time.sleep(0.1)
    odoo.kill()
    thread.join()
    odoo.start()
    remote = Odoo(odoo.url, odoo.database)
    # A job may have looked by itself already; the entry is never free before Exact
    # said that it is gone.
    name = remote.read(invoice, "name")["name"]
    books = Books(exact.url)
    wait_for(lambda: not books.find(ENTRIES, "EntryID", f"YourRef eq '{name}'"))
    administration = remote.administration(invoice)

    def is_gone():
        remote.some_minutes_later()
        with contextlib.suppress(RuntimeError):  # the job may be running by itself
            remote.run_export_job(administration)
        return remote.state(invoice) == "none"

    wait_for(is_gone)
    assert deletes(exact) == before + 1
