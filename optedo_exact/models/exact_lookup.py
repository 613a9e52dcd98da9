from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from odoo import fields, models

from ..exact import odata, payloads, states
from ..exact.payloads import ENTRIES
from . import issues

SELECT = [
    "EntryID",
    "EntryNumber",
    "YourRef",
    "Journal",
    "AmountFC",
    "Currency",
    "Customer",
    "CustomerName",
    "EntryDate",
]
# Invoices a question: longer addresses are not taken (exact-api 8).
BATCH = 25
# An invoice that waited this long may have been booked in Exact by hand meanwhile.
OLD = timedelta(days=2)
# What happened to an entry that gave an accountant reason to book it by hand.
DELAYED = ("refused", "period_not_open", "period_closed", "unmark")


class ExactLookup(models.AbstractModel):
    """Asks Exact for entries by the number of an invoice (product F9, F12)."""

    _name = "exact.lookup"
    _description = "Exact Online Lookup"

    def _find(self, client, moves, with_entry_number: bool = False) -> dict:
        """The entries in Exact that carry the number of an invoice.

        :param with_entry_number: also those whose own number has its digits, as when
            somebody booked it by hand
        :return: rows of Exact by invoice, for each invoice a list
        :raises ExactError: Exact could not be asked
        """
        found = defaultdict(list)
        for start in range(0, len(moves), BATCH):
            batch = moves[start : start + BATCH]
            terms = [odata.eq("YourRef", move.name) for move in batch]
            if with_entry_number:
                numbers = {self._entry_number(move) for move in batch} - {0}
                terms += [odata.eq("EntryNumber", number) for number in numbers]
            rows = list(client.rows(ENTRIES, SELECT, odata.any_of(terms)))
            for move in batch:
                number = with_entry_number and self._entry_number(move)
                found[move] = [
                    row
                    for row in rows
                    if row["YourRef"] == move.name
                    or (number and row["EntryNumber"] == number)
                ]
        return found

    @staticmethod
    def _entry_number(move) -> int:
        """The number of an invoice as an entry number, 0 where it cannot be one."""
        number = int(payloads.digits(move.name) or 0)
        return number if number <= payloads.ENTRY_NUMBER_MAX else 0

    def _linked(self, administration, guids) -> dict[str, str]:
        """Which of these entries in Exact an invoice stands for already.

        :return: the name of the invoice by guid
        """
        entries = (
            self.env["exact.entry"]
            .sudo()
            .search(
                [
                    ("administration_id", "=", administration.id),
                    ("guid", "in", list(guids)),
                ]
            )
        )
        return {entry.guid: entry.move_id.display_name for entry in entries}

    # --- before something goes (product F12) ---------------------------------

    def _block_what_stands_there(self, entries, client, commit) -> None:
        """Keep back what an accountant may have booked by hand while it waited.

        :raises ExactError: Exact could not be asked; nothing was changed
        """
        entries = entries.exists().filtered(self._may_stand_there)
        if not entries:
            return
        administration = entries.administration_id
        found = self._find(client, entries.move_id)
        linked = self._linked(
            administration,
            {row["EntryID"] for rows in found.values() for row in rows},
        )
        commit()  # Exact was asked meanwhile: see what there is of the entries now
        for entry, rows in self._standing(entries.exists(), found, linked):
            if entry.try_lock_for_update() and entry.state == states.QUEUED:
                entry._exact_move_to("stands_there", **self._issue(rows))
        commit()

    def _standing(self, entries, found, linked) -> Iterator[tuple]:
        """The entries that Exact has, each with the rows that may be it."""
        for entry in entries:
            move, others = entry.move_id, entry.other_guids or []
            journal = move._exact_journal_code(entry.administration_id)
            rows = [
                row
                for row in found[move]
                if row["Journal"] == journal
                and row["EntryID"] not in linked
                and row["EntryID"] not in others
            ]
            if rows:
                yield entry, rows

    @staticmethod
    def _may_stand_there(entry) -> bool:
        """It was refused, it waited, or it is older than two days."""
        if entry.state != states.QUEUED:
            return False
        now = fields.Datetime.now()
        day = entry.move_id.invoice_date
        return (
            entry.create_date < now - OLD
            or (day and day < (now - OLD).date())
            or bool(set(entry.log_ids.mapped("event")).intersection(DELAYED))
        )

    @staticmethod
    def _issue(rows: list[dict]) -> dict:
        return issues.make(
            "stands_there",
            number=rows[0]["YourRef"],
            journal=rows[0]["Journal"],
            entries=", ".join(str(row["EntryNumber"]) for row in rows),
        )
