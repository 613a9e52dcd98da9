from odoo import api, models
from odoo.exceptions import AccessError

from ..exact import states
from ..models.account_move_edit import EDIT


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging a customer changes whose invoices are that stand in Exact."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # EXTENDS base: it moves rows by raw SQL, which knows no account in Exact, nor
        # what of an invoice may be changed.
        entries = self._exact_entries_at_exact(src_partners)
        self._exact_check_may_merge(entries)
        self.env["exact.account"]._exact_merge(src_partners, dst_partner)
        reason = self.env._(
            "%(sources)s merged into %(target)s",
            sources=", ".join(src_partners.mapped("display_name")),
            target=dst_partner.display_name,
        )
        result = super()._update_foreign_keys(src_partners, dst_partner)
        entries._exact_log("edit", reason)
        return result

    @api.model
    def _exact_entries_at_exact(self, partners):
        """The entries of these partners that stand, or may stand, in Exact."""
        return (
            self.env["exact.entry"]
            .sudo()
            .search(
                [
                    ("state", "in", tuple(states.AT_EXACT)),
                    "|",
                    ("move_id.partner_id", "in", partners.ids),
                    ("move_id.commercial_partner_id", "in", partners.ids),
                ]
            )
        )

    @api.model
    def _exact_check_may_merge(self, entries) -> None:
        """Refuse who may not edit what stands in Exact (product E3).

        :raises AccessError: names an invoice, and whom to ask
        """
        if not entries or self.env.su or self.env.user.has_group(EDIT):
            return
        moves = entries.move_id.sudo(False)
        move = (moves._filtered_access("read") or moves)[:1]
        visible = move.has_access("read")
        raise AccessError(
            self.env._(
                "%(partner)s cannot be merged into another contact: %(invoice)s stands "
                "in Exact on this name. It takes the right 'Editing after booking in "
                "Exact Online'. %(ask)s",
                partner=move.sudo().partner_id.display_name,
                invoice=move.name if visible else self.env._("an invoice"),
                ask=move.sudo()._exact_whom_to_ask(EDIT),
            )
        )
