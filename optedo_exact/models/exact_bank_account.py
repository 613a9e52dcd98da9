from odoo import fields, models


class ExactBankAccount(models.Model):
    """A bank account of a supplier in Exact, as the link sent or found it (D5)."""

    _name = "exact.bank.account"
    _description = "Exact Online Bank Account"
    _rec_name = "number"

    account_id = fields.Many2one(
        "exact.account", required=True, readonly=True, ondelete="cascade"
    )
    number = fields.Char("IBAN", required=True, readonly=True)
    # sending ─ok, found→ there
    # sending ─not processed, refused→ (removed)
    # sending ─no answer→ sending, resolved by asking
    state = fields.Selection(
        [("sending", "Being added"), ("there", "In Exact")],
        required=True,
        readonly=True,
    )
    guid = fields.Char(readonly=True)
    sending_at = fields.Datetime(readonly=True)

    _number_uniq = models.Constraint("UNIQUE(account_id, number)")


class ExactAccount(models.Model):
    """The bank accounts of an account, written by the link during and after a call."""

    _inherit = "exact.account"

    bank_ids = fields.One2many(
        "exact.bank.account", "account_id", "Bank accounts in Exact"
    )

    def _exact_set_bank(self, number: str, guid: str, before: str) -> None:
        """It stands in Exact now.

        :param before: what stood there when it was added; empty where it was there
        """
        link = self.sudo()
        values = {"state": "there", "guid": guid, "sending_at": False}
        row = link.bank_ids.filtered(lambda row: row.number == number)
        added = bool(row)
        if row:
            row.write(values)
        else:
            row.create(values | {"account_id": link.id, "number": number})
        if added:
            link._log("bank", before, number)

    def _exact_drop_bank(self, number: str) -> None:
        """It was not added."""
        self.sudo().bank_ids.filtered(lambda row: row.number == number).unlink()
