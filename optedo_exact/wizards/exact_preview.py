from odoo import api, fields, models

from ..exact import payloads
from ..models import issues
from ..models.guards import check_invoicing_right


class ExactPreview(models.TransientModel):
    """The booking that Exact would get of an invoice, before anything is sent (F11).

    Made by the link from the invoice; it calls nobody and writes nothing else.
    """

    _name = "exact.preview"
    _description = "Booking for Exact Online"
    _inherit = ["exact.dialog.mixin"]

    move_id = fields.Many2one(
        "account.move", required=True, readonly=True, ondelete="cascade"
    )
    asked = fields.Boolean(readonly=True)
    is_before_start = fields.Boolean(related="move_id.exact_is_before_start")
    administration_id = fields.Many2one("exact.administration", readonly=True)
    currency_id = fields.Many2one(related="move_id.currency_id")
    problem = fields.Text(readonly=True)
    journal = fields.Char(readonly=True)
    entry_date = fields.Date("Date", readonly=True)
    period = fields.Char(readonly=True)
    due_date = fields.Date(readonly=True)
    account = fields.Char("Account in Exact", readonly=True)
    shortened = fields.Char("Shortened in Exact", readonly=True)
    account_changes = fields.Text("Will change in Exact", readonly=True)
    entry_number = fields.Char(readonly=True)
    description = fields.Char(readonly=True)
    payment_condition = fields.Char(readonly=True)
    payment_reference = fields.Char(readonly=True)
    line_ids = fields.One2many("exact.preview.line", "preview_id", readonly=True)
    has_analytic = fields.Boolean(readonly=True)
    amount_untaxed = fields.Monetary("Without VAT", readonly=True)
    amount_vat = fields.Monetary("VAT", readonly=True)
    amount_total = fields.Monetary("Total", readonly=True)
    difference = fields.Monetary("Difference with the invoice", readonly=True)
    company_currency_id = fields.Many2one(related="move_id.company_currency_id")
    company_difference = fields.Monetary(
        "Difference in the company's currency",
        currency_field="company_currency_id",
        readonly=True,
        help="Exact multiplies the total by the rate; Odoo rounds each line.",
    )

    @api.model
    def _make(self, move):
        """The preview of an invoice, or of what forbids to book it."""
        check_invoicing_right(self.env)
        move.check_access("read")
        administration = move.sudo().exact_administration_id
        issue = move.sudo()._exact_check(administration)
        values = {"move_id": move.id, "administration_id": administration.id}
        if issue:
            values["problem"] = issues.sentence(
                self.env, issue["issue_code"], issue["issue_params"]
            )
        else:
            values |= self._booking(move.sudo(), administration)
            administration._note_previewed()
        return self.sudo().create(values).sudo(False)

    @api.model
    def _booking(self, move, administration) -> dict:
        invoice, _issue = move._exact_prepare_entry(administration, customer="")
        references = administration.reference_ids
        ledger = {r.guid: r.display_name for r in references if r.kind == "gl_account"}
        codes = {(r.kind, r.code): r.display_name for r in references}
        vat = payloads.line_vat(invoice)
        untaxed = sum(line.amount for line in invoice.lines)
        total = untaxed + sum(vat)
        return {
            "journal": codes.get(("journal", invoice.journal)),
            "entry_date": invoice.entry_date,
            "period": move._exact_period(administration),
            "due_date": invoice.due_date,
            "account": move._exact_account_name(administration),
            "account_changes": "\n".join(
                move._exact_account(administration)
                .with_env(self.env)
                .sudo()
                ._exact_changes(move)
            ),
            "shortened": self._shortened(move, administration),
            "entry_number": invoice.entry_number
            or self.env._("The next one of the journal"),
            "description": payloads.sales_entry(invoice).get("Description"),
            "has_analytic": any(x.cost_center or x.cost_unit for x in invoice.lines),
            "payment_condition": codes.get(
                ("payment_condition", invoice.payment_condition)
            ),
            "payment_reference": invoice.payment_reference,
            "amount_untaxed": float(untaxed),
            "amount_vat": float(sum(vat)),
            "amount_total": float(total),
            "difference": float(total - invoice.total),
            "company_difference": self._company_difference(move, invoice, total),
            "line_ids": [
                fields.Command.create(
                    {
                        "description": line.description,
                        "gl_account": ledger.get(line.gl_account),
                        "vat_code": codes.get(("vat_code", line.vat.code)),
                        "cost_center": codes.get(("cost_center", line.cost_center)),
                        "cost_unit": codes.get(("cost_unit", line.cost_unit)),
                        "amount": float(line.amount),
                        "vat": float(amount),
                    }
                )
                for line, amount in zip(invoice.lines, vat, strict=True)
            ],
        }

    @api.model
    def _company_difference(self, move, invoice, total) -> float:
        """What the entry will differ by in the company's currency."""
        if not invoice.rate:
            return 0.0
        currency = move.company_currency_id
        there = currency.round(float(total * invoice.rate))
        return currency.round(there - move.amount_total_signed)

    @api.model
    def _shortened(self, move, administration) -> str:
        """The texts that do not fit in Exact, as they stand there (product D7)."""
        texts = payloads.shortened(move._exact_prepare_party(administration))
        return ", ".join(text for _name, text in texts)

    def _action_show(self, asked: bool = False):
        """The dialog; ``asked`` where it follows the confirmation."""
        self.ensure_one()
        self.sudo().asked = asked
        return self._action_dialog(
            self.env._("Book in Exact?") if asked else self.env._("Booking")
        )

    def action_book(self):
        """Book it, as the button on the invoice does."""
        self.ensure_one()
        self.move_id.action_exact_export()
        return {"type": "ir.actions.act_window_close"}


class ExactPreviewLine(models.TransientModel):
    _name = "exact.preview.line"
    _description = "Line of a Booking for Exact Online"

    preview_id = fields.Many2one(
        "exact.preview", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="preview_id.currency_id")
    description = fields.Char(readonly=True)
    gl_account = fields.Char("Ledger account", readonly=True)
    vat_code = fields.Char("VAT code", readonly=True)
    cost_center = fields.Char("Cost centre", readonly=True)
    cost_unit = fields.Char(readonly=True)
    amount = fields.Monetary("Without VAT", readonly=True)
    vat = fields.Monetary("VAT", readonly=True)
