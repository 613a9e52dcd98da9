from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from ..exact.settlement import Source
from .exact_payment_import import STATES

SET_PAID = "optedo_exact.group_exact_set_paid"


class AccountMove(models.Model):
    """Sets invoices and bills to paid by hand, and lets them follow again (G3)."""

    _inherit = "account.move"

    exact_payment_manual = fields.Boolean(
        related="exact_entry_id.payment_manual", string="Set to paid by hand"
    )
    exact_can_set_paid = fields.Boolean(compute="_compute_exact_can_set_paid")

    @api.depends(
        "state",
        "move_type",
        "amount_residual",
        "exact_entry_id.state",
        "exact_entry_id.payment_manual",
    )
    def _compute_exact_can_set_paid(self):
        for move in self:
            entry = move.exact_entry_id.sudo()
            move.exact_can_set_paid = (
                move.state == "posted"
                and entry.state in STATES
                and not entry.payment_manual
                and not move.currency_id.is_zero(move.amount_residual)
            )

    # --- buttons -------------------------------------------------------------

    def action_exact_set_paid_manually(self):
        """Ask for the reason and the date, then set these invoices to paid."""
        self._exact_check_set_paid()
        return self.env["exact.set.paid"]._open(self)

    def action_exact_unset_paid(self):
        """Take the payments by hand back: payments from Exact count again."""
        self._exact_check_set_paid()
        entries = self._exact_lock_entries("exact_payment_manual")
        payments = self.env["account.payment"].sudo()
        by_hand = payments.search(
            [
                ("exact_entry_id", "in", entries.ids),
                ("exact_kind", "=", "manual"),
                ("state", "in", ("in_process", "paid")),
                ("exact_counter_id", "=", False),
            ]
        )
        by_hand._exact_withdraw()
        entries._exact_follow_again({"payment_manual": False})
        entries._exact_log("unset_paid")
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # --- what they do --------------------------------------------------------

    def _exact_check_set_paid(self) -> None:
        """The right E5, for invoices that the user may write."""
        if not self.env.user.has_group(SET_PAID):
            raise AccessError(
                self.env._(
                    "You need the right 'Setting to paid in Exact Online' for this."
                )
            )
        self.check_access("write")

    def _exact_set_paid(self, reason: str, paid_on: date) -> None:
        """Register what is left of these invoices as paid by hand.

        The link leaves them alone from now on, whatever happens in Exact.
        """
        self._exact_check_set_paid()
        entries = self._exact_lock_entries("exact_can_set_paid")
        entries.administration_id._create_payment_journal()
        self.env["account.payment"].sudo()._exact_register(
            [
                (
                    entry,
                    Source(
                        kind="manual",
                        amount=abs(
                            entry.move_id._exact_decimal(entry.move_id.amount_residual)
                        ),
                        paid_on=paid_on,
                    ),
                )
                for entry in entries
            ]
        )
        entries.payment_manual = True
        entries._exact_log("set_paid", reason)

    # --- the notice ----------------------------------------------------------

    @api.depends("exact_entry_id.payment_manual")
    def _compute_alerts(self):
        # EXTENDS: this makes them change too
        return super()._compute_alerts()

    def _get_alerts(self):
        # EXTENDS
        alerts = super()._get_alerts()
        entry = self.exact_entry_id.sudo()
        if not entry.payment_manual:
            return alerts
        log = entry.log_ids.filtered(lambda row: row.event == "set_paid")[:1]
        message = self.env._(
            "Set to paid by hand by %(user)s on %(date)s (%(reason)s). Payments from "
            "Exact no longer touch this invoice.",
            user=log.user_id.name,
            date=format_date(self.env, log.create_date),
            reason=log.reason,
        )
        alerts["exact_set_paid"] = {"level": "info", "message": message}
        if self.env.user.has_group(SET_PAID):
            alerts["exact_set_paid"] |= {
                "action_text": self.env._("Follow Exact again"),
                "action": self._exact_server_action("exact_unset_paid_action"),
            }
        return alerts
