from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact import odata
from ..exact.errors import ExactError
from ..models.exact_entry import same_amount
from ..models.guards import check_not_readonly

# More would take minutes and a good part of the calls of a minute (exact-api 3).
AT_ONCE = 1000
# What is kept of the answer of Exact, to tie the invoice to it.
ANSWER = ("EntryID", "EntryNumber", "YourRef", "Journal", "Customer")
# The issues by which the link asks whether an entry in Exact is the invoice.
ASKED = ("stands_there", "found_other")


class ExactAdopt(models.TransientModel):
    """Ties invoices to entries that stand in Exact already (product F9, F12).

    Its rows are made by the link from what Exact answered; users only tick them.
    """

    _name = "exact.adopt"
    _description = "Link Invoices to Entries in Exact Online"
    _inherit = ["exact.dialog.mixin"]

    line_ids = fields.One2many("exact.adopt.line", "wizard_id")
    move_id = fields.Many2one(
        "account.move", compute="_compute_move_id", help="Where it is about one."
    )
    asked = fields.Boolean(
        compute="_compute_move_id", help="The link asked whether it is this invoice."
    )
    found_count = fields.Integer("Found", compute="_compute_counts")
    missing_count = fields.Integer("Not found", compute="_compute_counts")

    @api.depends("line_ids.move_id")
    def _compute_move_id(self):
        for wizard in self:
            moves = wizard.line_ids.move_id
            wizard.move_id = moves if len(moves) == 1 else False
            entry = wizard.move_id.exact_entry_id.sudo()
            wizard.asked = entry.issue_code in ASKED

    @api.depends("line_ids.guid")
    def _compute_counts(self):
        for wizard in self:
            lines = wizard.line_ids
            wizard.found_count = len(lines.filtered("guid").move_id)
            wizard.missing_count = len(lines.filtered(lambda line: not line.guid))

    @api.model
    def _action_for(self, move) -> dict:
        """The action of the alert; Exact is asked when the user opens it."""
        return {
            "type": "ir.actions.server",
            "id": self.env.ref("optedo_exact.exact_adopt_action").id,
            "context": {
                "active_model": "account.move",
                "active_id": move.id,
                "active_ids": move.ids,
            },
        }

    @api.model
    def _open(self, moves) -> dict:
        """Ask Exact for these invoices by number, and show what it has."""
        moves = moves.filtered("exact_can_adopt")
        if not moves:
            raise UserError(self.env._("None of these can be linked to an entry."))
        if len(moves) > AT_ONCE:
            raise UserError(self.env._("Choose at most %s invoices at once.", AT_ONCE))
        values = []
        for administration, batch in moves.grouped("exact_administration_id").items():
            values += self._ask(administration.sudo(), batch)
        wizard = self.sudo().create(
            {"line_ids": [fields.Command.create(line) for line in values]}
        )
        name = self.env._("Link to entries in Exact")
        return wizard._action_dialog(name, dialog_size="extra-large")

    @api.model
    def _ask(self, administration, moves) -> list[dict]:
        """The rows of the dialog for invoices of one administration."""
        lookup = self.env["exact.lookup"]
        try:
            client = administration._client(urgent=True)
            found = lookup._find(client, moves, with_entry_number=True)
        except ExactError as error:
            connection = administration.connection_id
            raise connection.with_env(self.env)._user_error(error) from error
        guids = Counter(row["EntryID"] for rows in found.values() for row in rows)
        linked = lookup._linked(administration, guids)
        lines = []
        for move in moves:
            rows = found[move]
            if not rows:
                lines.append(
                    {"move_id": move.id, "remark": self.env._("Not found in Exact")}
                )
            for row in rows:
                remark = self._remark(move, row, linked)
                if not remark and len(rows) > 1:
                    remark = self.env._("Several entries have its number")
                lines.append(self._line(move, row, remark))
        return lines

    @api.model
    def _line(self, move, row: dict, remark: str) -> dict:
        return {
            "move_id": move.id,
            "guid": row["EntryID"],
            "number": str(row["EntryNumber"]),
            "journal": row["Journal"],
            "date": odata.to_date(row["EntryDate"]),
            "amount": f"{odata.to_decimal(row['AmountFC']):.2f} {row['Currency']}",
            "customer": row["CustomerName"],
            "remark": remark,
            "answer": {name: row[name] for name in ANSWER}
            | {"AmountFC": str(row["AmountFC"])},
            "chosen": not remark,
        }

    @api.model
    def _remark(self, move, row: dict, linked: dict) -> str:
        """What speaks against this entry being this invoice, empty where nothing."""
        party = move.sudo()._exact_party()
        known = party.exact_account_ids.filtered("guid")
        name = move.sudo()._exact_party_data()["name"] or ""
        if row["EntryID"] in linked:
            return self.env._("It is %s already", linked[row["EntryID"]])
        if row["Currency"] != move.currency_id.name or not same_amount(
            row["AmountFC"], move.sudo()._exact_total()
        ):
            return self.env._("Another amount")
        if odata.to_date(row["EntryDate"]) != move.invoice_date:
            return self.env._("Another date")
        if known and row["Customer"] not in known.mapped("guid"):
            return self.env._("On another account")
        if not known and (row["CustomerName"] or "").casefold() != name.casefold():
            return self.env._("The account has another name")
        return ""

    def action_adopt(self):
        """Tie each ticked entry to its invoice; payments follow from then on."""
        self.ensure_one()
        chosen = self.line_ids.filtered(lambda line: line.chosen and line.guid)
        if not chosen:
            raise UserError(self.env._("Tick the entries that are the invoices."))
        if len(chosen.move_id) != len(chosen):
            raise UserError(self.env._("Tick one entry for each invoice."))
        for line in chosen:
            line.move_id._exact_adopt(line.answer, line.remark or "")
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_another(self):
        """None of them is it: book the invoice all the same."""
        self.ensure_one()
        move = self.move_id
        if not self.asked:
            raise UserError(self.env._("Nothing is to be decided here any more."))
        guids = self.line_ids.filtered("guid").mapped("guid")
        return move._exact_say_another(guids, "")


class ExactAdoptLine(models.TransientModel):
    _name = "exact.adopt.line"
    _description = "Entry in Exact Online to Link"

    wizard_id = fields.Many2one(
        "exact.adopt", required=True, readonly=True, ondelete="cascade"
    )
    move_id = fields.Many2one(
        "account.move", "Invoice", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="move_id.currency_id")
    invoice_date = fields.Date(related="move_id.invoice_date")
    partner_id = fields.Many2one(related="move_id.partner_id")
    amount_total = fields.Monetary(related="move_id.amount_total_in_currency_signed")
    guid = fields.Char(readonly=True)
    number = fields.Char("Entry", readonly=True)
    journal = fields.Char(readonly=True)
    date = fields.Date("Date in Exact", readonly=True)
    amount = fields.Char("Amount in Exact", readonly=True)
    customer = fields.Char("Account in Exact", readonly=True)
    remark = fields.Char(readonly=True)
    answer = fields.Json(readonly=True)
    chosen = fields.Boolean("It is this one")

    def write(self, vals):
        check_not_readonly(self, vals)
        return super().write(vals)
