import math
import uuid
from itertools import islice

from odoo import Command, fields, models

from ..exact import bills, odata
from ..exact.errors import NoAnswer
from . import issues
from .exact_bill_delivered import keys_of
from .exact_ledger_feed import DELETED_LINE, FIRST, PAGE
from .exact_ledger_feed import LINES as FEED
from .exact_payment_read import DAILY, DELETED

FEED_FIELDS = ["Timestamp", "ID", "EntryID", "LineNumber", "Type", "Date"]
# Left out by what Exact said, and not by a person: it comes where Exact says otherwise.
BY_EXACT = ("bill_gone", "bill_rejected")


class ExactBillService(models.AbstractModel):
    """Reads what changed, then only those entries."""

    _inherit = "exact.bill.service"

    # --- the feed ------------------------------------------------------------

    def _read_changes(self, administration, client, commit, ends=math.inf) -> None:
        """Note every entry that is new, changed or deleted; the cursors follow.

        Deletions are read first: an entry that was made since is then never taken for
        a deleted one.

        :raises TimeIsUp: there are more pages; the cursor stands before them
        """
        self._start_afresh_where_moved(administration, client)
        deleted = list(
            client.rows(
                DELETED,
                ["Timestamp", "EntityKey", "EntityType"],
                odata.after(administration.bill_deleted_cursor or FIRST),
            )
        )
        cursor = administration.bill_cursor or FIRST
        rows = client.rows(FEED, FEED_FIELDS, odata.after(cursor))
        while page := list(islice(rows, PAGE)):
            # The rows come in the order of the cursor, so each page is whole.
            self._note(administration, page)
            cursor = str(max(int(cursor), *(int(row["Timestamp"]) for row in page)))
            administration.bill_cursor = cursor
            commit()
            self._make_room(commit, ends)
        self._note_deleted(
            administration,
            [row["EntityKey"] for row in deleted if row["EntityType"] == DELETED_LINE],
        )
        before = int(administration.bill_deleted_cursor or FIRST)
        administration.write(
            {
                "bill_deleted_cursor": str(
                    max([before, *(int(row["Timestamp"]) for row in deleted)])
                ),
                "bills_read_at": fields.Datetime.now(),
            }
        )
        commit()

    def _start_afresh_where_moved(self, administration, client) -> None:
        """Once a day: the feeds of an administration that was moved start again.

        What is known is read anew too: an entry that was deleted before the move is in
        no list of deletions any more.
        """
        asked_at, now = administration.bills_move_asked_at, fields.Datetime.now()
        if asked_at and asked_at + DAILY > now:
            return
        moved = self.env["exact.ledger.feed"]._moved_at(administration, client)
        administration.bills_move_asked_at = now
        if moved is None or moved == (administration.bills_moved_at or ""):
            return
        administration.bills_moved_at = moved
        if not administration.bill_cursor:
            return
        administration.write({"bill_cursor": False, "bill_deleted_cursor": False})
        known = self.env["exact.bill.import"].sudo()
        known.search(
            [("administration_id", "=", administration.id), ("gone", "=", False)]
        ).dirty = True

    def _note(self, administration, rows: list[dict]) -> None:
        """Take over rows of the ledger feed: which purchase entries changed.

        A row may come again. Entries of before the start are not even noted, but for
        those that stand for a bill of Odoo.
        """
        first = administration.import_bills_from
        entries, headers = {}, {}
        for row in rows:
            if row["Type"] not in bills.TYPES:
                continue
            day = odata.to_date(row["Date"])
            comes = bool(day and first and day >= first)
            entries[row["EntryID"]] = entries.get(row["EntryID"]) or comes
            if row["LineNumber"] == 0:
                headers[row["EntryID"]] = row["ID"]
        imports = self.env["exact.bill.import"].sudo()
        known = {
            row.guid: row
            for row in imports.search(
                [
                    ("administration_id", "=", administration.id),
                    ("guid", "in", list(entries)),
                ]
            )
        }
        for guid, row in known.items():
            values = {"dirty": True}
            if guid in headers:
                values["header_guid"] = headers[guid]
            row.write(values)
        imports.create(
            [
                {
                    "administration_id": administration.id,
                    "guid": guid,
                    "header_guid": headers.get(guid),
                    "dirty": True,
                }
                for guid, comes in entries.items()
                if comes and guid not in known
            ]
        )

    def _note_deleted(self, administration, guids: list[str]) -> None:
        """Note which entries were deleted, by the guids of their ledger lines.

        One that was noted by its document may not have passed in the feed: then Exact
        is asked whether it is still there.
        """
        if not guids:
            return
        rows = self.env["exact.bill.import"].sudo()
        here = [("administration_id", "=", administration.id), ("gone", "=", False)]
        for row in rows.search([*here, ("header_guid", "in", guids)]):
            self._note_gone(row)
        rows.search([*here, ("header_guid", "=", False)]).dirty = True

    def _note_gone(self, row) -> None:
        """An entry is not in Exact any more; its bill stays, and says so."""
        row.write({"gone": True, "dirty": False})
        if row.move_id:
            self._flag(row, issues.make("bill_deleted", number=row.number or ""))
        elif row.state != "left_out":
            row.write({"state": "left_out"} | issues.make("bill_gone"))

    # --- the entries ---------------------------------------------------------

    def _fetch(self, administration, client, commit, ends=math.inf) -> None:
        """Read the entries that changed, in batches, and keep what Exact says.

        :raises TimeIsUp: more of them changed
        """
        rows = (
            self.env["exact.bill.import"]
            .sudo()
            .search(
                [("administration_id", "=", administration.id), ("dirty", "=", True)]
            )
        )
        for start in range(0, len(rows), bills.BATCH):
            self._make_room(commit, ends)
            batch = rows[start : start + bills.BATCH].with_prefetch()
            found = self._read_entries(client, batch.mapped("guid"))
            commit()
            for row in batch:
                self._keep(row, found.get(row.guid))
            commit()
            self.env.invalidate_all()

    def _read_entries(self, client, guids: list[str]) -> dict[str, dict]:
        """The entries with their lines, by guid; one that is gone is not among them."""
        terms = [odata.eq("EntryID", uuid.UUID(guid)) for guid in guids]
        found = {}
        for row in client.rows(
            bills.ENTRIES,
            [*bills.HEADER_FIELDS, bills.NESTED],
            odata.any_of(terms),
            expand=bills.NESTED,
        ):
            lines = client.nested(row, bills.NESTED)
            if lines is None:  # more lines than came along
                where = odata.eq("EntryID", uuid.UUID(row["EntryID"]))
                lines = list(client.rows(bills.LINES, bills.LINE_FIELDS, where))
            if any(name not in line for line in lines for name in bills.LINE_FIELDS):
                raise NoAnswer("answer_broken")
            entry = {name: row[name] for name in bills.HEADER_FIELDS}
            entry[bills.NESTED] = [
                {name: line[name] for name in bills.LINE_FIELDS} for line in lines
            ]
            found[row["EntryID"]] = entry
        return found

    def _keep(self, row, entry: dict | None) -> None:
        """What Exact says of an entry now, and what follows from it."""
        if entry is None:
            self._note_gone(row)
            return
        data = plain(entry)
        values = {
            "dirty": False,
            "gone": False,
            "foreseen": False,
            "data": data,
            "listing": False,
            "number": str(entry["EntryNumber"] or ""),
            "entry_date": odata.to_date(entry["EntryDate"]),
            "supplier_guid": entry["Supplier"],
            "supplier_name": entry["SupplierName"],
            "reference": entry["YourRef"],
            "delivery_keys": keys_of(entry["DocumentSubject"]),
            "currency_code": entry["Currency"],
            "amount": entry["AmountFC"],
        }
        if row.supplier_guid and row.supplier_guid != entry["Supplier"]:
            # What was found or chosen is of the supplier that it had before.
            values |= {
                "supplier_data": False,
                "partner_id": False,
                "make_new": False,
                "chosen_move_id": False,
                "candidate_ids": [Command.clear()],
            }
        came_back = row.state == "left_out" and row.issue_code in BY_EXACT
        # What a person took apart waits for that person.
        asks = row.state == "problem" and row.issue_code != "bill_another"
        if is_rejected(data) and row.state not in ("done", "left_out"):
            values |= {"state": "left_out"} | issues.make("bill_rejected")
        elif not is_rejected(data) and (row.state == "new" or asks or came_back):
            values |= {"state": "ready"} | issues.NONE
        if self._wants_files(row, data):
            values |= {"files_wanted": True, "file_issue_code": False}
        row.write(values)
        if row.state == "done" and row.move_id:
            self._compare(row)


def is_rejected(entry: dict) -> bool:
    """Whether the accountant does not accept an entry."""
    return entry.get("Status") == bills.REJECTED


def plain(value):
    """An answer of Exact as JSON: amounts as text, so that no digit is lost."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
