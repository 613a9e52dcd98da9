from datetime import timedelta

from odoo import fields, models

from ..exact import odata, payloads
from ..exact.errors import NoAnswer, NotProcessed, Refused
from .side import LOCK_ACCOUNT, in_own_transaction, lock

ACCOUNTS = "crm/Accounts"
# How long after it was sent a lost creation may still appear: the time-out of the call
# and the minutes of a late booking.
LATE = timedelta(minutes=7)
SELECT = [
    "ID",
    "Code",
    "Name",
    "VATNumber",
    "ChamberOfCommerce",
    "AddressLine1",
    "Postcode",
    "City",
    "Status",
]


class Blocked(Exception):
    """The customer cannot be agreed on; ``issue`` says why and what to do."""

    def __init__(self, issue: dict):
        super().__init__(issue["issue_code"])
        self.issue = issue


class Later(Exception):
    """This invoice has to wait a moment for its customer; others may go on."""

    def __init__(self, issue: dict):
        super().__init__(issue["issue_code"])
        self.issue = issue


class ExactParty(models.AbstractModel):
    """Finds the customer of an invoice in Exact, or creates it there, exactly once."""

    _name = "exact.party"
    _description = "Exact Online Customer Service"

    def _ensure(self, partner, administration, client, commit) -> str:
        """The account in Exact for a partner.

        A known one costs no call. The row of the link is committed before Exact is
        asked, and its lock held, so that two invoices of a new customer at once do not
        create it twice.

        :param commit: commits the main transaction
        :return: the guid of the account
        :raises Blocked: a person has to say something first
        :raises Later: it is not certain yet, try again in some minutes
        :raises ExactError: Exact could not be asked, or gave no answer
        """
        link = self._link(partner, administration)
        if link.guid:
            return link.guid
        commit()
        with lock(self.env, LOCK_ACCOUNT, link.id) as free:
            if not free:
                raise Later(self._issue("account_busy", link))
            commit()  # look at the link as it is now, under the lock
            return link.guid or self._find_or_create(link, client, commit)

    def _link(self, partner, administration):
        links = self.env["exact.account"].sudo()
        values = {"administration_id": administration.id, "partner_id": partner.id}
        domain = [(name, "=", value) for name, value in values.items()]
        return links.search(domain, limit=1) or links.create(values)

    # --- find ----------------------------------------------------------------

    def _find_or_create(self, link, client, commit) -> str:
        party = link.partner_id._exact_prepare_party()
        record = f"res.partner,{link.partner_id.id}"
        if link.state == "creating":
            return self._recover(link, party, client, commit)
        found = self._find(party, client, record)
        sure, perhaps = self._judge(party, found)
        if len(sure) == 1:
            return self._adopt(link, sure[0], client)
        if (sure or perhaps) and not link.confirmed_new:
            raise Blocked(self._issue("accounts_found", link))
        return self._create(link, party, client, commit)

    def _find(self, party: payloads.Party, client, record: str) -> list[dict]:
        """Accounts with its VAT number, company number or name, in one call."""
        terms = [odata.eq("Name", payloads.shorten(party.name, payloads.NAME_LENGTH))]
        if party.vat_number:
            terms.append(odata.eq("VATNumber", party.vat_number))
        if party.company_number:
            terms.append(odata.eq("ChamberOfCommerce", party.company_number))
        return list(client.rows(ACCOUNTS, SELECT, odata.any_of(terms), record))

    def _judge(self, party: payloads.Party, found: list[dict]):
        """Which of the accounts found are the party for sure, and which perhaps.

        A number decides; a name only where the postcode does not speak against it.
        """
        sure = [
            row
            for row in found
            if (party.vat_number and row.get("VATNumber") == party.vat_number)
            or (
                party.company_number
                and row.get("ChamberOfCommerce") == party.company_number
            )
        ]
        perhaps = [
            row
            for row in found
            if row not in sure
            and (row.get("Postcode") or party.postcode) == party.postcode
        ]
        return sure, perhaps

    def _adopt(self, link, row: dict, client) -> str:
        """Tie the link to an account that was agreed on, and make it a customer.

        A sale on an account that is no customer is refused (exact-api 4.1).
        """
        if row.get("Status") != "C":
            client.update(
                ACCOUNTS,
                row["ID"],
                {"Status": "C"},
                f"res.partner,{link.partner_id.id}",
            )
        self._write(link, lambda link: link._exact_set_linked(row))
        return row["ID"]

    # --- create --------------------------------------------------------------

    def _create(self, link, party: payloads.Party, client, commit) -> str:
        body = payloads.account(party)
        record = f"res.partner,{link.partner_id.id}"
        refused = self._issue("account_refused", link)
        link.write({"state": "creating", "sending_at": fields.Datetime.now()})
        commit()
        try:
            row = client.create(ACCOUNTS, body, record)
        except NotProcessed:
            self._write(link, lambda link: link.write({"state": "new"}))
            raise
        except Refused as error:
            self._write(link, lambda link: link.write({"state": "new"}))
            raise Blocked(refused | {"issue_text": error.text}) from error
        except NoAnswer:
            return self._recover(link, party, client, commit)
        digest = payloads.fingerprint(body)
        self._write(link, lambda link: link._exact_set_linked(row, digest))
        return row["ID"]

    def _recover(self, link, party: payloads.Party, client, commit) -> str:
        """After a lost answer: is the account there?

        An account with the same name, number and address is the one that we created, or
        as good as it. None: it may still appear, so nothing is created for a while.
        """
        record = f"res.partner,{link.partner_id.id}"
        body = payloads.account(party)
        same = [
            row
            for row in self._find(party, client, record)
            if all(
                (row.get(name) or "") == body.get(name, "")
                for name in ("Name", "VATNumber", "AddressLine1", "Postcode", "City")
            )
        ]
        if len(same) == 1:
            return self._adopt(link, same[0], client)
        if same:
            raise Blocked(self._issue("accounts_found", link))
        if fields.Datetime.now() < link.sending_at + LATE:
            raise Later(self._issue("account_unknown", link))
        return self._create(link, party, client, commit)

    # --- helpers -------------------------------------------------------------

    def _write(self, link, work) -> None:
        """Keep what a call brought, whatever becomes of the main transaction."""

        def keep(env):
            work(env["exact.account"].browse(link.id))

        in_own_transaction(self.env, keep)

    def _issue(self, code: str, link) -> dict:
        return {
            "issue_code": code,
            "issue_params": {
                "partner": link.partner_id.display_name,
                "partner_id": link.partner_id.id,
            },
            "issue_text": False,
        }
