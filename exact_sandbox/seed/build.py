"""Tools that put a company's first data in place, with keys that never change."""

import calendar
import uuid
from datetime import datetime
from decimal import Decimal

_SPACE = uuid.UUID("6f9e4f0e-8f3c-4f43-9a0b-2f6f3f0b6a01")
USER_ID = "3f0b2c6e-6c1f-4d4e-9a57-0d1f5c9b7a10"
HALF = Decimal("0.5")


def key(admin, *parts):
    """A fixed GUID for one thing of one administration."""
    return str(uuid.uuid5(_SPACE, "/".join([str(admin.code), *map(str, parts)])))


def settings(admin, **values):
    """Company data, with what both companies share."""
    year = admin.clock.now().year
    admin.settings.update(
        {
            "currency": "EUR",
            "user": USER_ID,
            "people": {USER_ID: "Demo Koppeling"},
            "blocking_status": 0,
            "start": datetime(year - 1, 1, 1),
            "moved": None,
            **values,
        }
    )
    admin.actor = USER_ID


def currencies(admin):
    """Euro and two others, with Exact's own rates."""
    for code, name in (("EUR", "Euro"), ("USD", "US dollar"), ("GBP", "Pond sterling")):
        admin.insert(
            "currencies", Code=code, Description=name, AmountPrecision=Decimal("0.01")
        )
    year = admin.clock.now().year
    for code, rate in (("USD", "0.92"), ("GBP", "1.17")):
        admin.insert(
            "exchange_rates",
            ID=key(admin, "rate", code),
            SourceCurrency=code,
            TargetCurrency="EUR",
            Rate=Decimal(rate),
            StartDate=datetime(year - 1, 1, 1),
        )


def gl_accounts(admin, rows):
    """Rows: (code, description, type, VAT code, further values)."""
    for code, description, kind, vat, more in rows:
        result = kind >= 110
        admin.insert(
            "gl_accounts",
            ID=key(admin, "gl", code),
            Code=code,
            Description=description,
            SearchCode=code,
            Type=kind,
            BalanceType="W" if result else "B",
            BalanceSide="C" if kind in (22, 24, 50, 60, 110, 140) else "D",
            VATCode=vat,
            Matching=kind in (20, 22),
            Compress=False,
            **{"IsBlocked": False, "UseCostcenter": 0, "UseCostunit": 0, **more},
        )


def journals(admin, rows):
    """Rows: (code, description, type, G/L account code, variable currency)."""
    for code, description, kind, account, variable in rows:
        gl_account = admin.coded("gl_accounts", account)
        admin.insert(
            "journals",
            ID=key(admin, "journal", code),
            Code=code,
            Description=description,
            Type=kind,
            GLAccount=gl_account["ID"] if gl_account else None,
            Currency=admin.settings["currency"],
            AllowVariableCurrency=variable,
            AllowVariableExchangeRate=variable,
            AllowVAT=kind in (20, 22),
            AutoSave=False,
            IsBlocked=False,
        )


def vat_codes(admin, rows, pay, claim):
    """Rows: (code, description, rate, type, side, further values).

    ``rate`` is a percentage, or a list of (percentage, from, until) for a code whose
    rate changes (exact-api 11).
    """
    to_pay, to_claim = (admin.coded("gl_accounts", code)["ID"] for code in (pay, claim))
    for code, description, rate, kind, side, more in rows:
        row = admin.insert(
            "vat_codes",
            ID=key(admin, "vat", code),
            Code=code,
            Description=description,
            Type=kind,
            VATTransactionType=side,
            GLToPay=to_pay,
            GLToClaim=to_claim,
            Country=admin.settings["country"],
            IsBlocked=False,
            **{
                "Charged": False,
                "EUSalesListing": "N",
                "ExcludeVATListing": 0,
                "VatMargin": 0,
                "VATPartialRatio": 0,
                **more,
            },
        )
        rates = rate if isinstance(rate, list) else [(rate, None, None)]
        for number, (percentage, start, end) in enumerate(rates, start=1):
            admin.insert(
                "vat_percentages",
                ID=key(admin, "vat", code, number),
                VATCodeID=row["ID"],
                LineNumber=number,
                Percentage=Decimal(percentage) / 100,
                StartDate=start,
                EndDate=end,
                Type=0,
            )


def payment_conditions(admin, rows):
    """Rows: (code, description, days, end of months, method, further values)."""
    for code, description, days, months, method, more in rows:
        admin.insert(
            "payment_conditions",
            ID=key(admin, "condition", code),
            Code=code,
            Description=description,
            PaymentDays=days,
            PaymentEndOfMonths=months,
            PaymentMethod=method,
            **{
                "DiscountPaymentDays": 0,
                "DiscountPercentage": Decimal(0),
                "DiscountCalculation": "B",
                "VATCalculation": "B",
                "Percentage": Decimal(1),
                **more,
            },
        )


def analytic(admin, centres, units):
    """Cost centres and cost units: (code, description)."""
    for table, rows in (("cost_centers", centres), ("cost_units", units)):
        for code, description in rows:
            more = {"Active": True} if table == "cost_centers" else {}
            admin.insert(
                table,
                ID=key(admin, table, code),
                Code=code,
                Description=description,
                EndDate=None,
                **more,
            )


def accounts(admin, rows):
    """Rows: (code, name, further values); the first is the tax office."""
    for code, name, more in rows:
        admin.insert(
            "accounts",
            ID=key(admin, "account", code),
            Code=code,
            Name=name,
            SearchCode=name[:20].upper(),
            Type="A",
            StartDate=admin.settings["start"],
            StatusSince=admin.settings["start"],
            **{
                "Status": "A",
                "IsSupplier": False,
                "Blocked": False,
                "Country": admin.settings["country"],
                "Language": admin.settings["language"],
                **more,
            },
        )


def years(admin):
    """Last, current and next year in months.

    Of last year the first nine periods are closed; of next year only the first
    quarter is open yet; there are no periods after it.
    """
    current = admin.clock.now().year
    for year in (current - 1, current, current + 1):
        for month in range(1, 13):
            last = calendar.monthrange(year, month)[1]
            admin.insert(
                "periods",
                ID=key(admin, "period", year, month),
                FinYear=year,
                FinPeriod=month,
                StartDate=datetime(year, month, 1),
                EndDate=datetime(year, month, last),
            )
    for journal in admin.journals:
        code = journal["Code"]
        admin.closed |= {f"{code}/{current - 1}/{month}" for month in range(1, 10)}
        admin.closed |= {f"{code}/{current + 1}/{month}" for month in range(4, 13)}


_THIRDS = [
    {"Share": "1", "Days": 0},
    {"Share": "1", "Days": 30},
    {"Share": "1", "Days": 60},
]
#: Payment conditions both companies have.
CONDITIONS = [
    ("00", "Contant", 0, 0, "K", {}),
    ("08", "8 dagen", 8, 0, "B", {}),
    ("14", "14 dagen", 14, 0, "B", {}),
    ("30", "30 dagen", 30, 0, "B", {}),
    ("3E", "30 dagen einde maand", 30, 1, "B", {}),
    ("60", "60 dagen", 60, 0, "B", {}),
    ("3T", "In drie termijnen", 0, 0, "B", {"Instalments": _THIRDS}),
]
UNITS = [("P100", "Project 100"), ("P200", "Project 200")]


def fill(admin, company):
    """Everything a company module holds, in the order it builds on itself."""
    currencies(admin)
    gl_accounts(admin, company.GL_ACCOUNTS)
    journals(admin, company.JOURNALS)
    vat_codes(admin, company.VAT_CODES, *company.VAT_ACCOUNTS)
    payment_conditions(admin, [*CONDITIONS, company.DIRECT_DEBIT])
    analytic(admin, company.CENTRES, UNITS)
    accounts(admin, company.ACCOUNTS)
    years(admin)
