import uuid
from datetime import timedelta

from odoo import fields, models

from ..exact import bills, odata, states
from ..exact.errors import NotProcessed
from .account_move import BILLS
from .exact_delivery import DOCUMENTS, SELECT
from .exact_payment_read import batched

# An accountant may book at the end of a quarter, or of the year.
LOOK_FOR = timedelta(days=400)


class ExactDelivery(models.AbstractModel):
    """Sees which of the delivered bills were booked, also where no bills come in.

    The document of a bill names the entry that was booked on it. From there on it is
    the import of bills that ties the two (``exact_bill_delivered``).
    """

    _inherit = "exact.delivery"

    def _look_whether_booked(
        self, administration, client, commit, entries=None
    ) -> None:
        """Ask for the documents that were seen in Exact and were not booked yet.

        :param client: none to make one only where something is open
        :param commit: commits the main transaction
        :param entries: only these, for who waits; else all of them
        :raises ExactError: Exact could not be asked
        """
        if entries is None:
            entries = self._not_booked(administration)
            administration.sudo().bookings_asked_at = fields.Datetime.now()
        entries = entries.filtered(lambda e: e.state == states.DELIVERED and e.seen_at)
        for start in range(0, len(entries), bills.BATCH):
            batch = entries[start : start + bills.BATCH]
            client = client or administration._client()
            guids = [guid for entry in batch for guid in entry._exact_documents()]
            found = {}
            for some in batched(guids, bills.BATCH):  # a bill may have several
                where = odata.any_of(odata.eq("ID", uuid.UUID(guid)) for guid in some)
                rows = client.rows(DOCUMENTS, SELECT, where)
                found |= {row["ID"]: row for row in rows}
            commit()  # Exact was asked meanwhile: see the bills as they are now
            for entry in batch:
                if not entry.try_lock_for_update():
                    continue
                own = entry._exact_documents()
                rows = [found[guid] for guid in own if guid in found]
                if rows:
                    entry._exact_note_seen(rows)
                else:
                    entry._exact_note_document_gone()
                self._note_booked(administration, rows)
            commit()
        self._tie_booked(administration, client, commit)
        commit()

    def _not_booked(self, administration):
        """The bills whose document Exact has, and that it has not booked."""
        return self.env["exact.entry"].search(
            [
                ("administration_id", "=", administration.id),
                ("state", "=", states.DELIVERED),
                ("seen_at", "!=", False),
                ("sending_at", ">", fields.Datetime.now() - LOOK_FOR),
                ("move_id.move_type", "in", BILLS),
            ],
            order="id",
        )

    def _note_booked(self, administration, rows: list[dict]) -> None:
        """Note the entries that were booked on these documents."""
        guids = {row["FinancialTransactionEntryID"] for row in rows} - {None, ""}
        self.env["exact.bill.service"]._note_entries(administration, guids)

    def _tie_booked(self, administration, client, commit) -> None:
        """Tie what was noted, unless an import is at it and does so itself."""
        service = self.env["exact.bill.service"]
        try:
            service._bring_delivered(administration, client, commit)
        except NotProcessed as error:
            if error.code != "bills_busy":
                raise


class ExactEntry(models.Model):
    _inherit = "exact.entry"

    def _exact_documents(self) -> list[str]:
        """The documents of a bill that Exact showed."""
        guids = (self.sent or {}).get("documents") or []
        own = [self.document_guid] if self.document_guid else []
        return [*own, *(guid for guid in guids if guid not in own)]
