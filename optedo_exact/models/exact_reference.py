from datetime import date
from decimal import Decimal

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain

from ..exact import odata, vat
from ..exact.errors import Forbidden

# kind: (endpoint, fields beside ID, Code and Description)
LISTS = {
    "journal": (
        "financial/Journals",
        ["Type", "IsBlocked", "Currency", "AllowVariableCurrency"]
        + ["AllowVariableExchangeRate"],
    ),
    "gl_account": (
        "bulk/Financial/GLAccounts",
        ["Type", "IsBlocked", "VATCode", "UseCostcenter", "UseCostunit"]
        + ["VATGLAccountType", "VATNonDeductiblePercentage"],
    ),
    "vat_code": (
        "vat/VATCodes",
        ["Type", "Percentage", "VATTransactionType", "Charged", "IsBlocked"]
        + ["EUSalesListing", "OssCountry", "VatMargin"],
    ),
    "payment_condition": (
        "cashflow/PaymentConditions",
        ["PaymentMethod", "PaymentDays", "PaymentEndOfMonths"],
    ),
    "cost_center": ("hrm/Costcenters", ["Active", "EndDate"]),
    "cost_unit": ("hrm/Costunits", ["EndDate"]),
    "currency": ("general/Currencies", []),
}
# Lists that a licence may lack; it then has none.
OPTIONAL = ("cost_center", "cost_unit", "currency")
RATES = "vat/VatPercentages"


class ExactReference(models.Model):
    """An element of a list read from Exact: a journal, a ledger account, a VAT code…"""

    _name = "exact.reference"
    _description = "Exact Online Code"
    _order = "administration_id, kind, code"
    _rec_names_search = ["code", "name"]

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="administration_id.company_id", store=True)
    kind = fields.Selection(
        [
            ("journal", "Journal"),
            ("gl_account", "Ledger account"),
            ("vat_code", "VAT code"),
            ("payment_condition", "Payment condition"),
            ("cost_center", "Cost centre"),
            ("cost_unit", "Cost unit"),
            ("currency", "Currency"),
        ],
        required=True,
        readonly=True,
    )
    code = fields.Char(required=True, readonly=True)
    name = fields.Char("Description", readonly=True)
    guid = fields.Char(required=True, readonly=True)
    type = fields.Char(
        readonly=True,
        help="Exact's own: 20 for a sales journal, E for an exclusive VAT code…",
    )
    attributes = fields.Json(readonly=True)
    blocked = fields.Boolean(readonly=True)
    gone = fields.Boolean(
        "No longer in Exact", readonly=True, help="It was not in the last list read."
    )

    _guid_uniq = models.Constraint("UNIQUE(administration_id, kind, guid)")

    @api.depends("code", "name", "gone", "blocked")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for reference in self:
            name = f"{reference.code} {reference.name or ''}".strip()
            if reference.gone:
                name = self.env._("%s (no longer in Exact)", name)
            elif reference.blocked:
                name = self.env._("%s (blocked)", name)
            reference.display_name = name

    @api.model
    def _search_display_name(self, operator, value):
        # "3 21 %" is what a user sees, and types.
        domain = super()._search_display_name(operator, value)
        if operator == "ilike" and isinstance(value, str) and " " in value.strip():
            code, name = value.strip().split(" ", 1)
            whole = Domain("code", "=", code) & Domain("name", "ilike", name.strip())
            domain = Domain.OR([domain, whole])
        return domain

    def _usable(self) -> bool:
        """Whether it can be booked on."""
        return bool(self) and not self.blocked and not self.gone

    def _allows(self, name: str) -> bool:
        """A permission of the element, such as another currency in a journal."""
        return bool((self.attributes or {}).get(name))

    def _exact_code(self) -> vat.Code:
        """This VAT code in the core's words."""
        found = self.attributes or {}
        rates = found.get("Rates") or [[str(found.get("Percentage") or 0), None, None]]
        return vat.Code(
            type=self.type or "E",
            rates=[
                (Decimal(rate), *(day and date.fromisoformat(day) for day in days))
                for rate, *days in rates
            ],
            for_sales=found.get("VATTransactionType") in (None, "S", "B"),
            for_purchases=found.get("VATTransactionType") in (None, "P", "B"),
            charged=bool(found.get("Charged")),
            listing=found.get("EUSalesListing") or "",
            margin=bool(found.get("VatMargin")),
            oss_country=(found.get("OssCountry") or "").strip(),
        )

    # --- read from Exact -----------------------------------------------------

    @api.model
    def _read_all(self, administration, urgent: bool = False) -> None:
        """Refresh every list: new, changed, blocked and vanished elements.

        A list is only taken over once it was read to its end.

        :raises ExactError: a list could not be read; the earlier ones are kept
        """
        client = administration._client(urgent)
        for kind, (endpoint, extra) in LISTS.items():
            if kind == "currency" and not self.env["res.currency"].search_count(
                [("id", "!=", administration.currency_id.id)], limit=1
            ):
                continue  # one currency needs no list of others
            key = [] if kind == "currency" else ["ID"]
            select = [*key, "Code", "Description", *extra]
            try:
                rows = list(client.rows(endpoint, select))
            except Forbidden:
                if kind not in OPTIONAL:
                    raise
                rows = []
            if kind == "vat_code":
                self._add_rates(client, rows)
            self.sudo()._take_over(administration, kind, rows)
        administration.sudo().references_read_at = fields.Datetime.now()
        self.env["exact.mapping"].sudo()._list_used(administration)

    @staticmethod
    def _add_rates(client, rows: list[dict]) -> None:
        """Give each VAT code its rates with their days (exact-api 11)."""
        rates: dict[str, list] = {}
        select = ["ID", "VATCodeID", "Percentage", "StartDate", "EndDate"]
        for row in client.rows(RATES, select):
            first, last = (odata.to_date(row[n]) for n in ("StartDate", "EndDate"))
            rates.setdefault(row["VATCodeID"], []).append(
                [
                    str(odata.to_decimal(row["Percentage"])),
                    first and first.isoformat(),
                    last and last.isoformat(),
                ]
            )
        for row in rows:
            row["Rates"] = sorted(rates.get(row["ID"], []), key=str)

    def _take_over(self, administration, kind: str, rows: list[dict]) -> None:
        known = {
            reference.guid: reference
            for reference in self.search(
                [("administration_id", "=", administration.id), ("kind", "=", kind)]
            )
        }
        new = []
        for row in rows:
            values = self._values(row)
            reference = known.pop(values["guid"], None)
            if not reference:
                new.append(
                    values | {"administration_id": administration.id, "kind": kind}
                )
            elif changes := {k: v for k, v in values.items() if reference[k] != v}:
                reference.write(changes)
        try:
            self.create(new)
        except UniqueViolation as error:
            # Somebody else read the list at the same moment. Odoo takes a request again
            # that fails so, and then sees what the other one made.
            raise ConcurrencyError("exact.reference") from error
        vanished = self.union(*known.values()).filtered(lambda r: not r.gone)
        vanished.gone = True

    @staticmethod
    def _is_blocked(row: dict) -> bool:
        """Whether Exact books nothing more on it: cost centres end on a day."""
        ended = odata.to_date(row.get("EndDate"))
        return bool(
            row.get("IsBlocked")
            or row.get("Active") is False
            or (ended and ended < fields.Date.today())
        )

    @api.model
    def _values(self, row: dict) -> dict:
        attributes = {
            name: float(value) if name == "Percentage" and value is not None else value
            for name, value in row.items()
            if name not in ("ID", "Code", "Description", "__metadata")
        }
        return {
            "guid": row.get("ID") or row["Code"],  # a currency has no other key
            "code": row["Code"],
            "name": row["Description"] or "",
            "type": str(row.get("Type") or ""),
            "attributes": attributes,
            "blocked": self._is_blocked(row),
            "gone": False,
        }
