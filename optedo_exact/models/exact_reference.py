from odoo import api, fields, models
from odoo.fields import Domain

from ..exact.errors import Forbidden
from ..exact.payloads import VatCode

# kind: (endpoint, fields beside ID, Code and Description)
LISTS = {
    "journal": (
        "financial/Journals",
        ["Type", "IsBlocked", "Currency", "AllowVariableCurrency"],
    ),
    "gl_account": (
        "bulk/Financial/GLAccounts",
        ["Type", "IsBlocked", "VATCode", "UseCostcenter", "UseCostunit"],
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
    "cost_center": ("hrm/Costcenters", []),
    "cost_unit": ("hrm/Costunits", []),
}
# Lists that a licence may lack; it then has none.
OPTIONAL = ("cost_center", "cost_unit")


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

    def _vat_code(self, rate) -> VatCode:
        """This VAT code in the core's words.

        :param rate: Decimal, the fraction that Odoo charged
        """
        return VatCode(self.code, self.type or "E", rate)

    # --- read from Exact -----------------------------------------------------

    @api.model
    def _read_all(self, administration, urgent: bool = False) -> None:
        """Refresh every list: new, changed, blocked and vanished elements.

        A list is only taken over once it was read to its end.

        :raises ExactError: a list could not be read; the earlier ones are kept
        """
        client = administration._client(urgent)
        for kind, (endpoint, extra) in LISTS.items():
            select = ["ID", "Code", "Description", *extra]
            try:
                rows = list(client.rows(endpoint, select))
            except Forbidden:
                if kind not in OPTIONAL:
                    raise
                rows = []
            self.sudo()._take_over(administration, kind, rows)
        administration.sudo().references_read_at = fields.Datetime.now()
        self.env["exact.mapping"].sudo()._list_used(administration)

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
        self.create(new)
        vanished = self.union(*known.values()).filtered(lambda r: not r.gone)
        vanished.gone = True

    @api.model
    def _values(self, row: dict) -> dict:
        attributes = {
            name: float(value) if name == "Percentage" and value is not None else value
            for name, value in row.items()
            if name not in ("ID", "Code", "Description", "__metadata")
        }
        return {
            "guid": row["ID"],
            "code": row["Code"],
            "name": row["Description"] or "",
            "type": str(row.get("Type") or ""),
            "attributes": attributes,
            "blocked": bool(row.get("IsBlocked")),
            "gone": False,
        }
