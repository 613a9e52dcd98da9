from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact import payloads
from ..exact.numbers import compact
from . import issues
from .exact_party import Blocked


class ExactAccount(models.Model):
    """Who the account is in Exact, so that it does not become somebody else (D1)."""

    _inherit = "exact.account"

    vat_number = fields.Char("VAT number in Exact", readonly=True)
    country = fields.Char("Country in Exact", readonly=True)
    confirmed_identities = fields.Json(
        readonly=True,
        help="The other names, numbers or countries that users agreed to.",
    )

    identity_question = fields.Char(
        compute="_compute_identity_question", compute_sudo=True
    )

    @api.depends(
        "name", "vat_number", "country", "confirmed_identities", "guid", "partner_id"
    )
    def _compute_identity_question(self):
        """Whom it would become with the data of Odoo, where nobody agreed to it."""
        for link in self:
            party = link.partner_id._exact_prepare_party(link.administration_id)
            asks = (
                link.guid
                and link._changes_identity(party)
                and not link._is_confirmed(party)
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
        link._confirm(party)
        return self.action_send()

    def _is_confirmed(self, party: payloads.Party) -> bool:
        return _identity(party) in (self.confirmed_identities or [])

    def _confirm(self, party: payloads.Party) -> None:
        """A user agreed that it is the same party under this name and number."""
        self.confirmed_identities = [
            *(self.confirmed_identities or []),
            _identity(party),
        ]

    def _exact_set_linked(
        self, row: dict, fingerprint: str = "", created: bool = False
    ) -> None:
        result = super()._exact_set_linked(row, fingerprint, created)
        self.sudo().write(
            {"vat_number": row.get("VATNumber"), "country": row.get("Country")}
        )
        return result

    def _exact_set_updated(self, body: dict, newest_invoice: str = "") -> None:
        result = super()._exact_set_updated(body, newest_invoice)
        self.sudo().write({"vat_number": body["VATNumber"], "country": body["Country"]})
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

    def _names_another(self, party: payloads.Party) -> bool:
        """Whether an invoice names somebody else than the partner it is tied to."""
        partner = self.partner_id._exact_prepare_party(self.administration_id)
        other_name = compact(partner.name) != compact(party.name)
        other_number = compact(partner.vat_number) != compact(party.vat_number)
        other_country = partner.country and partner.country != party.country
        return bool((other_name and other_number) or other_country)


class ExactParty(models.AbstractModel):
    _inherit = "exact.party"

    def _check_identity(self, link, party: payloads.Party) -> None:
        """Ask before the account of a customer becomes somebody else in Exact.

        :raises Blocked: nobody agreed to it yet
        """
        if not link._changes_identity(party) or link._is_confirmed(party):
            return
        raise Blocked(
            issues.make(
                "party_identity_changed",
                there=_described(link.name, link.vat_number, link.country),
                here=_described(party.name, party.vat_number, party.country),
                partner_id=link.partner_id.id,
            )
        )

    def _check_first_identity(self, link, party: payloads.Party) -> None:
        """Ask before a customer is tied to an account by what one invoice calls it.

        :raises Blocked: nobody agreed to it yet
        """
        if not link._names_another(party) or link._is_confirmed(party):
            return
        partner = link.partner_id._exact_prepare_party(link.administration_id)
        raise Blocked(
            issues.make(
                "party_named_otherwise",
                customer=_described(partner.name, partner.vat_number, partner.country),
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
        self._exact_check_may_book()
        entry = self.exact_entry_id.sudo()
        if entry.issue_code not in ("party_identity_changed", "party_named_otherwise"):
            raise UserError(self.env._("Nothing is to be confirmed here any more."))
        move, administration = self.sudo(), entry.administration_id
        link = self.env["exact.party"]._link(move._exact_party(), administration)
        link._confirm(move._exact_prepare_party(administration))
        return self.action_exact_export()


def _identity(party: payloads.Party) -> str:
    return payloads.fingerprint([party.name, party.vat_number, party.country])


def _described(*parts: str | bool) -> str:
    return ", ".join(part for part in parts if part)
