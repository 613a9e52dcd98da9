import uuid

from odoo import fields, models
from odoo.exceptions import LockError, UserError

from ..exact import documents, intent, odata, states
from ..exact.errors import ExactError, Forbidden, NoAnswer, NotProcessed
from . import issues
from .exact_undo import Removal
from .side import keep

SELECT = ["ID", "FinancialTransactionEntryID"]


class ExactDelivery(models.AbstractModel):
    """Takes a delivery back: removes its document in Exact, unless it was booked.

    The order of steps is that of the removal of an entry (``exact/intent.py``).
    """

    _inherit = "exact.delivery"

    def _take_back(self, entry, reason: str, by_hand: bool, commit) -> dict | None:
        """Take the delivery of a bill back.

        :param by_hand: a person says that nothing of it is in Exact any more
        :param commit: commits the main transaction
        :return: the issue that forbids it, or that Exact had against it
        :raises ExactError: Exact could not be asked, or not told
        """
        client = entry.administration_id._client(urgent=True)
        written = TakeBack(entry, commit, client, reason, by_hand)
        return self.env["exact.undo"]._carry_out(written, client)

    def _intend_take_back(
        self, entry, reason: str, by_hand: bool, client
    ) -> tuple[list[str], dict | None]:
        """Write which documents are about to be removed.

        :return: their guids, and what forbids it; neither where none is left
        """
        if not states.takes(entry.state, "remove"):
            return [], issues.make("undo_busy")
        rows = self._documents_of(entry, client)
        if any(row["FinancialTransactionEntryID"] for row in rows):
            return [], issues.make("undo_delivery_booked")
        mailed = entry.delivery_way == "mailbox"
        if not rows and mailed and not entry.seen_at and not by_hand:
            sent = entry.sent
            return [], issues.make(
                "undo_delivery_not_seen", name=sent["name"], postbox=sent["postbox"]
            )
        try:
            entry.lock_for_update()
        except LockError:
            return [], issues.make("undo_busy")
        guids = [row["ID"] for row in rows]
        if guids:
            entry._exact_set_taking_back(guids, reason)
        else:
            entry._exact_set_not_delivered("undo", reason)
        return guids, None

    def _documents_of(self, entry, client) -> list[dict]:
        """What Exact has of a bill now: by its guid, and by the key in its name."""
        sent = entry.sent or {}
        found = self._documents(client, entry.sending_at)[sent.get("key")]
        guid = entry.document_guid
        if guid and guid not in [row["ID"] for row in found]:
            record = f"exact.entry,{entry.id}"
            where = odata.eq("ID", uuid.UUID(guid))
            found += client.rows(documents.DOCUMENTS, SELECT, where, record)
        return found


class TakeBack(Removal):
    """The removal of the documents of one bill as an intent of ``exact/intent.py``.

    They are several where its mail arrived twice; each goes with a call of its own.
    """

    def __init__(self, entry, commit, client=None, reason="", by_hand=False):
        super().__init__(entry, commit, client, reason)
        self.service = entry.env["exact.delivery"]
        self.by_hand = by_hand
        self.left = []  # the documents that Exact has not said to be gone

    def intend(self) -> list[str] | None:
        self.left, self.issue = self.service._intend_take_back(
            self.entry, self.reason, self.by_hand, self.client
        )
        return self.left[:] or None

    def call(self, client, guids: list[str]) -> None:
        self.went = True
        for guid in guids:
            try:
                client.delete(documents.DOCUMENTS, guid, self.record)
            except NotProcessed as error:
                if guid == guids[0]:
                    raise
                # The first is gone: what is left is found out by asking.
                raise NoAnswer(error.code) from error
            self.left.remove(guid)

    def keep_done(self, _answer) -> None:
        keep(self.entry, lambda entry: entry._exact_set_not_delivered("gone"))

    def keep_unprocessed(self, error) -> None:
        issue, left = issues.of_error(error), self.left
        keep(self.entry, lambda entry: entry._exact_set_kept(issue, left))

    def keep_refused(self, error) -> None:
        if isinstance(error, Forbidden) or error.code == "not_found":
            # Also the answer for what is gone already (exact-api 2.4).
            self.keep_unknown()
            return
        issue = issues.make("undo_delivery_refused") | {"issue_text": error.text}
        left = self.left
        keep(self.entry, lambda entry: entry._exact_set_kept(issue, left))

    def keep_unknown(self) -> None:
        keep(self.entry, self._note_unknown)

    @staticmethod
    def _note_unknown(entry) -> None:
        entry._exact_set_issue(
            issues.make("undo_delivery_unknown")
            | {"unknown_since": fields.Datetime.now()}
        )
        entry.administration_id._trigger_recovery()

    def ask(self, client) -> list[dict]:
        terms = [odata.eq("ID", uuid.UUID(g)) for g in self.entry.sent["removing"]]
        where = odata.any_of(terms)
        return list(client.rows(documents.DOCUMENTS, ["ID"], where, self.record))

    def resolve(self, rows: list[dict]) -> None:
        entry, there = self.entry, {row["ID"] for row in rows}
        if not there:
            entry._exact_set_not_delivered("gone")
            return
        removing = entry.sent["removing"]
        entry._exact_note_not_removed([guid for guid in removing if guid in there])
        if entry.state == states.UNDOING:
            entry.administration_id._trigger_recovery()


class ExactUndo(models.AbstractModel):
    _inherit = "exact.undo"

    def _removal(self, entry, commit):
        # EXTENDS
        if entry._exact_is_bill() and (entry.sent or {}).get("removing"):
            return TakeBack(entry, commit)
        return super()._removal(entry, commit)


class ExactEntry(models.Model):
    _inherit = "exact.entry"

    def _exact_set_taking_back(self, guids: list[str], reason: str) -> None:
        """The intent of a removal, to be committed before the call."""
        self._exact_move_to(
            "remove",
            reason,
            sent=(self.sent or {}) | {"removing": guids},
            unknown_since=False,
            asked_count=0,
            **issues.NONE,
        )

    def _exact_set_kept(self, issue: dict, left: list[str]) -> None:
        """It was not removed, or not all of it, and why.

        :param left: the documents that Exact still has, at least one
        """
        gone = len(self.sent["removing"]) - len(left)
        if gone:
            partly = issues.make("undo_delivery_partly", gone=gone, left=len(left))
            issue = partly | {"issue_text": issue["issue_text"]}
        sent = {k: v for k, v in (self.sent or {}).items() if k != "removing"}
        self._exact_move_to(
            "kept",
            sent=sent | {"documents": left},
            document_guid=left[0],
            **issue,
        )

    def _exact_note_not_removed(self, left: list[str]) -> None:
        """Exact still has it: once more later, since a removal may come late too.

        :param left: the documents that are still there
        """
        asked = self.asked_count + 1
        if intent.is_final(asked, self.unknown_since, fields.Datetime.now()):
            self._exact_set_kept(issues.make("undo_delivery_not_done"), left)
        else:
            self.sudo().asked_count = asked


class AccountMove(models.Model):
    """The right to take a delivery back is that to remove an entry (E2)."""

    _inherit = "account.move"

    def _exact_check_undo_delivery(self) -> None:
        self.ensure_one()
        self._exact_check_undo_right()
        if not self.exact_can_take_back:
            raise UserError(
                self.env._(
                    "There is no delivery to take back: %(bill)s - %(state)s.",
                    bill=self.display_name,
                    state=self.exact_status_text,
                )
            )

    def _exact_take_back_delivery(self, reason: str, by_hand: bool) -> dict | None:
        """Take the delivery back, where it may be.

        :return: the issue that forbids it
        :raises UserError: Exact could not be asked, or not told
        """
        self._exact_check_undo_delivery()
        entry = self.exact_entry_id.sudo()
        commit = self.env["ir.cron"]._commit_progress
        commit()
        entry.administration_id._trigger_recovery()  # should this process die
        try:
            return self.env["exact.delivery"]._take_back(entry, reason, by_hand, commit)
        except ExactError as error:
            connection = entry.administration_id.connection_id
            raise connection.with_env(self.env)._user_error(error) from error
