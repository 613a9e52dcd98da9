from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..exact import payloads, states
from ..exact.errors import ExactError
from . import issues
from .account_move import SALES
from .guards import INVOICING, UNDO

# Of the billing data: what the customer reads on the invoice.
ON_PAPER = ("name", "street", "street2", "zip", "city", "country_id", "vat")


class AccountMove(models.Model):
    """Removes the entry of an invoice in Exact (product F8)."""

    _inherit = "account.move"

    exact_can_undo = fields.Boolean(compute="_compute_exact_can_undo")

    @api.depends("exact_entry_id.state", "exact_entry_id.adopted")
    def _compute_exact_can_undo(self):
        for move in self:
            entry = move.exact_entry_id.sudo()
            move.exact_can_undo = (
                move.move_type in SALES
                and entry.state == states.EXPORTED
                and not entry.adopted
            )

    def action_exact_undo(self):
        """Ask for the reason, then remove the entry in Exact."""
        self._exact_check_undo()
        wizard = self.env["exact.remove"].create({"move_id": self.id})
        return wizard._action_open()

    def action_exact_ask_undo(self):
        """Find out whether Exact removed the entry, where its answer was lost."""
        self.ensure_one()
        self._exact_check_may_book()
        entry = self.exact_entry_id.sudo()
        if entry.state != states.UNDOING:
            raise UserError(self.env._("There is nothing to ask about any more."))
        commit = self.env["ir.cron"]._commit_progress
        self.env["exact.export"]._export_now(entry, entry.administration_id, commit)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _exact_check_undo_right(self) -> None:
        """Refuse who may not remove what stands in Exact (product E2).

        :raises AccessError: the user lacks that right, or may not write the invoice
        """
        if not self.env.user.has_group(UNDO):
            raise AccessError(
                self.env._(
                    "You need the right 'Removing entries in Exact Online' for this."
                )
            )
        self.check_access("write")

    def _exact_check_undo(self) -> None:
        self.ensure_one()
        self._exact_check_undo_right()
        if not self.exact_can_undo:
            raise UserError(
                self.env._(
                    "There is nothing to remove in Exact: %(invoice)s - %(state)s.",
                    invoice=self.display_name,
                    state=self.exact_status_text,
                )
            )

    def _exact_undo(self, reason: str) -> dict | None:
        """Remove the entry in Exact, where it may be removed.

        :return: the issue that kept it there
        :raises UserError: Exact could not be asked, or not told
        """
        self._exact_check_undo()
        entry = self.exact_entry_id.sudo()
        commit = self.env["ir.cron"]._commit_progress
        commit()
        entry.administration_id._trigger_recovery()  # should this process die
        try:
            return self.env["exact.undo"]._remove(entry, reason, commit)
        except ExactError as error:
            connection = entry.administration_id.connection_id
            raise connection.with_env(self.env)._user_error(error) from error

    # --- what the customer has -----------------------------------------------

    def _exact_customer_fingerprint(self) -> str | bool:
        """A digest of what the customer was sent; False where nothing was sent."""
        self.ensure_one()
        if not self.is_move_sent:
            return False
        return payloads.fingerprint(self._exact_customer_facts())

    def _exact_customer_facts(self) -> dict:
        """What stands on the invoice that the customer has.

        Without the codes of Exact: another ledger account may be the very reason why
        the entry was removed.
        """
        party = self._exact_party_data()
        return {
            "party": {name: str(party[name] or "") for name in ON_PAPER},
            "number": self.name,
            "date": self.invoice_date,
            "due": self.invoice_date_due,
            "reference": self.ref or "",
            "communication": self.payment_reference or "",
            "customer": self.commercial_partner_id.id,
            "currency": self.currency_id.name,
            "total": self._exact_decimal(self.amount_total),
            "tax": self._exact_decimal(self.amount_tax),
            "lines": [
                {
                    "name": line.name or "",
                    "quantity": line.quantity,
                    "price": line.price_unit,
                    "discount": line.discount,
                    "subtotal": self._exact_decimal(line.price_subtotal),
                    "taxes": sorted(line.tax_ids.ids),
                }
                for line in self.invoice_line_ids
            ],
        }

    def _exact_prepare_entry(self, administration, customer):
        # EXTENDS: what the customer has is booked again unchanged only.
        invoice, issue = super()._exact_prepare_entry(administration, customer)
        sent = self.exact_entry_id.sudo().customer_fingerprint
        if (
            invoice
            and sent
            and self.exact_state not in states.AT_EXACT
            and sent != payloads.fingerprint(self._exact_customer_facts())
        ):
            return None, issues.make("sent_changed", invoice=self.name)
        return invoice, issue

    # --- the way out ---------------------------------------------------------

    def _exact_way_out(self, entry) -> dict:
        # EXTENDS: what could not be removed is credited.
        if entry.issue_code in ("undo_refused", "undo_not_done"):
            return self._exact_offer(
                self.env._("Make a credit note"),
                self._exact_action_credit_note(),
                INVOICING,
            )
        return super()._exact_way_out(entry)

    def _exact_action_credit_note(self) -> dict:
        """Odoo's own dialog for a credit note of this invoice."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "account.action_view_account_move_reversal"
        )
        action["context"] = {
            "active_model": "account.move",
            "active_id": self.id,
            "active_ids": self.ids,
        }
        return action
