import logging
import math
import uuid
from contextlib import contextmanager, nullcontext
from decimal import Decimal
from time import monotonic

from odoo import models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..exact import documents, intent, odata, states
from ..exact.errors import ExactError, Forbidden, LimitReached, NoAnswer
from . import issues
from .side import LOCK_ENTRY, keep, lock

_logger = logging.getLogger(__name__)

BATCH = 50
ENDPOINTS = {"document": documents.DOCUMENTS}  # all other kinds: DocumentAttachments


@contextmanager
def _naming_the_right():
    """A right that is lacking here concerns files alone, and the sentence says so."""
    try:
        yield
    except Forbidden as error:
        raise Forbidden("attachments_forbidden", error.text, error.status) from error


class ExactAttachmentExport(models.AbstractModel):
    """Attaches what the customer got to the booking in Exact, each file exactly once.

    The booking comes first and stands, whatever becomes of its files. They go once the
    invoice was sent or printed, since only then it is certain which PDF the customer
    has; a proforma never goes.

    Each goes by the steps of a booking (``exact/intent.py``).
    """

    _name = "exact.attachment.export"
    _description = "Exact Online Attachment Service"

    # --- runs ----------------------------------------------------------------

    def _run(self, administration, client, ends: float, commit) -> None:
        """The files of one administration, after its bookings.

        :param ends: when to make room, by ``monotonic``
        :raises ExactError: the connection, the login, a right or a limit stops it
        """
        entries = self._todo(administration)
        if entries:
            administration._trigger_recovery()  # should this process die in the middle
        for entry in entries:
            if monotonic() > ends:
                break
            self._isolated(entry, client, commit, ends)
        if len(entries) == BATCH or monotonic() > ends:
            administration._trigger_export()

    def _todo(self, administration):
        """Booked invoices whose files wait, and whose PDF was made."""
        pdfs = self.env["ir.attachment"]._search(
            [
                ("res_model", "=", "account.move"),
                ("res_field", "=", "invoice_pdf_report_file"),
            ]
        )
        return self.env["exact.entry"].search(
            [
                ("administration_id", "=", administration.id),
                ("attach_state", "=", "todo"),
                ("state", "=", states.EXPORTED),
                ("move_id", "in", pdfs.subselect("res_id")),
            ],
            order="id",
            limit=BATCH,
        )

    def _isolated(self, entry, client, commit, ends=math.inf) -> None:
        """One invoice, whose own failure is kept on its files."""
        try:
            self._attach(entry, client, commit, ends)
        except ExactError:
            raise
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()
            _logger.info("The files of %s wait for the next run", entry)
            entry.administration_id._trigger_export()
            commit()
        except Exception:  # whatever it is, the others must go on
            self.env.cr.rollback()
            _logger.exception("The files of %s could not be attached", entry)
            keep(entry, lambda entry: entry._exact_fail_files())
            commit()

    def _attach_now(self, entry, client, commit) -> ExactError | None:
        """The files of one invoice, for a user who waits for it.

        Nothing is raised: the booking stands, and what is open goes on by itself.

        :return: what stopped it for now
        """
        try:
            try:
                self._isolated(entry, client, commit)
            except NoAnswer:
                self._isolated(entry, client, commit)  # ask: most often it is there
        except ExactError as error:
            commit()
            _logger.info("The files of %s wait: %s", entry, error)
            if isinstance(error, LimitReached) and error.until:
                until = error.until.replace(tzinfo=None)
                entry.administration_id._trigger_export(until)
                commit()
            return error
        return None

    # --- one invoice ---------------------------------------------------------

    def _attach(self, entry, client, commit, ends: float) -> None:
        """Bring the document of one booked invoice, then its files.

        The lock is that of the booking: what is being removed gets no files any more.

        :param ends: when to leave the rest for the next run, by ``monotonic``

        :raises ExactError: something that concerns every invoice
        """
        client.log_in()  # before any intent: a login that fails leaves nothing open
        with lock(self.env, LOCK_ENTRY, entry.id) as free:
            commit()  # look at it as it is now, under the lock
            here = entry.administration_id.division == client.division
            waits = entry.attach_state == "todo" and entry.state == states.EXPORTED
            if not free or not here or not waits or not self._plan(entry):
                return
            commit()
            files = entry._exact_files()
            document = entry._exact_document()
            if files._exact_open():
                self._settle(document, client, commit)
            if document.state == "sent":
                for row in files:
                    if monotonic() < ends:
                        self._settle(row, client, commit)
            keep(entry, lambda entry: entry._exact_close_files())
        commit()

    def _plan(self, entry) -> bool:
        """Write down what is to be attached; whether there is anything.

        A file that Odoo no longer has is forgotten, unless Exact has it.
        """
        move = entry.move_id
        pdf = move.invoice_pdf_report_id
        if not pdf:
            return False
        rows = entry.env["exact.attachment"]
        base = {"entry_id": entry.id, "entry_guid": entry.guid}
        if not entry._exact_document():
            party = move._exact_prepare_party(entry.administration_id)
            name = documents.subject(move.name, party.name)
            rows.create(base | {"kind": "document", "name": name})
        gone = entry._exact_files().filtered(
            lambda row: not row.attachment_id and row.state in ("new", "refused")
        )
        gone.unlink()
        for attachment in entry._exact_files_to_come():
            values = {
                "kind": "pdf" if attachment == pdf else "structured",
                "name": attachment.name,
                "attachment_id": attachment.id,
            }
            rows.create(base | values)
        for row in entry._exact_files():
            issue = row.state == "new" and self._check(row)
            if issue:
                row._exact_set_refused(issue)
        return True

    def _settle(self, row, client, commit) -> None:
        """Get one row into Exact: ask where it is open, send where it is not there.

        :raises ExactError: see ``_attach``
        """
        attaching = Attaching(row, commit)
        if attaching.is_open():
            intent.find_out(attaching, client)
            if row.state == "unknown":
                row.entry_id.administration_id._trigger_recovery()
                commit()
        if row.state == "new":
            intent.carry_out(attaching, client)

    # --- send ----------------------------------------------------------------

    @staticmethod
    def _note_unknown(row) -> None:
        row._exact_set_unknown()
        row.entry_id.administration_id._trigger_recovery()

    @staticmethod
    def _check(row) -> dict | None:
        """What makes a file impossible to send, before any call."""
        size = row.attachment_id.file_size
        if not size or not row.attachment_id.raw:
            return issues.make("attachment_empty", file=row.name)
        if size > documents.MAX_BYTES:
            megabytes = documents.MAX_BYTES // 1024**2
            return issues.make("attachment_large", file=row.name, size=megabytes)
        return None

    def _payload(self, row) -> dict:
        entry, move = row.entry_id, row.entry_id.move_id
        if row.kind != "document":
            content = row.attachment_id.raw
            return documents.attachment(entry.document_guid, row.name, content)
        sent = entry.sent or {}
        return documents.document(
            documents.Document(
                subject=row.name,
                entry=entry.guid,
                account=sent.get("customer") or "",
                day=move.invoice_date,
                amount=Decimal(sent["total"]) if sent.get("total") else None,
                currency=move.currency_id.name,
            )
        )

    @staticmethod
    def _refused_issue(row) -> dict:
        if row.kind == "document":
            return issues.make("document_refused")
        return issues.make("attachment_refused", file=row.name)

    # --- what is unknown -----------------------------------------------------

    def _find(self, row, client, record: str) -> str:
        """The guid in Exact of what carries the name of the row, or nothing."""
        entry = row.entry_id
        if row.kind == "document":
            where = odata.eq("FinancialTransactionEntryID", uuid.UUID(entry.guid))
            endpoint, name = documents.DOCUMENTS, "Subject"
        else:
            where = odata.eq("Document", uuid.UUID(entry.document_guid))
            endpoint, name = documents.ATTACHMENTS, "FileName"
        taken = set((entry._exact_files() - row).mapped("guid"))
        found = [
            there["ID"]
            for there in client.rows(endpoint, ["ID", name], where, record)
            if there[name] == row.name and there["ID"] not in taken
        ]
        return found[0] if found else ""

    # --- again ---------------------------------------------------------------

    def _attach_again(self, entry, commit) -> ExactError | None:
        """Attach what is not there yet or was refused, at a user's wish.

        :return: what stopped it for now
        """
        administration = entry.administration_id
        try:
            client = administration._client(urgent=True)
        except ExactError as error:
            return error
        administration._trigger_recovery()  # should this process die in the middle
        self._reopen(entry)
        commit()
        return self._attach_now(entry, client, commit)

    @staticmethod
    def _reopen(entry) -> None:
        """The document is asked for again as well: it may be what is missing."""
        rows = entry._exact_document() + entry._exact_files()
        rows.filtered(lambda row: row.state == "refused")._exact_set_new()
        document = entry._exact_document()
        if document.state == "sent":
            document._exact_ask_again()
        entry.attach_state = "todo"


class Attaching:
    """One document or file as an intent of ``exact/intent.py``.

    Its lock is that of the booking, which is held by who brings all that belongs to it.
    """

    def __init__(self, row, commit):
        self.row = row
        self.commit = commit
        self.service = row.env["exact.attachment.export"]
        self.endpoint = ENDPOINTS.get(row.kind, documents.ATTACHMENTS)
        # Named here: nothing is read between the commit of the intent and the outcome.
        self.record = f"exact.attachment,{row.id}"
        self.refused = self.service._refused_issue(row)

    def lock(self):
        return nullcontext(True)

    def intend(self) -> dict | None:
        if self.row.state != "new":
            return None
        payload = self.service._payload(self.row)
        self.row._exact_set_sending()
        return payload

    def call(self, client, payload: dict) -> dict:
        with _naming_the_right():
            answer = client.create(self.endpoint, payload, self.record)
        if not answer.get("ID"):
            raise NoAnswer("answer_broken")
        return answer

    def keep_done(self, answer: dict) -> None:
        keep(self.row, lambda row: row._exact_set_sent(answer["ID"]))

    def keep_unprocessed(self, _error) -> None:
        keep(self.row, lambda row: row._exact_set_new())

    def keep_refused(self, error) -> None:
        if isinstance(error, Forbidden):
            # It concerns every invoice, and goes by itself once the right is there.
            issue = issues.of_error(error)
            keep(self.row, lambda row: row._exact_set_new(issue))
            return
        issue = self.refused | {"issue_text": error.text}
        keep(self.row, lambda row: row._exact_set_refused(issue))

    def keep_unknown(self) -> None:
        keep(self.row, self.service._note_unknown)

    def is_open(self) -> bool:
        return self.row.state in ("sending", "unknown")

    def is_unknown(self) -> bool:
        return self.row.state == "unknown"

    def ask(self, client) -> str:
        """The guid in Exact, or nothing."""
        try:
            with _naming_the_right():
                return self.service._find(self.row, client, self.record)
        except Forbidden as error:
            issue = issues.of_error(error)
            keep(self.row, lambda row: row.write(issue))
            raise

    def resolve(self, guid: str) -> None:
        if guid:
            self.row._exact_set_sent(guid)
        else:
            self.row._exact_set_not_there()
