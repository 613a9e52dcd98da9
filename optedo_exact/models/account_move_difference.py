from odoo import models
from odoo.tools import LazyTranslate

from ..exact import payloads, states
from ..exact.differences import Difference, compare

_lt = LazyTranslate(__name__)

# Exact's names of what is sent, in words.
LABELS = {
    "AmountFC": _lt("Amount"),
    "CostCenter": _lt("Cost centre"),
    "CostUnit": _lt("Cost unit"),
    "Currency": _lt("Currency"),
    "Customer": _lt("Customer"),
    "Description": _lt("Description"),
    "DueDate": _lt("Due date"),
    "EntryDate": _lt("Date"),
    "EntryNumber": _lt("Entry number"),
    "GLAccount": _lt("Ledger account"),
    "Journal": _lt("Journal"),
    "PaymentCondition": _lt("Payment condition"),
    "PaymentReference": _lt("Payment reference"),
    "Rate": _lt("Rate"),
    "VATAmountFC": _lt("VAT"),
    "VATCode": _lt("VAT code"),
    "YourRef": _lt("Your reference"),
}


class AccountMove(models.Model):
    """Says what differs between an invoice and what was sent of it (product E3)."""

    _inherit = "account.move"

    def action_exact_differences(self):
        """Show what Exact was sent and what the invoice says now."""
        self.ensure_one()
        self.check_access("read")
        self.env["exact.difference"].check_access("read")
        return self.env["exact.difference"]._make(self)._action_show()

    def _exact_differences(self) -> list[Difference]:
        """What the invoice would be booked as now, against what was sent.

        Nothing where it was not sent by the link, or could not be booked now.
        """
        entry = self.exact_entry_id.sudo()
        if entry.state != states.EXPORTED or not entry.payload:
            return []
        administration = entry.administration_id
        link = (
            self.sudo()
            ._exact_party()
            .exact_account_ids.filtered(
                lambda link: link.administration_id == administration and link.guid
            )
        )
        invoice, _issue = self.sudo()._exact_prepare_entry(
            administration, link.guid or entry.payload.get("Customer", "")
        )
        if not invoice:
            return []
        now = payloads.plain(payloads.sales_entry(invoice))
        return compare(entry.payload, now)

    def _exact_label(self, difference: Difference) -> str:
        """The name of what differs, with its line."""
        text = LABELS.get(difference.name)
        label = self.env._(text) if text else difference.name
        if not difference.line:
            return label
        return self.env._("Line %(line)s: %(label)s", line=difference.line, label=label)

    def _get_alerts(self):
        # EXTENDS account
        alerts = super()._get_alerts()
        entry = self.exact_entry_id.sudo()
        # Codes may have changed since it was booked; that is no change of the invoice.
        edited = entry.state == states.EXPORTED and "edit" in entry.log_ids.mapped(
            "event"
        )
        differences = self._exact_differences() if edited else []
        if differences:
            labels = ", ".join(self._exact_label(d) for d in differences)
            alerts["exact_differences"] = {
                "level": "warning",
                "message": self.env._(
                    "This invoice is no longer what was booked in Exact (%s). The "
                    "entry in Exact stays as it was.",
                    labels,
                ),
                "action_text": self.env._("Show what differs"),
                "action": self.env["exact.difference"]._action_for(self),
            }
        return alerts
