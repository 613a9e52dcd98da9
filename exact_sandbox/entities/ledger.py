"""TransactionLines, general journal and bank entries (exact-api 4.5, 4.8)."""

from decimal import Decimal

from ..books import bank, general, periods
from ..books.currency import rate_of
from ..books.lines import analytic, gl_account_of
from ..books.money import cents
from ..errors import Violation
from .base import EntitySet, register
from .sync import Sync


class _TransactionLines(EntitySet):
    table = "transaction_lines"

    def get_VATType(self, context, row):
        code = context.admin.coded("vat_codes", row.get("VATCode"))
        return code["Type"] if code else None


@register
class TransactionLines(_TransactionLines):
    paths = (
        "financialtransaction/TransactionLines",
        "bulk/Financial/TransactionLines",
    )


@register
class SyncTransactionLines(Sync, _TransactionLines):
    path = "sync/Financial/TransactionLines"


@register
class GeneralJournalEntries(EntitySet):
    path = "generaljournalentry/GeneralJournalEntries"
    table = "general_entries"
    select_required = True
    navigation = {
        "GeneralJournalEntryLines": (
            "generaljournalentry/GeneralJournalEntryLines",
            "EntryID",
        )
    }

    def create(self, context, values, nested):
        lines = self.lines_of(context, nested, "GeneralJournalEntryLines")
        return general.create(context.admin, values, lines)

    def remove(self, context, row):
        general.remove(context.admin, row)


@register
class GeneralJournalEntryLines(EntitySet):
    path = "generaljournalentry/GeneralJournalEntryLines"
    table = "general_lines"

    def get_EntryNumber(self, context, row):
        return context.admin.general_entries.get(row["EntryID"])["EntryNumber"]

    def create(self, context, values, nested):
        """A line alone must keep the entry in balance, so its amount is zero."""
        entry = context.admin.general_entries.get(values["EntryID"])
        if entry is None:
            raise Violation("reference", field="EntryID")
        self.check_references(context, values)
        return general.add_line(context.admin, entry, values)


@register
class BankEntries(EntitySet):
    path = "financialtransaction/BankEntries"
    table = "bank_entries"
    navigation = {"BankEntryLines": ("financialtransaction/BankEntryLines", "EntryID")}

    def create(self, context, values, nested):
        lines = self.lines_of(context, nested, "BankEntryLines")
        return book_bank(context.admin, values, lines)

    def remove(self, context, row):
        bank.remove(context.admin, row)


@register
class BankEntryLines(EntitySet):
    path = "financialtransaction/BankEntryLines"
    table = "bank_lines"

    def create(self, context, values, nested):
        entry = context.admin.bank_entries.get(values["EntryID"])
        if entry is None:
            raise Violation("reference", field="EntryID")
        self.check_references(context, values)
        journal = context.admin.coded("journals", entry["JournalCode"])
        line = _prepared(context.admin, values, journal, entry["Currency"])
        return bank.add_line(context.admin, entry, line)


def book_bank(admin, values, raw_lines):
    """A bank entry as the API takes it: booked, not matched (exact-api 4.8)."""
    journal = bank.journal_for(admin, values["JournalCode"])
    currency = values.get("Currency") or journal["Currency"]
    lines = [_prepared(admin, line, journal, currency) for line in raw_lines]
    day = lines[0]["Date"]
    if values.get("FinancialYear") and values.get("FinancialPeriod"):
        year, number = values["FinancialYear"], values["FinancialPeriod"]
        period = periods.period_at(admin, year, number)
    else:
        period = periods.period_of(admin, day)
    entry, made = bank.create(admin, journal, period, lines, **values)
    for line in made:
        bank.party_term(admin, entry, line)
    return entry


def _prepared(admin, line, journal, currency):
    account = gl_account_of(admin, line.get("GLAccount"), refused=())
    if line.get("AmountFC") is None:
        raise Violation("mandatory", field="AmountFC")
    if account["Type"] in general.PARTY_TYPES and not line.get("Account"):
        raise Violation("mandatory", field="Account")
    day = line.get("Date") or admin.clock.today()
    rated = {
        "Currency": currency,
        "Rate": line.get("ExchangeRate"),
        "EntryDate": day,
    }
    _, rate = rate_of(admin, rated, journal)
    amount = cents(line["AmountFC"])
    return {
        **line,
        "Date": day,
        "AmountFC": amount,
        "AmountDC": cents(amount * Decimal(rate)),
        "ExchangeRate": rate,
        "CostCenter": analytic(admin, line, account, "CostCenter"),
        "CostUnit": analytic(admin, line, account, "CostUnit"),
    }
