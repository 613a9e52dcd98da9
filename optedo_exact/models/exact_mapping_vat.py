from odoo import api, fields, models
from odoo.fields import Domain

from ..exact import vat
from . import issues


class ExactMapping(models.Model):
    """VAT codes are offered and checked by nature, not by rate alone (product C3)."""

    _inherit = "exact.mapping"

    problem = fields.Selection(selection_add=[("unfit", "Does not fit the tax")])
    misfit_message = fields.Char(
        "Why", compute="_compute_misfit_message", compute_sudo=True
    )
    fitting_ids = fields.Many2many(
        "exact.reference",
        compute="_compute_fitting_ids",
        compute_sudo=True,
        help="The codes of Exact that may stand for this tax.",
    )

    @api.depends("kind", "tax_id", "administration_id.reference_ids")
    def _compute_fitting_ids(self):
        today = fields.Date.context_today(self)
        for mapping in self:
            tax = mapping.tax_id._exact_tax()
            mapping.fitting_ids = mapping.administration_id.reference_ids.filtered(
                lambda r, tax=tax: (
                    r.kind == "vat_code"
                    and r._usable()
                    and r._exact_code().fits_some_day(tax, today)
                )
            )

    @api.depends("reference_id", "tax_id", "kind")
    @api.depends_context("lang")
    def _compute_misfit_message(self):
        today = fields.Date.context_today(self)
        for mapping in self:
            message = False
            if mapping.kind == "tax" and mapping.reference_id:
                tax, reference = mapping.tax_id, mapping.reference_id
                issue = vat_issue(tax, reference, today)
                if issue and not reference._exact_code().fits_some_day(
                    tax._exact_tax(), today
                ):
                    message = issues.sentence(
                        self.env, issue["issue_code"], issue["issue_params"]
                    )
            mapping.misfit_message = message

    @api.depends("misfit_message")
    def _compute_problem(self):
        result = super()._compute_problem()
        for mapping in self:
            minor = mapping.problem in (False, "changed")
            if minor and mapping.misfit_message:
                mapping.problem = "unfit"
        return result

    @api.model
    def _search_problem(self, operator, value):
        domain = super()._search_problem(operator, value)
        if operator != "in" or not {"unfit", False} & set(value):
            return domain
        rows = self.search([("kind", "=", "tax"), ("reference_id", "!=", False)])
        unfit = Domain("id", "in", rows.filtered("misfit_message").ids)
        if "unfit" in value:
            return Domain(domain) | unfit
        return Domain(domain) & ~unfit


def vat_issue(tax, reference, day) -> dict | None:
    """The issue of a VAT code that may not stand for a tax on a day, else ``None``.

    :param tax: of Odoo, empty for lines without tax
    :param reference: the VAT code
    """
    ours, code = tax._exact_tax(), reference._exact_code()
    reason = vat.misfit(ours, code, day)
    return reason and issues.make(
        reason,
        tax=tax.display_name or tax.env._("lines without tax"),
        code=reference.display_name,
        day=str(day),
        rate_here=_percent(ours.rate),
        rate_there=_percent(code.rate(day)),
        nature_here=min(ours.natures, default=vat.STANDARD),
        nature_there=code.nature,
    )


def _percent(rate) -> str:
    """A fraction as a user reads it: 0.21 is "21 %"."""
    return f"{(rate or 0) * 100:f}".rstrip("0").rstrip(".") + " %"
