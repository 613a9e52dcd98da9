import uuid

from odoo import fields, models

from ..exact import intent, odata
from ..exact.errors import NoAnswer
from ..exact.numbers import compact
from .exact_party import Addition, Later
from .side import keep

BANK_ACCOUNTS = "crm/BankAccounts"
SELECT = ["ID", "BankAccount", "Main"]


class ExactParty(models.AbstractModel):
    """Bank accounts of a supplier (product D5)."""

    _inherit = "exact.party"

    def _send_banks(self, link, partner, client, commit) -> None:
        """Add the supplier's bank accounts that Odoo trusts, each once.

        Whoever changes where a supplier is paid can steal: only an account that a
        person marked as trusted goes, always beside those that are there, and never as
        the main one of an account that we did not create. What was there and what was
        added stay in the log.

        Exact is asked first, always: a lost answer then makes no second one.

        :raises Blocked: Exact refuses it
        :raises Later: it is not certain yet whether Exact added it
        """
        if not link.is_supplier:
            return
        done = {row.number for row in link.bank_ids if row.state == "there"}
        banks = {
            compact(bank.acc_number): bank
            for bank in partner.bank_ids
            if bank.allow_out_payment and bank.acc_type == "iban"
        }
        missing = {number: bank for number, bank in banks.items() if number not in done}
        if not missing:
            return
        there = self._banks_in_exact(link, client)
        for number, bank in missing.items():
            if number in there:
                self._keep_bank(link, number, there[number]["ID"], "")
                commit()
                continue
            pending = link.bank_ids.filtered(lambda row, n=number: row.number == n)
            now = fields.Datetime.now()
            if pending and intent.may_still_appear(pending.sending_at, now):
                raise Later(self._issue("bank_unknown", link))
            there[number] = self._add_bank(link, bank, there, client, commit)

    def _banks_in_exact(self, link, client) -> dict:
        """The bank accounts of an account in Exact, by their number."""
        where = odata.eq("Account", uuid.UUID(link.guid))
        record = f"res.partner,{link.partner_id.id}"
        rows = client.rows(BANK_ACCOUNTS, SELECT, where, record)
        return {compact(row["BankAccount"]): row for row in rows}

    def _add_bank(self, link, bank, there: dict, client, commit) -> dict:
        addition = BankAddition(link, commit, bank, there)
        try:
            addition.carry_out(client)
        except NoAnswer:
            commit()
            row = self._banks_in_exact(link, client).get(addition.number)
            if not row:
                raise Later(self._issue("bank_unknown", link)) from None
            self._keep_bank(link, addition.number, row["ID"], addition.before)
            commit()
            return row
        return addition.row

    def _keep_bank(self, link, number: str, guid: str, before: str) -> None:
        keep(link, lambda link: link._exact_set_bank(number, guid, before))


class BankAddition(Addition):
    """One more bank account of a supplier, beside those that are ``there``."""

    def __init__(self, link, commit, bank, there: dict):
        issue = link.env["exact.party"]._issue("bank_refused", link)
        super().__init__(link, commit, issue)
        self.number = compact(bank.acc_number)
        self.body = {
            "Account": link.guid,
            "BankAccount": self.number,
            "BICCode": bank.bank_bic or "",
            "BankAccountHolderName": bank.acc_holder_name or link.partner_id.name,
            "Main": link.created_here and not there,
        }
        self.before = ", ".join(
            f"{other} ({'main' if row.get('Main') else 'additional'})"
            for other, row in there.items()
        )
        self.row: dict = {}  # as Exact answered

    def intend(self) -> dict:
        rows = self.link.bank_ids.filtered(lambda row: row.number == self.number)
        values = {"state": "sending", "sending_at": fields.Datetime.now()}
        if rows:
            rows.write(values)
        else:
            rows.create(values | {"account_id": self.link.id, "number": self.number})
        return self.body

    def call(self, client, body: dict) -> dict:
        return client.create(BANK_ACCOUNTS, body, self.record)

    def keep_done(self, row: dict) -> None:
        self.row = row
        number, before = self.number, self.before
        keep(self.link, lambda link: link._exact_set_bank(number, row["ID"], before))

    def keep_unprocessed(self, _error) -> None:
        number = self.number
        keep(self.link, lambda link: link._exact_drop_bank(number))
