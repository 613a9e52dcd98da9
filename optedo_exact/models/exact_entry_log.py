from odoo import api, fields, models
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# What happened, as a person reads it; events of the state machine and edits.
EVENTS = {
    "queue": _lt("Put in the queue for Exact"),
    "send": _lt("Sent to Exact"),
    "ok": _lt("Booked in Exact"),
    "check_fails": _lt("Kept back: something is missing"),
    "refused": _lt("Refused by Exact"),
    "not_processed": _lt("Not sent, goes again"),
    "no_answer": _lt("The answer of Exact was lost"),
    "found": _lt("Found in Exact"),
    "not_there": _lt("Exact does not have it, goes again"),
    "stands_there": _lt("Kept back: Exact has it already"),
    "period_not_open": _lt("Waits for its period"),
    "period_opens": _lt("Its period opened"),
    "period_closed": _lt("Its period is closed"),
    "wait": _lt("Waits until the accountant opens the period"),
    "keep_out": _lt("Kept out of the link"),
    "mark": _lt("Kept out of the link"),
    "unmark": _lt("Brought back into the link"),
    "adopt": _lt("Linked by hand to an entry in Exact"),
    "let_go": _lt("The link to the entry in Exact was taken away"),
    "untie": _lt("Said to be another bill than the entry in Exact"),
    "take_back": _lt("Taken out of the queue"),
    "undo": _lt("Removal in Exact begun"),
    "gone": _lt("Removed in Exact"),
    "still_there": _lt("Not removed in Exact"),
    "undo_refused": _lt("Removal in Exact not possible"),
    "another": _lt("Said to be another one than the entry in Exact"),
    "files_left": _lt("Files left out"),
    "set_paid": _lt("Set to paid by hand"),
    "unset_paid": _lt("Follows the payments of Exact again"),
    "edit": _lt("Changed after booking"),
    "pause_payments": _lt("Payments taken back by hand"),
    "follow_payments": _lt("Follows the payments in Exact again"),
    "delivered": _lt("Delivered to Exact"),
    "seen": _lt("Seen in Exact"),
    "booked": _lt("Booked in Exact"),
    "rebooked": _lt("Booked in Exact anew"),
    "remove": _lt("Taking back the delivery begun"),
    "kept": _lt("The delivery was not taken back"),
    "delivery_undone": _lt("The delivery was taken back"),
    "deliver_again": _lt("Said to be delivered once more"),
    "import": _lt("Came from Exact"),
}


class ExactEntryLog(models.Model):
    """Who did what to an entry, when and why; kept as long as the invoice."""

    _name = "exact.entry.log"
    _description = "Exact Online Entry Log"
    _order = "id desc"
    _rec_name = "event"

    entry_id = fields.Many2one(
        "exact.entry", required=True, readonly=True, ondelete="cascade", index=True
    )
    event = fields.Char(required=True, readonly=True)
    event_text = fields.Char("What", compute="_compute_event_text")
    reason = fields.Char(readonly=True)
    user_id = fields.Many2one("res.users", "By", readonly=True, ondelete="restrict")
    fingerprint = fields.Char(readonly=True)
    issue_code = fields.Char("Cause", readonly=True)

    @api.depends("event")
    @api.depends_context("lang")
    def _compute_event_text(self):
        for log in self:
            text = EVENTS.get(log.event)
            log.event_text = self.env._(text) if text else log.event
