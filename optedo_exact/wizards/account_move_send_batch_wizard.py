from odoo import api, fields, models

from ..models.account_move_send import EXACT


class AccountMoveSendBatchWizard(models.TransientModel):
    """The tick of the window for one invoice, for many at once (F1)."""

    _inherit = "account.move.send.batch.wizard"

    exact_count = fields.Integer(compute="_compute_exact_count")
    exact_is_ticked = fields.Boolean(
        "Exact Online",
        compute="_compute_exact_is_ticked",
        store=True,
        readonly=False,
        help="On: the invoices that can be booked are put in the queue, and booked in "
        "Exact by themselves right after they were sent.",
    )

    @api.depends("move_ids")
    def _compute_exact_count(self):
        for wizard in self:
            moves = wizard.move_ids._origin
            wizard.exact_count = len(moves.filtered(self._exact_is_applicable))

    @api.depends("move_ids")
    def _compute_exact_is_ticked(self):
        for wizard in self:
            moves = wizard.move_ids._origin
            wizard.exact_is_ticked = any(map(self._exact_ticks, moves))

    def _compute_summary_data(self):
        # EXTENDS account: Exact has a tick of its own with a count, which the summary
        # would not follow.
        result = super()._compute_summary_data()
        for wizard in self:
            summary = wizard.summary_data.items()
            wizard.summary_data = {way: x for way, x in summary if way != EXACT}
        return result

    @api.model
    def _get_default_extra_edis(self, move) -> set:
        # EXTENDS account: what was ticked.
        defaults = super()._get_default_extra_edis(move) - {EXACT}
        ticked = any(wizard.exact_is_ticked for wizard in self)
        if ticked and self._exact_is_applicable(move):
            defaults |= {EXACT}
        return defaults

    def action_send_and_print(self, force_synchronous=False, allow_fallback_pdf=False):
        # EXTENDS account: Odoo's job is told that a person sent these.
        asked = self.with_context(exact_asked=self.exact_is_ticked)
        action = super(AccountMoveSendBatchWizard, asked).action_send_and_print(
            force_synchronous=force_synchronous, allow_fallback_pdf=allow_fallback_pdf
        )
        if self.exact_is_ticked:
            for move in self.move_ids.filtered("sending_data"):
                if self._exact_is_applicable(move):
                    move.sending_data = move.sending_data | {EXACT: True}
        return action
