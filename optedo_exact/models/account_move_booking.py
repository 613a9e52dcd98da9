from odoo import api, fields, models

from ..exact import periods, states


class AccountMove(models.Model):
    """Says on the form where an invoice will be booked, before it is confirmed."""

    _inherit = "account.move"

    exact_booking_hint = fields.Char(
        compute="_compute_exact_booking_hint", string="Will be booked"
    )

    @api.depends(
        "partner_id", "journal_id", "invoice_date", "date", "move_type", "state"
    )
    @api.depends("exact_entry_id.state", "exact_party_name")
    def _compute_exact_booking_hint(self):
        inside = self.env.user._is_internal()  # the portal has no use for it
        for move in self:
            says = inside and bool(move.partner_id) and move._exact_is_to_book()
            move.exact_booking_hint = says and move.sudo()._exact_booking_hint()

    def _exact_is_to_book(self) -> bool:
        """A sale of a linked company that Exact does not have yet."""
        return bool(
            self.is_sale_document(include_receipts=True)
            and self.sudo().exact_administration_id
            and self.state != "cancel"
            and self.exact_state not in states.AT_EXACT | {states.MARKED}
        )

    def _exact_booking_hint(self) -> str:
        """Account, journal and period, as Exact names them."""
        administration = self.exact_administration_id
        row = self.env["exact.mapping"]._get(administration, "journal", self.journal_id)
        journal = row._journal_for(self)
        return self.env._(
            "On account %(account)s, in journal %(journal)s, period %(period)s",
            account=self._exact_account_name(administration),
            journal=journal.display_name or self.env._("(not chosen yet)"),
            period=self._exact_period(administration),
        )

    def _exact_period(self, administration) -> str:
        """The period that the invoice falls into, and whether it takes bookings."""
        period, status = self._exact_period_status(administration)
        name = self._exact_period_name(period)
        if status == periods.CLOSED:
            return self.env._("%s (closed in Exact)", name)
        if status == periods.NOT_OPEN:
            return self.env._("%s (not open yet in Exact)", name)
        return name

    def _exact_account(self, administration):
        """The account in Exact that is known for its party, if any."""
        return self._exact_party().exact_account_ids.filtered(
            lambda link: (
                link.administration_id == administration
                and link.guid
                and not link.duplicate_of_id
            )
        )[:1]

    def _exact_account_name(self, administration) -> str:
        """Whom it is booked on: known in Exact, or to be found or created there."""
        link = self._exact_account(administration)
        if link:
            return f"{link.code or ''} {link.name or link.partner_id.name}".strip()
        return self.env._(
            "%s (is looked up, else created)",
            self._exact_prepare_party(administration).name,
        )
