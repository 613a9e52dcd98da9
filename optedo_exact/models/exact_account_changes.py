from odoo import fields, models
from odoo.tools import LazyTranslate

from ..exact import payloads

_lt = LazyTranslate(__name__)

LABELS = {
    "Name": _lt("Name"),
    "AddressLine1": _lt("Street"),
    "AddressLine2": _lt("Street 2"),
    "Postcode": _lt("Postcode"),
    "City": _lt("City"),
    "Country": _lt("Country"),
    "VATNumber": _lt("VAT number"),
    "ChamberOfCommerce": _lt("Company number"),
    "Email": _lt("Email"),
    "Language": _lt("Language"),
    "PaymentConditionSales": _lt("Payment condition, sales"),
    "PaymentConditionPurchase": _lt("Payment condition, purchases"),
}


class ExactAccount(models.Model):
    """What an update will change of an account in Exact, before it does (F11)."""

    _inherit = "exact.account"

    data = fields.Json(
        readonly=True, help="What Exact has of it, as far as the link sent or read it."
    )

    def _exact_set_linked(
        self, row: dict, fingerprint: str = "", created: bool = False
    ) -> None:
        result = super()._exact_set_linked(row, fingerprint, created)
        self.sudo().data = {name: row[name] for name in LABELS if row.get(name)}
        return result

    def _exact_set_updated(self, body: dict, newest_invoice: str = "") -> None:
        result = super()._exact_set_updated(body, newest_invoice)
        self.sudo().data = body
        return result

    def _exact_changes(self, move) -> list[str]:
        """The fields that booking an invoice changes in Exact, old and new."""
        parties = self.env["exact.party"]
        if not self or not parties._wants_update(self, move):
            return []
        body, known = parties._update_body(self, move), self.data or {}
        if self.fingerprint == payloads.fingerprint(body):
            return []
        return [
            f"{self.env._(LABELS[name])}: {known.get(name) or '…'} → {value or '…'}"
            for name, value in body.items()
            if (known.get(name) or "") != value
        ]
