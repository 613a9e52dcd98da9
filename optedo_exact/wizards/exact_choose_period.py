from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact import states
from ..models import issues


class ExactChoosePeriod(models.TransientModel):
    """What becomes of invoices whose period is closed in Exact (product F7)."""

    _name = "exact.choose.period"
    _description = "Choose the Period in Exact Online"
    _inherit = ["exact.dialog.mixin"]

    move_ids = fields.Many2many("account.move", required=True, readonly=True)
    count = fields.Integer(compute="_compute_count")
    periods = fields.Char("Closed", readonly=True)
    first_open = fields.Char("First open", readonly=True)
    reason = fields.Char(help="Kept on each invoice, with your name and the time.")

    @api.depends("move_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.move_ids)

    @api.model
    def _open(self, moves) -> dict:
        """Start for the invoices chosen; those without such a question are left out."""
        moves = moves.filtered(lambda move: move.sudo()._exact_has_closed_period())
        if not moves:
            raise UserError(
                self.env._("The period of these invoices is not closed in Exact.")
            )
        names, following = set(), set()
        for move in moves.sudo():
            administration = move.exact_administration_id
            period, _status = move._exact_period_status(administration)
            names.add(move._exact_period_name(period))
            first = move._exact_first_open_period(administration)
            following.add(first.name if first else "")
        wizard = self.create(
            {
                "move_ids": [fields.Command.set(moves.ids)],
                "periods": ", ".join(sorted(names)),
                # One without leaves only to wait or to keep out.
                "first_open": "" if "" in following else ", ".join(sorted(following)),
            }
        )
        return wizard._action_dialog(self.env._("The period is closed in Exact"))

    # --- the three ways ------------------------------------------------------

    def action_first_open(self):
        """Book them in the first open period; the date of the invoice stays."""
        entries = self._entries()
        for entry in entries:
            move, administration = entry.move_id, entry.move_id.exact_administration_id
            first = move._exact_first_open_period(administration)
            if not first:
                raise UserError(
                    self.env._(
                        "No period behind that of %s is open in Exact.", move.name
                    )
                )
            entry._exact_move_to(
                "queue",
                self._words(self.env._("In period %s", first.name)),
                administration_id=administration.id,
                period_year=first.year,
                period_number=first.number,
                **issues.NONE,
            )
        entries._exact_leave_ended_run()
        if len(self.move_ids) == 1:
            return self.move_ids.action_exact_export()
        entries.administration_id._wake_crons()
        return self._done()

    def action_wait(self):
        """Leave them as they are, and say so to whoever looks next."""
        for entry in self._entries().filtered(lambda e: e.state == states.CLOSED):
            params = entry.issue_params | {"person": self.env.user.name}
            entry._exact_set_issue(
                {"issue_code": "period_wait", "issue_params": params}
            )
            entry.held_since = fields.Datetime.now()
            entry._exact_log("wait", self._words())
        return self._done()

    def action_keep_out(self):
        """Never book them through the link; needs the right E4."""
        moves = self.move_ids
        moves._exact_check_keep_out()
        if not self._words():
            raise UserError(self.env._("Say why they are kept out."))
        entries = self._entries()
        closed = entries.filtered(lambda entry: entry.state == states.CLOSED)
        closed._exact_move_to("keep_out", self._words(), settle=False, **issues.NONE)
        (entries - closed).move_id.sudo(False)._exact_mark(self._words())
        return self._done()

    # --- helpers -------------------------------------------------------------

    def _entries(self):
        """The entries, locked, that still have the question; checks the rights."""
        self.ensure_one()
        moves = self.move_ids
        moves._exact_check_may_book()
        entries = moves.exact_entry_id.sudo()
        if entries != entries.try_lock_for_update():
            raise UserError(
                self.env._("An invoice is being booked in Exact right now.")
            )
        entries = entries.filtered(lambda e: e.move_id._exact_has_closed_period())
        if not entries:
            raise UserError(
                self.env._("Somebody else decided about these invoices already.")
            )
        return entries

    def _words(self, *more: str) -> str:
        return " - ".join(filter(None, [*more, (self.reason or "").strip()]))

    def _done(self) -> dict:
        self.move_ids._exact_close_solved()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
