from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..exact import states

# What becomes a sales entry. A sales receipt is a sale without an invoice.
SALES = ("out_invoice", "out_refund", "out_receipt")
DANGER = (states.BLOCKED, states.REJECTED, states.CLOSED)
WARNING = (states.UNKNOWN, states.WAITING, states.QUEUED, states.EXPORTED)


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
    exact_administration_id = fields.Many2one(
        "exact.administration", compute="_compute_exact_administration_id"
    )
    exact_can_export = fields.Boolean(compute="_compute_exact_can_export")

    @api.depends("exact_entry_id.administration_id", "company_id")
    def _compute_exact_administration_id(self):
        for move in self:
            entry = move.exact_entry_id.sudo()
            move.exact_administration_id = (
                entry.administration_id or move.company_id.exact_administration_id
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
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("You need Odoo's invoicing right for this."))
        self.check_access("write")
        entry = self._exact_enqueue()
        commit = self.env["ir.cron"]._commit_progress
        commit()
        self.env["exact.export"]._export_now(entry, entry.administration_id, commit)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _exact_enqueue(self):
        """Put these invoices in the queue for Exact; other addons may extend it.

        :return: their entries, with superuser rights
        :raises UserError: an invoice cannot go, with the reason
        """
        for move in self:
            move._exact_check_can_go()
        self._exact_make_entries()
        entries = self.exact_entry_id.sudo()
        for entry in entries:
            if states.takes(entry.state, "queue"):
                entry._exact_set_queued(
                    entry.move_id.company_id.exact_administration_id
                )
        return entries

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

    # --- alert on the form ---------------------------------------------------

    def _get_alerts(self):
        # EXTENDS account
        alerts = super()._get_alerts()
        entry = self.exact_entry_id.sudo()
        if not entry.issue_code:
            return alerts
        level = "info"
        if entry.state in DANGER:
            level = "danger"
        elif entry.state in WARNING:
            level = "warning"
        head = self.env._(
            "%(invoice)s - %(state)s", invoice=self.name, state=entry.status_text
        )
        alerts["exact_issue"] = {
            "level": level,
            "message": f"{head}\n{entry.with_env(self.env).sudo().issue_message}",
        } | self._exact_way_out(entry)
        return alerts

    def _exact_way_out(self, entry) -> dict:
        """The button of the alert: the place where the cause is mended."""
        code, administration = entry.issue_code, entry.administration_id
        if code == "accounts_found":
            return {
                "action_text": self.env._("Choose the account"),
                "action": self.env["exact.choose.account"]._action_for(self),
            }
        if code.startswith("party_"):
            partner = self._exact_party()
            return {
                "action_text": self.env._("Open the customer"),
                "action": partner._get_records_action(),
            }
        if code in SETUP_ISSUES:
            return {
                "action_text": self.env._("Open the set-up of Exact Online"),
                "action": administration.with_env(self.env)._action_form(),
            }
        return {}

    # --- guards --------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._exact_check_internal(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._exact_check_internal(vals)
        return super().write(vals)

    def _exact_check_internal(self, vals: dict) -> None:
        """The tie to Exact is written by the link alone, whoever calls."""
        if "exact_entry_id" in vals and not self.env.su:
            raise AccessError(
                self.env._("The tie between invoice and entry is set by the link only.")
            )

    @api.depends("exact_entry_id.state")
    def _compute_show_reset_to_draft_button(self):
        # EXTENDS account
        result = super()._compute_show_reset_to_draft_button()
        for move in self:
            if move.exact_state in states.AT_EXACT:
                move.show_reset_to_draft_button = False
        return result

    def button_draft(self):
        # EXTENDS account
        self._exact_check_not_at_exact()
        result = super().button_draft()
        self._exact_take_back()
        return result

    def button_cancel(self):
        # EXTENDS account
        self._exact_check_not_at_exact()
        result = super().button_cancel()
        self._exact_take_back()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_not_at_exact(self):
        self._exact_check_not_at_exact()

    def _exact_check_not_at_exact(self) -> None:
        """What is, or may be, in Exact's ledger is not changed behind its back.

        The row of the entry is locked, so that a booking that starts now either waits
        or is seen.
        """
        entries = self.exact_entry_id.sudo()
        if not entries:
            return
        if entries != entries.try_lock_for_update():
            raise UserError(
                self.env._("An invoice is being booked in Exact right now.")
            )
        for entry in entries:
            if entry.state in states.AT_EXACT:
                raise UserError(
                    self.env._(
                        "%(invoice)s cannot be changed: %(state)s. Make a credit note.",
                        invoice=entry.move_id.display_name,
                        state=entry.status_text,
                    )
                )

    def _exact_take_back(self) -> None:
        """An invoice that is a draft again no longer waits for Exact."""
        for entry in self.exact_entry_id.sudo():
            if states.takes(entry.state, "take_back"):
                entry._exact_move_to("take_back", **entry._no_issue())


# Issues that are mended on the set-up page of the administration.
SETUP_ISSUES = frozenset(
    {
        "account_unmapped",
        "client_missing",
        "client_unknown",
        "copied",
        "default_gl_account_missing",
        "journal_gone",
        "journal_unmapped",
        "login_lapsed",
        "no_administration",
        "no_tax_unmapped",
        "not_connected",
        "payment_term_unmapped",
        "reference_gone",
        "tax_unmapped",
        "unreachable",
    }
)
