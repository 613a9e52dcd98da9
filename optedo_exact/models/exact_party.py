from contextlib import contextmanager, nullcontext
from dataclasses import replace

from odoo import fields, models

from ..exact import intent, odata, payloads
from ..exact.errors import Forbidden, NoAnswer, Refused
from ..exact.numbers import compact, vat_forms, vat_key
from . import issues
from .side import LOCK_ACCOUNT, keep, lock

ACCOUNTS = "crm/Accounts"
SELECT = [
    "ID",
    "Code",
    "Name",
    "VATNumber",
    "ChamberOfCommerce",
    "AddressLine1",
    "Postcode",
    "City",
    "Country",
    "Email",
    "Status",
    "IsSupplier",
]


class _WithIssue(Exception):
    """Stops one invoice; ``issue`` says why and what to do."""

    def __init__(self, issue: dict):
        super().__init__(issue["issue_code"])
        self.issue = issue


class Blocked(_WithIssue):
    """The customer cannot be agreed on; a person has to say something."""


class Later(_WithIssue):
    """This invoice has to wait a moment for its customer; others may go on."""


@contextmanager
def blocking(issue: dict):
    """A refusal of Exact blocks the invoice with ``issue`` and Exact's words.

    A right that the login lacks concerns every invoice, and stays what it is.
    """
    try:
        yield
    except Forbidden:
        raise
    except Refused as error:
        raise Blocked(issue | {"issue_text": error.text}) from error


class ExactParty(models.AbstractModel):
    """Finds the customer of an invoice in Exact, or creates it there, exactly once."""

    _name = "exact.party"
    _description = "Exact Online Customer Service"

    def _ensure(self, move, administration, client, commit) -> str:
        """The account in Exact for the customer of an invoice, updated where wanted.

        A known one costs no call. The row of the link is committed before Exact is
        asked, and its lock held, so that two invoices of a new customer at once do not
        create it twice.

        :param commit: commits the main transaction
        :return: the guid of the account
        :raises Blocked: a person has to say something first
        :raises Later: it is not certain yet, try again in some minutes
        :raises ExactError: Exact could not be asked, or gave no answer
        """
        link = self._link(move._exact_party(), administration)
        if link.guid and link.is_customer and not self._to_update(link, move):
            return link.guid
        commit()
        with self._locked(link, commit):
            self._check_not_gone(link)
            party = move._exact_prepare_party(administration)
            party = replace(party, customer=True)
            if not link.guid:
                self._check_first_identity(link, party)
                self._find_or_create(link, party, client, commit)
                commit()
            self._promote(link, party, client, commit)
            if self._to_update(link, move):
                self._update(link, move, client)
            return link.guid

    def _known_customers(self, moves, administration) -> dict[int, str]:
        """The guids of those customers that ``_ensure`` takes as they are.

        Where customers are not updated: then none of them costs a call.

        :return: by id of the partner
        """
        partners = moves.env["res.partner"].union(*(m._exact_party() for m in moves))
        links = self.env["exact.account"].sudo()
        found = links.search_fetch(
            [
                ("administration_id", "=", administration.id),
                ("partner_id", "in", partners.ids),
                ("duplicate_of_id", "=", False),
                ("guid", "!=", False),
                ("is_customer", "=", True),
            ],
            ["partner_id", "guid"],
        )
        return {link.partner_id.id: link.guid for link in found}

    def _choose(self, link, row: dict, client, commit, instead_of: str = "") -> None:
        """A person said which account of Exact the partner is.

        :param instead_of: the guid that it is tied to so far, where it is
        """
        with self._locked(link, commit):
            if (link.guid or "") == instead_of:
                party = link.partner_id._exact_prepare_party(link.administration_id)
                self._adopt(link, row, client, payloads.roles(party))
        commit()

    @contextmanager
    def _locked(self, link, commit):
        """Hold the link alone, and see it as it is under the lock."""
        with lock(self.env, LOCK_ACCOUNT, link.id) as free:
            if not free:
                raise Later(self._issue("account_busy", link))
            commit()
            yield

    def _link(self, partner, administration):
        """The row that ties a partner to an administration, made where missing.

        Two at once: the second fails to serialize, starts again and finds the first's.
        """
        links = self.env["exact.account"].sudo()
        domain = [
            ("administration_id", "=", administration.id),
            ("partner_id", "=", partner.id),
            ("duplicate_of_id", "=", False),
        ]
        link = links.search(domain, limit=1)
        if not link:
            self.env.cr.execute(
                """
                INSERT INTO exact_account (administration_id, partner_id, company_id,
                                           state, create_uid, create_date)
                     VALUES (%s, %s, %s, 'new', %s, now() AT TIME ZONE 'UTC')
                ON CONFLICT (administration_id, partner_id)
                      WHERE duplicate_of_id IS NULL
                 DO NOTHING
                """,
                (
                    administration.id,
                    partner.id,
                    administration.company_id.id,
                    self.env.uid,
                ),
            )
            link = links.search(domain, limit=1)
        return link

    # --- find ----------------------------------------------------------------

    def _find_or_create(
        self, link, party: payloads.Party, client, commit, create: bool = True
    ) -> str:
        """Look a party up in Exact; create it only where nobody stands for it.

        After a lost creation, the account that carries what was sent is the one that we
        created, or as good as it. None: it may still appear, so nothing is created for
        a while, and then only after the same look as at first.

        :param create: off, it is only looked up, and nothing is returned for none
        """
        record = f"res.partner,{link.partner_id.id}"
        with blocking(self._issue("account_refused", link)):
            found = self._find(party, client, record, link.sent)
        if link.state == "creating":
            ours = [row for row in found if self._is_sent(row, link.sent or {})]
            if len(ours) == 1:
                return self._adopt(link, ours[0], client, payloads.roles(party))
            now = fields.Datetime.now()
            if not ours and intent.may_still_appear(link.sending_at, now):
                raise Later(self._issue("account_unknown", link))
        self._check_code(link, party, found)
        sure, perhaps = self._judge(party, found)
        if len(sure) == 1:
            return self._adopt(link, sure[0], client, payloads.roles(party))
        if (sure or perhaps) and not link.confirmed_new:
            raise Blocked(self._issue("accounts_found", link))
        if not create:
            return ""
        return self._create(link, party, client, commit)

    def _find(
        self,
        party: payloads.Party,
        client,
        record: str,
        sent: dict | None = None,
        more: dict | None = None,
    ) -> list[dict]:
        """Accounts with its VAT number, company number or name, in one call.

        :param sent: what was sent of it earlier, under perhaps another name or number
        :param more: further evidence, only for a person who chooses: Code, Email
        """
        wanted = {
            ("Name", payloads.shorten(party.name, payloads.NAME_LENGTH)),
            ("ChamberOfCommerce", party.company_number),
        }
        forms = vat_forms(party.vat_number, party.country)
        wanted |= {("VATNumber", form) for form in forms}
        names = ("Name", "VATNumber", "ChamberOfCommerce")
        wanted |= {(name, (sent or {}).get(name)) for name in names}
        wanted |= {("Email", (more or {}).get("Email"))}
        terms = [
            odata.eq(name, value) for name, value in sorted(wanted, key=str) if value
        ]
        for code in {party.code, (more or {}).get("Code")}:
            if code:
                terms.append(odata.trimmed("Code", code))
        return list(client.rows(ACCOUNTS, SELECT, odata.any_of(terms), record))

    @staticmethod
    def _is_sent(row: dict, sent: dict) -> bool:
        names = ("Name", "VATNumber", "AddressLine1", "Postcode", "City")
        return all((row.get(name) or "") == sent.get(name, "") for name in names)

    def _check_code(self, link, party: payloads.Party, found: list[dict]) -> None:
        """A code of Odoo that is somebody else's in Exact (product B6).

        :raises Blocked: with both names
        """
        for row in found:
            if not party.code or row.get("Code") != party.code:
                continue
            same_name = compact(row.get("Name")) == compact(party.name)
            if not same_name and not self._same_number(party, row):
                issue = self._issue("party_code_taken", link)
                more = {"code": party.code, "there": row.get("Name")}
                raise Blocked(issue | {"issue_params": issue["issue_params"] | more})

    @staticmethod
    def _same_number(party: payloads.Party, row: dict) -> bool:
        vat = vat_key(party.vat_number, party.country)
        number = compact(party.company_number)
        return bool(
            (vat and vat_key(row.get("VATNumber"), row.get("Country") or "") == vat)
            or (number and compact(row.get("ChamberOfCommerce")) == number)
        )

    def _judge(self, party: payloads.Party, found: list[dict]):
        """Which of the accounts found are the party for sure, and which perhaps.

        A number decides, and a code whose name or number agrees (``_check_code``); a
        name alone only where no other postcode speaks against it.
        """
        sure = [
            row
            for row in found
            if self._same_number(party, row)
            or (party.code and row.get("Code") == party.code)
        ]
        here = compact(party.postcode)
        perhaps = [
            row
            for row in found
            if row not in sure
            and (not here or compact(row.get("Postcode")) in ("", here))
        ]
        return sure, perhaps

    def _adopt(self, link, row: dict, client, roles: dict) -> str:
        """Tie the link to an account that was agreed on, in the roles that it needs.

        A sale on an account that is no customer is refused (exact-api 4.1).

        :param roles: ``payloads.roles`` of the party
        :raises Blocked: Exact does not let it become one
        """
        missing = {name: v for name, v in roles.items() if row.get(name) != v}
        if missing:
            record = f"res.partner,{link.partner_id.id}"
            with blocking(self._issue("account_refused", link)):
                client.update(ACCOUNTS, row["ID"], missing, record)
        keep(link, lambda link: link._exact_set_linked(row | missing))
        return row["ID"]

    # --- create --------------------------------------------------------------

    def _create(self, link, party: payloads.Party, client, commit) -> str:
        try:
            Creation(link, commit, party).carry_out(client)
        except NoAnswer:
            commit()
            return self._find_or_create(link, party, client, commit)
        return link.guid

    # --- update --------------------------------------------------------------

    def _to_update(self, link, move) -> bool:
        """Whether the customer in Exact is to become what Odoo has (product B7)."""
        if not self._wants_update(link, move):
            return False
        if self._differs(link, move):
            return True
        age = self._age(move)
        if link.newest_invoice != age:
            # Beside this transaction, like all that is written of a link during a call.
            keep(link, lambda link: link.write({"newest_invoice": age}))
        return False

    def _wants_update(self, link, move) -> bool:
        """Whether this invoice may change the customer: none that is newer did."""
        if not link.administration_id.update_customer_on_export or not link.guid:
            return False
        return not self._is_older(link, move)

    def _is_older(self, link, move) -> bool:
        """Whether Exact has the data of a newer invoice already."""
        return bool(link.newest_invoice and link.newest_invoice > self._age(move))

    def _differs(self, link, move) -> bool:
        """Whether the customer in Exact is another than on this invoice."""
        body = self._update_body(link, move)
        return link.fingerprint != payloads.fingerprint(body)

    @staticmethod
    def _age(move) -> str:
        """What orders invoices: date, then number."""
        return f"{move.invoice_date} {move.name}"

    @staticmethod
    def _update_body(link, move) -> dict:
        party = move._exact_prepare_party(link.administration_id)
        return payloads.account_update(party)

    def _update(self, link, move, client) -> None:
        """Write the customer's data over those in Exact.

        An answer that is lost changes nothing here: the same update goes with the next
        invoice, and twice is as good as once.

        :raises Blocked: Exact refuses the data, or it would become somebody else
        """
        self._check_identity(link, move._exact_prepare_party(link.administration_id))
        body, age = self._update_body(link, move), self._age(move)
        self._put(link, body, client)
        keep(link, lambda link: link._exact_set_updated(body, age))

    # --- helpers -------------------------------------------------------------

    def _issue(self, code: str, link) -> dict:
        partner = link.partner_id
        return issues.make(code, partner=partner.display_name, partner_id=partner.id)


class Addition:
    """A record about a party, as a write of ``exact/intent.py``.

    The lock is held by who looks first whether it is there. So what became of one that
    was cut off is found out by the next look, which also finds what somebody made by
    hand meanwhile.

    :param refused: the issue where Exact says no
    """

    def __init__(self, link, commit, refused: dict):
        self.link = link
        self.commit = commit
        self.refused = refused
        # Named here: nothing is read between the commit of the intent and the outcome.
        self.record = f"res.partner,{link.partner_id.id}"
        self.blocked: Blocked | None = None  # what Exact had against it

    def carry_out(self, client) -> None:
        """Write once.

        :raises Blocked: Exact refused it
        :raises ExactError: as ``intent.carry_out``
        """
        intent.carry_out(self, client)
        if self.blocked:
            raise self.blocked

    def lock(self):
        return nullcontext(True)

    def keep_refused(self, error) -> None:
        self.blocked = Blocked(self.refused | {"issue_text": error.text})
        self.keep_unprocessed(error)

    def keep_unknown(self) -> None:
        """The intent without an outcome says so already."""


class Creation(Addition):
    """A new account."""

    def __init__(self, link, commit, party: payloads.Party):
        issue = link.env["exact.party"]._issue("account_refused", link)
        super().__init__(link, commit, issue)
        self.party = party

    def intend(self) -> dict:
        body = payloads.account(self.party)
        now = fields.Datetime.now()
        self.link.write({"state": "creating", "sending_at": now, "sent": body})
        return body

    def call(self, client, body: dict) -> dict:
        return client.create(ACCOUNTS, body, self.record)

    def keep_done(self, row: dict) -> None:
        digest = payloads.fingerprint(payloads.account_update(self.party))
        row = row | payloads.roles(self.party)
        keep(self.link, lambda link: link._exact_set_linked(row, digest, True))

    def keep_unprocessed(self, _error) -> None:
        keep(self.link, lambda link: link.write({"state": "new"}))
