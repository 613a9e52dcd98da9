from odoo import api, fields, models

from ..exact.errors import ExactError


class ExactChooseAccount(models.TransientModel):
    """Say which account of Exact a customer is, where the link must not guess (D1)."""

    _name = "exact.choose.account"
    _description = "Choose the Account of Exact Online"

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="cascade"
    )
    move_id = fields.Many2one("account.move", readonly=True, ondelete="cascade")
    line_ids = fields.One2many("exact.choose.account.line", "wizard_id", readonly=True)

    @api.model
    def _action_for(self, move) -> dict:
        """The action of the alert; Exact is asked when the user opens it."""
        return {
            "type": "ir.actions.server",
            "id": self.env.ref("optedo_exact.exact_choose_account_action").id,
            "context": {
                "active_model": "account.move",
                "active_id": move.id,
                "active_ids": move.ids,
            },
        }

    @api.model
    def _open(self, move):
        """Ask Exact for the accounts that may be the customer, and show them."""
        move.check_access("write")
        administration = move.sudo().exact_administration_id
        partner = move._exact_party()
        service = self.env["exact.party"]
        try:
            rows = service._find(
                partner._exact_prepare_party(),
                administration._client(urgent=True),
                f"res.partner,{partner.id}",
            )
        except ExactError as error:
            raise administration.connection_id._user_error(error) from error
        wizard = self.create(
            {
                "administration_id": administration.id,
                "partner_id": partner.id,
                "move_id": move.id,
                "line_ids": [
                    fields.Command.create(
                        {
                            "guid": row["ID"],
                            "code": row.get("Code"),
                            "name": row.get("Name"),
                            "vat": row.get("VATNumber"),
                            "city": row.get("City"),
                            "status": row.get("Status"),
                        }
                    )
                    for row in rows
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which account is %s?", partner.display_name),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def action_new(self):
        """None of them: it is created when the invoice is booked."""
        self.ensure_one()
        self._link().write({"confirmed_new": True, "state": "new"})
        return self.move_id.action_exact_export()

    def _link(self):
        self.move_id.check_access("write")
        return self.env["exact.party"]._link(self.partner_id, self.administration_id)


class ExactChooseAccountLine(models.TransientModel):
    _name = "exact.choose.account.line"
    _description = "Account of Exact Online to Choose"

    wizard_id = fields.Many2one(
        "exact.choose.account", required=True, readonly=True, ondelete="cascade"
    )
    guid = fields.Char(readonly=True)
    code = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    vat = fields.Char("VAT number", readonly=True)
    city = fields.Char(readonly=True)
    status = fields.Char(readonly=True)

    def action_choose(self):
        """It is this one; then book the invoice."""
        self.ensure_one()
        wizard = self.wizard_id
        link = wizard._link()
        client = wizard.administration_id._client(urgent=True)
        row = {
            "ID": self.guid,
            "Code": self.code,
            "Name": self.name,
            "Status": self.status,
        }
        try:
            # The row of the link must be there before Exact is told something.
            self.env["ir.cron"]._commit_progress()
            self.env["exact.party"]._adopt(link, row, client)
        except ExactError as error:
            raise wizard.administration_id.connection_id._user_error(error) from error
        return wizard.move_id.action_exact_export()
