from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact import states
from . import issues

# The same file fails again in the same way.
HOPELESS = ("attachment_large", "attachment_empty")


class AccountMove(models.Model):
    """The files that go to Exact beside a booking: when they go, how far they are."""

    _inherit = "account.move"

    exact_files_text = fields.Char(
        compute="_compute_exact_files_text", string="Files in Exact"
    )
    exact_attach_state = fields.Selection(
        related="exact_entry_id.attach_state", string="State of the files"
    )
    exact_can_attach = fields.Boolean(compute="_compute_exact_can_attach")

    @api.depends(
        "invoice_pdf_report_id",
        "exact_entry_id.attach_state",
        "exact_entry_id.attachment_ids.state",
    )
    @api.depends_context("lang")
    def _compute_exact_files_text(self):
        labels = dict(
            self.env["exact.attachment"]
            ._fields["state"]
            ._description_selection(self.env)
        )
        for move in self:
            entry = move.exact_entry_id.sudo()
            move.exact_files_text = False
            if entry.state != states.EXPORTED or not entry.attach_state:
                continue
            document, files = entry._exact_document(), entry._exact_files()
            if document.state == "refused":
                # Without it none of its files can go.
                move.exact_files_text = labels["refused"]
            elif files:
                move.exact_files_text = ", ".join(
                    f"{row.name} ({labels[row.state]})" for row in files
                )
            elif move.invoice_pdf_report_id:
                move.exact_files_text = entry.attach_state == "todo" and labels["new"]
            else:
                move.exact_files_text = self.env._(
                    "Waiting until the invoice is sent or printed"
                )

    def action_exact_leave_files(self):
        """Leave out what Exact refused: a person saw to it, or it need not be there."""
        self.ensure_one()
        self._exact_check_may_book()
        entry = self.exact_entry_id.sudo()
        if entry.attach_state == "refused":
            entry._exact_leave_files()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.depends("exact_entry_id.attach_state", "exact_entry_id.attachment_ids.state")
    def _compute_alerts(self):
        # EXTENDS account: more makes them change
        return super()._compute_alerts()

    @api.depends(
        "invoice_pdf_report_id",
        "exact_entry_id.state",
        "exact_entry_id.attach_state",
        "exact_entry_id.administration_id.attach_pdf",
    )
    def _compute_exact_can_attach(self):
        for move in self:
            entry = move.exact_entry_id.sudo()
            move.exact_can_attach = (
                entry.state == states.EXPORTED
                and entry.attach_state != "done"
                and entry.administration_id.attach_pdf
                and bool(move.invoice_pdf_report_id)
            )

    def action_exact_attach(self):
        """Attach the files of this invoice to its entry in Exact now, or once more."""
        self.ensure_one()
        self._exact_check_may_book()
        if not self.exact_can_attach:
            raise UserError(
                self.env._(
                    "Files are attached to an invoice that is booked in Exact and was "
                    "sent or printed, where 'Attach what was sent to the customer' is "
                    "on."
                )
            )
        error = self.env["exact.attachment.export"]._attach_again(
            self.exact_entry_id.sudo(), self.env["ir.cron"]._commit_progress
        )
        reload = {"type": "ir.actions.client", "tag": "soft_reload"}
        if not error:
            return reload
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": issues.sentence(
                    self.env, error.code, error.params, error.text
                ),
                "next": reload,
            },
        }

    def _get_alerts(self):
        # EXTENDS account
        return super()._get_alerts() | self._exact_alert_of_files()

    def _exact_alert_of_files(self) -> dict:
        """What is wrong with the files, and the way out; the booking itself stands."""
        entry = self.exact_entry_id.sudo()
        if entry.attach_state not in ("todo", "refused") or not self.exact_can_attach:
            return {}
        row = entry._exact_files_issue()
        if not row:
            return {}
        text, method = self.env._("Attach again"), "action_exact_attach"
        if row.issue_code in HOPELESS:
            text, method = self.env._("Leave it out"), "action_exact_leave_files"
        return {
            "exact_files": {
                "level": "warning",
                "message": row.with_env(self.env).sudo().issue_message,
                "action_text": text,
                "action_call": (self._name, method, self.ids),
            }
        }

    def _exact_files_were_made(self) -> None:
        """Files of these invoices were made or added: they follow the booking.

        The row is written even where it says so already: an attempt that is under way
        and knows the earlier files only must not close it.
        """
        waiting = self.sudo().exact_entry_id.filtered(
            lambda entry: (
                entry.state == states.EXPORTED
                and entry.attach_state in ("todo", "done")
                and entry.administration_id.attach_pdf
            )
        )
        if not waiting:
            return
        self.env.cr.execute(
            "UPDATE exact_entry SET attach_state = 'todo' WHERE id IN %s",
            (tuple(waiting.ids),),
        )
        waiting.invalidate_recordset(["attach_state"])
        for administration in waiting.administration_id:
            administration._trigger_export()
