"""sync/*: rows in order of their last change (exact-api 4.9)."""

from datetime import timedelta

from .accounts import ACCOUNT_CODE, _Accounts
from .base import EntitySet, register
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
