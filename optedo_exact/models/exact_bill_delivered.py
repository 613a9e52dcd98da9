import math

from odoo import models
from odoo.fields import Domain

from ..exact import deliveries, states
from . import issues
from .exact_party import Blocked


class ExactBillService(models.AbstractModel):
    """An entry that was booked on a bill which Odoo delivered (product H3).

    It is known by the document that it was booked on, or by the key that stands in the
    name of that document and of its file. Where it is missed, the same bill comes a
    second time, and is paid twice: so deliveries are looked for before anything comes.
    """

    _inherit = "exact.bill.service"

    # --- what was booked on documents of ours --------------------------------

    def _note_entries(self, administration, guids: set[str]) -> None:
        """Note entries that were booked on a bill of Odoo, to be read and tied."""
        imports = self.env["exact.bill.import"].sudo()
        known = imports.search(
            [
                ("administration_id", "=", administration.id),
                ("guid", "in", list(guids)),
            ]
        )
        imports.create(
            [
                {"administration_id": administration.id, "guid": guid, "dirty": True}
                for guid in sorted(guids - set(known.mapped("guid")))
            ]
        )

    def _bring_delivered(self, administration, client, commit) -> None:
        """Tie entries to the bills that were delivered, and bring in nothing else.

        Also where no bills come in, so that a bill which was booked is not taken for
        one that still waits.

        :param client: none to make one only where something is to be done
        :raises ExactError: Exact could not be asked
        """
        if not self._has_noted(administration):
            return
        with self._alone(administration, commit):
            client = client or administration._client()
            self._fetch(administration, client, commit)
            rows = self._to_come(administration).filtered(self._delivered)
            self._make_all(administration, rows, client, commit)

    def _has_noted(self, administration) -> bool:
        """Whether an entry waits that stands for a delivered bill."""
        waits = Domain("dirty", "=", True) | Domain("state", "in", ("new", "ready"))
        here = Domain("administration_id", "=", administration.id)
        imports = self.env["exact.bill.import"].sudo()
        return bool(imports.search_count(here & waits, limit=1))

    # --- before anything comes -----------------------------------------------

    def _look_for_deliveries(
        self, administration, rows, client, commit, ends=math.inf
    ) -> None:
        """See what became of the deliveries, before an entry becomes a bill.

        An entry may have been booked from a mail that nobody has looked for yet. It
        was read before, so its document is there by now.

        :raises ExactError: Exact could not be asked; then nothing comes
        """
        if not rows or not self._has_deliveries(administration):
            return
        delivery = self.env["exact.delivery"]
        delivery._exact_confirm_deliveries(administration, client, commit)
        self._fetch(administration, client, commit, ends)

    def _has_deliveries(self, administration) -> bool:
        """Whether a bill was handed to Exact that no entry stands for yet."""
        delivered = [
            ("administration_id", "=", administration.id),
            ("delivery_key", "!=", False),
            ("guid", "=", False),
        ]
        return bool(self.env["exact.entry"].sudo().search_count(delivered, limit=1))

    def _read_keys(self, administration, rows, client) -> None:
        """Look for our key in the names of files, where nothing else told the bill.

        The subject of a document came along with its entry, and may have been changed.
        """
        if not self._has_deliveries(administration):
            return
        with_document = rows.filtered(lambda row: row.data.get("Document"))
        asked = with_document.filtered(
            lambda row: not row.delivery_keys and not self._delivered(row)
        )
        if not asked:
            return
        # Of all of them: the files themselves are fetched from the same list.
        self._list_files(with_document, client)
        for row in asked:
            names = [file["FileName"] for file in row.listing["files"]]
            row.delivery_keys = keys_of(*names)

    # --- which bill it is ----------------------------------------------------

    def _delivered(self, row):
        """The bills that were delivered and that this entry was booked on."""
        known = Domain("document_guid", "=", row.data.get("Document") or "") & Domain(
            "state", "in", (states.DELIVERED, states.UNKNOWN)
        )
        named = Domain("delivery_key", "in", (row.delivery_keys or "").split())
        entries = self.env["exact.entry"].sudo()
        found = entries.search(
            Domain("administration_id", "=", row.administration_id.id) & (known | named)
        )
        return found.move_id.filtered(lambda move: not self._is_another(row, move))

    def _one_delivered(self, row):
        """The bill that was delivered and that this entry was booked on, if any.

        :raises Blocked: it is several, or one that was cancelled
        """
        moves = self._delivered(row)
        if row.chosen_move_id in moves & row.candidate_ids:
            moves = row.chosen_move_id.sudo()
        if len(moves) == 1 and moves.state == "cancel":
            raise Blocked(issues.make("bill_cancelled", bill=moves.display_name))
        if len(moves) > 1:
            raise Blocked(
                issues.make(
                    "bill_candidates",
                    reference=row.reference or "",
                    bills=", ".join(moves.mapped("display_name")),
                    move_ids=moves.ids,
                )
            )
        return moves


def keys_of(*names: str | None) -> str:
    """The keys of bills in the names of a document and its files, as a row has them."""
    found = set().union(*(deliveries.keys_in(name) for name in names))
    return " ".join(sorted(found))
