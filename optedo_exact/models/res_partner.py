from odoo import fields, models

from ..exact.payloads import Party, digits


class ResPartner(models.Model):
    _inherit = "res.partner"

    exact_account_ids = fields.One2many(
        "exact.account",
        "partner_id",
        "Exact Online accounts",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    def _exact_prepare_party(self, administration) -> Party:
        """The partner in the core's words; other addons may extend it."""
        self.ensure_one()
        own_code = not administration.use_exact_customer_code
        return Party(
            code=digits(self.ref or "") if own_code else "",
            name=self.name or "",
            street=self.street or "",
            street2=self.street2 or "",
            postcode=self.zip or "",
            city=self.city or "",
            country=self.country_id.code or "",
            vat_number=(self.vat or "").replace(" ", ""),
            company_number=(self.company_registry or "").replace(" ", ""),
            email=self.email or "",
            phone=self.phone or "",
            language=(self.lang or "")[:2].upper(),
        )
