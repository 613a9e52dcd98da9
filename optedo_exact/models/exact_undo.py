import uuid

from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Domain

from ..exact import intent, odata, removal, states
from ..exact.errors import Forbidden, NotProcessed
from ..exact.payloads import ENTRIES
from . import issues
from .exact_entry import same_amount
from .exact_export import BATCH
from .side import LOCK_ENTRY, keep, lock

LINES = "salesentry/SalesEntryLines"
TRANSACTIONS = "financialtransaction/TransactionLines"
RECEIVABLES = "bulk/Cashflow/Receivables"
VAT_RETURN = 50  # the type of its entry (exact-api 4.8)
HEADER = [
    *removal.HEADER,
    "EntryID",
    "EntryNumber",
    "AmountFC",
    "ReportingYear",
    "ReportingPeriod",
]


class ExactUndo(models.AbstractModel):
    """Removes entries in Exact, each only as it was sent and once (product F8).

    The order of steps is that of an export: check, write the intent and commit it, call
    while holding a lock that outlives the commit, write the result in a transaction of
    its own. What dies in between leaves ``undoing``, which is resolved by asking Exact.
    """

    _name = "exact.undo"
    _description = "Exact Online Undo Service"

    def _remove(self, entry, reason: str, commit) -> dict | None:
        """Remove an entry in Exact.

        :param commit: commits the main transaction
        :return: the issue that forbids it, or that Exact had against it
        :raises ExactError: Exact could not be asked, or not told
        """
        client = entry.administration_id._client(urgent=True)
        return self._carry_out(Removal(entry, commit, client, reason), client)

    def _carry_out(self, written, client) -> dict | None:
        """Remove it, and ask at once where the answer was lost.

        :param written: the removal as an intent
        :return: the issue that forbids it, or that Exact had against it
        :raises ExactError: Exact could not be asked, or not told
        """
        entry, commit = written.entry, written.commit
        try:
            intent.carry_out(written, client)
        except NotProcessed:
            raise  # nothing happened there, and the entry is as it was
        except Exception:
            if not written.went:
                raise
            commit()
        if written.issue:
            return written.issue
        if entry.state == states.UNDOING:
            self._recover(entry, client, commit)
        stands = entry.state in (states.EXPORTED, states.DELIVERED)
        return issues.of_record(entry) if stands else None

    # --- checks --------------------------------------------------------------

    def _refusal(self, entry, client) -> dict | None:
        """Why the entry must stay in Exact, in the order in which it is looked at."""
        if entry.adopted:
            return issues.make("undo_adopted")
        record = f"exact.entry,{entry.id}"
        key = uuid.UUID(entry.guid)
        rows = list(client.rows(ENTRIES, HEADER, odata.eq("EntryID", key), record))
        if not rows:
            return None  # it is gone there already
        [row] = rows
        return (
            self._refused_by_period(entry, row, client)
            or self._refused_by_return(row, client, record)
            or self._refused_by_change(entry, row, client, record)
            or self._refused_by_settlement(entry, row, client, record)
        )

    def _refused_by_period(self, entry, row: dict, client) -> dict | None:
        periods = self.env["exact.period"]
        periods._refresh(entry.administration_id, client)
        year, number = row["ReportingYear"], row["ReportingPeriod"]
        for period in periods._of_journal(entry.administration_id, row["Journal"]):
            if (period.year, period.number) == (year, number) and not period.closed:
                return None
        return issues.make(
            "undo_period", period=f"{year}-{number:02d}", journal=row["Journal"]
        )

    def _refused_by_return(self, row: dict, client, record: str) -> dict | None:
        """A VAT return covers the dates before its own (exact-api 6)."""
        where = odata.all_of(
            [
                odata.eq("Type", VAT_RETURN),
                f"Date ge {odata.literal(odata.to_date(row['EntryDate']))}",
            ]
        )
        select = ["EntryNumber", "Date"]
        returns = list(client.rows(TRANSACTIONS, select, where, record))
        if not returns:
            return None
        day = min(odata.to_date(line["Date"]) for line in returns)
        return issues.make("undo_vat_return", date=str(day))

    def _refused_by_change(self, entry, row, client, record) -> dict | None:
        sent = entry.sent or {}
        names = []
        if not same_amount(row["AmountFC"], sent.get("total")):
            names.append("AmountFC")
        if entry.payload:
            where = odata.eq("EntryID", uuid.UUID(entry.guid))
            lines = client.rows(LINES, ["ID", *removal.LINE], where, record)
            names += removal.differences(entry.payload, row, lines)
        if not names:
            return None
        return issues.make("undo_changed", fields=", ".join(names))

    def _refused_by_settlement(self, entry, row, client, record) -> dict | None:
        where = odata.eq("Account", uuid.UUID(row["Customer"]))
        select = ["TransactionEntryID", "AmountFC", "Status", "IsFullyPaid"]
        terms = [
            term
            for term in client.rows(RECEIVABLES, select, where, record)
            if term["TransactionEntryID"] == entry.guid
        ]
        total = abs(odata.to_decimal((entry.sent or {}).get("total")))
        if removal.untouched(total, terms):
            return None
        return issues.make("undo_matched")

    # --- intent, call, outcome -----------------------------------------------

    def _intend(self, entry, reason: str, client) -> dict | None:
        """Write what is about to be removed; returns what forbids it."""
        if not states.takes(entry.state, "undo"):
            return issues.make("undo_busy")
        issue = self._refusal(entry, client)
        if issue:
            entry._exact_log("undo_refused", reason)
            return issue
        try:
            entry.lock_for_update()
        except LockError:
            return issues.make("undo_busy")
        try:
            with self.env.cr.savepoint():
                self._take_back_payments(entry)
        except UserError as error:
            return issues.make("undo_payments", reason=str(error))
        entry._exact_move_to(
            "undo",
            reason,
            customer_fingerprint=entry.move_id._exact_customer_fingerprint(),
            sending_at=fields.Datetime.now(),
            unknown_since=False,
            asked_count=0,
            **issues.NONE,
        )
        return None

    def _take_back_payments(self, entry) -> None:
        """Exact says that nothing is settled: what the link registered is outdated."""
        self.env["exact.payment.import"]._withdraw_all(entry)

    @staticmethod
    def _note_unknown(entry) -> None:
        entry._exact_set_undo_unknown()
        entry.administration_id._trigger_recovery()

    # --- what is unknown -----------------------------------------------------

    def _open_ends(self, administration):
        """The entries of which Exact has to be asked now whether it removed them."""
        entries = self.env["exact.entry"]
        return entries.search(
            Domain("administration_id", "=", administration.id)
            & Domain("state", "=", states.UNDOING)
            & entries._exact_worth_asking(),
            order="id",
            limit=BATCH,
        )

    def _recover(self, entry, client, commit) -> None:
        """Find out whether Exact removed an entry whose answer was lost.

        Leaves alone what somebody holds the lock of: that call is still under way.

        :raises ExactError: Exact could not be asked
        """
        intent.find_out(self._removal(entry, commit), client)

    def _removal(self, entry, commit):
        """The intent that an entry being removed stands for."""
        return Removal(entry, commit)


class Removal:
    """The removal of one entry as an intent of ``exact/intent.py``."""

    def __init__(self, entry, commit, client=None, reason: str = ""):
        self.entry = entry
        self.commit = commit
        self.client = client
        self.reason = reason
        self.issue = issues.make("undo_busy")  # until the lock was free
        self.went = False  # whether the request may have left
        self.service = entry.env["exact.undo"]
        self.record = f"exact.entry,{entry.id}"

    def lock(self):
        return lock(self.entry.env, LOCK_ENTRY, self.entry.id)

    def intend(self) -> str | None:
        self.issue = self.service._intend(self.entry, self.reason, self.client)
        return None if self.issue else self.entry.guid

    def call(self, client, guid: str) -> None:
        self.went = True
        client.delete(ENTRIES, guid, self.record)

    def keep_done(self, _answer) -> None:
        keep(self.entry, lambda entry: entry._exact_set_gone())

    def keep_unprocessed(self, error) -> None:
        issue = issues.of_error(error)
        keep(self.entry, lambda entry: entry._exact_set_still_there(issue))

    def keep_refused(self, error) -> None:
        if isinstance(error, Forbidden) or error.code == "not_found":
            # Also the answer for what is gone already (exact-api 2.4).
            self.keep_unknown()
            return
        issue = issues.make("undo_refused") | {"issue_text": error.text}
        keep(self.entry, lambda entry: entry._exact_set_still_there(issue))

    def keep_unknown(self) -> None:
        keep(self.entry, self.service._note_unknown)

    def is_open(self) -> bool:
        return self.entry.state == states.UNDOING

    def is_unknown(self) -> bool:
        return bool(self.entry.unknown_since)

    def ask(self, client) -> list[dict]:
        where = odata.eq("EntryID", uuid.UUID(self.entry.guid))
        return list(client.rows(ENTRIES, ["EntryID"], where, self.record))

    def resolve(self, rows: list[dict]) -> None:
        entry = self.entry
        if not rows:
            entry._exact_set_gone()
            return
        entry._exact_set_not_gone()
        if entry.state == states.UNDOING:
            entry.administration_id._trigger_recovery()


class ExactEntry(models.Model):
    """The steps of a removal (product F8)."""

    _inherit = "exact.entry"

    def _exact_set_gone(self) -> None:
        """Exact no longer has it: the invoice is as if it had never been booked."""
        self._exact_forget_payments()
        self._exact_move_to(
            "gone",
            guid=False,
            number=False,
            exported_at=False,
            sent=False,
            payload=False,
            document_guid=False,
            settle=False,
            deleted=False,
            looked_for_at=False,
            **issues.NONE,
        )

    def _exact_forget_payments(self) -> None:
        """Payments that were taken back no longer hold on to the entry, which could
        not be deleted with its invoice otherwise."""
        payments = self.env["account.payment"].sudo()
        taken_back = [("exact_entry_id", "in", self.ids), ("state", "=", "canceled")]
        payments.search(taken_back).exact_entry_id = False
        self.sudo().write({"payment_manual": False, "payment_paused": False})

    def _exact_set_still_there(self, issue: dict) -> None:
        """It was not removed, and why."""
        self._exact_move_to(
            "still_there", customer_fingerprint=False, settle=True, **issue
        )

    def _exact_set_undo_unknown(self) -> None:
        """The answer to its removal was lost."""
        self.sudo().write(
            issues.make("undo_unknown") | {"unknown_since": fields.Datetime.now()}
        )

    def _exact_set_not_gone(self) -> None:
        """Exact still has it: once more later, since a removal may come late too."""
        self.ensure_one()
        asked = self.asked_count + 1
        if intent.is_final(asked, self.unknown_since, fields.Datetime.now()):
            self._exact_set_still_there(issues.make("undo_not_done"))
        else:
            self.sudo().asked_count = asked
