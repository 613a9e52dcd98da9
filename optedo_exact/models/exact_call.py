from datetime import timedelta

from odoo import api, fields, models

KEEP_DAYS = 90


class ExactCall(models.Model):
    """The log of calls: what was asked when, about which record, with what outcome.

    No bodies, no addresses with parameters: nothing secret or personal gets in. Written
    only by ``Gate``, in transactions of its own.
    """

    _name = "exact.call"
    _description = "Exact Online Call"
    _log_access = False
    _order = "id desc"
    _rec_name = "endpoint"

    administration_id = fields.Many2one(
        "exact.administration", required=True, ondelete="cascade", index=True
    )
    called_at = fields.Datetime(index=True)
    method = fields.Char()
    endpoint = fields.Char()
    record = fields.Char(index=True, help="The record of Odoo that the call is about.")
    status = fields.Integer(help="Of HTTP; empty where no answer came.")
    duration = fields.Integer(help="In milliseconds.")
    issue_code = fields.Char("Outcome")

    @api.autovacuum
    def _gc_calls(self):
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        self.sudo().search([("called_at", "<", limit)], limit=10_000).unlink()
