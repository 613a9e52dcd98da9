from odoo import api, fields, models
from odoo.exceptions import UserError

from .exact_payment_import import STATES
from .guards import check_invoicing_right


class AccountMove(models.Model):
    """The payments that came from Exact, on the invoice (product G6)."""

    _inherit = "account.move"

    exact_payment_count = fields.Integer(
        "Payments from Exact", compute="_compute_exact_payment_count"
    )
    exact_payments_read_at = fields.Datetime(
        related="exact_entry_id.administration_id.payments_read_at",
        string="Last check of payments",
    )
    exact_follows_payments = fields.Boolean(compute="_compute_exact_follows_payments")

    @api.depends("exact_entry_id")
    def _compute_exact_payment_count(self):
        groups = (
            self.env["account.payment"]
            .sudo()
            ._read_group(
                [("exact_entry_id", "in", self.exact_entry_id.ids)],
                ["exact_entry_id"],
                ["__count"],
            )
        )
        counts = {entry.id: count for entry, count in groups}
        for move in self:
            move.exact_payment_count = counts.get(move.exact_entry_id.id, 0)

    @api.depends(
        "exact_entry_id.state", "exact_entry_id.administration_id.import_payments"
    )
    def _compute_exact_follows_payments(self):
        for move in self:
            entry = move.exact_entry_id.sudo()
            move.exact_follows_payments = (
                entry.state in STATES and entry.administration_id.import_payments
            )

    def action_exact_payments(self):
        """The payments of this invoice that came from Exact."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payments from Exact"),
            "res_model": "account.payment",
            "view_mode": "list,form",
            "views": [
                (
                    self.env.ref("optedo_exact.account_payment_view_list_exact").id,
                    "list",
                ),
                (False, "form"),
            ],
            "domain": [("exact_entry_id", "=", self.exact_entry_id.id)],
            "context": {"create": False},
        }

    def action_exact_check_payments(self):
        """Ask Exact now whether these invoices were paid."""
        check_invoicing_right(self.env)
        self.check_access("read")
        entries = self.filtered("exact_follows_payments").exact_entry_id.sudo()
        if not entries:
            raise UserError(
                self.env._(
                    "None of these follows payments: only what is booked in Exact "
                    "does, where 'Import payments from Exact' is on."
                )
            )
        administrations = entries.administration_id.sudo(False)
        return administrations._check_payments_and_tell(
            [("exact_entry_id", "in", entries.ids)]
        )
