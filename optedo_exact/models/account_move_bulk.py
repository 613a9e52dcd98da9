from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """An export of invoices that a user selected in their list."""

    _inherit = "account.move"

    def action_exact_synchronise(self):
        """Show what of the selected invoices would go to Exact (the list's menu)."""
        self._exact_check_may_book()
        administrations = self.company_id.exact_administration_id
        if not administrations:
            raise UserError(
                self.env._(
                    "None of them is of a company that is connected to Exact Online."
                )
            )
        pages = self.env["exact.synchronise"]
        return pages._make(administrations[0], "selection", self.ids)._action_show()
