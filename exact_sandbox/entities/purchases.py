"""purchaseentry/PurchaseEntries and their lines (exact-api 4.3)."""

from ..books.kinds import PURCHASE
from .base import register
from .sales import Headers, Lines


@register
class PurchaseEntries(Headers):
    path = "purchaseentry/PurchaseEntries"
    kind = PURCHASE
    navigation = {"PurchaseEntryLines": ("purchaseentry/PurchaseEntryLines", "EntryID")}


@register
class PurchaseEntryLines(Lines):
    path = "purchaseentry/PurchaseEntryLines"
    kind = PURCHASE
