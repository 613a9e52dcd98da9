"""sync/*: rows in order of their last change (exact-api 4.9)."""

from datetime import timedelta

from ..edm import read
from ..errors import BadRequest
from .accounts import ACCOUNT_CODE, _Accounts
from .base import ComputedSet, EntitySet, register
from .cashflow import Terms
from .masterdata import _GLAccounts

#: "kept 2 months only" (exact-api 4.9)
KEPT_DAYS = 61


class Sync:
    """Mixin: the key is the Timestamp, and so is the order."""

    def scan(self, context, after=None):
        table = context.admin.tables[self.table]
        for row in table.changed_after(after or 0):
            if self.visible(context, row):
                yield row

    def find(self, context, key):
        for row in self.scan(context, key - 1):
            return row if row["Timestamp"] == key else None
        return None


@register
class PaymentTerms(Sync, Terms):
    path = "sync/Cashflow/PaymentTerms"


@register
class SyncAccounts(Sync, _Accounts):
    path = "sync/CRM/Accounts"
    pads = ACCOUNT_CODE


@register
class SyncGLAccounts(Sync, _GLAccounts):
    path = "sync/Financial/GLAccounts"


@register
class Deleted(Sync, EntitySet):
    path = "sync/Deleted"
    table = "deleted"

    def visible(self, context, row):
        age = context.sandbox.clock.now() - row["DeletedDate"]
        return age <= timedelta(days=KEPT_DAYS)


#: endPoint of SyncTimestamp → table
_ENDPOINTS = {
    "accounts": "accounts",
    "addresses": "addresses",
    "contacts": "contacts",
    "documentattachments": "attachments",
    "documents": "documents",
    "glaccounts": "gl_accounts",
    "paymentterms": "terms",
    "transactionlines": "transaction_lines",
}


@register
class SyncTimestamp(ComputedSet):
    """A start for a sync: ``?modified=datetime'…'&endPoint='…'`` (exact-api 4.9).

    Parameter names are uncertain, hence read without regard to case.
    """

    path = "read/sync/Sync/SyncTimestamp"

    def rows(self, context):
        given = {name.lower(): text for name, text in context.arguments.items()}
        endpoint = given.get("endpoint", "").strip("'")
        table = _ENDPOINTS.get(endpoint.rpartition("/")[2].lower())
        text = given.get("modified", "").removeprefix("datetime").strip("'")
        try:
            moment = read("Edm.DateTime", text)
        except ValueError as error:
            raise BadRequest("Bad Request - Error in query syntax.") from error
        if table is None:
            raise BadRequest("Bad Request - Error in query syntax.")
        older = [
            row["Timestamp"]
            for row in context.admin.tables[table]
            if row["Modified"] < moment
        ]
        return [
            {
                "API": endpoint,
                "Modified": moment,
                "TimeStampAsBigInt": max(older, default=1),
            }
        ]
