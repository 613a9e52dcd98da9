from odoo import api, fields, models
from odoo.exceptions import UserError


class ExactSetPaid(models.TransientModel):
    """Asks why and when invoices were paid, and sets them so (product G3)."""

    _name = "exact.set.paid"
    _description = "Set Invoices to Paid by Hand"
    _inherit = ["exact.dialog.mixin"]

    move_ids = fields.Many2many("account.move", readonly=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_rest")
    rest = fields.Monetary("Registered as paid", compute="_compute_rest")
    count = fields.Integer("Invoices", compute="_compute_rest")
    left_count = fields.Integer(
        "Left as they are",
        compute="_compute_rest",
        help="Those that are paid, or not booked in Exact.",
    )
    paid_on = fields.Date("Paid on", required=True, default=fields.Date.context_today)
    reason = fields.Char(help="Kept on each invoice, with your name and the time.")

    @api.depends("move_ids.amount_residual", "move_ids.exact_entry_id.payment_manual")
    def _compute_rest(self):
        for wizard in self:
            moves = wizard._moves()
            wizard.count = len(moves)
            wizard.left_count = len(wizard.move_ids) - len(moves)
            one = moves if len(moves) == 1 else moves.browse()
            company = wizard.move_ids.company_id[:1] or self.env.company
            wizard.currency_id = one.currency_id or company.currency_id
            wizard.rest = (
                abs(one.amount_residual)
                if one
                else abs(sum(moves.mapped("amount_residual_signed")))
            )

    def _moves(self):
        """The invoices that can be set to paid."""
        return self.move_ids.filtered("exact_can_set_paid")

    @api.model
    def _open(self, moves) -> dict:
        """Start for these invoices."""
        if len(moves.company_id) > 1:
            raise UserError(self.env._("Choose invoices of one company."))
        wizard = self.create({"move_ids": [fields.Command.set(moves.ids)]})
        if not wizard.count:
            raise UserError(
                self.env._(
                    "There is nothing to set to paid: only what is booked in Exact and "
                    "still open in Odoo can be."
                )
            )
        return wizard._action_dialog(self.env._("Set to paid by hand"))

    def action_set_paid(self):
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why they are set to paid."))
        self._moves()._exact_set_paid(reason, self.paid_on)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
