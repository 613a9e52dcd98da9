"""A customer or supplier exactly once, with real processes: twice at once, a crash."""

import threading
import time

import pytest
import requests

from tests.browser.remote import Exact, Odoo
from tests.browser.test_exactly_once import at_once, posts

ACCOUNTS = "crm/Accounts"
BANKS = "crm/BankAccounts"


@pytest.fixture(scope="module")
def connected(servers):
    odoo, exact = servers
    remote = Odoo(odoo.url, odoo.database)
    remote.connect(exact)
    return remote, Exact(exact.url)


def send(remote, partner):
    return remote.call("res.partner", "action_exact_send", [partner])


def link(remote, partner):
    domain = [("partner_id", "=", partner)]
    [row] = remote.call("exact.account", "search_read", domain, ["state", "code"])
    return row


def test_two_users_send_a_customer_at_once(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    other = Odoo(odoo.url, odoo.database)
    partner = remote.customer("Samen Verzonden BV")
    before = posts(exact, ACCOUNTS)
    exact.fault("delay", path=ACCOUNTS, method="POST", seconds=2)
    errors = at_once(lambda: send(remote, partner), lambda: send(other, partner))
    assert all("looked up" in error for error in errors)
    assert posts(exact, ACCOUNTS) == before + 1
    assert link(remote, partner)["state"] == "linked"


def test_sent_by_hand_while_its_invoice_is_booked(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    other = Odoo(odoo.url, odoo.database)
    partner = remote.customer("Met Factuur BV")
    invoice = remote.invoice(partner)
    before = posts(exact, ACCOUNTS)
    exact.fault("delay", path=ACCOUNTS, method="POST", seconds=2)
    at_once(lambda: send(other, partner), lambda: remote.book(invoice))
    if remote.state(invoice) == "queued":
        remote.book(invoice)
    assert remote.state(invoice) == "exported"
    assert posts(exact, ACCOUNTS) == before + 1


def test_contacts_merged_while_one_is_being_created(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    other = Odoo(odoo.url, odoo.database)
    first, second = remote.customer("Blijft BV"), remote.customer("Verdwijnt BV")
    send(remote, first)
    exact.fault("delay", path=ACCOUNTS, method="POST", seconds=3)

    def merge():
        time.sleep(1)
        wizard = remote.call(
            "base.partner.merge.automatic.wizard",
            "create",
            [{"partner_ids": [(6, 0, [first, second])], "dst_partner_id": first}],
        )
        remote.call("base.partner.merge.automatic.wizard", "action_merge", wizard)

    at_once(lambda: send(other, second), merge)
    rows = remote.call(
        "exact.account", "search_read", [("partner_id", "=", first)], ["state"]
    )
    assert [row["state"] for row in rows] == ["linked", "linked"], "no link is lost"


def test_odoo_dies_while_a_bank_account_is_added(servers, connected):
    remote, exact = connected
    odoo, _exact = servers
    partner = remote.customer("Leverancier BV")
    remote.call("res.partner", "write", [partner], {"supplier_rank": 1})
    send(remote, partner)
    remote.call(
        "res.partner.bank",
        "create",
        [
            {
                "partner_id": partner,
                "acc_number": "BE71096123456769",
            }
        ],
    )
    [bank] = remote.call("res.partner.bank", "search", [("partner_id", "=", partner)])
    remote.call("res.partner.bank", "write", [bank], {"allow_out_payment": True})
    before = posts(exact, BANKS)
    exact.fault("delay", path=BANKS, method="POST", seconds=8)

    def send_without_answer():
        with pytest.raises(requests.ConnectionError):
            send(remote, partner)

    thread = threading.Thread(target=send_without_answer)
    thread.start()
    time.sleep(2)
    odoo.kill()
    thread.join()
    odoo.start()
    remote = Odoo(odoo.url, odoo.database)
    # The sandbox adds it seconds after Odoo died; until then it is not sent again.
    for _attempt in range(30):
        try:
            send(remote, partner)
            break
        except RuntimeError as error:
            assert "not certain" in str(error)
            time.sleep(1)
    assert posts(exact, BANKS) == before + 1
    rows = remote.call("exact.bank.account", "search_read", [], ["number", "state"])
    assert [row["state"] for row in rows] == ["there"]
