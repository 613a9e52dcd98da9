from odoo import fields, models
from odoo.exceptions import UserError

from ..models import issues


class ExactTakeBack(models.TransientModel):
    """Asks why the delivery of a bill is taken back, and says what forbids it (E2)."""

    _name = "exact.take.back"
    _description = "Take Back a Delivery to Exact Online"
    _inherit = ["exact.dialog.mixin"]

    move_id = fields.Many2one("account.move", required=True, ondelete="cascade")
    delivery_text = fields.Char(related="move_id.exact_delivery_text")
    reason = fields.Char(help="Kept on the bill, with your name and the time.")
    problem = fields.Text(readonly=True)
    issue_code = fields.Char(readonly=True)
    by_hand = fields.Boolean(
        "It is not in Exact",
        help="You looked in Exact, also among the blocked mails, and removed it there "
        "or it never arrived.",
    )

    def action_take_back(self):
        """Check and remove; what forbids it shows in the dialog."""
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the delivery is taken back."))
        issue = self.move_id._exact_take_back_delivery(reason, self.by_hand)
        if issue:
            self.problem = issues.words(self.env, issue)
            self.issue_code = issue["issue_code"]
            return self._action_open()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _action_open(self) -> dict:
        return self._action_dialog(self.env._("Take the delivery back"))
