from datetime import timedelta

from odoo import api, fields, models

from . import issues

# So many rows a time; Odoo's clean-up comes back for the rest.
BATCH = 10_000


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
    called_at = fields.Datetime("At", index=True)
    method = fields.Char()
    endpoint = fields.Char()
    record = fields.Char(index=True, help="The record of Odoo that the call is about.")
    record_name = fields.Char("About", compute="_compute_record_name")
    status = fields.Integer(
        aggregator=False, help="Of HTTP; empty where no answer came."
    )
    duration = fields.Integer(
        "Duration (ms)", aggregator="avg", help="In milliseconds."
    )
    issue_code = fields.Selection(selection="_selection_issue_code", string="Outcome")

    @api.model
    def _selection_issue_code(self):
        return issues.selection(self.env)

    @api.depends("record")
    def _compute_record_name(self):
        for call in self:
            call.record_name = call._about().display_name or call.record

    def _about(self):
        """The record that the call is about, where it is there and may be read."""
        self.ensure_one()
        model, _comma, record_id = (self.record or "").partition(",")
        if model not in self.env or not record_id.isdecimal():
            return self.env["exact.entry"]
        record = self.env[model].browse(int(record_id)).exists()
        return record if record.has_access("read") else record.browse()

    def action_open_record(self):
        """Open what the call is about; an entry is shown as its invoice."""
        record = self._about()
        if not record:
            return False
        if record._name == "exact.entry":
            return record.action_open_move()
        return record._get_records_action()

    @api.autovacuum
    def _gc_calls(self):
        """Forget the calls that are older than their administration keeps them."""
        done, remaining = 0, False
        for [administration] in self.sudo()._read_group([], ["administration_id"]):
            days = timedelta(days=administration.call_log_days)
            old = self.sudo().search(
                [
                    ("administration_id", "=", administration.id),
                    ("called_at", "<", fields.Datetime.now() - days),
                ],
                order="id",
                limit=BATCH,
            )
            done += len(old)
            remaining = remaining or len(old) == BATCH
            old.unlink()
        return done, remaining
