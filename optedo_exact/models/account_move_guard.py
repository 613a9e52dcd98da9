from odoo import api, models
from odoo.exceptions import UserError

from ..exact import states
from . import issues
from .account_move import SALES
from .exact_codes import Codes
from .guards import check_not_readonly


class AccountMove(models.Model):
    """What is, or may be, in Exact's ledger is not changed behind its back."""

    _inherit = "account.move"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_not_readonly(self, vals, "exact_")
        return super().create(vals_list)

    def write(self, vals):
        check_not_readonly(self, vals, "exact_")
        return super().write(vals)

    def _post(self, soft=True):
        # EXTENDS account
        for move in self:
            move._exact_check_gl_accounts_chosen()
        return super()._post(soft)

    def _exact_check_gl_accounts_chosen(self) -> None:
        """Refuse to confirm without ledger accounts, where that was chosen (B11)."""
        administration = self.sudo().company_id.exact_administration_id
        if self.move_type not in SALES or not (
            administration.block_confirm_without_gl_account
        ):
            return
        lines = self.line_ids.filtered(lambda line: line.display_type == "product")
        missing = Codes(self.sudo(), administration).without_gl_account(lines)
        if missing:
            raise UserError(
                self.env._(
                    "Choose the Exact ledger account for %(accounts)s first: these "
                    "lines have none: %(lines)s. (Exact Online, Set-up, Ledger "
                    "accounts)",
                    accounts=", ".join(missing.account_id.mapped("display_name")),
                    lines=", ".join(line.name or "" for line in missing),
                )
            )

    @api.depends("exact_entry_id.state")
    def _compute_show_reset_to_draft_button(self):
        # EXTENDS account
        result = super()._compute_show_reset_to_draft_button()
        for move in self:
            if move._exact_is_held():
                move.show_reset_to_draft_button = False
        return result

    def _exact_is_held(self) -> bool:
        """Whether it stands in Exact, or may: others narrow it."""
        return self.exact_state in states.AT_EXACT

    def button_draft(self):
        # EXTENDS account
        self._exact_check_not_at_exact()
        result = super().button_draft()
        self._exact_take_back()
        return result

    def button_cancel(self):
        # EXTENDS account
        self._exact_check_not_at_exact()
        result = super().button_cancel()
        self._exact_take_back()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_not_at_exact(self):
        self._exact_check_not_at_exact()

    def _exact_check_not_at_exact(self) -> None:
        """What is, or may be, in Exact's ledger is not changed behind its back.

        The row of the entry is locked, so that a booking that starts now either waits
        or is seen.
        """
        entries = self.exact_entry_id.sudo()
        if not entries:
            return
        if entries != entries.try_lock_for_update():
            raise UserError(
                self.env._("An invoice is being booked in Exact right now.")
            )
        for entry in entries:
            if entry.state in states.AT_EXACT:
                raise UserError(
                    self.env._(
                        "%(invoice)s cannot be changed: %(state)s. Remove the entry "
                        "in Exact first, or make a credit note.",
                        invoice=entry.move_id.display_name,
                        state=entry.status_text,
                    )
                )

    def _exact_take_back(self) -> None:
        """An invoice that is a draft again no longer waits for Exact."""
        for entry in self.exact_entry_id.sudo():
            if states.takes(entry.state, "take_back"):
                entry._exact_move_to("take_back", **issues.NONE)
