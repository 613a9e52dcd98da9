import uuid

from odoo import fields, models
from odoo.exceptions import LockError, UserError

from ..exact import documents, intent, odata, states
from ..exact.errors import ExactError, Forbidden, NotProcessed, Refused
from . import issues
from .side import LOCK_ENTRY, keep, lock

SELECT = ["ID", "FinancialTransactionEntryID"]


class ExactDelivery(models.AbstractModel):
    """Takes a delivery back: removes its document in Exact, unless it was booked.

    The order of steps is that of the removal of an entry.
    """

    _inherit = "exact.delivery"

    def _take_back(self, entry, reason: str, by_hand: bool, commit) -> dict | None:
        """Take the delivery of a bill back.

        :param by_hand: a person says that nothing of it is in Exact any more
        :param commit: commits the main transaction
        :return: the issue that forbids it
        :raises ExactError: Exact could not be asked, or not told
        """
        client = entry.administration_id._client(urgent=True)
        with lock(self.env, LOCK_ENTRY, entry.id) as free:
            commit()  # look at the bill as it is now, under the lock
            if not free or not states.takes(entry.state, "remove"):
                return issues.make("undo_busy")
            rows = self._documents_of(entry, client)
            if any(row["FinancialTransactionEntryID"] for row in rows):
                return issues.make("undo_delivery_booked")
            mailed = entry.delivery_way == "mailbox"
            if not rows and mailed and not entry.seen_at and not by_hand:
                return issues.make(
                    "undo_delivery_not_seen",
                    name=entry.sent["name"],
                    postbox=entry.sent["postbox"],
                )
            client.log_in()  # before the intent: what fails here leaves nothing open
            try:
                entry.lock_for_update()
            except LockError:
                return issues.make("undo_busy")
            if not rows:
                entry._exact_set_not_delivered("undo", reason)
                commit()
                return None
            guids = [row["ID"] for row in rows]
            entry._exact_set_taking_back(guids, reason)
            commit()
            lost = self._remove(entry, guids, client)
        # The outcome was written beside this transaction: see it from here on.
        commit()
        if lost:
            self._recover_take_back(entry, client, commit)
        return issues.of_record(entry) if entry.state == states.DELIVERED else None

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

    def _remove(self, entry, guids: list[str], client) -> bool:
        """Make the calls of a committed intent and keep their outcome.

        :return: whether it has to be asked what became of it
        :raises NotProcessed: nothing happened there, and the bill is as it was
        """
        record = f"exact.entry,{entry.id}"
        try:
            for guid in guids:
                client.delete(documents.DOCUMENTS, guid, record)
        except NotProcessed as error:
            issue = issues.of_error(error)
            if guid != guids[0]:
                keep(entry, self._note_take_back_unknown)
                return True
            keep(entry, lambda e: e._exact_set_kept(issue, guids))
            raise
        except Refused as error:
            if isinstance(error, Forbidden) or error.code == "not_found":
                # Also the answer for what is gone already (exact-api 2.4).
                keep(entry, self._note_take_back_unknown)
                return True
            left = guids[guids.index(guid) :]
            issue = issues.make("undo_delivery_refused")
            if left != guids:
                gone = len(guids) - len(left)
                issue = issues.make("undo_delivery_partly", gone=gone, left=len(left))
            issue["issue_text"] = error.text
            keep(entry, lambda e: e._exact_set_kept(issue, left))
        except Exception:
            # No answer, or a fault of our own after the request may have left.
            keep(entry, self._note_take_back_unknown)
            return True
        else:
            keep(entry, lambda e: e._exact_set_not_delivered("gone"))
        return False

    @staticmethod
    def _note_take_back_unknown(entry) -> None:
        entry._exact_set_issue(
            issues.make("undo_delivery_unknown")
            | {"unknown_since": fields.Datetime.now()}
        )
        entry.administration_id._trigger_recovery()

    def _recover_take_back(self, entry, client, commit) -> None:
        """Find out whether Exact removed the documents of a bill.

        :raises ExactError: Exact could not be asked
        """
        with lock(self.env, LOCK_ENTRY, entry.id) as free:
            commit()  # look at the state as it is now, under the lock
            if not free or entry.state != states.UNDOING:
                return
            if not entry.unknown_since:  # the process that removed it died
                self._note_take_back_unknown(entry)
                commit()
            terms = [odata.eq("ID", uuid.UUID(g)) for g in entry.sent["removing"]]
            record = f"exact.entry,{entry.id}"
            where = odata.any_of(terms)
            rows = list(client.rows(documents.DOCUMENTS, ["ID"], where, record))
            if rows:
                there = {row["ID"] for row in rows}
                removing = entry.sent["removing"]
                entry._exact_note_not_removed([g for g in removing if g in there])
                if entry.state == states.UNDOING:
                    entry.administration_id._trigger_recovery()
            else:
                entry._exact_set_not_delivered("gone")
            commit()


class ExactUndo(models.AbstractModel):
    _inherit = "exact.undo"

    def _recover(self, entry, client, commit) -> None:
        # EXTENDS
        if entry._exact_is_bill() and (entry.sent or {}).get("removing"):
            delivery = self.env["exact.delivery"]
            return delivery._recover_take_back(entry, client, commit)
        return super()._recover(entry, client, commit)


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
        """It was not removed, and why.

        :param left: the documents that Exact still has, at least one
        """
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
            gone = len(self.sent["removing"]) - len(left)
            issue = issues.make("undo_delivery_not_done")
            if gone:
                issue = issues.make("undo_delivery_partly", gone=gone, left=len(left))
            self._exact_set_kept(issue, left)
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
