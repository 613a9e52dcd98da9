from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..exact import states

# What a person has to do something about.
TO_MEND = Domain(
    "state", "in", (states.BLOCKED, states.REJECTED, states.CLOSED)
) | Domain(
    [
        ("state", "=", states.UNKNOWN),
        ("issue_code", "in", ("found_other", "delivery_not_seen")),
    ]
)

# What is left to nobody, after it was sent again.
DONE = (states.EXPORTED, states.DELIVERED)


class ExactEntry(models.Model):
    """The list of what could not be booked, by cause (product F6)."""

    _inherit = "exact.entry"

    can_mend = fields.Boolean(compute="_compute_can_mend")
    mend_message = fields.Text("What to mend", compute="_compute_can_mend")
    currency_id = fields.Many2one(related="move_id.currency_id")
    amount_total = fields.Monetary(related="move_id.amount_total", string="Total")

    @api.depends("issue_code", "state")
    @api.depends_context("lang", "uid")
    def _compute_can_mend(self):
        for entry in self:
            way_out = entry._exact_way_out()
            entry.can_mend = bool(way_out.get("action"))
            lines = [entry.issue_message, way_out.get("ask")]
            entry.mend_message = "\n".join(line for line in lines if line)

    def _exact_way_out(self) -> dict:
        """The button of the alert on the invoice."""
        self.ensure_one()
        if not self.issue_code or not self.move_id.has_access("read"):
            return {}
        return self.move_id._exact_way_out(self.sudo())

    def action_mend(self):
        """Open the place where the cause is mended."""
        return self._exact_way_out().get("action") or self.action_open_move()

    def action_send_again(self):
        """Book one now, or put several in the queue."""
        moves = self.move_id
        moves._exact_check_may_book()
        if len(moves) != 1:
            return self._exact_send_again()
        moves.action_exact_export()
        message = f"{moves.display_name}: {moves.exact_status_text}"
        return self._exact_tell(message, moves.exact_state in DONE)

    def action_send_all_of_cause(self):
        """Put everything in the queue that has a cause of the chosen ones."""
        self.move_id._exact_check_may_book()
        same = self.search(
            TO_MEND
            & Domain("issue_code", "in", list(set(self.mapped("issue_code"))))
            & Domain("administration_id", "in", self.administration_id.ids)
        )
        return same._exact_send_again()

    def _exact_send_again(self) -> dict:
        """Queue those that can go; the job sends them, and says what is still wrong.

        What a person has to look at in Exact first is left out.
        """
        moves = self.move_id._filtered_access("write")
        moves._exact_check_may_book()
        entries = moves.exact_entry_id.sudo().try_lock_for_update()
        entries = entries.filtered(lambda entry: states.takes(entry.state, "queue"))
        if not entries:
            raise UserError(self.env._("None of these can be sent again now."))
        entries.move_id.sudo(False)._exact_enqueue()
        entries.administration_id._wake_crons()
        return self._exact_tell(
            self.env._(
                "Invoices in the queue: %s. They go by themselves.", len(entries)
            )
        )

    def _exact_tell(self, message: str, is_good: bool = True) -> dict:
        """Say what became of it, and show the list as it is now."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if is_good else "warning",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
