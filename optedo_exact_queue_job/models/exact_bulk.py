from odoo import api, models


class ExactBulk(models.AbstractModel):
    _inherit = "exact.bulk"

    @api.model
    def _start(self, administration, origin: str, commit, move_ids=None):
        # EXTENDS: who starts an export does not wait for what an earlier job met.
        run = super()._start(administration, origin, commit, move_ids)
        administration._exact_postpone(None)
        return run
