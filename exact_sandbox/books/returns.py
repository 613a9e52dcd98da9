"""VAT returns: an entry of type 50 that covers the earlier dates (exact-api 6 [L])."""

from decimal import Decimal

from ..errors import Violation
from . import general, periods
from .kinds import KINDS
from .money import ZERO

VAT_ACCOUNT = 24


def file(admin, year, period):
    """File the return up to and including a period.

    The VAT accounts of entries not reported yet are emptied onto the suspense
    account; those entries can no longer be changed or deleted.
    """
    end = periods.period_at(admin, year, period)["EndDate"]
    suspense = admin.setting_account("vat_return")
    if suspense is None:
        raise Violation("mandatory", field="GLAccount")
    vat_accounts = {
        row["ID"] for row in admin.gl_accounts if row["Type"] == VAT_ACCOUNT
    }
    lines = [
        line
        for line in admin.transaction_lines
        if line["GLAccount"] in vat_accounts
        and not line.get("Reported")
        and (line["FinancialYear"], line["FinancialPeriod"]) <= (year, period)
    ]
    if not lines:
        raise Violation("processed")
    totals = {}
    for line in lines:
        before = totals.get(line["GLAccount"], ZERO)
        totals[line["GLAccount"]] = before + line["AmountDC"]
        admin.update("transaction_lines", line, Reported=True)
    rows = [
        {"GLAccount": account, "AmountFC": -total, "AmountDC": -total, "Reported": True}
        for account, total in totals.items()
    ]
    balance = sum(totals.values(), ZERO)
    rows.append({"GLAccount": suspense["ID"], "AmountFC": balance, "AmountDC": balance})
    for row in rows:
        row["Description"] = f"VAT return {year}-{period:02d}"
    made, _, _ = general.own_entry(
        admin, general.VAT_RETURN, end, rows, admin.settings["currency"], Decimal(1)
    )
    _mark_entries(admin, year, period)
    return made


def _mark_entries(admin, year, period):
    for kind in KINDS:
        for entry in admin.tables[kind.headers]:
            covered = (entry["ReportingYear"], entry["ReportingPeriod"])
            if covered <= (year, period) and not entry.get("Reported"):
                admin.update(kind.headers, entry, Reported=True)
