import math
import uuid
from collections import defaultdict
from time import monotonic

from odoo import models

from ..exact import bills, odata
from ..exact.errors import NoAnswer, Refused
from .exact_bill_read import plain

FIELDS = ["ID", "Document", "FileName", "FileSize", "Url"]
# A larger file stays in Exact; it takes no more than 25 MB itself (exact-api 4.6).
MAX_BYTES = 25 * 1024 * 1024
# So many files in a row without an answer: it is no fault of a file.
MISSES = 3


class ExactBillService(models.AbstractModel):
    """Attaches the files of the entries to their bills, each once, as it is."""

    _inherit = "exact.bill.service"

    # --- which files there are -----------------------------------------------

    def _list_files(self, rows, client) -> None:
        """Keep which files the documents of these rows have: one call a batch."""
        guids = {row.data["Document"] for row in rows}
        terms = [odata.eq("Document", uuid.UUID(guid)) for guid in sorted(guids)]
        found = defaultdict(list)
        for file in client.rows(bills.ATTACHMENTS, FIELDS, odata.any_of(terms)):
            found[file["Document"]].append(plain({n: file[n] for n in FIELDS}))
        for row in rows:
            row.listing = {"files": found[row.data["Document"]]}

    def _wants_files(self, row, data: dict) -> bool:
        """Whether the files of a bill are read again, as its entry changed.

        Its document may have come, or have been mended, only afterwards.
        """
        if row.state != "done" or not row.move_id or not data["Document"]:
            return False
        new = data["Document"] != (row.data or {}).get("Document")
        return bool(new or row.file_issue_code)

    def _read_files_again(
        self, administration, rows, commit, urgent=False, ends: float = math.inf
    ) -> None:
        """Read the entries and the files of these bills anew, as a person asked.

        :raises ExactError, TimeIsUp: as ``_poll``
        """
        with self._alone(administration, commit):
            rows.write({"dirty": True, "files_wanted": True, "file_issue_code": False})
            commit()
            client = administration._client(urgent)
            self._fetch(administration, client, commit, ends)
            self._fetch_files(administration, client, commit, ends)

    # --- the files -----------------------------------------------------------

    def _fetch_files(self, administration, client, commit, ends=math.inf) -> None:
        """Attach the files that are wanted; a fault of one keeps no other back.

        :raises ExactError: Exact could not be asked
        :raises TimeIsUp: there are more files
        """
        rows = self.env["exact.bill.import"].sudo()
        rows = rows.search(
            [
                ("administration_id", "=", administration.id),
                ("files_wanted", "=", True),
                ("move_id", "!=", False),
            ]
        )
        rows = rows.sorted(lambda row: bool(row.file_issue_code))
        misses = 0
        for start in range(0, len(rows), bills.BATCH):
            self._make_room(commit, ends)
            batch = rows[start : start + bills.BATCH].with_prefetch()
            unlisted = batch.filtered(
                lambda row: row.data.get("Document") and not row.listing
            )
            if unlisted:
                self._list_files(unlisted, client)
            commit()
            client.gate.pause(0)  # only the files are many calls in a row
            for row in batch:
                self._make_room(commit, ends)
                begun = monotonic()
                self._attach(row, client)
                commit()
                misses = misses + 1 if row.files_wanted else 0
                if misses == MISSES:
                    return
                if row != rows[-1]:
                    self._pause(client, begun)
            self.env.invalidate_all()

    def _attach(self, row, client) -> None:
        """Download and attach each file once: nobody opens it here.

        :raises ExactError: it concerns every file
        """
        files = (row.listing or {}).get("files") or []
        issue = not files and "entry_file_missing"
        for file in files:
            issue = self._attach_one(row, file, client) or issue
        row.write(
            {
                "files_wanted": issue == "bill_file_no_answer",
                "file_issue_code": issue,
                "listing": False,
            }
        )

    def _attach_one(self, row, file: dict, client) -> str | bool:
        """Attach one file of a bill.

        :return: what keeps it in Exact, if anything
        :raises ExactError: it concerns every file
        """
        if odata.to_decimal(file["FileSize"]) > MAX_BYTES:
            return "bill_file_too_large"
        if not file["Url"]:
            return "bill_file_refused"
        name = file["FileName"] or row.number
        record = f"account.move,{row.move_id.id}"
        try:
            content = client.download(file["Url"], bills.ATTACHMENTS, name, record)
        except Refused:
            return "bill_file_refused"
        except NoAnswer as error:
            if error.code == "maintenance":
                raise
            # Once more, by itself.
            again = row.file_issue_code != "bill_file_no_answer"
            return "bill_file_no_answer" if again else "bill_file_refused"
        self._attach_file(row.move_id, name, content)
        return False

    def _attach_file(self, move, name: str, content: bytes) -> None:
        """Attach a file, unless the bill has the same one, whatever its name."""
        attachments = self.env["ir.attachment"].sudo()
        same = [
            ("res_model", "=", move._name),
            ("res_id", "=", move.id),
            ("checksum", "=", attachments._compute_checksum(content)),
        ]
        if attachments.search_count(same, limit=1):
            return
        attachment = attachments.create(
            {
                "name": name,
                "raw": content,
                "res_model": move._name,
                "res_id": move.id,
            }
        )
        if not move.message_main_attachment_id:
            move._message_set_main_attachment_id(attachment, filter_xml=False)
