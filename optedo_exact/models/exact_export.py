import logging

from odoo import models
from odoo.exceptions import LockError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..exact import odata, payloads, states
from ..exact.errors import ExactError, LimitReached, NoAnswer, NotProcessed, Refused
from . import issues
from .exact_party import Blocked, Later
from .side import LOCK_ENTRY, in_own_transaction, lock

_logger = logging.getLogger(__name__)

ENTRIES = "salesentry/SalesEntries"
SELECT = ["EntryID", "EntryNumber", "YourRef", "AmountFC", "Customer", "EntryDate"]
BATCH = 50


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

    # --- runs ----------------------------------------------------------------

    def _run_administration(self, administration, commit) -> None:
        """The job of one administration: recover what is unknown, send what waits."""
        if not administration._ready():
            return
        entries = self.env["exact.entry"].sudo()
        mine = [("administration_id", "=", administration.id)]
        open_ends = entries.search(
            mine + [("state", "in", (states.SENDING, states.UNKNOWN))],
            order="id",
            limit=BATCH,
        )
        queued = entries.search(
            mine + [("state", "=", states.QUEUED)], order="id", limit=BATCH
        )
        try:
            client = administration._client()
            for entry in open_ends:
                self._recover(entry, client, commit)
            for entry in queued:
                self._send_in_run(entry, client, commit)
        except LimitReached as error:
            administration._trigger_export(error.until.replace(tzinfo=None))
            _logger.info("Export of %s pauses: %s", administration.name, error)
        except ExactError as error:
            _logger.warning("Export of %s stops: %s", administration.name, error)
        else:
            if len(queued) == BATCH:
                administration._trigger_export()

    def _send_in_run(self, entry, client, commit) -> None:
        """One invoice of a run: a user who changes it now does not stop the others."""
        try:
            self._send(entry, client, commit)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()
            _logger.info("%s is being changed, it waits for the next run", entry)

    def _export_now(self, entry, administration, commit) -> None:
        """Send one invoice for a user who waits for it.

        What Exact or the check says is kept on the entry; nothing is raised for it.
        """
        try:
            client = administration._client(urgent=True)
            if entry.state == states.QUEUED:
                self._send(entry, client, commit)
            if entry.state == states.UNKNOWN:
                self._recover(entry, client, commit)
        except ExactError as error:
            self._keep_waiting(entry, administration, error, commit)

    def _keep_waiting(self, entry, administration, error: ExactError, commit) -> None:
        """It was not sent; say why and have the job try again."""
        commit()
        if entry.state == states.QUEUED:
            entry._exact_set_issue(issues.of_error(error))
        if isinstance(error, LimitReached) and error.until:
            administration._trigger_export(error.until.replace(tzinfo=None))

    # --- one invoice ---------------------------------------------------------

    def _send(self, entry, client, commit) -> None:
        """Check and book one queued invoice.

        :raises ExactError: the connection, the login or a limit stops the whole run;
            the entry is then queued or unknown
        """
        move, administration = entry.move_id, entry.administration_id
        issue = move._exact_check(administration)
        if issue:
            entry._exact_set_blocked(issue)
            return commit()
        try:
            partner = move._exact_party()
            customer = self.env["exact.party"]._ensure(
                partner, administration, client, commit
            )
        except Blocked as blocked:
            entry._exact_set_blocked(blocked.issue)
            return commit()
        except Later as later:
            entry._exact_set_issue(later.issue)
            administration._trigger_recovery()
            return commit()
        with lock(self.env, LOCK_ENTRY, entry.id) as free:
            commit()  # look at the invoice as it is now, under the lock
            payload = free and self._intend(entry, administration, customer, commit)
            if payload:
                self._call(entry.id, payload, client)
        # The outcome was written beside this transaction: see it from here on.
        return commit()

    def _intend(self, entry, administration, customer: str, commit) -> dict | None:
        """Write and commit what is about to be sent; ``None`` where it must not go.

        The rows of the invoice are locked first: somebody who changes it either comes
        before, and then this transaction fails and starts again, or waits and meets the
        state ``sending`` (product F5).
        """
        move = entry.move_id
        try:
            entry.lock_for_update()
            move.lock_for_update(allow_referencing=True)
            move.line_ids.lock_for_update(allow_referencing=True)
        except LockError:
            if entry.state == states.QUEUED:
                entry._exact_set_issue(self._edited())
            return None
        if entry.state != states.QUEUED:
            return None
        invoice, issue = move._exact_prepare_entry(administration, customer)
        if issue:
            entry._exact_set_blocked(issue)
            commit()
            return None
        payload = payloads.sales_entry(invoice)
        entry._exact_set_sending(
            {
                "journal": invoice.journal,
                "number": invoice.number,
                "customer": invoice.customer,
                "total": str(invoice.total),
            },
            payloads.fingerprint(payload),
        )
        commit()
        return payload

    def _call(self, entry_id: int, payload: dict, client) -> None:
        """Make the call of a committed intent and keep its outcome.

        Nothing is read from the main transaction between the commit and the outcome: a
        snapshot taken now would make the next write fail after Exact has booked.
        """
        try:
            row = client.create(ENTRIES, payload, f"exact.entry,{entry_id}")
            if not row.get("EntryID"):
                raise NoAnswer("answer_broken")
        except NotProcessed as error:
            issue = issues.of_error(error)
            self._keep(entry_id, lambda e: e._exact_set_unprocessed(issue))
            raise
        except Refused as error:
            issue = issues.of_error(error)
            self._keep(entry_id, lambda e: e._exact_set_rejected(issue))
        except NoAnswer:
            self._keep(entry_id, self._note_unknown)
        else:
            self._keep(entry_id, lambda e: e._exact_set_exported(row))

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
        with lock(self.env, LOCK_ENTRY, entry.id) as free:
            commit()  # look at the state as it is now, under the lock
            if not free:
                return
            if entry.state == states.SENDING:
                # The process that sent it died.
                self._note_unknown(entry)
                commit()
            if entry.state != states.UNKNOWN:
                return
            sent = entry.sent
            rows = list(self._ask(client, sent, f"exact.entry,{entry.id}"))
            hits = [row for row in rows if self._is_ours(row, sent)]
            if len(rows) == 1 and hits:
                entry._exact_set_exported(hits[0], "found")
            elif rows:
                entry._exact_set_issue(self._found_other(sent, rows))
            else:
                entry._exact_set_not_there()
                if entry.state == states.UNKNOWN:
                    entry.administration_id._trigger_recovery()
            commit()

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
        same_amount = odata.to_decimal(row["AmountFC"]) == odata.to_decimal(
            sent["total"]
        )
        return same_amount and row["Customer"] == sent["customer"]

    def _found_other(self, sent: dict, rows: list[dict]) -> dict:
        return {
            "issue_code": "found_other",
            "issue_params": {
                "count": len(rows),
                "number": sent["number"],
                "journal": sent["journal"],
                "entries": ", ".join(str(row["EntryNumber"]) for row in rows),
            },
            "issue_text": False,
        }

    # --- helpers -------------------------------------------------------------

    def _keep(self, entry_id: int, work) -> None:
        """Write an outcome in a transaction of its own, repeated without the call."""
        in_own_transaction(
            self.env, lambda env: work(env["exact.entry"].browse(entry_id))
        )

    @staticmethod
    def _edited() -> dict:
        return {"issue_code": "edited", "issue_params": {}, "issue_text": False}
