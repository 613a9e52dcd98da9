from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..exact import states
from .account_move_payload import SENT_FIELDS
from .guards import changed_fields

EDIT = "optedo_exact.group_exact_edit_after_export"
# What Odoo itself, and work on an invoice after it was booked, writes on it: sending,
# paying, matching, reviewing. Fields that a form shows as read-only belong here too.
ODOO_FIELDS = {
    "account.move": frozenset(
        {
            "access_token",
            "auto_post",
            "checked",
            "invoice_pdf_report_file",
            "is_manually_modified",
            "message_main_attachment_id",
            "no_followup",
            "origin_payment_id",
            "peppol_message_uuid",
            "sending_data",
            "statement_line_id",
            "tax_cash_basis_rec_id",
            "ubl_cii_xml_file",
        }
    ),
    "account.move.line": frozenset(
        {
            "matching_number",
            "no_followup",
            "reconciled_lines_ids",
        }
    ),
}


# Whose fields are all in the lists here and beside the payload.
KNOWN_ADDONS = {"account", "analytic", "mail", "portal", "optedo_exact"}
# Not even where an administration takes changes of what was sent: the invoice would
# leave the ledger, or be another document.
NEVER = frozenset({"company_id", "move_type", "state"})


def is_sent(record, name: str, administration) -> bool:
    """Whether a field went to Exact, or decides what went."""
    if name == "analytic_distribution":
        return bool(
            administration.cost_center_plan_id or administration.cost_unit_plan_id
        )
    return name in SENT_FIELDS[record._name] or name.startswith("exact_party_")


def is_content(record, name: str) -> bool:
    """Whether a field is something that people fill in, other than what was sent.

    Odoo's own fields are known. Those of other addons are told apart by what Odoo does
    where an invoice is duplicated: what people fill in is copied, while what records
    the life of this one (its assets, deferrals, reminders, matchings, messages to an
    authority) starts anew. The latter is written by the addon that keeps it, whatever
    the user may edit.
    """
    field = record._fields[name]
    return not (
        field.readonly
        or name == "exact_file_id"  # it is refused where it is chosen
        or name in ODOO_FIELDS[record._name]
        or name.startswith(("activity_", "message_", "website_message_"))
        or (is_of_other_addon(field) and not (field.store and field.copy))
    )


def is_of_other_addon(field) -> bool:
    """Whether a field of an invoice comes neither with Odoo's invoicing nor with the
    link; those that people add themselves in Odoo come with no addon."""
    return not KNOWN_ADDONS & set(field._modules)


def field_labels(records, names: set[str]) -> str:
    """The names of fields as the user reads them."""
    labels = records.fields_get(names, ["string"])
    return ", ".join(sorted(labels[n]["string"] if n in labels else n for n in names))


class AccountMove(models.Model):
    """What was sent of an invoice stays; the rest needs a right (product E3)."""

    _inherit = "account.move"

    def write(self, vals):
        edited = self._exact_check_edit(
            {move: changed_fields(move, vals) for move in self._exact_at_exact()}
        )
        result = super().write(vals)
        edited()
        return result

    def _exact_at_exact(self):
        """Those of these invoices that are, or may be, in Exact's ledger."""
        return self.filtered("exact_entry_id").filtered(
            lambda move: move.exact_entry_id.sudo().state in states.AT_EXACT
        )

    def _exact_check_edit(self, changes: dict):
        """Whether these changes may be made to what stands in Exact.

        No context key lets anything pass: any client may send one.

        :param changes: by record, an invoice or a line, the names of the fields
        :return: to be called when they were made; it notes them on the entries
        :raises UserError: what was sent would change
        :raises AccessError: the user may not edit what stands in Exact
        """
        editor = self.env.user.has_group(EDIT)
        noted = []
        for record, names in changes.items():
            move = record if record._name == "account.move" else record.move_id
            administration = move.exact_entry_id.sudo().administration_id
            sent = {name for name in names if is_sent(record, name, administration)}
            content = {name for name in names - sent if is_content(record, name)}
            loose = editor and move._exact_is_loose() and not sent & NEVER
            if sent and not loose:
                raise UserError(move._exact_sent_sentence(record, sent))
            if content and not editor and not self.env.su:
                raise AccessError(move._exact_edit_sentence(record, content))
            if sent or content:
                noted.append((move, record._exact_labels(sent | content)))

        def note():
            for move, labels in noted:
                move.exact_entry_id.sudo()._exact_log("edit", labels)

        return note

    def _exact_is_loose(self) -> bool:
        """The administration takes changes of what was sent, and shows them."""
        entry = self.exact_entry_id.sudo()
        return (
            entry.state == states.EXPORTED
            and entry.administration_id.loosen_edit_after_export
        )

    def _exact_sent_sentence(self, record, names: set[str]) -> str:
        return self.env._(
            "%(fields)s of %(invoice)s went to Exact and cannot be changed: "
            "%(state)s. Remove the entry in Exact first, or make a credit note.",
            fields=record._exact_labels(names),
            invoice=self.display_name,
            state=self.exact_status_text,
        )

    def _exact_edit_sentence(self, record, names: set[str]) -> str:
        return self.env._(
            "%(fields)s of %(invoice)s cannot be changed: %(state)s. With the right "
            "'Editing after booking in Exact Online' you can change what did not go "
            "to Exact.",
            fields=record._exact_labels(names),
            invoice=self.display_name,
            state=self.exact_status_text,
        )

    def _exact_labels(self, names: set[str]) -> str:
        """The names of fields as the user reads them."""
        return field_labels(self, names)


class AccountMoveLine(models.Model):
    """The lines of what is, or may be, in Exact's ledger stay as they are."""

    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        moves = self.env["account.move"].browse(
            {vals["move_id"] for vals in vals_list if vals.get("move_id")}
        )
        # Also a default that a client sends along as a context key.
        moves |= moves.browse(self.env.context.get("default_move_id") or [])
        lines_of = {move: {"line_ids"} for move in moves._exact_at_exact()}
        edited = moves._exact_check_edit(lines_of)
        lines = super().create(vals_list)
        edited()
        return lines

    def write(self, vals):
        # Where a line goes to counts as well as where it comes from.
        target = self.env["account.move"].browse(vals.get("move_id") or [])
        changes = {move: {"line_ids"} for move in target._exact_at_exact()}
        at_exact = self.move_id._exact_at_exact()
        if at_exact:
            changes |= {
                line: changed_fields(line, vals)
                for line in self
                if line.move_id in at_exact
            }
        edited = target._exact_check_edit(changes)
        result = super().write(vals)
        edited()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_not_at_exact(self):
        moves = self.move_id._exact_at_exact()
        moves._exact_check_edit({move: {"line_ids"} for move in moves})()

    def _exact_labels(self, names: set[str]) -> str:
        """The names of fields as the user reads them."""
        return field_labels(self, names)
