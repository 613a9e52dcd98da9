from odoo import models
from odoo.exceptions import UserError

from ..exact import states

PURCHASES = ("in_invoice", "in_refund", "in_receipt")


class AccountMove(models.Model):
    """Bills that stand in Exact: not paid twice, and open to typing while drafts."""

    _inherit = "account.move"

    def _exact_at_exact(self):
        # EXTENDS: a draft that met its entry is still completed and confirmed.
        moves = super()._exact_at_exact()
        return moves.filtered(
            lambda move: move.move_type not in PURCHASES or move.state != "draft"
        )

    def _exact_check_payable(self) -> None:
        """Refuse to pay in Odoo what is paid in Exact (product H4).

        :raises UserError: names the bills
        """
        bills = self.filtered(
            lambda move: (
                move.move_type in PURCHASES
                and move.exact_administration_id.sudo().supplier_payer == "exact"
            )
        )
        booked = bills.filtered(
            lambda move: move.exact_entry_id.sudo().guid or move._exact_is_with_exact()
        )
        if booked:
            raise UserError(
                self.env._(
                    "Booked in Exact, and suppliers are paid there: %s. Pay in Exact; "
                    "otherwise choose under Exact Online, Set-up that suppliers are "
                    "paid in Odoo.",
                    ", ".join(booked.mapped("display_name")),
                )
            )
        by_hand = bills.filtered(lambda move: move.exact_state == states.MARKED)
        if by_hand:
            raise UserError(
                self.env._(
                    "Kept out of the link, so perhaps in Exact by hand, where "
                    "suppliers are paid: %s. Pay in Exact; a bill that is not there "
                    "can be paid here once it is brought back into the link.",
                    ", ".join(by_hand.mapped("display_name")),
                )
            )

    def unlink(self):
        # EXTENDS account: their entries can come in once more, as a person wants it.
        rows = (
            self.env["exact.bill.import"].sudo().search([("move_id", "in", self.ids)])
        )
        result = super().unlink()
        rows._exact_set_bill_deleted()
        return result

    def action_register_payment(self):
        # EXTENDS account
        self._exact_check_payable()
        return super().action_register_payment()

    def action_force_register_payment(self):
        # EXTENDS account
        self._exact_check_payable()
        return super().action_force_register_payment()
