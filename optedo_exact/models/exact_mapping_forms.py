from odoo import api, fields, models

# Rows of an administration that was put away stay with it.
IN_USE = [("administration_id.active", "=", True)]


class ExactMappedMixin(models.AbstractModel):
    """Shows and sets the code of Exact on the form of what it stands for (C1, S4)."""

    _name = "exact.mapped.mixin"
    _description = "Has a Code in Exact Online"

    exact_administration_ids = fields.Many2many(
        "exact.administration",
        compute="_compute_exact_administration_ids",
        help="Of the companies that are chosen and use this.",
    )
    exact_default_administration_id = fields.Many2one(
        "exact.administration", compute="_compute_exact_administration_ids"
    )
    exact_may_map = fields.Boolean(compute="_compute_exact_may_map")

    def _compute_exact_administration_ids(self):
        companies = self.env.companies
        linked = companies.exact_administration_id.filtered("division")
        for record in self:
            owners = record._exact_companies()
            record.exact_administration_ids = linked.filtered(
                lambda a, owners=owners: (
                    not owners or owners & (a.company_id | a._locations()).parent_ids
                )
            )
            record.exact_default_administration_id = record.exact_administration_ids[:1]

    def _exact_companies(self):
        """The companies whose record this is; none: everyone's."""
        return self.company_id

    @api.depends_context("uid")
    def _compute_exact_may_map(self):
        self.exact_may_map = self.env.user.has_group("optedo_exact.group_exact_manager")


class AccountJournal(models.Model):
    _name = "account.journal"
    _inherit = ["account.journal", "exact.mapped.mixin"]

    exact_mapping_ids = fields.One2many(
        "exact.mapping", "journal_id", domain=IN_USE, copy=False
    )


class AccountTax(models.Model):
    _name = "account.tax"
    _inherit = ["account.tax", "exact.mapped.mixin"]

    exact_mapping_ids = fields.One2many(
        "exact.mapping", "tax_id", domain=IN_USE, copy=False
    )


class AccountAccount(models.Model):
    _name = "account.account"
    _inherit = ["account.account", "exact.mapped.mixin"]

    exact_mapping_ids = fields.One2many(
        "exact.mapping", "account_id", domain=IN_USE, copy=False
    )

    def _exact_companies(self):
        # EXTENDS exact.mapped.mixin
        return self.company_ids


class AccountPaymentTerm(models.Model):
    _name = "account.payment.term"
    _inherit = ["account.payment.term", "exact.mapped.mixin"]

    exact_mapping_ids = fields.One2many(
        "exact.mapping", "payment_term_id", domain=IN_USE, copy=False
    )
