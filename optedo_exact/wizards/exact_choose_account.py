from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..exact.errors import ExactError
from ..models import issues
from ..models.exact_party import Blocked, Later


class ExactChooseAccount(models.TransientModel):
    """Say which account of Exact a customer is, where the link must not guess (D1).

    Made by the link with what Exact answered; users choose, they do not fill it in.
    """

    _name = "exact.choose.account"
    _description = "Choose the Account of Exact Online"

    move_id = fields.Many2one(
        "account.move", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", compute="_compute_partner_id")
    line_ids = fields.One2many("exact.choose.account.line", "wizard_id", readonly=True)

    @api.depends("move_id")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = wizard.move_id.sudo()._exact_party()

    @api.model
    def _open(self, move):
        """Ask Exact for the accounts that may be the customer, and show them."""
        link = self._link_of(move)
        administration = link.administration_id
        partner = link.partner_id
        try:
            rows = self.env["exact.party"]._find(
                move.sudo()._exact_prepare_party(administration),
                administration._client(urgent=True),
                f"res.partner,{partner.id}",
            )
        except ExactError as error:
            raise administration.connection_id._user_error(error) from error
        wizard = self.sudo().create(
            {
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
        self._link_of(self.move_id).write({"confirmed_new": True, "state": "new"})
        return self.move_id.action_exact_export()

    @api.model
    def _link_of(self, move):
        """The link that the invoice waits for, with superuser rights.

        :raises AccessError: the user may not write the invoice
        :raises UserError: the invoice does not ask which account it is
        """
        move.ensure_one()
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("You need Odoo's invoicing right for this."))
        move.check_access("write")
        entry = move.exact_entry_id.sudo()
        link = self.env["exact.party"]._link(
            move.sudo()._exact_party(), entry.administration_id
        )
        if entry.issue_code != "accounts_found" or link.guid:
            raise UserError(self.env._("Nothing is to be chosen here any more."))
        return link


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
        link = wizard._link_of(wizard.move_id)
        administration = link.administration_id
        row = {
            "ID": self.guid,
            "Code": self.code,
            "Name": self.name,
            "Status": self.status,
        }
        commit = self.env["ir.cron"]._commit_progress
        commit()  # the row of the link must be there before Exact is told something
        try:
            client = administration._client(urgent=True)
            self.env["exact.party"]._choose(link, row, client, commit)
        except ExactError as error:
            raise administration.connection_id._user_error(error) from error
        except (Blocked, Later) as error:
            issue = error.issue
            raise UserError(
                issues.sentence(
                    self.env,
                    issue["issue_code"],
                    issue["issue_params"],
                    issue["issue_text"],
                )
            ) from error
        return wizard.move_id.action_exact_export()
