from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact import intent
from ..exact.errors import ExactError
from ..models import issues
from ..models.exact_party import Blocked, Later

# What a person has to say before the invoice can go.
ASKED = ("accounts_found", "account_gone")


class ExactChooseAccount(models.TransientModel):
    """Say which account of Exact a customer is, where the link must not guess (D1).

    Made by the link with what Exact answered, for an invoice that waits for it or for
    the partner itself; users choose, they do not fill it in.
    """

    _name = "exact.choose.account"
    _description = "Choose the Account of Exact Online"
    _inherit = ["exact.dialog.mixin"]

    move_id = fields.Many2one("account.move", readonly=True, ondelete="cascade")
    link_id = fields.Many2one("exact.account", readonly=True, ondelete="cascade")
    former_guid = fields.Char(readonly=True)
    former_name = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", compute="_compute_partner_id")
    line_ids = fields.One2many("exact.choose.account.line", "wizard_id", readonly=True)

    @api.depends("link_id")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = wizard.link_id.sudo().partner_id

    @api.model
    def _open(self, move):
        """Ask Exact for the accounts that may be the customer of an invoice."""
        link = self._link_of(move)
        party = move.sudo()._exact_prepare_party(link.administration_id)
        return self._ask(link, party, move)

    @api.model
    def _open_link(self, link):
        """Ask Exact for the accounts that may be a partner."""
        self._check_may_choose(link)
        link = link.sudo()
        party = link.partner_id._exact_prepare_party(link.administration_id)
        return self._ask(link, party)

    @api.model
    def _ask(self, link, party, move=None):
        administration, partner = link.administration_id, link.partner_id
        try:
            rows = self.env["exact.party"]._find(
                party,
                administration._client(urgent=True),
                f"res.partner,{partner.id}",
                # Where an account was merged, the code often lives on.
                more={"Code": link.code, "Email": party.email},
            )
        except ExactError as error:
            raise administration.connection_id._user_error(error) from error
        wizard = self.sudo().create(
            {
                "move_id": move and move.id,
                "link_id": link.id,
                "former_guid": link.guid,
                "former_name": link.guid and link.display_name,
                "line_ids": [
                    fields.Command.create(self._line(row))
                    for row in rows
                    if row["ID"] != link.guid
                ],
            }
        )
        return wizard._action_dialog(
            self.env._("Which account is %s?", partner.display_name)
        )

    @api.model
    def _line(self, row: dict) -> dict:
        return {
            "guid": row["ID"],
            "code": row.get("Code"),
            "name": row.get("Name"),
            "vat": row.get("VATNumber"),
            "postcode": row.get("Postcode"),
            "city": row.get("City"),
            "country": row.get("Country"),
            "email": row.get("Email"),
            "status": row.get("Status"),
            "is_supplier": row.get("IsSupplier"),
        }

    def action_new(self):
        """None of them: it is created when the invoice is booked, or now."""
        self.ensure_one()
        if self.former_guid:
            raise UserError(
                self.env._("Break the link first; then it can be a new account.")
            )
        link = self._checked_link()
        if link.state == "creating" and intent.may_still_appear(
            link.sending_at, fields.Datetime.now()
        ):
            raise UserError(
                self.env._("It is not certain yet whether Exact created it.")
            )
        link.write({"confirmed_new": True, "state": "new"})
        if self.move_id:
            return self.move_id.action_exact_export()
        return link.partner_id.with_env(self.env)._exact_send(
            link.administration_id.with_env(self.env)
        )

    def _checked_link(self):
        """The link to choose for, with superuser rights, where the user still may."""
        if self.move_id:
            return self._link_of(self.move_id)
        self._check_may_choose(self.link_id)
        return self.link_id.sudo()

    @api.model
    def _link_of(self, move):
        """The link that the invoice waits for, with superuser rights.

        :raises AccessError: the user may not write the invoice
        :raises UserError: the invoice does not ask which account it is
        """
        move.ensure_one()
        move._exact_check_may_book()
        entry = move.exact_entry_id.sudo()
        link = self.env["exact.party"]._link(
            move.sudo()._exact_party(), entry.administration_id
        )
        if entry.issue_code not in ASKED or link.guid:
            raise UserError(self.env._("Nothing is to be chosen here any more."))
        return link

    @api.model
    def _check_may_choose(self, link) -> None:
        """Who sends may say which account it is; to change that takes E1."""
        link = link.with_env(self.env)
        link.check_access("read")
        link._check_may_send(link.administration_id)
        if link.guid:
            link.administration_id._check_manager()


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
    postcode = fields.Char(readonly=True)
    city = fields.Char(readonly=True)
    country = fields.Char(readonly=True)
    email = fields.Char("E-mail", readonly=True)
    status = fields.Char(readonly=True)
    is_supplier = fields.Boolean("Supplier", readonly=True)

    def action_choose(self):
        """It is this one; then book the invoice that waits for it."""
        self.ensure_one()
        wizard = self.wizard_id
        link = wizard._checked_link()
        administration = link.administration_id
        row = {
            "ID": self.guid,
            "Code": self.code,
            "Name": self.name,
            "VATNumber": self.vat,
            "Country": self.country,
            "Status": self.status,
            "IsSupplier": self.is_supplier,
        }
        former = wizard.former_guid or ""
        commit = self.env["ir.cron"]._commit_progress
        commit()  # the row of the link must be there before Exact is told something
        try:
            client = administration._client(urgent=True)
            self.env["exact.party"]._choose(link, row, client, commit, former)
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
        if wizard.move_id:
            return wizard.move_id.action_exact_export()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
