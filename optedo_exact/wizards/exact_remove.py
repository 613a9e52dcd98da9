from odoo import fields, models
from odoo.exceptions import UserError

from ..models import issues


class ExactRemove(models.TransientModel):
    """Asks why an entry is removed in Exact, and says what forbids it (product F8)."""

    _name = "exact.remove"
    _description = "Remove an Entry in Exact Online"
    _inherit = ["exact.dialog.mixin"]

    move_id = fields.Many2one("account.move", required=True, ondelete="cascade")
    entry_number = fields.Char(related="move_id.exact_entry_number")
    is_move_sent = fields.Boolean(related="move_id.is_move_sent")
    reason = fields.Char(help="Kept on the invoice, with your name and the time.")
    problem = fields.Text(readonly=True)

    def action_remove(self):
        """Check and remove; what forbids it shows in the dialog."""
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the entry is removed."))
        issue = self.move_id._exact_undo(reason)
        if issue:
            self.problem = issues.words(self.env, issue)
            return self._action_open()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_credit_note(self):
        """What is left where the entry has to stay."""
        self.ensure_one()
        return self.move_id._exact_action_credit_note()

    def _action_open(self) -> dict:
        return self._action_dialog(self.env._("Remove the entry in Exact"))
