from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..exact import vat
from . import issues


class ExactMapping(models.Model):
    """VAT codes are offered and checked by nature, not by rate alone (product C3)."""

    _inherit = "exact.mapping"

    problem = fields.Selection(selection_add=[("unfit", "Does not fit the tax")])
    nature_confirmed = fields.Boolean(
        "Right all the same",
        help="The VAT code is right, though Exact marks it as another kind of supply "
        "than the tax in Odoo: ask your accountant before you tick it. Codes of "
        "another kind are then offered too.",
    )
    misfit_message = fields.Char(
        "Why", compute="_compute_misfit_message", compute_sudo=True
    )
    fitting_ids = fields.Many2many(
        "exact.reference",
        compute="_compute_fitting_ids",
        compute_sudo=True,
        help="The codes of Exact that may stand for this tax.",
    )

    @api.depends(
        "kind", "tax_id", "nature_confirmed", "administration_id.reference_ids"
    )
    def _compute_fitting_ids(self):
        today = fields.Date.context_today(self)
        for mapping in self:
            tax = mapping.tax_id._exact_tax()
            mapping.fitting_ids = mapping.administration_id.reference_ids.filtered(
                lambda r, tax=tax, any_nature=mapping.nature_confirmed: (
                    r.kind == "vat_code"
                    and r._usable()
                    and r._exact_code().fits_some_day(tax, today, any_nature)
                )
            )

    @api.depends("reference_id", "tax_id", "kind", "nature_confirmed")
    @api.depends_context("lang")
    def _compute_misfit_message(self):
        today = fields.Date.context_today(self)
        for mapping in self:
            message = False
            if mapping.kind == "tax" and mapping.reference_id:
                tax, reference = mapping.tax_id, mapping.reference_id
                confirmed = mapping.nature_confirmed
                issue = vat_issue(tax, reference, today, confirmed)
                if issue and not reference._exact_code().fits_some_day(
                    tax._exact_tax(), today, confirmed
                ):
                    message = issues.sentence(
                        self.env, issue["issue_code"], issue["issue_params"]
                    )
            mapping.misfit_message = message

    @api.constrains("gl_account_id", "tax_id", "kind")
    def _check_line_of_its_own(self):
        for mapping in self:
            if mapping.gl_account_id and not mapping.tax_id:
                raise ValidationError(
                    self.env._("Only a tax can be booked as a line of its own.")
                )

    def write(self, vals):
        result = super().write(vals)
        if "nature_confirmed" in vals:
            for mapping in self.filtered("reference_id"):
                mapping.administration_id.sudo().message_post(
                    body=self.env._(
                        "%(user)s on %(mapping)s: right all the same is %(value)s.",
                        user=self.env.user.name,
                        mapping=mapping.display_name,
                        value=vals["nature_confirmed"],
                    )
                )
        return result

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


def vat_issue(tax, reference, day, nature_confirmed: bool = False) -> dict | None:
    """The issue of a VAT code that may not stand for a tax on a day, else ``None``.

    :param tax: of Odoo, empty for lines without tax
    :param reference: the VAT code
    :param nature_confirmed: a person said that another kind of supply is right
    """
    ours, code = tax._exact_tax(), reference._exact_code()
    reason = vat.misfit(ours, code, day)
    if not reason or (nature_confirmed and reason == vat.OTHER_NATURE):
        return None
    return issues.make(
        reason,
        tax=tax.display_name or "no_tax",
        code=reference.display_name,
        day=str(day),
        rate_here=_percent(ours.rate),
        rate_there=_percent(code.rate(day)),
        nature_here=sorted(ours.natures),
        nature_there=code.nature,
    )


def _percent(rate) -> str:
    """A fraction as a user reads it: 0.21 is "21 %"."""
    if rate is None:
        return "no_rate"
    digits = f"{rate * 100:f}"
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) + " %"
