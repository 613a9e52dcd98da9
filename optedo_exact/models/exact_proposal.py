from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from ..exact import proposals
from ..exact.proposals import Candidate
from .exact_mapping import OPTIONAL, SOURCES

_lt = LazyTranslate(__name__)

REASONS = {
    proposals.SAME_CODE: _lt("Same code"),
    proposals.ONLY_ONE: _lt("The only journal of this type in Exact"),
    proposals.SAME_RATE: _lt("Same rate, a plain sales code"),
    proposals.SAME_NATURE: _lt("The only code for the same kind of supply"),
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

    @api.depends("reference_id", "gl_account_id", *SOURCES)
    @api.depends_context("lang")
    def _compute_proposal(self):
        candidates = {
            administration: self._references_to_propose(administration)._candidates()
            for administration in self.administration_id
        }
        for mapping in self:
            found = None
            chosen = mapping.reference_id or mapping.gl_account_id
            if not chosen and mapping.administration_id:
                found = mapping._propose(candidates[mapping.administration_id])
            mapping.proposal_id = found and found[0].key
            mapping.proposal_reason = found and self.env._(REASONS[found[1]])

    def _references_to_propose(self, administration):
        """The codes that may be proposed for the rows without one.

        Ledger accounts, of which there may be thousands, only by their code.
        """
        rows = self.filtered(
            lambda row: row.administration_id == administration and not row.reference_id
        )
        others = set(rows.mapped("reference_kind")) - {"gl_account"}
        codes = [code for code in rows.account_id.mapped("code") if code]
        return self.env["exact.reference"].search(
            Domain("administration_id", "=", administration.id)
            & (
                Domain("kind", "in", list(others))
                | (Domain("kind", "=", "gl_account") & Domain("code", "in", codes))
            )
        )

    def _propose(self, candidates: dict) -> proposals.Proposal:
        """The core's proposal for this row.

        :param candidates: by kind of reference
        """
        fitting = candidates.get(self.reference_kind, [])
        if self.kind == "journal":
            wanted = "22" if self.journal_id.type == "purchase" else "20"
            fitting = [c for c in fitting if c.type == wanted]
            return proposals.journal(self.journal_id.code, fitting)
        if self.kind == "account":
            return proposals.same_code(self.account_id.code or "", fitting)
        if self.kind == "payment_term":
            return proposals.payment_condition(
                self.payment_term_id._exact_days(), fitting
            )
        if self.kind in OPTIONAL:
            return proposals.same_code(self.analytic_account_id.code or "", fitting)
        if not self.tax_id:
            return proposals.no_vat(fitting)
        today = fields.Date.context_today(self)
        return proposals.vat_code(self.tax_id._exact_tax(), fitting, today)

    def action_accept_proposal(self):
        """Take over the proposals of these rows; rows without one stay as they are."""
        self.check_access("write")
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
        plain_days = self.kind == "payment_condition" and not found.get(
            "PaymentEndOfMonths"
        )
        return Candidate(
            key=self.id,
            code=self.code,
            type=self.type or "",
            vat=self._exact_code() if self.kind == "vat_code" else None,
            days=(found.get("PaymentDays") or 0) if plain_days else None,
        )


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    def _exact_days(self) -> int | None:
        """The days of a term that is one payment after so many days, else ``None``."""
        line = self.line_ids
        simple = len(line) == 1 and line.delay_type == "days_after"
        return line.nb_days if simple and not self.early_discount else None
