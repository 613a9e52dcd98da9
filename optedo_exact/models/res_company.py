from odoo import api, fields, models
from odoo.exceptions import AccessError


class ResCompany(models.Model):
    _inherit = "res.company"

    external_accounting = fields.Selection(
        [("none", "None"), ("exact", "Exact Online")],
        "External accounting",
        default="none",
        required=True,
        help="The accounting package that keeps the books. Odoo is then a sub-ledger.",
    )
    exact_administration_id = fields.Many2one(
        "exact.administration",
        "Exact Online administration",
        compute="_compute_exact_administration_id",
        compute_sudo=True,
    )

    @api.depends("external_accounting", "parent_path")
    def _compute_exact_administration_id(self):
        """The administration of the company or of its nearest ancestor.

        Never one that was put away, also where a client asks to see those.
        """
        administrations = self.env["exact.administration"].search(
            [("company_id", "parent_of", self.ids), ("active", "=", True)]
        )
        by_company = {a.company_id.id: a for a in administrations}
        for company in self:
            company.exact_administration_id = next(
                (
                    by_company[ancestor.id]
                    for ancestor in reversed(company.parent_ids)
                    if ancestor.id in by_company
                    and ancestor.external_accounting == "exact"
                ),
                self.env["exact.administration"],
            )

    def write(self, vals):
        if vals.get("external_accounting") == "none":
            followed = self.env["exact.administration"].sudo()
            followed = followed.with_context(active_test=False)
            followed.search([("company_id", "in", self.ids)])._end_webhooks()
        result = super().write(vals)
        if vals.get("external_accounting") == "exact":
            self._exact_make_administration()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies.filtered(
            lambda company: company.external_accounting == "exact"
        )._exact_make_administration()
        return companies

    def _exact_make_administration(self) -> None:
        """Give the companies an administration, which holds the options."""
        administrations = self.env["exact.administration"].sudo()
        known = administrations.search(
            [("company_id", "in", self.ids), ("active", "=", True)]
        ).company_id
        administrations.create([{"company_id": c.id} for c in self - known])
        self.invalidate_recordset(["exact_administration_id"])

    def _exact_set_external_accounting(self, value: str) -> None:
        """Choose the accounting package, for who may set up the link.

        Odoo lets only its administrator write on companies, so the right of the link is
        checked here.

        :param value: ``none`` or ``exact``
        :raises AccessError: without the right
        """
        if not self.env.user.has_group("optedo_exact.group_exact_manager"):
            raise AccessError(
                self.env._("You need the right 'Exact Online: settings' for this.")
            )
        if self - self.env.companies:
            raise AccessError(self.env._("This company is not one of yours."))
        self.sudo().external_accounting = value
