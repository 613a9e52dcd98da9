from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import LazyTranslate

from ..exact import proposals
from ..exact.proposals import Candidate

_lt = LazyTranslate(__name__)

REASONS = {
    proposals.SAME_CODE: _lt("Same code"),
    proposals.ONLY_ONE: _lt("The only sales journal in Exact"),
    proposals.SAME_RATE: _lt("Same rate, a plain sales code"),
    proposals.SAME_DAYS: _lt("Same number of days"),
    proposals.NO_VAT: _lt("The code without VAT"),
}


class ExactMapping(models.Model):
    """Proposes codes with a reason; a person accepts them, one by one or all (C2)."""

    _inherit = "exact.mapping"

    proposal_id = fields.Many2one(
        "exact.reference",
        "Proposed code",
        compute="_compute_proposal",
        compute_sudo=True,
    )
    proposal_reason = fields.Char(
        "Because", compute="_compute_proposal", compute_sudo=True
    )

    @api.depends(
        "reference_id", "journal_id", "tax_id", "account_id", "payment_term_id"
    )
    @api.depends_context("lang")
    def _compute_proposal(self):
        candidates = {
            administration: administration.reference_ids._candidates()
            for administration in self.administration_id
        }
        for mapping in self:
            found = None
            if not mapping.reference_id and mapping.administration_id:
                found = mapping._propose(candidates[mapping.administration_id])
            mapping.proposal_id = found and found[0].key
            mapping.proposal_reason = found and self.env._(REASONS[found[1]])

    def _propose(self, candidates: dict) -> proposals.Proposal:
        """The core's proposal for this row.

        :param candidates: by kind of reference
        """
        fitting = candidates.get(self.reference_kind, [])
        if self.kind == "journal":
            sales = [c for c in fitting if c.type == "20"]
            return proposals.journal(self.journal_id.code, sales)
        if self.kind == "account":
            return proposals.gl_account(self.account_id.code, fitting)
        if self.kind == "payment_term":
            return proposals.payment_condition(
                self.payment_term_id._exact_days(), fitting
            )
        if not self.tax_id:
            return proposals.no_vat(fitting)
        return proposals.vat_code(self.tax_id._exact_rate(), fitting)

    def action_accept_proposal(self):
        """Take over the proposals of these rows; rows without one stay as they are."""
        for mapping in self:
            if mapping.proposal_id:
                mapping.reference_id = mapping.proposal_id


class ExactReference(models.Model):
    _inherit = "exact.reference"

    def _candidates(self) -> dict[str, list[Candidate]]:
        """The usable ones of these in the core's words, by kind."""
        result: dict[str, list[Candidate]] = {}
        for reference in self.filtered(lambda r: r._usable()):
            result.setdefault(reference.kind, []).append(reference._candidate())
        return result

    def _candidate(self) -> Candidate:
        found = self.attributes or {}
        rate = found.get("Percentage")
        plain_days = self.kind == "payment_condition" and not found.get(
            "PaymentEndOfMonths"
        )
        return Candidate(
            key=self.id,
            code=self.code,
            type=self.type or "",
            rate=None if rate is None else Decimal(str(rate)),
            for_sales=found.get("VATTransactionType") in (None, "S", "B"),
            special=bool(
                found.get("Charged")
                or found.get("OssCountry")
                or found.get("VatMargin")
                or found.get("EUSalesListing") in ("L", "S", "T")
            ),
            days=(found.get("PaymentDays") or 0) if plain_days else None,
        )


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    def _exact_days(self) -> int | None:
        """The days of a term that is one payment after so many days, else ``None``."""
        line = self.line_ids
        simple = len(line) == 1 and line.delay_type == "days_after"
        return line.nb_days if simple and not self.early_discount else None
