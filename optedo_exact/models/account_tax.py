from decimal import Decimal

from odoo import models


class AccountTax(models.Model):
    _inherit = "account.tax"

    def _exact_rate(self) -> Decimal:
        """The fraction that the tax adds to an amount; 0 for no tax, and for reverse
        charge, whose two sides cancel out."""
        shares = self.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax"
        )
        if self.amount_type != "percent" or not sum(shares.mapped("factor")):
            return Decimal(0)
        return Decimal(str(self.amount)) / 100
