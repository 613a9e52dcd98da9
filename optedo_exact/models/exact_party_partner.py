import uuid

from odoo import models

from ..exact import odata, payloads
from ..exact.errors import Refused
from .exact_party import ACCOUNTS, Blocked, blocking
from .side import keep

# What became of a partner that a person sent or looked up.
NONE = "none"
FOUND = "found"
CREATED = "created"
UPDATED = "updated"
UNCHANGED = "unchanged"


class ExactParty(models.AbstractModel):
    """A customer or supplier on its own, without an invoice; its roles; and an account
    that is not in Exact any more (product D1, D5)."""

    _inherit = "exact.party"

    def _send_partner(
        self, partner, administration, client, commit, create: bool = True
    ) -> str:
        """Find a partner in Exact, create it there, or send its data, exactly once.

        One that is found is tied as it stands there: nothing is written over it before
        somebody saw which one it is.

        :param create: off, it is only looked up
        :return: what became of it
        :raises Blocked, Later, ExactError: as ``_ensure``
        """
        link = self._link(partner, administration)
        commit()
        with self._locked(link, commit):
            self._check_not_gone(link)
            party = partner._exact_prepare_party(administration)
            known = bool(link.guid)
            if not known:
                self._find_or_create(link, party, client, commit, create)
                commit()
            if not link.guid:
                return NONE
            outcome = CREATED if link.created_here else FOUND
            self._promote(link, party, client, commit)
            if known:
                outcome = UNCHANGED
                if create and self._send_data(link, party, client):
                    outcome = UPDATED
                commit()
            if create:
                self._send_banks(link, partner, client, commit)
            return outcome

    def _send_data(self, link, party: payloads.Party, client) -> bool:
        """Write the party's data over those in Exact, unless they were sent already.

        :raises Blocked: it would become somebody else, and nobody agreed to it yet
        """
        body = payloads.account_update(party)
        if link.fingerprint == payloads.fingerprint(body):
            return False
        self._check_identity(link, party)
        self._put(link, body, client)
        keep(link, lambda link: link._exact_set_updated(body))
        return True

    def _promote(self, link, party: payloads.Party, client, commit) -> None:
        """Give the account the roles of the party that it does not have yet.

        One account can be both customer and supplier (exact-api 4.1).
        """
        roles = payloads.roles(party)
        if link.is_customer:
            roles.pop("Status", None)
        if link.is_supplier:
            roles.pop("IsSupplier", None)
        if roles:
            self._put(link, roles, client)
            keep(link, lambda link: link._exact_set_roles(roles))
            commit()

    # --- not there any more --------------------------------------------------

    def _put(self, link, body: dict, client) -> None:
        """Change the account in Exact.

        :raises Blocked: Exact refuses it, or the account is not there any more
        """
        record = f"res.partner,{link.partner_id.id}"
        try:
            with blocking(self._issue("account_refused", link)):
                client.update(ACCOUNTS, link.guid, body, record)
        except (Blocked, Refused):
            self._note_if_gone(link, client)
            raise

    def _check_not_gone(self, link) -> None:
        """Never create silently what was removed or merged in Exact.

        :raises Blocked: it has to be found again by a person
        """
        if link.state == "gone":
            raise Blocked(self._issue("account_gone", link))

    def _note_if_gone(self, link, client) -> None:
        """After a refusal: is the account there at all? One call.

        How Exact refuses the key of an account that is gone is not documented, and its
        words depend on the language of its user, so it is asked.

        :raises Blocked: it is gone; the link says so from now on
        """
        where = odata.eq("ID", uuid.UUID(link.guid))
        record = f"res.partner,{link.partner_id.id}"
        if list(client.rows(ACCOUNTS, ["ID"], where, record)):
            return
        keep(link, lambda link: link._exact_set_gone())
        raise Blocked(self._issue("account_gone", link))

    def _note_after_refusal(self, move, client, commit) -> dict | None:
        """After a refused booking: the issue where its customer is gone in Exact."""
        link = self._link(move._exact_party(), move.exact_administration_id)
        if not link.guid:
            return None
        try:
            self._note_if_gone(link, client)
        except Blocked as blocked:
            commit()
            return blocked.issue
        return None
