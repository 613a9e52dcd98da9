from odoo import api, models

from ..models.account_move_send import EXACT


class AccountMoveSendWizard(models.TransientModel):
    _inherit = "account.move.send.wizard"

    @api.depends("move_id")
    def _compute_extra_edi_checkboxes(self):
        # EXTENDS account: by default it is for nobody who sends.
        result = super()._compute_extra_edi_checkboxes()
        exact = self._get_all_extra_edis()[EXACT]
        for wizard in self:
            boxes = dict(wizard.extra_edi_checkboxes or {})
            if EXACT not in boxes and exact["is_applicable"](wizard.move_id):
                boxes[EXACT] = {
                    "checked": self._exact_ticks(wizard.move_id),
                    "label": exact["label"],
                    "help": exact["help"],
                }
                wizard.extra_edi_checkboxes = boxes
        return result
