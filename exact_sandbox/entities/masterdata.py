"""Ledger accounts, journals, VAT codes, conditions, periods (exact-api 4.7)."""

from decimal import Decimal

from ..books import periods, vat
from ..errors import Violation
from ..seed.words import translated
from .base import ComputedSet, EntitySet, register

#: cash, bank, payment service, sales and purchase journals (exact-api 4.7)
_WITH_ACCOUNT = (10, 12, 16, 20, 22)
_VAT_KINDS = {"Type": ("E", "I", "B", "N"), "VATTransactionType": ("B", "P", "S")}


class _GLAccounts(EntitySet):
    table = "gl_accounts"
    label = "GLAccount"
    deleted_type = 7

    def get_Description(self, context, row):
        """In the language of the header CustomDescriptionLanguage, where asked."""
        language = context.description_language
        text = row["Description"]
        return translated(text, language) if language else text


@register
class GLAccounts(_GLAccounts):
    paths = ("financial/GLAccounts", "bulk/Financial/GLAccounts")

    def create(self, context, values, nested):
        defaults = {
            "Type": 90,
            "BalanceSide": "D",
            "BalanceType": "B",
            "IsBlocked": False,
            "UseCostcenter": 0,
            "UseCostunit": 0,
            "Matching": False,
            "SearchCode": values.get("Code"),
        }
        return super().create(context, {**defaults, **values}, nested)


@register
class Journals(EntitySet):
    path = "financial/Journals"
    table = "journals"
    label = "Journal"

    def get_GLAccountType(self, context, row):
        account = context.admin.gl_accounts.get(row.get("GLAccount"))
        return account["Type"] if account else None

    def create(self, context, values, nested):
        missing = [name for name in ("Code", "Description") if not values.get(name)]
        if missing:
            raise Violation("mandatory", field=missing[0])
        defaults = {
            "Type": 90,
            "Currency": context.admin.settings["currency"],
            "AllowVariableCurrency": False,
            "AllowVariableExchangeRate": False,
            "AllowVAT": False,
            "IsBlocked": False,
        }
        return super().create(context, {**defaults, **values}, nested)

    def check(self, context, values, row):
        """A journal that books on an account of its own needs one."""
        super().check(context, values, row)
        merged = {**(row or {}), **values}
        if merged["Type"] in _WITH_ACCOUNT and not merged.get("GLAccount"):
            raise Violation("mandatory", field="GLAccount")


@register
class VATCodes(EntitySet):
    path = "vat/VATCodes"
    table = "vat_codes"
    label = "VATCode"
    pads = {"Code": (3, "right")}
    navigation = {"VATPercentages": ("vat/VatPercentages", "VATCodeID")}

    def get_Percentage(self, context, row):
        """The rate valid today; read-only here (exact-api 4.7)."""
        return vat.rate_at(context.admin, row, context.admin.clock.today())

    def create(self, context, values, nested):
        defaults = {
            "Type": vat.EXCLUDING,
            "VATTransactionType": "B",
            "Charged": False,
            "EUSalesListing": "N",
            "IsBlocked": False,
        }
        percentages = nested.get("VATPercentages", [])
        row = super().create(context, {**defaults, **values}, {})
        for number, item in enumerate(percentages, start=1):
            values = {"Percentage": Decimal(0), "Type": 0, **item[0]}
            values.update(VATCodeID=row["ID"], LineNumber=number)
            context.admin.insert("vat_percentages", **values)
        return row

    def check(self, context, values, row):
        super().check(context, values, row)
        for name, allowed in _VAT_KINDS.items():
            if name in values and values[name] not in allowed:
                raise Violation("invalid", field=name)

    def remove(self, context, row):
        super().remove(context, row)
        for rate in context.admin.vat_percentages.by("VATCodeID", row["ID"]):
            context.admin.delete("vat_percentages", rate["ID"])


@register
class VatPercentages(EntitySet):
    path = "vat/VatPercentages"
    table = "vat_percentages"
    written_with_parent = True


@register
class PaymentConditions(EntitySet):
    path = "cashflow/PaymentConditions"
    table = "payment_conditions"

    def create(self, context, values, nested):
        defaults = {
            "PaymentDays": 0,
            "PaymentEndOfMonths": 0,
            "PaymentMethod": "B",
            "DiscountPaymentDays": 0,
            "DiscountPercentage": Decimal(0),
        }
        return super().create(context, {**defaults, **values}, nested)


@register
class FinancialPeriods(EntitySet):
    path = "financial/FinancialPeriods"
    table = "periods"


@register
class JournalStatusList(ComputedSet):
    paths = (
        "read/financial/JournalStatusList",
        "read/financial/JournalStatusByFinancialPeriod",
    )

    def rows(self, context):
        """Every journal in every period, open (0) or closed (1)."""
        admin = context.admin
        found = [
            {
                "Journal": journal["Code"],
                "JournalDescription": journal["Description"],
                "JournalType": journal["Type"],
                "Year": period["FinYear"],
                "Period": period["FinPeriod"],
                "Status": periods.status(
                    admin, journal["Code"], period["FinYear"], period["FinPeriod"]
                ),
            }
            for journal in admin.journals
            for period in admin.periods
        ]
        return sorted(found, key=lambda row: self._sort_key(context, row))


@register
class Currencies(EntitySet):
    path = "general/Currencies"
    table = "currencies"


@register
class ExchangeRates(EntitySet):
    path = "financial/ExchangeRates"
    table = "exchange_rates"

    def create(self, context, values, nested):
        defaults = {
            "TargetCurrency": context.admin.settings["currency"],
            "StartDate": context.admin.clock.today(),
        }
        if (values.get("Rate") or 0) <= 0:
            raise Violation("mandatory", field="Rate")
        return super().create(context, {**defaults, **values}, nested)

    def check(self, context, values, row):
        super().check(context, values, row)
        rate = values.get("Rate", 1)
        if rate is None or rate <= 0:
            raise Violation("invalid", field="Rate")
        if "StartDate" in values and values["StartDate"] is None:
            raise Violation("mandatory", field="StartDate")


class _Analytic(EntitySet):
    def create(self, context, values, nested):
        if "Active" in self.type.properties:
            values = {"Active": True, **values}
        return super().create(context, values, nested)


@register
class Costcenters(_Analytic):
    path = "hrm/Costcenters"
    table = "cost_centers"
    label = "CostCenter"


@register
class Costunits(_Analytic):
    path = "hrm/Costunits"
    table = "cost_units"
    label = "CostUnit"
