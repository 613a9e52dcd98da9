"""Notices to subscribers: the empty validation call, and signed events (4.10)."""

import hashlib
import hmac
import http.client
import json
import queue
import threading
import time
import urllib.error
import urllib.request
from collections import deque

#: table → (topic, address of the set)
SOURCES = {
    "accounts": ("Accounts", "crm/Accounts"),
    "addresses": ("Addresses", "crm/Addresses"),
    "attachments": ("DocumentAttachments", "documents/DocumentAttachments"),
    "bank_accounts": ("BankAccounts", "crm/BankAccounts"),
    "bank_entries": ("BankEntries", "financialtransaction/BankEntries"),
    "contacts": ("Contacts", "crm/Contacts"),
    "documents": ("Documents", "documents/Documents"),
    "general_entries": (
        "GeneralJournalEntries",
        "generaljournalentry/GeneralJournalEntries",
    ),
    "gl_accounts": ("GLAccounts", "financial/GLAccounts"),
    "purchase_entries": ("PurchaseEntries", "purchaseentry/PurchaseEntries"),
    "purchase_lines": ("PurchaseEntries", "purchaseentry/PurchaseEntryLines"),
    "sales_entries": ("SalesEntries", "salesentry/SalesEntries"),
    "sales_lines": ("SalesEntries", "salesentry/SalesEntryLines"),
    "transaction_lines": (
        "FinancialTransactions",
        "financialtransaction/TransactionLines",
    ),
}
#: Topics one may subscribe to; those without a source here never fire.
TOPICS = {topic for topic, _ in SOURCES.values()} | {
    "CashEntries",
    "CostTransactions",
    "GoodsDeliveries",
    "Items",
    "PurchaseOrders",
    "Quotations",
    "SalesInvoices",
    "SalesOrders",
    "StockPositions",
    "Subscriptions",
    "TimeTransactions",
}
VALIDATION_AFTER = 1.0
TIMEOUT = 10
KEPT = 500


def message_for(content, secret):
    """Body of an event: compact JSON; the hash covers the text of ``Content``.

    "UPPERCASE hex HMAC-SHA256 of the raw text between {"Content": and ,"HashCode":".
    """
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    code = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
    return f'{{"Content":{text},"HashCode":"{code}"}}'


#: without the proxies of the environment, which know nothing of loopback
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def post(address, data):
    """Send one call; returns the status, or the error as text."""
    request = urllib.request.Request(
        address,
        data=data,
        method="POST",
        headers={"Content-Type": "application/json; charset=utf-8"},
    )
    try:
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__


class Webhooks:
    """Queue and log of notices; sent by one daemon thread, in order.

    ``send`` can be replaced by a function ``(address, bytes) → status`` in tests.
    """

    def __init__(self, sandbox, secret):
        self.sandbox = sandbox
        self.secret = secret
        self.send = post
        #: what was sent: dicts of address, body, status
        self.log = deque(maxlen=KEPT)
        self._queue = queue.Queue()
        self._thread = None

    def validate(self, address):
        """The empty POST about a second after subscribing."""
        self._enqueue(address, b"", time.monotonic() + VALIDATION_AFTER)

    def changed(self, admin, changes):
        """Notify of the changes of one unit of work: ``{(table, key): action}``."""
        if not len(admin.subscriptions):
            return
        for (table, key), action in changes.items():
            topic, path = SOURCES[table]
            for row in admin.subscriptions:
                if row["Topic"] == topic:
                    body = self._event(admin, topic, path, key, action)
                    self._enqueue(row["CallbackURL"], body.encode(), 0)

    def _event(self, admin, topic, path, key, action):
        base = self.sandbox.base_url
        content = {
            "Topic": topic,
            "ClientId": self.sandbox.client_id,
            "Division": admin.code,
            "Action": action,
            "Key": key,
            "ExactOnlineEndpoint": f"{base}/api/v1/{admin.code}/{path}(guid'{key}')",
            "EventCreatedOn": self.sandbox.clock.now().isoformat(
                timespec="milliseconds"
            ),
        }
        return message_for(content, self.secret)

    def _enqueue(self, address, data, not_before):
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._queue.put((address, data, not_before))

    def _run(self):
        while True:
            address, data, not_before = self._queue.get()
            pause = not_before - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            status = self.send(address, data)
            self.log.append({"address": address, "body": data, "status": status})
            self._queue.task_done()

    def wait(self):
        """Block until all notices so far were sent (for tests)."""
        self._queue.join()
