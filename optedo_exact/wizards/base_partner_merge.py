from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # EXTENDS base: it moves rows by raw SQL, which knows no account in Exact.
        self.env["exact.account"]._exact_merge(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)
