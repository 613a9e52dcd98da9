from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact import deliveries, states
from ..exact.payloads import Party
from . import issues
from .account_move import BILLS

# What was handed to Exact, or may have been.
WITH_EXACT = states.AT_EXACT | {states.IMPORTED}


class AccountMove(models.Model):
    """Vendor bills that go to Exact as a file: when they can, and the buttons (H1)."""

    _inherit = "account.move"

    exact_can_deliver = fields.Boolean(compute="_compute_exact_can_deliver")
    exact_can_take_back = fields.Boolean(compute="_compute_exact_can_deliver")
    exact_is_bill = fields.Boolean(compute="_compute_exact_can_deliver")
    exact_delivery_text = fields.Char(
        compute="_compute_exact_delivery_text", string="Delivery to Exact"
    )
    exact_issue_code = fields.Selection(related="exact_entry_id.issue_code")

    @api.depends("state", "move_type", "exact_entry_id.state", "company_id")
    def _compute_exact_can_deliver(self):
        for move in self:
            way = move.exact_administration_id.sudo().export_bills
            move.exact_is_bill = move.move_type in BILLS and bool(
                (way and way != "no") or move.exact_entry_id
            )
            move.exact_can_deliver = (
                way in ("mailbox", "document")
                and move._exact_is_deliverable()
                and move._exact_takes("queue", "send")
            )
            move.exact_can_take_back = move.move_type in BILLS and move._exact_takes(
                "remove"
            )

    def _exact_is_deliverable(self) -> bool:
        """Confirmed, or a draft where drafts go; never what came from Exact (H4)."""
        if self.move_type not in BILLS:
            return False
        administration = self.exact_administration_id.sudo()
        drafts = (
            administration.deliver_draft_bills
            and administration.export_bills == "mailbox"
        )
        return self.state == "posted" or (drafts and self.state == "draft")

    @api.depends(
        "exact_entry_id.state", "exact_entry_id.delivered_at", "exact_entry_id.seen_at"
    )
    @api.depends_context("lang", "tz")
    def _compute_exact_delivery_text(self):
        for move in self:
            entry = move.exact_entry_id.sudo()
            move.exact_delivery_text = (
                entry.delivered_at
                and entry.with_env(self.env).sudo()._exact_delivery_sentence()
            )

    def _compute_exact_can_mark(self):
        # EXTENDS: a bill can be kept out, or said to be delivered by hand, as well.
        result = super()._compute_exact_can_mark()
        for move in self.filtered(lambda move: move.move_type in BILLS):
            way = move.exact_administration_id.sudo().export_bills
            move.exact_can_mark = (
                bool(way and way != "no")
                and move._exact_is_deliverable()
                and move._exact_takes("mark")
            )
            move.exact_can_adopt = (
                bool(way and way != "no")
                and move.state == "posted"
                and move._exact_takes("adopt")
            )
        return result

    @api.depends("move_type", "company_id")
    def _compute_exact_status_text(self):
        # EXTENDS: a bill that may go says so.
        result = super()._compute_exact_status_text()
        for move in self:
            if (
                move.move_type in BILLS
                and not move.exact_status_text
                and move.exact_administration_id.sudo().export_bills
                in ("mailbox", "document")
            ):
                move.exact_status_text = self.env._("Not delivered yet")
        return result

    # --- buttons -------------------------------------------------------------

    def action_exact_deliver(self):
        """Deliver this bill to Exact now; the outcome is on the form afterwards."""
        return self.action_exact_export()

    def action_exact_ask_delivery(self):
        """Ask Exact now whether this bill arrived there."""
        self.ensure_one()
        self._exact_check_may_book()
        entry = self.exact_entry_id.sudo()
        commit = self.env["ir.cron"]._commit_progress
        self.env["exact.delivery"]._ask_now(entry, commit)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_exact_deliver_again(self):
        """Deliver a bill once more of which it is not certain that it was mailed.

        A person looked for it in Exact; the button asked.
        """
        self.ensure_one()
        self._exact_check_may_book()
        entry = self.exact_entry_id.sudo()
        entry.lock_for_update()
        if entry.state != states.UNKNOWN or entry.issue_code != "delivery_not_seen":
            raise UserError(
                self.env._(
                    "%(bill)s is not delivered again: %(state)s.",
                    bill=self.display_name,
                    state=self.exact_status_text,
                )
            )
        entry._exact_log("deliver_again")
        entry._exact_move_to("not_there", **issues.NONE)
        return self.action_exact_export()

    def action_exact_undo_delivery(self):
        """Ask for the reason, then take the delivery back."""
        self._exact_check_undo_delivery()
        return self.env["exact.take.back"].create({"move_id": self.id})._action_open()

    # --- may it go -----------------------------------------------------------

    @api.model
    def _exact_export_domain(self, administration) -> list:
        # EXTENDS: bills go with the same export of many.
        sales = super()._exact_export_domain(administration)
        return list(administration._to_deliver_domain() | fields.Domain(sales))

    def _exact_may_be_queued(self) -> bool:
        # EXTENDS: a bill may be a draft
        if self.move_type in BILLS:
            return self.exact_can_deliver
        return super()._exact_may_be_queued()

    def _exact_check_can_go(self) -> None:
        # EXTENDS: bills
        if self.move_type not in BILLS:
            return super()._exact_check_can_go()
        bill = self.display_name
        administration = self.company_id.sudo().exact_administration_id
        if not administration or administration.export_bills == "no":
            raise UserError(
                self.env._(
                    "Bills of %s do not go to Exact. Choose how under Invoicing, "
                    "Settings, External accounting, Deliver vendor bills.",
                    self.company_id.display_name,
                )
            )
        if self.exact_state == states.IMPORTED:
            raise UserError(
                self.env._("%s came from Exact, and does not go back there.", bill)
            )
        if not self._exact_is_deliverable():
            raise UserError(
                self.env._(
                    "%s is not confirmed. Drafts go where the bills are mailed and "
                    "'Deliver bills in draft too' is on.",
                    bill,
                )
            )
        if not self._exact_takes("queue", "send", "no_answer"):
            raise UserError(
                self.env._(
                    "%(bill)s is not delivered again: %(state)s.",
                    bill=bill,
                    state=self.exact_status_text,
                )
            )
        return None

    def _exact_check_delivery(self) -> dict | None:
        """The issue that keeps this bill from being delivered, without any call."""
        administration = self.exact_entry_id.sudo().administration_id
        if administration.export_bills == "no":
            return issues.make("bills_off")
        if administration.export_bills == "document":
            if not self.partner_id:
                return issues.make("bill_supplier_missing", bill=self.display_name)
            if not (self.invoice_date or self.date):
                return issues.make("bill_date_missing", bill=self.display_name)
            return self._exact_check_file()
        postbox = self.env["exact.postbox"]
        issue = postbox._check(administration) or self._exact_check_file()
        if issue:
            return issue
        size = self.exact_file_id.sudo().file_size
        issue = postbox._too_large(administration, size)
        if issue:
            issue["issue_params"] |= {
                "bill": self.display_name,
                "file": self.exact_file_id.sudo().name,
            }
        return issue

    # --- what it is called ---------------------------------------------------

    def _exact_delivery_key(self) -> str:
        """What stands for this bill in the name of its document."""
        parameters = self.env["ir.config_parameter"].sudo()
        database = parameters.get_param("database.uuid")
        return deliveries.key(database, self.exact_entry_id.id)

    def _exact_delivery_name(self) -> str:
        """How its mail, file and document are called: as people look for it."""
        number = self.ref or (self.name if self.name != "/" else "") or ""
        supplier = self.commercial_partner_id.name or ""
        return deliveries.name(number, supplier, self._exact_delivery_key())

    def _exact_prepare_supplier(self, administration) -> Party:
        """The supplier of this bill; other addons may extend it."""
        party = self.commercial_partner_id._exact_prepare_party(administration)
        return replace(party, customer=False, supplier=True)

    def _exact_party(self):
        # EXTENDS: the supplier; billing accounts and consumers are those of sales.
        if self.move_type in BILLS:
            return self.commercial_partner_id
        return super()._exact_party()

    def _exact_total(self):
        # EXTENDS: as a purchase is booked, negative on a credit note.
        total = super()._exact_total()
        return -total if self.move_type in BILLS else total

    # --- what is with Exact --------------------------------------------------

    def _exact_is_with_exact(self) -> bool:
        return self.sudo().exact_entry_id.state in WITH_EXACT

    def _exact_at_exact(self):
        # EXTENDS: only the file of a draft bill is with Exact; the bill itself is
        # typed in, here or there.
        return (
            super()
            ._exact_at_exact()
            .filtered(
                lambda move: not (move.move_type in BILLS and move.state == "draft")
            )
        )

    def _exact_check_not_at_exact(self) -> None:
        # EXTENDS: what to do with a bill.
        bills = self.filtered(lambda move: move.move_type in BILLS)
        result = super(AccountMove, self - bills)._exact_check_not_at_exact()
        entries = bills.exact_entry_id.sudo()
        if entries != entries.try_lock_for_update():
            raise UserError(self.env._("A bill is being delivered to Exact right now."))
        for move in bills:
            if move._exact_is_held():
                raise UserError(move._exact_why_held())
        return result

    def _exact_why_held(self) -> str:
        """What a bill waits for before it can be changed, with the way out."""
        entry = self.exact_entry_id.sudo()
        words = {"bill": self.display_name, "state": entry.status_text}
        if entry.state == states.DELIVERED:
            return self.env._(
                "%(bill)s is with Exact: %(state)s. Take the delivery back first.",
                **words,
            )
        if entry.state == states.EXPORTED:
            return self.env._(
                "%(bill)s is with Exact: %(state)s. Make a credit note; or have the "
                "entry deleted in Exact. Where the entry is another bill, say so under "
                "'It is another bill'.",
                **words,
            )
        return self.env._(
            "%(bill)s is with Exact: %(state)s. Ask Exact first what became of it.",
            **words,
        )
