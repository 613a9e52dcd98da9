from odoo import fields, models

from ..exact import states
from . import issues


class ExactEntry(models.Model):
    """The files of an entry in Exact: whether they are wanted, and how far they are.

    Apart from the booking's own state, which they never touch.
    """

    _inherit = "exact.entry"

    attach_state = fields.Selection(
        [
            ("todo", "Files waiting"),
            ("done", "Files in Exact"),
            ("refused", "Files refused"),
            ("left", "Files left out"),
        ],
        "Files",
        readonly=True,
        help="Empty where no files are attached to this entry.",
    )
    document_guid = fields.Char(
        readonly=True, help="The document in Exact that carries the files."
    )
    attachment_ids = fields.One2many("exact.attachment", "entry_id", readonly=True)

    _attach_index = models.Index("(administration_id) WHERE attach_state = 'todo'")

    def _exact_move_to(self, event: str, *args, **values):
        result = super()._exact_move_to(event, *args, **values)
        # What has no booking any more has no files to follow it.
        self.sudo().filtered(
            lambda entry: entry.state == states.NONE and entry.attach_state
        ).attach_state = False
        return result

    def _exact_plan_files(self, administration) -> None:
        """With the intent of a booking: whether its files are to follow."""
        self.attach_state = "todo" if administration.attach_pdf else False

    def _exact_files(self):
        """The rows of the files of the booking as it stands in Exact now."""
        return self.attachment_ids.filtered(
            lambda row: row.kind != "document" and row.entry_guid == self.guid
        )

    def _exact_document(self):
        """The row of the document of the booking as it stands in Exact now."""
        return self.attachment_ids.filtered(
            lambda row: row.kind == "document" and row.entry_guid == self.guid
        )

    def _exact_files_to_come(self):
        """What Odoo sends of this invoice and has no row yet, by whichever addon made.

        Nothing before the PDF is there: until then it was not sent.
        """
        move = self.move_id
        if not move.invoice_pdf_report_id:
            return self.env["ir.attachment"]
        sent = self.env["account.move.send"]._get_invoice_extra_attachments(move)
        return sent - self._exact_files().attachment_id

    def _exact_files_issue(self):
        """The row that says what is wrong with the files, if any."""
        rows = self._exact_document() + self._exact_files()
        return rows.filtered("issue_code")[:1]

    def _exact_close_files(self) -> None:
        """After an attempt: all there, or refused; what is open stays to do.

        So does an invoice that got another file meanwhile.
        """
        document, files = self._exact_document(), self._exact_files()
        stuck = document.state == "refused"
        if not stuck and (files._exact_open() or self._exact_files_to_come()):
            return
        refused = stuck or any(row.state == "refused" for row in files)
        self.attach_state = "refused" if refused else "done"

    def _exact_leave_files(self) -> None:
        """A person wants no more of what was refused; noted, as all they decide."""
        self.attach_state = "left"
        self.env["exact.entry.log"].sudo().create(
            {"entry_id": self.id, "event": "files_left", "user_id": self.env.uid}
        )

    def _exact_fail_files(self) -> None:
        """Something unexpected happened: a person has to start it again.

        What may be in Exact is left to be asked about, and goes on after that.
        """
        rows = self._exact_document() + self._exact_files()
        if any(row.state in ("sending", "unknown") for row in rows):
            return
        if not rows:
            rows = rows.create(
                {
                    "entry_id": self.id,
                    "entry_guid": self.guid,
                    "kind": "document",
                    "name": self.move_id.name,
                }
            )
        waiting = rows.filtered(lambda row: row.state == "new")
        waiting._exact_set_refused(issues.make("attachments_unexpected"))
        self.attach_state = "refused"
