from decimal import Decimal

from odoo import models

from ..exact import vat

OSS = "l10n_eu_oss"


class AccountTax(models.Model):
    _inherit = "account.tax"

    def _exact_rate(self) -> Decimal | None:
        """The fraction that the tax adds to an amount.

        0 for no tax, and for reverse charge, whose two sides cancel out; ``None`` for a
        tax that is no percentage.
        """
        if not self:
            return Decimal(0)
        shares = self.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax"
        )
        factor = Decimal(str(round(sum(shares.mapped("factor")), 4)))
        if not factor:
            return Decimal(0)
        amount = Decimal(str(self.amount)) / 100
        if self.amount_type == "percent":
            return amount * factor
        if self.amount_type == "division":  # of the price with tax
            return (amount / (1 - amount) * factor).quantize(Decimal("0.0001"))
        return None

    def _exact_tax(self) -> vat.Tax:
        """This tax in the core's words; empty for lines without tax."""
        return vat.Tax(self._exact_rate(), self._exact_natures())

    def _exact_natures(self) -> frozenset[str]:
        """What the tax may be, by its boxes in the return and its category."""
        if not self:
            return frozenset({vat.NONE, vat.ZERO})
        lines = self.invoice_repartition_line_ids
        base = lines.filtered(lambda line: line.repartition_type == "base")
        # The names of boxes are translated: "1e (omzet)", "1e (turnover)".
        boxes = base.tag_ids.with_context(lang="en_US").mapped("name")
        # Odoo remembers what it found, but not that there is nothing to be found.
        oss = OSS in self.env["ir.module.module"]._installed() and self.env.ref(
            f"{OSS}.tag_oss", raise_if_not_found=False
        )
        if oss and oss in lines.tag_ids:
            boxes.append(vat.OSS_TAG)
        category = (
            self.ubl_cii_tax_category_code
            if "ubl_cii_tax_category_code" in self._fields
            else ""
        )
        return vat.natures(
            self.country_id.code or "",
            [box.lstrip("+-").split(" ")[0] for box in boxes if box],
            category or "",
        )
