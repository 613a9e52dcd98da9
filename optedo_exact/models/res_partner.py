from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..exact.payloads import Party, digits


class ResPartner(models.Model):
    _inherit = "res.partner"

    exact_account_ids = fields.One2many(
        "exact.account",
        "partner_id",
        "Exact Online accounts",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    exact_billing_partner_id = fields.Many2one(
        "res.partner",
        "Billing account in Exact",
        domain="[('parent_id', '=', False)]",
        check_company=True,
        ondelete="restrict",
        help="The customer that Exact must see when an invoice is addressed here.",
    )
    exact_use_billing_account = fields.Boolean(
        compute="_compute_exact_use_billing_account"
    )

    @api.depends_context("allowed_company_ids")
    def _compute_exact_use_billing_account(self):
        """Whether a company of the user works with billing accounts."""
        administrations = self.env.companies.sudo().exact_administration_id
        self.exact_use_billing_account = any(
            administrations.mapped("use_billing_account")
        )

    @api.constrains("exact_billing_partner_id")
    def _check_exact_billing_partner(self):
        for partner in self:
            account = partner.exact_billing_partner_id
            if account and account.commercial_partner_id != account:
                raise ValidationError(
                    self.env._(
                        "%s is an address of another customer. Choose the customer "
                        "itself as billing account.",
                        account.display_name,
                    )
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
            language=(self.lang or "")[:2].upper(),
        )
