from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..exact import payloads
from ..exact.numbers import compact
from . import issues
from .exact_party import Blocked


class ExactAccount(models.Model):
    """Who the account is in Exact, so that it does not become somebody else (D1)."""

    _inherit = "exact.account"

    vat_number = fields.Char("VAT number in Exact", readonly=True)
    country = fields.Char("Country in Exact", readonly=True)
    confirmed_identity = fields.Char(
        readonly=True, help="The other name, number or country that a user agreed to."
    )

    identity_question = fields.Char(
        compute="_compute_identity_question", compute_sudo=True
    )

    @api.depends(
        "name", "vat_number", "country", "confirmed_identity", "guid", "partner_id"
    )
    def _compute_identity_question(self):
        """Whom it would become with the data of Odoo, where nobody agreed to it."""
        for link in self:
            party = link.partner_id._exact_prepare_party(link.administration_id)
            asks = (
                link.guid
                and link._changes_identity(party)
                and link.confirmed_identity != _identity(party)
            )
            link.identity_question = asks and _described(
                party.name, party.vat_number, party.country
            )

    def action_confirm_identity(self):
        """It is the same one under its new name, number or country: send it."""
        self.ensure_one()
        self._check_may_send(self.administration_id)
        link = self.sudo()
        party = link.partner_id._exact_prepare_party(link.administration_id)
        link.confirmed_identity = _identity(party)
        return self.action_send()

    def _exact_set_linked(
        self, row: dict, fingerprint: str = "", created: bool = False
    ) -> None:
        result = super()._exact_set_linked(row, fingerprint, created)
        self.sudo().write(
            {"vat_number": row.get("VATNumber"), "country": row.get("Country")}
        )
        return result

    def _changes_identity(self, party: payloads.Party) -> bool:
        """Whether an update with these data would make it another party.

        Name together with number, or the country (product D1). What Exact has is not
        known of an account that was linked without them.
        """
        self.ensure_one()
        name = compact(payloads.shorten(party.name, payloads.NAME_LENGTH))
        number = compact(party.vat_number)
        other_name = self.name and compact(self.name) != name
        other_number = self.vat_number and compact(self.vat_number) != number
        other_country = self.country and self.country != party.country
        return bool((other_name and other_number) or other_country)


class ExactParty(models.AbstractModel):
    _inherit = "exact.party"

    def _check_identity(self, link, party: payloads.Party) -> None:
        """Ask before the account of a customer becomes somebody else in Exact.

        :raises Blocked: nobody agreed to it yet
        """
        if not link._changes_identity(party):
            return
        if link.confirmed_identity == _identity(party):
            return
        raise Blocked(
            issues.make(
                "party_identity_changed",
                there=_described(link.name, link.vat_number, link.country),
                here=_described(party.name, party.vat_number, party.country),
                partner_id=link.partner_id.id,
            )
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_exact_confirm_identity(self):
        """The customer is the same under its new name, number or country: go on.

        :raises AccessError: without the invoicing right
        :raises UserError: nothing is asked any more
        """
        self.ensure_one()
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("You need Odoo's invoicing right for this."))
        self.check_access("write")
        entry = self.exact_entry_id.sudo()
        if entry.issue_code != "party_identity_changed":
            raise UserError(self.env._("Nothing is to be confirmed here any more."))
        move, administration = self.sudo(), entry.administration_id
        link = self.env["exact.party"]._link(move._exact_party(), administration)
        link.confirmed_identity = _identity(move._exact_prepare_party(administration))
        return self.action_exact_export()


def _identity(party: payloads.Party) -> str:
    return payloads.fingerprint([party.name, party.vat_number, party.country])


def _described(*parts: str | bool) -> str:
    return ", ".join(part for part in parts if part)
