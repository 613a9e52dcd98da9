import uuid

from odoo import fields, models

from ..exact import odata
from ..exact.errors import ExactError, Refused
from ..exact.payloads import ENTRIES

# What the link uses, each asked with the smallest question that Exact takes. Accounts
# want a filter (exact-api 2.3), so one that exists nowhere is asked for.
NOBODY = odata.eq("ID", uuid.UUID(int=0))
QUESTIONS = {
    "sales": (ENTRIES, "EntryID", odata.eq("EntryNumber", 0)),
    "purchase": (
        "purchaseentry/PurchaseEntries",
        "EntryID",
        odata.eq("EntryNumber", 0),
    ),
    "documents": ("documents/Documents", "ID", NOBODY),
    "accounts": ("crm/Accounts", "ID", NOBODY),
    "currency": ("general/Currencies", "Code", ""),
    "cost_center": ("hrm/Costcenters", "ID", NOBODY),
}


class ExactTestConnection(models.TransientModel):
    """What the login and its licence may do in Exact (product A3)."""

    _name = "exact.test.connection"
    _description = "Test of the Connection to Exact Online"
    _inherit = ["exact.dialog.mixin"]

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char(related="administration_id.name")
    login_name = fields.Char("Exact user", readonly=True)
    line_ids = fields.One2many("exact.test.connection.line", "wizard_id", readonly=True)

    def _action_open(self):
        """Ask Exact and show the answers.

        :raises UserError: Exact does not answer at all
        """
        self.ensure_one()
        administration = self.administration_id
        try:
            client = administration._client(urgent=True)
            me = client.me()
            client.division = administration.division or me["CurrentDivision"]
            lines = [self._ask(client, kind) for kind in QUESTIONS]
        except ExactError as error:
            raise administration.connection_id._user_error(error) from error
        self.write(
            {
                "login_name": me["FullName"],
                "line_ids": [fields.Command.create(line) for line in lines],
            }
        )
        return self._action_dialog(self.env._("Test connection"))

    def _ask(self, client, kind: str) -> dict:
        """One question; a refusal is an answer, a lost connection is not."""
        endpoint, field, where = QUESTIONS[kind]
        try:
            rows = list(client.rows(endpoint, [field], where))
        except Refused as error:
            return {"kind": kind, "allowed": False, "words": error.text}
        if kind == "currency":
            return self._currency(len(rows))
        return {"kind": kind, "allowed": True}

    def _currency(self, count: int) -> dict:
        """Foreign currency takes currencies and a sales journal that lets them in."""
        journals = self.administration_id.reference_ids.filtered(
            lambda r: r.kind == "journal" and r.type == "20" and not r.gone
        )
        free = journals.filtered(lambda r: r.attributes.get("AllowVariableCurrency"))
        words = ""
        if count < 2:
            words = self.env._("The administration has one currency.")
        elif journals and not free:
            words = self.env._("No sales journal allows another currency.")
        elif free != journals:
            codes = ", ".join(free.mapped("code"))
            words = self.env._("In journal %s.", codes)
        allowed = count > 1 and (bool(free) or not journals)
        return {"kind": "currency", "allowed": allowed, "words": words}


class ExactTestConnectionLine(models.TransientModel):
    _name = "exact.test.connection.line"
    _description = "Answer to a Test of the Connection to Exact Online"

    wizard_id = fields.Many2one(
        "exact.test.connection", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("sales", "Sales entries"),
            ("purchase", "Purchase entries"),
            ("documents", "Documents"),
            ("accounts", "Accounts (customers and suppliers)"),
            ("currency", "Foreign currency"),
            ("cost_center", "Cost centres"),
        ],
        "What",
        readonly=True,
    )
    allowed = fields.Boolean(readonly=True)
    words = fields.Char("Remark", readonly=True)
