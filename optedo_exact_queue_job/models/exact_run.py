from odoo import models


class ExactRun(models.Model):
    _inherit = "exact.run"

    def action_go_on(self):
        # EXTENDS: nor does who lets one go on.
        action = super().action_go_on()
        self.administration_id._exact_postpone(None)
        return action
