from io import BytesIO

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.pdf import OdooPdfFileReader

from ..exact import deliveries, documents
from . import issues
from .account_move import BILL_FILE_FIELDS, BILL_FILE_TYPES, BILLS


class AccountMove(models.Model):
    """The file of a bill that goes to Exact: which one, and whether Exact takes it."""

    _inherit = "account.move"

    exact_file_id = fields.Many2one(
        "ir.attachment",
        "File for Exact",
        compute="_compute_exact_file_id",
        inverse="_inverse_exact_file_id",
        domain="[('id', 'in', exact_file_option_ids)]",
        help="The one file of this bill that goes to Exact: the structured one where "
        "there is one, else the PDF. Choose another where that is the wrong one.",
    )
    exact_file_option_ids = fields.Many2many(
        "ir.attachment", compute="_compute_exact_file_id"
    )
    exact_chosen_file_id = fields.Many2one(
        "ir.attachment",
        readonly=True,
        copy=False,
        index=False,
        ondelete="set null",
        help="The file that a person chose to go to Exact.",
    )

    @api.depends(
        "move_type",
        "attachment_ids",
        "message_main_attachment_id",
        "exact_chosen_file_id",
    )
    def _compute_exact_file_id(self):
        for move in self:
            options = move._exact_file_options()
            move.exact_file_option_ids = options
            chosen = move.sudo().exact_chosen_file_id
            move.exact_file_id = (
                chosen if chosen in options else move._exact_default_file(options)
            )

    def _inverse_exact_file_id(self):
        for move in self:
            move._exact_choose_file(move.exact_file_id)

    def _exact_choose_file(self, attachment) -> None:
        """Say which file goes; what went already stays as it was sent.

        :raises UserError: it is with Exact already, or no file of this bill
        """
        self.ensure_one()
        self._exact_check_may_book()
        if attachment and attachment not in self._exact_file_options():
            raise UserError(
                self.env._(
                    "%(file)s is no PDF or XML file of %(bill)s.",
                    file=attachment.display_name,
                    bill=self.display_name,
                )
            )
        if self._exact_is_with_exact():
            raise UserError(
                self.env._(
                    "The file of %(bill)s went to Exact: %(state)s. Take the delivery "
                    "back first.",
                    bill=self.display_name,
                    state=self.exact_status_text,
                )
            )
        self.sudo().exact_chosen_file_id = attachment

    def _exact_file_options(self):
        """The files of a bill that may go, oldest first."""
        attachments = self.env["ir.attachment"].sudo()
        if not self._origin.id or self.move_type not in BILLS:
            return attachments
        found = attachments.search(
            [
                ("res_model", "=", "account.move"),
                ("res_id", "=", self._origin.id),
                ("res_field", "in", BILL_FILE_FIELDS),
            ],
            order="id",
        )
        return found.filtered(self._exact_is_bill_file).with_env(self.env)

    @staticmethod
    def _exact_is_bill_file(attachment) -> bool:
        """By its name and type alone; what is in it is looked at when it goes."""
        name = (attachment.name or "").lower()
        return attachment.mimetype in BILL_FILE_TYPES or name.endswith((".pdf", ".xml"))

    def _exact_default_file(self, options):
        """The original: structured where there is one, else the PDF that Odoo shows."""
        xml = options.filtered(lambda file: "pdf" not in (file.mimetype or ""))
        for file in xml:
            if deliveries.kind(file.sudo().raw or b"") == deliveries.STRUCTURED:
                return file
        pdfs = options - xml
        main = self.message_main_attachment_id
        return main if main in pdfs else pdfs[:1]

    # --- whether Exact takes it ----------------------------------------------

    def _exact_check_file(self) -> dict | None:
        """The issue of the file of this bill, before anything is sent."""
        self.ensure_one()
        file, bill = self.exact_file_id.sudo(), self.display_name
        if not file:
            return issues.make("bill_file_missing", bill=bill)
        named = {"bill": bill, "file": file.name}
        if file.file_size > documents.MAX_BYTES:
            megabytes = documents.MAX_BYTES // 1024**2
            return issues.make("bill_file_large", size=megabytes, **named)
        content = file.raw
        if not content:
            return issues.make("bill_file_empty", **named)
        kind = deliveries.kind(content)
        if not kind:
            return issues.make("bill_file_unfit", **named)
        if kind == deliveries.PDF:
            code = _pdf_problem(content)
            if code == "encrypted":
                return issues.make("bill_file_encrypted", **named)
            if code:
                return issues.make("bill_file_broken", **named)
        return None


def _pdf_problem(content: bytes) -> str:
    """What makes a PDF unreadable: ``encrypted`` where it asks for a password to open,
    ``broken`` where it cannot be read; empty where it can.

    One that is protected against changes only opens without a password.
    """
    reader = None
    try:
        reader = OdooPdfFileReader(BytesIO(content), strict=False)
        if reader.isEncrypted and not reader.decrypt(""):
            return "encrypted"
        return "" if len(reader.pages) else "broken"
    except Exception:  # whatever a reader trips over, Exact's would too
        return "encrypted" if reader and reader.isEncrypted else "broken"
