from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..exact import states
from ..models.account_move import SALES

SHOWN = 80  # invoices that the dialog lists: as many as a page of Odoo's lists
# The states that a person may keep out from.
MARKABLE = [state for state in states.STATES if states.takes(state, "mark")]


class ExactMark(models.TransientModel):
    """Keeps invoices out of the link, those chosen or all before a day (product F9)."""

    _name = "exact.mark"
    _description = "Keep Invoices out of Exact Online"
    _inherit = ["exact.dialog.mixin"]

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    move_ids = fields.Many2many(
        "account.move", readonly=True, help="Empty: all invoices before a day."
    )
    before = fields.Date(
        "Dated before",
        help="All confirmed sales invoices before this day that are not in Exact.",
    )
    reason = fields.Char(help="Kept on each invoice, with your name and the time.")
    count = fields.Integer(compute="_compute_count")
    amount = fields.Monetary("Their total", compute="_compute_count")
    left_count = fields.Integer(
        compute="_compute_count",
        help="Drafts, and what is in Exact already, are left as they are.",
    )
    shown_ids = fields.Many2many("account.move", compute="_compute_count")
    shown_text = fields.Char(compute="_compute_count")

    @api.depends("move_ids", "before", "company_id")
    @api.depends_context("lang")
    def _compute_count(self):
        moves = self.env["account.move"]
        for wizard in self:
            domain = wizard._domain()
            [(count, amount)] = moves._read_group(
                domain, aggregates=["__count", "amount_total_signed:sum"]
            )
            wizard.shown_ids = moves.search(
                domain, order="invoice_date DESC, id DESC", limit=SHOWN
            )
            wizard.shown_text = count > SHOWN and self.env._(
                "The newest %s of them:", SHOWN
            )
            wizard.count, wizard.amount = count, amount or 0
            wizard.left_count = len(wizard.move_ids) and len(wizard.move_ids) - count

    def _domain(self) -> Domain:
        """The invoices that are marked."""
        self.ensure_one()
        if self.move_ids:
            return Domain("id", "in", self.move_ids.filtered("exact_can_mark").ids)
        markable = Domain("exact_entry_id", "=", False) | Domain(
            "exact_entry_id.state", "in", MARKABLE
        )
        domain = (
            markable & Domain("state", "=", "posted") & Domain("move_type", "in", SALES)
        )
        if not self.before:
            return Domain.FALSE
        return (
            domain
            & Domain("invoice_date", "<", self.before)
            & Domain("company_id", "in", self._locations().ids)
        )

    def _locations(self):
        """The company, and the branches below it that are booked where it is."""
        administration = self.company_id.sudo().exact_administration_id
        below = self.env["res.company"].search([("id", "child_of", self.company_id.id)])
        return below & administration._locations()

    @api.model
    def action_before_a_date(self):
        """Start for all invoices before a day, from the menu."""
        self.env["account.move"]._exact_check_keep_out()
        start = self.env.company.sudo().exact_administration_id.export_from
        return self.create({"before": start})._action_open()

    @api.model
    def _open(self, moves) -> dict:
        """Start for the invoices chosen."""
        if len(moves.company_id) > 1:
            raise UserError(self.env._("Choose invoices of one company."))
        wizard = self.create(
            {"move_ids": [fields.Command.set(moves.ids)]}
            | ({"company_id": moves.company_id.id} if moves else {})
        )
        return wizard._action_open()

    def action_mark(self):
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why they are kept out."))
        moves = self.env["account.move"].search(self._domain())
        if not moves:
            raise UserError(self.env._("There is no invoice to keep out."))
        marked = moves._exact_mark(reason)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Kept out of the link: %s.", marked),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _action_open(self) -> dict:
        name = self.env._("Do not book through the link")
        return self._action_dialog(name, dialog_size="extra-large")
