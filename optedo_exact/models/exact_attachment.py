from datetime import timedelta

from odoo import api, fields, models

from . import issues
from .guards import check_internal


class ExactAttachment(models.Model):
    """What goes to Exact beside a booking: one document, and one row a file on it.

    Each row is the intent and the outcome of one call, so that a lost answer is asked
    about and nothing is attached twice. A booking that was removed and made again has
    another guid, and with it rows of its own.
    """

    _name = "exact.attachment"
    _description = "Exact Online Attachment"
    _inherit = ["exact.issue.mixin"]
    _order = "entry_id, id"

    entry_id = fields.Many2one(
        "exact.entry", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="entry_id.company_id", store=True)
    entry_guid = fields.Char(
        required=True, readonly=True, help="The booking in Exact that it belongs to."
    )
    kind = fields.Selection(
        [
            ("document", "Document"),
            ("pdf", "PDF"),
            ("structured", "Structured file"),
        ],
        required=True,
        readonly=True,
    )
    name = fields.Char(
        required=True,
        readonly=True,
        help="The subject of the document or the name of the file, as sent: the key "
        "by which it is found again in Exact.",
    )
    attachment_id = fields.Many2one(
        "ir.attachment", "File", readonly=True, ondelete="set null"
    )
    # new ─send→ sending ─ok→ sent
    # sending ─refused→ refused ─again→ new
    # sending ─nothing processed→ new
    # sending ─no answer, process died→ unknown ─found→ sent │ not there→ new
    state = fields.Selection(
        [
            ("new", "Waiting"),
            ("sending", "Being sent"),
            ("sent", "In Exact"),
            ("unknown", "Being checked"),
            ("refused", "Refused"),
        ],
        default="new",
        required=True,
        readonly=True,
    )
    guid = fields.Char(readonly=True)
    unknown_since = fields.Datetime(
        readonly=True, help="When the request ended without an answer."
    )

    _file_uniq = models.UniqueIndex("(entry_id, entry_guid, attachment_id)")
    _document_uniq = models.UniqueIndex(
        "(entry_id, entry_guid) WHERE kind = 'document'"
    )

    def _exact_open(self):
        """Those that still have to go, or may have gone."""
        return self.filtered(lambda row: row.state in ("new", "sending", "unknown"))

    # --- the only writers of a state -----------------------------------------

    def _exact_set_new(self, issue: dict | None = None) -> None:
        """Nothing is in Exact; it may be sent.

        :param issue: why it waits, where a person can do something about it
        """
        self.write({"state": "new", "guid": False} | (issue or issues.NONE))

    def _exact_set_sending(self) -> None:
        """The intent, to be committed before the call."""
        self.write({"state": "sending", "unknown_since": False} | issues.NONE)

    def _exact_set_sent(self, guid: str) -> None:
        self.write({"state": "sent", "guid": guid} | issues.NONE)
        for row in self:
            if row.kind == "document":
                row.entry_id.document_guid = guid

    def _exact_set_refused(self, issue: dict) -> None:
        self.write({"state": "refused"} | issue)

    def _exact_set_unknown(self) -> None:
        """It may be in Exact now, or appear there within minutes."""
        now = fields.Datetime.now()
        self.write({"state": "unknown", "unknown_since": now} | issues.NONE)

    def _exact_ask_again(self) -> None:
        """It was in Exact and perhaps is no more: one "no" is then enough."""
        self._exact_set_unknown()
        self.unknown_since = fields.Datetime.subtract(fields.Datetime.now(), days=1)

    def _exact_set_not_there(self) -> None:
        """Exact says that it is not there: believed once it cannot appear any more.

        Files of a document that is gone are gone with it.
        """
        self.ensure_one()
        minutes = self.env["exact.entry"].LATE_MINUTES
        if fields.Datetime.now() < self.unknown_since + timedelta(minutes=minutes):
            return
        self._exact_set_new()
        if self.kind == "document":
            files = self.entry_id._exact_files()
            files.filtered(lambda row: row.state == "sent")._exact_set_new()

    # --- guards --------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        check_internal(self.env)
        return super().create(vals_list)

    def write(self, vals):
        check_internal(self.env)
        return super().write(vals)
