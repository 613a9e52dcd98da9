from odoo import api, fields, models

from . import issues


class ExactIssueMixin(models.AbstractModel):
    """Keeps what is wrong as a code, and says it in the reader's language."""

    _name = "exact.issue.mixin"
    _description = "Issue with Exact Online"

    issue_code = fields.Char("Cause", readonly=True, copy=False)
    issue_params = fields.Json(readonly=True, copy=False)
    issue_text = fields.Text("Words of Exact", readonly=True, copy=False)
    issue_message = fields.Text("Problem", compute="_compute_issue_message")

    @api.depends("issue_code", "issue_params", "issue_text")
    @api.depends_context("lang")
    def _compute_issue_message(self):
        for record in self:
            record.issue_message = record.issue_code and issues.sentence(
                self.env, record.issue_code, record.issue_params, record.issue_text
            )
