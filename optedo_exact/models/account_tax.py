from decimal import Decimal

from odoo import models

from ..exact import bills, vat

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
        if self.type_tax_use == "purchase":
            return vat.Tax(
                self._exact_rate(), purchase=True, charged=self._exact_is_charged()
            )
        return vat.Tax(self._exact_rate(), self._exact_natures())

    def _exact_is_charged(self) -> bool:
        """Whether the buyer owes it: its two sides cancel out."""
        factors = self.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax"
        ).mapped("factor")
        return bool(self.amount and any(factors) and not round(sum(factors), 4))

    def _exact_boxes(self) -> list[str]:
        """The boxes of its base in the return, in English words."""
        base = self.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "base"
        )
        # The names of boxes are translated: "1e (omzet)", "1e (turnover)".
        boxes = base.tag_ids.with_context(lang="en_US").mapped("name")
        return [box.lstrip("+-").split(" ")[0] for box in boxes if box]

    def _exact_bill_tax(self) -> bills.Tax:
        """This tax of a vendor bill in the core's words."""
        boxes = self._exact_boxes() if self.country_id.code == "BE" else []
        shares = self.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax" and line.factor > 0
        )
        total = sum(shares.mapped("factor"))
        # Where some of it has an account, what has none is cost of the line. Where none
        # has, it is a cost as well, or nobody said where it is booked.
        cost = sum(shares.filtered(lambda line: not line.account_id).mapped("factor"))
        unsaid = bool(total) and cost == total
        return bills.Tax(
            self.id,
            next((box for box in boxes if box in bills.KINDS.values()), ""),
            Decimal(str(round(cost / total, 4) if total and not unsaid else 0)),
            unsaid,
        )

    def _exact_natures(self) -> frozenset[str]:
        """What the tax may be, by its boxes in the return and its category."""
        if not self:
            return frozenset({vat.NONE, vat.ZERO})
        lines = self.invoice_repartition_line_ids
        boxes = self._exact_boxes()
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
            boxes,
            category or "",
        )
