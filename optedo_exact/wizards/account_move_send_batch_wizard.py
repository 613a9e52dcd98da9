from odoo import api, models

from ..models.account_move_send import EXACT


class AccountMoveSendBatchWizard(models.TransientModel):
    _inherit = "account.move.send.batch.wizard"

    @api.model
    def _get_default_extra_edis(self, move) -> set:
        # EXTENDS account: what the window counts, and then does.
        defaults = super()._get_default_extra_edis(move)
        return defaults | ({EXACT} if self._exact_is_ticked(move) else set())

    def action_send_and_print(self, force_synchronous=False, allow_fallback_pdf=False):
        # EXTENDS account: Odoo's job is told that a person sent these.
        asked = self.with_context(exact_asked=True) if force_synchronous else self
        action = super(AccountMoveSendBatchWizard, asked).action_send_and_print(
            force_synchronous=force_synchronous, allow_fallback_pdf=allow_fallback_pdf
        )
        for move in self.move_ids.filtered("sending_data"):
            if self._exact_is_ticked(move):
                move.sending_data = move.sending_data | {EXACT: True}
        return action
