import logging
from collections.abc import Iterator

from odoo import models

from ..exact import bills, odata
from ..exact.errors import Forbidden
from .account_move import BILLS
from .exact_entry import same_amount
from .exact_lookup import BATCH
from .exact_lookup import SELECT as OF_SALES

_logger = logging.getLogger(__name__)

# The account of an entry is called after the sale; a purchase has the same.
NAMES = {"Customer": "Supplier", "CustomerName": "SupplierName"}
SELECT = [NAMES.get(name, name) for name in OF_SALES]


class ExactLookup(models.AbstractModel):
    """Asks Exact for bills by the supplier's reference, before they go (F12).

    The accountant may have booked an old or a refused bill by hand; delivered then, it
    would be booked and paid a second time.
    """

    _inherit = "exact.lookup"

    def _find(self, client, moves, with_entry_number: bool = False) -> dict:
        # EXTENDS: bills are found by the number that their supplier gave.
        bills_here = moves.filtered(lambda move: move.move_type in BILLS)
        found = super()._find(client, moves - bills_here, with_entry_number)
        named = bills_here.filtered(lambda move: (move.ref or "").strip())
        for start in range(0, len(named), BATCH):
            batch = named[start : start + BATCH]
            terms = [odata.eq("YourRef", move.ref.strip()) for move in batch]
            rows = [
                row | {name: row[theirs] for name, theirs in NAMES.items()}
                for row in client.rows(bills.ENTRIES, SELECT, odata.any_of(terms))
            ]
            for move in batch:
                found[move] = [row for row in rows if self._is_reference_of(move, row)]
        return found

    @staticmethod
    def _is_reference_of(move, row: dict) -> bool:
        """Exact compares without regard to case, and so does an accountant."""
        there = (row["YourRef"] or "").strip()
        return there.casefold() == move.ref.strip().casefold()

    def _block_what_stands_there(self, entries, client, commit) -> None:
        # EXTENDS: to mail a bill needs no right in Exact, so it goes unasked where the
        # login may not see purchase entries.
        bills_here = entries.filtered(lambda entry: entry._exact_is_bill())
        try:
            super()._block_what_stands_there(bills_here, client, commit)
        except Forbidden as error:
            _logger.info("%s go unasked: %s", bills_here, error)
        return super()._block_what_stands_there(entries - bills_here, client, commit)

    def _standing(self, entries, found, linked) -> Iterator[tuple]:
        # EXTENDS: of its supplier, in whatever journal the accountant books purchases.
        bills_here = entries.filtered(lambda entry: entry._exact_is_bill())
        yield from super()._standing(entries - bills_here, found, linked)
        for entry in bills_here:
            move, others = entry.move_id, entry.other_guids or []
            rows = [
                row
                for row in found[move]
                if row["EntryID"] not in linked
                and row["EntryID"] not in others
                and self._may_be_bill(move, row)
            ]
            if rows:
                yield entry, rows

    @staticmethod
    def _may_be_bill(move, row: dict) -> bool:
        """Of the same supplier; of one that is not tied, of the same amount."""
        administration = move.exact_entry_id.administration_id
        links = move._exact_party().exact_account_ids.filtered(
            lambda link: link.administration_id == administration and link.guid
        )
        if links:
            return row["Customer"] in links.mapped("guid")
        return same_amount(row["AmountFC"], move._exact_total())
