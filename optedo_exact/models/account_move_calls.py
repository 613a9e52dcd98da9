from odoo import fields, models

from .guards import MANAGER


class AccountMove(models.Model):
    """Leads from an invoice to the calls that were made about it (product I2)."""

    _inherit = "account.move"

    exact_call_count = fields.Integer(
        compute="_compute_exact_call_count", groups=MANAGER
    )

    def _compute_exact_call_count(self):
        for move in self:
            move.exact_call_count = self.env["exact.call"].search_count(
                move._exact_call_domain()
            )

    def _exact_call_domain(self) -> list:
        """The calls about the entry of this invoice and its files."""
        self.ensure_one()
        entry = self.exact_entry_id.sudo()
        files = self.env["exact.attachment"].sudo()
        if entry:
            files = files.search([("entry_id", "=", entry.id)])
        records = [f"{row._name},{row.id}" for row in [*entry, *files]]
        return [("record", "in", records)]

    def action_exact_calls(self):
        """The calls to Exact about this invoice."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "optedo_exact.exact_call_action"
        )
        return action | {"domain": self._exact_call_domain()}
