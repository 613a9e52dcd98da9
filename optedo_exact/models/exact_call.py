from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

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
        names = {
            f"{record._name},{record.id}": record.display_name
            for records in self._about()
            for record in records
        }
        for call in self:
            call.record_name = names.get(call.record, call.record)

    def _about(self) -> list:
        """The records that the calls are about, which are there and may be read.

        :return: a recordset for each model
        """
        ids = defaultdict(set)
        for text in set(self.filtered("record").mapped("record")):
            model, _comma, record_id = text.partition(",")
            if model in self.env and record_id.isdecimal():
                ids[model].add(int(record_id))
        return [
            self.env[model].browse(sorted(found)).exists()._filtered_access("read")
            for model, found in ids.items()
        ]

    def action_open_record(self):
        """Open what the call is about; an entry is shown as its invoice."""
        self.ensure_one()
        record = next(iter(self._about()), None)
        if not record:
            raise UserError(self.env._("It is no longer there, or not yours to see."))
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
