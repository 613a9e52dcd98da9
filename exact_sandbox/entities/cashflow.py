"""Open items as Exact shows them: several names over the same terms (exact-api 4.8)."""

from ..books.money import ZERO
from ..books.settle import CASH_FLOW, MATCHED, PROCESSED, SELECTED
from .base import EntitySet, register

RECEIVABLE, PAYABLE = 20, 22


class Terms(EntitySet):
    """Amounts get their sign from the switches; ``line_type`` None means all."""

    table = "terms"
    line_type = None

    def visible(self, context, row):
        if row["TransactionType"] == CASH_FLOW and not context.switches.receipt_terms:
            return False
        return self.line_type in (None, row["LineType"])

    def _shown(self, context, row, debit):
        """The remaining amount: debit of a receivable, under the switches."""
        if row["Status"] == MATCHED and context.switches.matched_amount_zero:
            return ZERO
        if row["LineType"] == RECEIVABLE:
            return debit * context.switches.receivable_sign
        return -debit * context.switches.payable_sign

    def get_AmountDC(self, context, row):
        return self._shown(context, row, row["DebitDC"])

    def get_AmountFC(self, context, row):
        return self._shown(context, row, row["DebitFC"])

    def _original(self, row, debit):
        return debit if row["LineType"] == RECEIVABLE else -debit

    def get_TransactionAmountDC(self, context, row):
        return self._original(row, row["OriginalDC"])

    def get_TransactionAmountFC(self, context, row):
        return self._original(row, row["OriginalFC"])

    def get_AmountDiscountDC(self, context, row):
        return ZERO

    get_AmountDiscountFC = get_AmountDiscountDC


@register
class Receivables(Terms):
    path = "cashflow/Receivables"
    line_type = RECEIVABLE
    select_required = True


@register
class BulkReceivables(Terms):
    path = "bulk/Cashflow/Receivables"
    line_type = RECEIVABLE


@register
class Payments(Terms):
    """Payables are called Payments (exact-api 4.8)."""

    path = "cashflow/Payments"
    line_type = PAYABLE
    select_required = True


@register
class BulkPayments(Terms):
    path = "bulk/Cashflow/Payments"
    line_type = PAYABLE


class OpenList(Terms):
    """read/financial/…List: only open terms, under shorter names, page 60."""

    names = {
        "AccountId": "Account",
        "CurrencyCode": "Currency",
        "Id": "ID",
        "JournalCode": "Journal",
    }

    def scan(self, context, after=None):
        for row in context.admin.terms.after_serial(after):
            if self.visible(context, row):
                yield row

    def find(self, context, key):
        for row in context.admin.terms.after_serial(key - 1):
            return row if row["HID"] == key and self.visible(context, row) else None
        return None

    def visible(self, context, row):
        return row["Status"] != MATCHED and super().visible(context, row)

    def get_Amount(self, context, row):
        return self._original(row, row["DebitDC"]) * self._sign(context)

    def _sign(self, context):
        return context.switches.receivables_list_sign

    def get_AmountInTransit(self, context, row):
        """What was selected or processed for collection or payment (exact-api 11)."""
        moving = row["Status"] in (SELECTED, PROCESSED)
        return self.get_Amount(context, row) if moving else ZERO

    def get_YourRef(self, context, row):
        """Null for cash-flow lines (exact-api 4.8)."""
        return None if row["TransactionType"] == CASH_FLOW else row.get("YourRef")


@register
class ReceivablesList(OpenList):
    path = "read/financial/ReceivablesList"
    line_type = RECEIVABLE


@register
class ReceivablesListByAccount(ReceivablesList):
    """Function-style: ``…ByAccount?accountId=guid'…'`` (exact-api 4.8)."""

    path = "read/financial/ReceivablesListByAccount"

    def visible(self, context, row):
        return row["Account"] == context.account_id and super().visible(context, row)


@register
class PayablesList(OpenList):
    path = "read/financial/PayablesList"
    line_type = PAYABLE

    def get_ApprovalStatus(self, context, row):
        return 0


@register
class PayablesListByAccount(PayablesList):
    path = "read/financial/PayablesListByAccount"

    def visible(self, context, row):
        return row["Account"] == context.account_id and super().visible(context, row)
