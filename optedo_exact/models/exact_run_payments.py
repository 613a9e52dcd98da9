from odoo import api, fields, models
from odoo.exceptions import UserError

from . import issues


class ExactRun(models.Model):
    """A check of payments that changed something: what it did, undone as one (G5)."""

    _inherit = "exact.run"

    payment_ids = fields.One2many("account.payment", "exact_run_id", readonly=True)
    back_payment_ids = fields.One2many(
        "account.payment", "exact_back_run_id", "Taken back", readonly=True
    )
    partial_ids = fields.One2many(
        "account.partial.reconcile", "exact_run_id", readonly=True
    )
    undone_at = fields.Datetime("Undone on", readonly=True)
    payment_count = fields.Integer("Registered", compute="_compute_payment_counts")
    back_count = fields.Integer("Taken back", compute="_compute_payment_counts")

    @api.depends("payment_ids", "back_payment_ids")
    def _compute_payment_counts(self):
        for run in self.sudo():
            run.payment_count = len(run.payment_ids)
            run.back_count = len(run.back_payment_ids)

    def action_undo_payments(self):
        """Take back all that this check registered, and restore what it took back.

        The invoices no longer follow Exact until somebody says so.
        """
        self.ensure_one()
        self._check_may_steer()
        self.administration_id._check_manager()
        run = self.sudo()
        if run.kind != "payments" or run.undone_at:
            raise UserError(self.env._("This check was undone already."))
        entries = run._exact_entries()
        standing = run.payment_ids.filtered(
            lambda payment: (
                payment.state in ("in_process", "paid")
                and not payment.exact_counter_id
                and payment.exact_kind not in ("counter", "manual")
            )
        )
        run.partial_ids.unlink()
        standing._exact_withdraw()
        run._exact_restore()
        entries._exact_pause_payments()
        run.undone_at = fields.Datetime.now()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_payments(self):
        """The payments that this check registered or took back."""
        self.ensure_one()
        payments = self.payment_ids | self.back_payment_ids
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payments of this check"),
            "res_model": "account.payment",
            "view_mode": "list,form",
            "views": [
                (
                    self.env.ref("optedo_exact.account_payment_view_list_exact").id,
                    "list",
                ),
                (False, "form"),
            ],
            "domain": [("id", "in", payments.ids)],
        }

    # --- the only writers ----------------------------------------------------

    def _exact_start_payments(self, administration):
        """The run of a check that changes something; checks that do not leave none."""
        now = fields.Datetime.now()
        return self.sudo().create(
            {
                "kind": "payments",
                "origin": "check",
                "administration_id": administration.id,
                "user_id": self.env.uid,
                "state": "done",
                "started_at": now,
                "ended_at": now,
            }
            | issues.NONE
        )

    def _exact_entries(self):
        """The entries that it changed something of."""
        entries = self.payment_ids.exact_entry_id | self.back_payment_ids.exact_entry_id
        lines = self.partial_ids.debit_move_id | self.partial_ids.credit_move_id
        return entries | lines.move_id.exact_entry_id

    def _exact_count_payments(self) -> None:
        """Keep on how many invoices it registered or took something back."""
        entries = self._exact_entries()
        self.write(
            {
                "total": len(entries),
                "done": len(entries),
                "ended_at": fields.Datetime.now(),
            }
        )

    def _exact_restore(self) -> None:
        """Register again what it took back."""
        taken = self.back_payment_ids.filtered(
            lambda payment: payment.exact_entry_id and payment.exact_run_id != self
        )
        self.env["account.payment"].sudo()._exact_register(
            [(payment.exact_entry_id, payment._exact_part()) for payment in taken]
        )
