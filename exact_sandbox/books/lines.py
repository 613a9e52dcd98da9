"""One line of a sales or purchase entry (exact-api 4.2, 11)."""

from ..errors import Violation
from . import vat
from .money import ZERO, cents

#: Ledger accounts of these types take no revenue or cost line (exact-api 11).
REFUSED_TYPES = (20, 24)
MANDATORY = 1


def gl_account_of(admin, gl_account_id, refused=REFUSED_TYPES):
    """The ledger account of a line, refused where it may not be used."""
    if gl_account_id is None:
        raise Violation("mandatory", field="GLAccount")
    account = admin.gl_accounts.get(gl_account_id)
    if account is None:
        raise Violation("reference", field="GLAccount")
    if account.get("IsBlocked"):
        raise Violation("blocked", field="GLAccount")
    if account["Type"] in refused:
        raise Violation("gl_type")
    return account


#: property of a line → table of its codes, flag on the ledger account
_ANALYTIC = {
    "CostCenter": ("cost_centers", "UseCostcenter"),
    "CostUnit": ("cost_units", "UseCostunit"),
}


def analytic(admin, line, account, name):
    """The cost centre or unit of a line, demanded where the account says so."""
    table, flag = _ANALYTIC[name]
    code = (line.get(name) or "").strip()
    if not code:
        if account.get(flag) == MANDATORY:
            raise Violation("mandatory", field=name)
        return None
    if admin.coded(table, code) is None:
        raise Violation("reference", field=name)
    return code


def _non_deductible(kind, line, account, amount):
    """The part of a purchase's VAT that is cost (fraction on the line or account)."""
    if kind.vat_side != "P":
        return ZERO
    share = line.get("VATNonDeductiblePercentage")
    if share is None:
        share = account.get("VATNonDeductiblePercentage") or 0
    if not 0 <= share <= 1:
        raise Violation("invalid", field="VATNonDeductiblePercentage")
    return cents(amount * share)


def compute(admin, kind, line, header, party, number):
    """A stored line from a sent one: amounts, VAT, references checked."""
    account = gl_account_of(admin, line.get("GLAccount"))
    if line.get("AmountFC") is None:
        raise Violation("mandatory", field="AmountFC")
    centre = analytic(admin, line, account, "CostCenter")
    unit = analytic(admin, line, account, "CostUnit")
    day, rate = header["EntryDate"], header["Rate"]
    sent = {"VATCode": line.get("VATCode"), "VATPercentage": line.get("VATPercentage")}
    if line.get("SentVAT"):
        sent = line["SentVAT"]
    override = line.get("SentVATAmountFC", line.get("VATAmountFC"))
    code = vat.resolve(admin, kind.vat_side, sent, account, day)
    result = vat.compute(admin, code, line["AmountFC"], override, day)
    return {
        **{name: value for name, value in line.items() if name not in _STAMPS},
        "LineNumber": number,
        "CostCenter": centre,
        "CostUnit": unit,
        "Type": header.get("Type", kind.entry_type),
        "AmountFC": cents(line["AmountFC"]),
        "AmountDC": cents(line["AmountFC"] * rate),
        "VATCode": code["Code"] if code else None,
        "VATPercentage": result.rate if code else None,
        "VATAmountFC": result.vat,
        "VATAmountDC": cents(result.vat * rate),
        "VATBaseAmountFC": result.base,
        "VATBaseAmountDC": cents(result.base * rate),
        "Charged": result.charged,
        "NonDeductibleFC": _non_deductible(kind, line, account, result.vat),
        "SentVAT": sent,
        "SentVATAmountFC": override,
    }


_STAMPS = ("Created", "Creator", "Modified", "Modifier", "Division", "Timestamp")
