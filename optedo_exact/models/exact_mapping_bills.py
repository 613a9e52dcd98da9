from odoo import api, fields, models
from odoo.exceptions import ValidationError

from . import issues
from .exact_mapping_vat import vat_issue

# Kinds in which a code means one thing only when a bill comes in. A VAT code may be
# several taxes: the ledger account tells then (``exact_bill_make``).
EXCLUSIVE = ("journal", "account")


class ExactMapping(models.Model):
    """Which codes of Exact come in as what, for vendor bills (product H2).

    What Odoo books has one code in Exact. The way back need not be the same: the ledger
    of Exact is often finer than Odoo's, so that several of its codes come in on one
    record, and where several accounts of Odoo go to one, bills come in on one of them.
    """

    _inherit = "exact.mapping"

    bill_reference_ids = fields.Many2many(
        "exact.reference",
        "exact_mapping_bill_reference_rel",
        "mapping_id",
        "reference_id",
        "Bills come from",
        domain="[('administration_id', '=', administration_id),"
        " ('kind', '=', reference_kind), ('gone', '=', False),"
        " '|', ('kind', '!=', 'journal'), ('type', '=', '22')]",
        help="Vendor bills that are booked on these in Exact come in here too. What "
        "Odoo books still goes to the one code 'In Exact'.",
    )
    takes_bills = fields.Boolean(compute="_compute_takes_bills", compute_sudo=True)

    @api.depends("kind", "journal_id.type", "tax_id.type_tax_use")
    def _compute_takes_bills(self):
        for mapping in self:
            mapping.takes_bills = (
                mapping.kind == "account"
                or mapping.journal_id.type == "purchase"
                or mapping.tax_id.type_tax_use == "purchase"
            )

    @api.constrains(
        "bill_reference_ids", "administration_id", "kind", "journal_id", "tax_id"
    )
    def _check_bill_references(self):
        for mapping in self.filtered("bill_reference_ids"):
            if not mapping.takes_bills:
                raise ValidationError(
                    self.env._(
                        "No vendor bills come in on %s: choose a purchase journal, a "
                        "purchase tax or an account for them.",
                        mapping.source_name,
                    )
                )
            for reference in mapping.bill_reference_ids:
                mapping._check_bill_reference(reference)

    def _check_bill_reference(self, reference) -> None:
        """Check that a code may come in here.

        :raises ValidationError: it is of another kind or rate, or comes in somewhere
            else
        """
        fits = (
            reference.administration_id == self.administration_id
            and reference.kind == self.reference_kind
            and (reference.kind != "journal" or reference.type == "22")
        )
        if not fits:
            raise ValidationError(
                self.env._(
                    "%(code)s is not a code of this administration for %(record)s.",
                    code=reference.display_name,
                    record=self.source_name,
                )
            )
        self._check_bill_vat_code(reference)
        others = self._coming_in(self.administration_id, self.kind, reference) - self
        if self.kind in EXCLUSIVE and others:
            raise ValidationError(
                self.env._(
                    "Bills of %(code)s come in on %(record)s already. Take the code "
                    "away there first.",
                    code=reference.display_name,
                    record=others[:1].source_name,
                )
            )

    def _check_bill_vat_code(self, reference) -> None:
        """Check that a VAT code has the rate of the tax, some day.

        :raises ValidationError: it has not, or who owes the VAT is another
        """
        if self.kind != "tax" or reference in self.fitting_ids:
            return
        today = fields.Date.context_today(self)
        issue = vat_issue(self.tax_id, reference, today)
        if issue:
            raise ValidationError(
                issues.sentence(self.env, issue["issue_code"], issue["issue_params"])
            )

    @api.model
    def _coming_in(self, administration, kind: str, reference):
        """The rows that say expressly that bills of a code come in on them."""
        return administration.mapping_ids.filtered(
            lambda row: row.kind == kind and reference in row.bill_reference_ids
        )

    @api.model
    def _for_bills(self, administration, kind: str, reference):
        """The rows whose records a code of Exact may be, when a bill comes in."""
        if not reference:
            return self.browse()
        said = self._coming_in(administration, kind, reference)
        if said and kind in EXCLUSIVE:
            return said
        return said | administration.mapping_ids.filtered(
            lambda row: (
                row.kind == kind
                and reference in (row.reference_id, row.credit_note_reference_id)
            )
        )
