import uuid
from datetime import timedelta

from odoo import fields, models

from ..exact import bills, odata, payloads
from .exact_payment_read import batched

ASK = 30  # entries that fit in the address of one question
IN_A_CHECK, IN_A_DAY = 1, 10  # questions, first of what was never asked for
# An entry that stands in Exact without terms is asked for again after this time, since
# nothing else would tell that it was deleted.
AGAIN = timedelta(days=7)


class ExactPaymentImport(models.AbstractModel):
    """Entries that are gone in Exact: nothing is settled of them any more."""

    _inherit = "exact.payment.import"

    def _note_deleted(self, administration, guids: set[str]) -> None:
        """Note which entries are gone: all their terms were deleted, one by one.

        What replaces a term was read before, so none is left only of what is gone.
        That terms do not show is no sign of it (product G5).
        """
        if not guids:
            return
        entries = self.env["exact.entry"].sudo()
        entries.flush_model(["guid", "deleted", "state", "administration_id"])
        self.env.cr.execute(
            """
            UPDATE exact_entry entry
               SET deleted = TRUE
             WHERE administration_id = %s AND guid = ANY(%s)
               AND state IN ('exported', 'imported')
               AND NOT EXISTS (SELECT 1 FROM exact_open_item item
                                WHERE item.administration_id = entry.administration_id
                                  AND item.entry_guid = entry.guid)
            """,
            (administration.id, list(guids)),
        )
        entries.invalidate_model(["deleted"])

    def _note_on_steered(self, administration) -> None:
        """Say at once on what a person steers that its entry is gone, or is there.

        Its payments stay as they are; what follows Exact is told of when it is settled.
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT entry.id,
                   NOT EXISTS (SELECT 1 FROM exact_open_item item
                                WHERE item.administration_id = entry.administration_id
                                  AND item.entry_guid = entry.guid)
              FROM exact_entry entry
             WHERE entry.administration_id = %s AND entry.deleted
               AND (entry.payment_manual OR entry.payment_paused)
               AND entry.state IN ('exported', 'imported')
            """,
            (administration.id,),
        )
        for key, gone in self.env.cr.fetchall():
            entry = self.env["exact.entry"].sudo().browse(key)
            self._note_issue(entry, gone)
            entry.write({"outstanding": 0} if gone else {"deleted": False})

    def _note_unseen(self, administration, client, questions: int) -> bool:
        """Note which entries were deleted before any of their terms was read.

        The deletions name terms that nobody knew. Each entry without terms is asked
        for by itself: what Exact still has only waits for its terms.

        :param questions: how many calls it may take
        :return: whether there were any
        """
        # Sales first: of a bill, its own import says too that it is gone.
        endpoints = {True: payloads.ENTRIES, False: bills.ENTRIES}
        gone = self.env["exact.entry"].sudo()
        # A check that heard of deletions asks for all; the day for what is due again.
        before = None if questions == IN_A_CHECK else fields.Datetime.now() - AGAIN
        unseen = self._unseen(administration, questions * ASK, before)
        batches = [
            (endpoint, batch)
            for is_sale, endpoint in endpoints.items()
            for batch in batched(unseen.get(is_sale, gone), ASK)
        ]
        for endpoint, batch in batches[:questions]:  # the others in a day
            where = odata.any_of(
                odata.eq("EntryID", uuid.UUID(entry.guid)) for entry in batch
            )
            rows = client.rows(endpoint, ["EntryID"], where)
            there = {row["EntryID"] for row in rows}
            gone = gone.union(*(e for e in batch if e.guid not in there))
            gone.browse().union(*batch).looked_for_at = fields.Datetime.now()
        gone.deleted = True
        if gone:
            self._note_on_steered(administration)
        return bool(gone)

    def _unseen(self, administration, limit: int, before) -> dict:
        """The entries of which no term was ever read, or is left.

        What was booked is marked until its terms came. Nothing is open of a total of
        zero, so it may have none. Those that were never asked for come first, the
        newest before the others; then those that were asked for longest ago.

        :param before: only those that were not asked for since
        :return: the entries, by whether they are of sales
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT entry.id
              FROM exact_entry entry
              JOIN account_move move ON move.id = entry.move_id
             WHERE entry.administration_id = %s AND entry.settle
               AND entry.state IN ('exported', 'imported')
               AND entry.guid IS NOT NULL AND entry.deleted IS NOT TRUE
               AND move.amount_total != 0
               AND NOT EXISTS (SELECT 1 FROM exact_open_item item
                                WHERE item.administration_id = entry.administration_id
                                  AND item.entry_guid = entry.guid)
               AND (entry.looked_for_at IS NULL OR %s IS NULL
                    OR entry.looked_for_at < %s)
          ORDER BY entry.looked_for_at NULLS FIRST, entry.id DESC
             LIMIT %s
            """,
            (administration.id, before, before, limit),
        )
        ids = [key for [key] in self.env.cr.fetchall()]
        entries = self.env["exact.entry"].sudo().browse(ids)
        return entries.grouped(lambda entry: entry.move_id.is_sale_document(True))
