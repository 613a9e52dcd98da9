from datetime import date
from decimal import Decimal
from functools import cached_property

from stdnum.eu import vat as eu_vat

from odoo import fields

from ..exact import payloads
from ..exact.vat import EU_LISTED, Code
from . import issues
from .exact_mapping_vat import vat_issue

# Ledger accounts that take no line of a sale: receivables and VAT (exact-api 11).
NO_SALES_TYPES = ("20", "24")
# Whether a ledger account demands a cost centre or takes none (exact-api 11).
MANDATORY, NOT_ALLOWED = 1, 2
ANALYTIC = {
    # kind of mapping: (plan of the administration, flag on the ledger account)
    "cost_center": ("cost_center_plan_id", "UseCostcenter"),
    "cost_unit": ("cost_unit_plan_id", "UseCostunit"),
}
# Journal items that Odoo makes of others, some without their analytics.
FOLLOWERS = ("epd", "rounding")


class Missing(Exception):
    """Something that the booking needs is not there; ``issue`` names it."""

    def __init__(self, issue_code: str, **params):
        super().__init__(issue_code)
        self.issue = issues.make(issue_code, **params)


class Codes:
    """The codes of Exact that an invoice needs, each checked to fit it.

    Everything here raises ``Missing`` where something is not chosen, no longer there,
    or of another kind than the invoice needs.
    """

    def __init__(self, move, administration):
        self.move = move
        self.administration = administration.sudo()
        self.mappings = move.env["exact.mapping"].sudo()
        # Looked up several times a line: an index, and each tax checked once.
        self.rows = self.mappings._index(self.administration)
        self.vat_codes: dict = {}
        self.gl_accounts: dict = {}
        self.day = move.invoice_date or fields.Date.context_today(move)

    def _mapped(self, kind: str, record):
        return self.rows.get((kind, record.id), self.mappings)

    def _usable(self, reference):
        if not reference._usable():
            raise Missing("reference_gone", name=reference.display_name)
        return reference

    # --- journal -------------------------------------------------------------

    def journal(self) -> str:
        """The code of the journal, which takes the invoice's currency."""
        journal = self.move.journal_id
        reference = self._mapped("journal", journal)._journal_for(self.move)
        if not reference:
            raise Missing("journal_unmapped", journal=journal.display_name)
        if not reference._usable():
            raise Missing(
                "journal_gone", code=reference.code, journal=journal.display_name
            )
        self._check_currency(reference)
        return reference.code

    def _check_currency(self, journal) -> None:
        currency = self.move.currency_id
        if currency == self.move.company_id.currency_id:
            return
        known = self.administration.reference_ids.filtered(
            lambda reference: reference.kind == "currency"
        )
        if known and currency.name not in known.filtered(lambda r: r._usable()).mapped(
            "code"
        ):
            raise Missing("currency_unknown", currency=currency.name)
        own = (journal.attributes or {}).get("Currency")
        allowed = journal._allows("AllowVariableCurrency") or own == currency.name
        if not allowed or not journal._allows("AllowVariableExchangeRate"):
            raise Missing(
                "currency_not_in_journal",
                currency=currency.name,
                journal=journal.display_name,
            )

    # --- VAT -----------------------------------------------------------------

    def is_vat(self, tax) -> bool:
        """Whether a tax goes to Exact as VAT; others are lines of their own."""
        return bool(tax) and not self._is_line_of_its_own(tax)

    def _is_line_of_its_own(self, tax) -> bool:
        return bool(self._mapped("tax", tax).gl_account_id)

    def line_vat(self, item) -> payloads.VatCode:
        """The VAT code of a journal item, also where it is a tax that is no VAT."""
        taxes = item.tax_ids.flatten_taxes_hierarchy().filtered(self.is_vat)
        if len(taxes) > 1:
            raise Missing(
                "several_taxes",
                line=item.name or item.display_name,
                taxes=", ".join(taxes.mapped("display_name")),
            )
        return self.vat(taxes, item)

    def vat(self, tax, item=None) -> payloads.VatCode:
        """The VAT code of a tax, or of "no tax" for the line ``item``."""
        if tax.id not in self.vat_codes:
            self.vat_codes[tax.id] = self._vat(tax, item)
        return self.vat_codes[tax.id]

    def _vat(self, tax, item) -> payloads.VatCode:
        row = self._mapped("tax", tax)
        reference = row.reference_id
        if not reference and tax:
            raise Missing("tax_unmapped", tax=tax.display_name)
        if not reference:
            raise Missing("no_tax_unmapped", line=item.name or item.display_name)
        self._usable(reference)
        if issue := vat_issue(tax, reference, self.day, row.nature_confirmed):
            raise Missing(issue["issue_code"], **issue["issue_params"])
        code = reference._exact_code()
        self._check_place(code, reference)
        return payloads.VatCode(reference.code, code.type, tax._exact_rate())

    def _check_place(self, code: Code, reference) -> None:
        """A code for another country needs a customer who is there (product C3)."""
        data = self.move._exact_party_data()
        party = self.move._exact_party()
        if code.nature in EU_LISTED:
            here = self.move.company_id.account_fiscal_country_id.code
            if not _is_in_other_eu_country(data["vat"] or "", here):
                raise Missing(
                    "party_eu_number_missing",
                    partner=data["name"],
                    number=data["vat"] or "",
                    code=reference.display_name,
                    partner_id=party.id,
                )
        delivered = self.move.partner_shipping_id or self.move.partner_id
        countries = {data["country_id"].code, delivered.country_id.code}
        if code.oss_country and code.oss_country not in countries:
            raise Missing(
                "party_oss_country",
                code=reference.display_name,
                country=code.oss_country,
                partner=data["name"],
                partner_id=party.id,
            )

    # --- ledger accounts -----------------------------------------------------

    def check_gl_accounts(self, items) -> None:
        """Where a ledger account is mandatory: name every line without one (B11)."""
        missing = self.without_gl_account(items)
        if missing:
            raise Missing(
                "account_unmapped",
                lines=", ".join(item.name or "" for item in missing),
                accounts=", ".join(missing.account_id.mapped("display_name")),
            )

    def without_gl_account(self, items):
        """The journal items that a mandatory ledger account misses."""
        administration = self.administration
        if not (
            administration.use_line_gl_account
            and administration.require_line_gl_account
        ):
            return items.browse()
        return items.filtered(
            lambda item: (
                not (item.tax_line_id and self._is_line_of_its_own(item.tax_line_id))
                and not self._mapped("account", item.account_id).reference_id
            )
        )

    def gl_account(self, item):
        """The ledger account of a journal item, as reference."""
        if item.id not in self.gl_accounts:
            self.gl_accounts[item.id] = self._gl_account(item)
        return self.gl_accounts[item.id]

    def _gl_account(self, item):
        if item.tax_line_id and self._is_line_of_its_own(item.tax_line_id):
            reference = self._mapped("tax", item.tax_line_id).gl_account_id
        else:
            reference = self.default_gl_account()
            if self.administration.use_line_gl_account:
                chosen = self._mapped("account", item.account_id).reference_id
                reference = chosen or reference
        if not reference:
            raise Missing("default_gl_account_missing")
        if self._usable(reference).type in NO_SALES_TYPES:
            raise Missing("gl_account_type", account=reference.display_name)
        return reference

    def default_gl_account(self):
        """The default for where the customer is: here, in the EU, or outside it."""
        administration = self.administration
        country = self.move._exact_party_data()["country_id"]
        domestic = self.move.company_id.account_fiscal_country_id
        default = administration.default_gl_account_id
        if not country or country == domestic:
            return default
        if country in self.move.env.ref("base.europe").country_ids:
            return administration.default_gl_account_eu_id or default
        return administration.default_gl_account_export_id or default

    # --- cost centres, cost units, deferral ----------------------------------

    def shares(self, item) -> list[tuple[str, str, Decimal]]:
        """How a journal item is spread over cost centres and cost units (C4)."""
        found = payloads.places(self._distribution(item))
        return [
            (
                self._analytic("cost_center", center, item),
                self._analytic("cost_unit", unit, item),
                share,
            )
            for center, unit, share in found
        ]

    def _distribution(self, item) -> list[tuple[str | None, str | None, Decimal]]:
        """Ids of the analytic accounts of the two plans, with their fraction.

        Odoo leaves cash rounding and one side of a cash discount without analytics;
        they follow the items that they come from.
        """
        if item.analytic_distribution or item.display_type not in FOLLOWERS:
            return self._own_distribution(item, Decimal(1))
        for kind in (item.display_type, "product"):
            origin = self.move.line_ids.filtered(
                lambda other, kind=kind: (
                    other.display_type == kind and other.analytic_distribution
                )
            )
            whole = sum(abs(Decimal(str(other.balance))) for other in origin)
            if whole:
                return [
                    share
                    for other in origin
                    for share in self._own_distribution(
                        other, abs(Decimal(str(other.balance))) / whole
                    )
                ]
        return []

    def _own_distribution(self, item, weight: Decimal) -> list:
        plans = [self.administration[ANALYTIC[kind][0]] for kind in ANALYTIC]
        result = []
        for key, percentage in (item.analytic_distribution or {}).items():
            ids: list[str | None] = [None, None]
            for one in key.split(","):
                root = self.analytic_plans.get(one)
                for place, plan in enumerate(plans):
                    if plan and root == plan:
                        ids[place] = one
            result.append((*ids, weight * Decimal(str(percentage)) / 100))
        return result

    @cached_property
    def analytic_plans(self) -> dict:
        """The plan of each analytic account of the invoice, by its id as text."""
        ids = {
            int(one)
            for item in self.move.line_ids
            for key in item.analytic_distribution or {}
            for one in key.split(",")
        }
        accounts = self.move.env["account.analytic.account"].browse(ids).exists()
        return {str(account.id): account.root_plan_id for account in accounts}

    def _analytic(self, kind: str, account_id: str, item) -> str:
        """The cost centre or unit that stands for an analytic account, or for none."""
        account = self.move.env["account.analytic.account"].browse(
            int(account_id) if account_id else []
        )
        use = (self.gl_account(item).attributes or {}).get(ANALYTIC[kind][1])
        if use == NOT_ALLOWED or (not account and use != MANDATORY):
            return ""
        reference = self._mapped(kind, account).reference_id
        if reference:
            return self._usable(reference).code
        if account:
            raise Missing(f"{kind}_unmapped", account=account.display_name)
        raise Missing(
            f"{kind}_missing",
            line=item.name or item.display_name,
            account=self.gl_account(item).display_name,
        )

    @staticmethod
    def spread_over(item) -> tuple[date | None, date | None]:
        """The days over which Odoo defers the revenue; it has them with deferrals."""
        if "deferred_start_date" not in item._fields:
            return None, None
        start, end = item.deferred_start_date, item.deferred_end_date
        return (start, end) if start and end else (None, None)

    # --- payment condition ---------------------------------------------------

    def payment_condition(self) -> tuple[str, bool]:
        """The code, and whether it is paid at once on the invoice's due date.

        Several instalments come only from a condition that has them, and then Exact
        computes their days (exact-api 11).
        """
        term = self.move.invoice_payment_term_id
        if not term:
            return "", True  # Exact then takes the customer's own
        row = self._mapped("payment_term", term)
        if not row.reference_id:
            raise Missing("payment_term_unmapped", term=term.display_name)
        code = self._usable(row.reference_id).code
        several = len(self.move._exact_receivables()) > 1
        if several and not row.has_instalments:
            raise Missing("instalments", term=term.display_name, code=code)
        return code, not row.has_instalments


def _is_in_other_eu_country(number: str, here: str) -> bool:
    """Whether it is a valid VAT number of another country of the European Union."""
    prefix = {"GR": "EL"}.get(here, here)
    return eu_vat.is_valid(number) and not number.upper().startswith(prefix)
