from odoo import models
from odoo.exceptions import LockError

from ..exact import intent, odata, payloads, states
from ..exact.errors import ExactError, LimitReached, NoAnswer
from ..exact.payloads import ENTRIES
from . import issues
from .exact_entry import same_amount
from .exact_party import Blocked, Later
from .side import LOCK_ENTRY, keep, lock

SELECT = ["EntryID", "EntryNumber", "YourRef", "AmountFC", "Customer", "EntryDate"]
BATCH = 50  # entries that are read at once


class ExactExport(models.AbstractModel):
    """Books invoices in Exact, each exactly once.

    The order of steps is what keeps it so: check, find the customer, write the intent
    and commit it, call while holding a lock that outlives the commit, write the result
    in a transaction of its own. Whatever dies in between leaves ``sending`` or
    ``unknown``, and those are resolved by asking Exact, never by sending again.

    ``commit`` is handed in everywhere: it commits the main transaction.
    """

    _name = "exact.export"
    _description = "Exact Online Export Service"

    # --- one invoice now -----------------------------------------------------

    def _export_now(self, entry, administration, commit) -> None:
        """Send one invoice for a user who waits for it.

        What Exact or the check says is kept on the entry; nothing is raised for it.
        """
        administration._trigger_recovery()  # should this process die in the middle
        files = administration.attach_pdf
        try:
            client = administration._client(urgent=True)
            if entry.state == states.QUEUED:
                self._send_and_ask(entry, client, commit, alone=True)
            elif entry.state == states.UNDOING:
                self.env["exact.undo"]._recover(entry, client, commit)
            elif entry.state in (states.SENDING, states.UNKNOWN):
                self._recover(entry, client, commit)
        except ExactError as error:
            commit()
            if entry.state == states.QUEUED:
                entry._exact_set_issue(issues.of_error(error))
            if isinstance(error, LimitReached) and error.until:
                administration._trigger_export(error.until.replace(tzinfo=None))
        else:
            if files:
                self.env["exact.attachment.export"]._attach_now(entry, client, commit)

    def _blocks(self, entry, commit) -> bool:
        """Whether something is missing, before Exact is asked anything."""
        issue = entry.move_id._exact_check(entry.administration_id)
        if issue:
            entry._exact_set_blocked(issue)
            commit()
        return bool(issue)

    def _send_and_ask(
        self, entry, client, commit, alone: bool = False, prepared=None
    ) -> bool:
        """Send, and ask at once where the answer was lost: most often it is booked.

        :param prepared: it was read with its batch
        :return: whether it is known to be booked, with nothing left to look at
        """
        try:
            if prepared:
                return self._send_prepared(prepared, entry, client, commit)
            self._send(entry, client, commit, alone)
        except NoAnswer:
            commit()
            if entry.state != states.UNKNOWN:
                raise
            self._recover(entry, client, commit)
        return False

    # --- one invoice ---------------------------------------------------------

    def _send(self, entry, client, commit, alone: bool = False) -> None:
        """Check and book one queued invoice.

        :param alone: not one of a run, which asks for all of its invoices together
            whether they stand in Exact already and whether their periods are open
        :raises ExactError: the connection, the login or a limit stops the whole run;
            the entry is then queued or unknown
        """
        commit()  # look at the invoice as it is now
        here = entry.administration_id.division == client.division
        if entry.state != states.QUEUED or not here:
            return
        move, administration = entry.move_id, entry.administration_id
        if self._blocks(entry, commit):
            return
        if alone:
            self.env["exact.lookup"]._block_what_stands_there(entry, client, commit)
            if entry.state != states.QUEUED:
                return
            self.env["exact.period"]._look_for(entry, client)
        if entry._exact_hold_for_period():
            commit()
            return
        try:
            customer = self.env["exact.party"]._ensure(
                move, administration, client, commit
            )
        except Blocked as blocked:
            entry._exact_set_blocked(blocked.issue)
            commit()
            return
        except Later as later:
            entry._exact_set_issue(later.issue)
            administration._trigger_recovery()
            commit()
            return
        intent.carry_out(Booking(entry, commit, administration, customer), client)
        self._after_refusal(entry, client, commit)

    def _after_refusal(self, entry, client, commit) -> None:
        """Where Exact refused it: see whether the customer is the reason."""
        if entry.state == states.REJECTED:
            party = self.env["exact.party"]
            issue = party._note_after_refusal(entry.move_id, client, commit)
            if issue:
                entry._exact_set_issue(issue | {"issue_text": entry.issue_text})
                commit()

    def _intend(self, entry, administration, customer: str, commit) -> dict | None:
        """Write what is about to be sent; ``None`` where it must not go.

        The rows of the invoice are locked first, so that what is sent is the invoice
        as it stands (product F5): who changes it now either came before, and then this
        transaction fails and starts again, or waits until the intent is there.
        """
        move = entry.move_id
        try:
            entry.lock_for_update()
            move.lock_for_update(allow_referencing=True)
            move.line_ids.lock_for_update(allow_referencing=True)
        except LockError:
            if entry.state == states.QUEUED:
                entry._exact_set_issue(issues.make("edited"))
                administration._trigger_export()
                commit()
            return None
        if entry.state != states.QUEUED or entry.administration_id != administration:
            return None  # somebody chose another administration meanwhile
        invoice, issue = move._exact_prepare_entry(administration, customer)
        if issue:
            entry._exact_set_blocked(issue)
            commit()
            return None
        payload = payloads.sales_entry(invoice)
        entry._exact_plan_files(administration)
        entry._exact_set_sending(
            self._key(invoice),
            payloads.fingerprint(payload),
            payloads.plain(payload),
        )
        return payload

    @staticmethod
    def _key(invoice) -> dict:
        """By which a lost booking is found again."""
        return {
            "journal": invoice.journal,
            "number": invoice.number,
            "customer": invoice.customer,
            "total": str(invoice.total),
        }

    @staticmethod
    def _note_unknown(entry) -> None:
        entry._exact_set_unknown()
        entry.administration_id._trigger_recovery()

    # --- what is unknown -----------------------------------------------------

    def _recover(self, entry, client, commit) -> None:
        """Find out whether Exact booked an entry whose answer was lost.

        Leaves alone what somebody holds the lock of: that call is still under way.

        :raises ExactError: Exact could not be asked
        """
        intent.find_out(Booking(entry, commit), client)

    def _resolve(self, entry, rows: list[dict]) -> None:
        """Draw the conclusion from what Exact has under the number of an entry."""
        sent = entry.sent
        verdict, found = intent.judge(
            rows, entry.other_guids or [], lambda row: self._is_ours(row, sent)
        )
        if verdict == "found":
            entry._exact_set_exported(found, "found")
            return
        if verdict == "other":
            entry._exact_set_issue(self._found_other(sent, found))
            return
        entry._exact_set_not_there()
        if entry.state == states.UNKNOWN:
            entry.administration_id._trigger_recovery()
        else:
            entry.administration_id._trigger_export()

    def _ask(self, client, sent: dict, record: str):
        where = odata.all_of(
            [
                odata.eq("YourRef", sent["number"]),
                odata.eq("Journal", sent["journal"]),
            ]
        )
        return client.rows(ENTRIES, SELECT, where, record)

    @staticmethod
    def _is_ours(row: dict, sent: dict) -> bool:
        """Same customer and same signed amount: a credit note is no invoice."""
        same = same_amount(row["AmountFC"], sent["total"])
        return same and row["Customer"] == sent["customer"]

    def _found_other(self, sent: dict, rows: list[dict]) -> dict:
        return issues.make(
            "found_other",
            count=len(rows),
            number=sent["number"],
            journal=sent["journal"],
            entries=", ".join(str(row["EntryNumber"]) for row in rows),
        )


class Booking:
    """One entry as an intent of ``exact/intent.py``."""

    def __init__(self, entry, commit, administration=None, customer: str = ""):
        self.entry = entry
        self.commit = commit
        self.administration = administration
        self.customer = customer
        self.service = entry.env["exact.export"]
        # Named here: nothing is read between the commit of the intent and the outcome.
        self.record = f"exact.entry,{entry.id}"
        self.booked = False

    def lock(self):
        return lock(self.entry.env, LOCK_ENTRY, self.entry.id)

    def intend(self):
        return self.service._intend(
            self.entry, self.administration, self.customer, self.commit
        )

    def call(self, client, payload: dict) -> dict:
        row = client.create(ENTRIES, payload, self.record)
        if not row.get("EntryID"):
            raise NoAnswer("answer_broken")
        return row

    def keep_done(self, row: dict) -> None:
        keep(self.entry, lambda entry: entry._exact_set_exported(row))
        self.booked = True

    def keep_unprocessed(self, error) -> None:
        issue = issues.of_error(error)
        keep(self.entry, lambda entry: entry._exact_set_unprocessed(issue))

    def keep_refused(self, error) -> None:
        issue = issues.of_error(error)
        keep(self.entry, lambda entry: entry._exact_set_rejected(issue))

    def keep_unknown(self) -> None:
        keep(self.entry, self.service._note_unknown)

    def is_open(self) -> bool:
        return self.entry.state in (states.SENDING, states.UNKNOWN)

    def is_unknown(self) -> bool:
        return self.entry.state == states.UNKNOWN

    def ask(self, client) -> list[dict]:
        return list(self.service._ask(client, self.entry.sent, self.record))

    def resolve(self, rows: list[dict]) -> None:
        self.service._resolve(self.entry, rows)
