from odoo import api, fields, models

from . import issues
from .account_move import BILLS


class AccountMove(models.Model):
    """Bills whose entry is another bill, or was deleted in Exact: the ways out."""

    _inherit = "account.move"

    exact_can_untie = fields.Boolean(compute="_compute_exact_can_untie")

    @api.depends("move_type", "exact_entry_id.state", "exact_entry_id.adopted")
    def _compute_exact_can_untie(self):
        for move in self:
            adopted = move.exact_entry_id.sudo().adopted
            move.exact_can_untie = (
                adopted and move.move_type in BILLS and move._exact_takes("untie")
            )

    # --- another bill --------------------------------------------------------

    def action_exact_untie(self):
        """The entry that was tied to this bill is another one; it asks anew (E4).

        The bill is kept out of the link, so that it is not delivered, and booked there,
        once more.
        """
        self._exact_check_keep_out()
        entries = self._exact_lock_entries("exact_can_untie")
        for entry in entries:
            self._exact_withdraw_payments(entry)
            self.env["exact.bill.service"].sudo()._ask_anew(entry)
            entry.other_guids = sorted({*(entry.other_guids or []), entry.guid})
        entries._exact_move_to(
            "untie",
            guid=False,
            number=False,
            exported_at=False,
            adopted=False,
            settle=False,
            deleted=False,
            looked_for_at=False,
            **issues.NONE,
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _exact_withdraw_payments(self, entry) -> None:
        """Take back what the link registered on a bill.

        :raises UserError: Odoo keeps a payment, such as one of a locked period
        """
        self.env["exact.undo"]._take_back_payments(entry)
        entry._exact_forget_payments()

    # --- deleted in Exact ----------------------------------------------------

    def _exact_gone_entries(self):
        """Those whose entry was deleted in Exact: nothing stands there any more."""
        service = self.env["exact.bill.service"]
        entries = self.filtered(lambda m: m.move_type in BILLS).exact_entry_id.sudo()
        return entries.filtered(lambda e: e.guid and service._is_free(e))

    def _exact_is_held(self) -> bool:
        # EXTENDS: Odoo decides on what stands in Exact no more.
        return super()._exact_is_held() and not self._exact_gone_entries()

    def _exact_at_exact(self):
        # EXTENDS: nor is it kept from changes.
        moves = super()._exact_at_exact()
        return moves - moves._exact_gone_entries().move_id

    def button_draft(self):
        # EXTENDS account
        self._exact_leave_gone_entries()
        return super().button_draft()

    def button_cancel(self):
        # EXTENDS account
        gone = self._exact_leave_gone_entries()
        result = super().button_cancel()
        rows = self.env["exact.bill.import"].sudo()
        service = self.env["exact.bill.service"]
        for row in rows.search([("move_id", "in", gone.move_id.ids)]):
            service._flag(row, issues.NONE)
        return result

    def _exact_leave_gone_entries(self):
        """What was paid of an entry that was deleted in Exact goes before its bill."""
        gone = self._exact_gone_entries()
        for entry in gone:
            self._exact_withdraw_payments(entry)
        return gone
