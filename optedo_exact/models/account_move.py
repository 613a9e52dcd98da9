from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact import states
from . import issues
from .guards import check_invoicing_right

# What becomes a sales entry. A sales receipt is a sale without an invoice.
SALES = ("out_invoice", "out_refund", "out_receipt")
# What goes to Exact as a file, for its scanning.
BILLS = ("in_invoice", "in_refund", "in_receipt")
# What Odoo keeps in a field of its own is a file of the bill too.
BILL_FILE_FIELDS = (False, "ubl_cii_xml_file", "invoice_pdf_report_file")
BILL_FILE_TYPES = ("application/pdf", "application/xml", "text/xml")


class AccountMove(models.Model):
    _inherit = "account.move"

    exact_entry_id = fields.Many2one(
        "exact.entry",
        "Exact Online entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    exact_state = fields.Selection(
        related="exact_entry_id.state", string="Exact Online state"
    )
    exact_status_text = fields.Char(
        compute="_compute_exact_status_text", string="Exact Online"
    )
    exact_entry_guid = fields.Char(related="exact_entry_id.guid")
    exact_entry_number = fields.Char(
        related="exact_entry_id.number", string="Exact entry number"
    )
    exact_exported_at = fields.Datetime(
        related="exact_entry_id.exported_at", string="Booked in Exact on"
    )
    exact_log_ids = fields.One2many(
        related="exact_entry_id.log_ids", string="What happened in Exact Online"
    )
    exact_administration_id = fields.Many2one(
        "exact.administration",
        "Administration in Exact",
        compute="_compute_exact_administration_id",
        help="Where it is booked in Exact, or will be. Fixed once it is there.",
    )
    exact_can_export = fields.Boolean(compute="_compute_exact_can_export")
    exact_is_before_start = fields.Boolean(compute="_compute_exact_is_before_start")

    @api.depends(
        "exact_entry_id.administration_id", "exact_entry_id.state", "company_id"
    )
    def _compute_exact_administration_id(self):
        for move in self:
            entry = move.exact_entry_id.sudo()
            # An entry that was removed in Exact remembers where it stood.
            began = entry.administration_id if entry.state != states.NONE else False
            move.exact_administration_id = (
                began or move.company_id.exact_administration_id
            )

    @api.depends("exact_entry_id.state", "exact_entry_id.number")
    @api.depends_context("lang")
    def _compute_exact_status_text(self):
        nothing = dict(
            self.env["exact.entry"]._fields["state"]._description_selection(self.env)
        )["none"]
        for move in self:
            concerned = move.move_type in SALES and move.exact_administration_id
            move.exact_status_text = move.exact_entry_id.sudo().status_text or (
                concerned and nothing
            )

    @api.depends("state", "move_type", "exact_entry_id.state", "company_id")
    def _compute_exact_can_export(self):
        for move in self:
            move.exact_can_export = (
                move.state == "posted"
                and move.move_type in SALES
                and bool(move.exact_administration_id)
                and move._exact_takes("queue", "send", "found", "no_answer")
            )

    @api.depends("invoice_date", "company_id")
    def _compute_exact_is_before_start(self):
        """Older than what the link began with (product B17)."""
        for move in self:
            start = move.exact_administration_id.sudo().export_from
            move.exact_is_before_start = bool(
                start and move.invoice_date and move.invoice_date < start
            )

    def _exact_takes(self, *events: str) -> bool:
        """Whether the entry of this invoice takes one of the events now."""
        state = self.exact_state or states.NONE
        return any(states.takes(state, event) for event in events)

    # --- buttons -------------------------------------------------------------

    def action_exact_export(self):
        """Book this invoice in Exact now, or find out whether it was booked.

        The outcome is on the form afterwards; only what forbids the attempt raises.
        """
        self.ensure_one()
        self._exact_check_may_book()
        if self.exact_state == states.EXPORTED:
            # Somebody else was faster, or the job, while Odoo took this request again.
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        entry = self._exact_enqueue()
        commit = self.env["ir.cron"]._commit_progress
        commit()
        self.env["exact.export"]._export_now(entry, entry.administration_id, commit)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_exact_preview(self):
        """Show the booking that Exact would get; writes nothing (product F11)."""
        self.ensure_one()
        preview = self.env["exact.preview"]._make(self)
        return preview._action_show()

    def action_post(self):
        # EXTENDS account: ask to book where the invoice was confirmed on its form.
        action = super().action_post()
        if action or not self._exact_asks_after_confirm():
            return action
        return self.env["exact.preview"]._make(self)._action_show(asked=True)

    def _exact_check_may_book(self) -> None:
        """Odoo's invoicing right, for invoices that the user may write.

        :raises AccessError: without them
        """
        check_invoicing_right(self.env)
        self.check_access("write")

    def _exact_asks_after_confirm(self) -> bool:
        """Whether Odoo asks to book this invoice, right after it was confirmed (B3).

        Not of other code that confirms, nor of several invoices at once.
        """
        if len(self) != 1 or not self.env.context.get("validate_analytic"):
            return False
        administration = self.sudo().exact_administration_id
        return (
            self.exact_can_export
            and administration.ask_after_confirm
            and bool(administration._ready())
            and administration._has_start()
            and not self.exact_is_before_start
            and self.env.user.has_group("account.group_account_invoice")
        )

    def _exact_may_be_queued(self) -> bool:
        """Whether it can be put in the queue as it stands."""
        return self.state == "posted" and self._exact_takes("queue", "send")

    def _exact_enqueue(self, run=None):
        """Put these invoices in the queue for Exact; other addons may extend it.

        :param run: the export of many that they are part of
        :return: their entries, with superuser rights
        :raises UserError: an invoice cannot go, with the reason
        """
        self._exact_check_company_works()
        for move in self:
            move._exact_check_can_go()
        self._exact_make_entries()
        self._exact_keep_party()
        for administration, moves in self.grouped(
            lambda move: move.company_id.exact_administration_id
        ).items():
            moves.exact_entry_id.sudo()._exact_set_queued(administration, run)
        return self.exact_entry_id.sudo()

    @api.model
    def _exact_export_domain(self, administration) -> list:
        """The invoices that an export of many takes; other addons may narrow it."""
        return administration._to_book_domain()

    def _exact_check_company_works(self) -> None:
        """:raises UserError: their company is archived"""
        for company in self.company_id.filtered(lambda c: not c.active)[:1]:
            name = {"company": company.display_name}
            raise UserError(issues.sentence(self.env, "company_archived", name))

    def _exact_check_can_go(self) -> None:
        administration = self.company_id.sudo().exact_administration_id
        if self.state != "posted" or self.move_type not in SALES:
            raise UserError(
                self.env._("Only a confirmed sales invoice can be booked in Exact.")
            )
        if not administration:
            raise UserError(
                self.env._(
                    "%s is not connected to Exact Online. Choose Exact Online under "
                    "Invoicing, Settings, External accounting.",
                    self.company_id.display_name,
                )
            )
        if not self._exact_takes("queue", "send", "found", "no_answer"):
            raise UserError(
                self.env._(
                    "%(invoice)s is not booked again: %(state)s.",
                    invoice=self.display_name,
                    state=self.exact_status_text,
                )
            )

    def _exact_make_entries(self) -> None:
        """Give each of these invoices its row, once.

        In SQL, since writing a column of a posted invoice re-reads it and touches all
        its lines. Two at once: the second fails to serialize and starts again.
        """
        missing = self.filtered(lambda move: not move.exact_entry_id)
        if not missing:
            return
        missing.flush_recordset()
        self.env.cr.execute(
            """
            INSERT INTO exact_entry (move_id, company_id, state, settle, asked_count,
                                     create_uid, create_date)
                 SELECT id, company_id, 'none', FALSE, 0,
                        %s, now() AT TIME ZONE 'UTC'
                   FROM account_move
                  WHERE id IN %s
            ON CONFLICT (move_id) DO NOTHING
            """,
            (self.env.uid, tuple(missing.ids)),
        )
        self.env.cr.execute(
            """
            UPDATE account_move move
               SET exact_entry_id = entry.id
              FROM exact_entry entry
             WHERE entry.move_id = move.id AND move.id IN %s
            """,
            (tuple(missing.ids),),
        )
        missing.invalidate_recordset(["exact_entry_id"])

    def _post(self, soft=True):
        # EXTENDS account: the row is made where the move is written anyway.
        posted = super()._post(soft)
        posted.filtered(
            lambda move: (
                move.move_type in SALES
                and move.company_id.sudo().exact_administration_id
            )
        )._exact_make_entries()
        return posted
