from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice

from odoo import fields, models

from ..exact import odata
from ..exact.errors import ExactError, NotProcessed
from .exact_ledger_feed import DELETED_LINE, FIRST, PAGE
from .exact_open_item import FIELDS

TERMS = "sync/Cashflow/PaymentTerms"
DELETED = "sync/Deleted"
DELETED_TERM = 10  # EntityType of a payment term (exact-api 4.9)
DAILY = timedelta(hours=23)  # a job of every hour meets the same hour again
CATCH_UP = 20  # pages of the ledger that a step of its own reads


def batched(rows: Iterable, size: int) -> Iterator[list]:
    """The rows in lists of at most ``size``, none of them empty."""
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch


class ExactPaymentImport(models.AbstractModel):
    """Reads what changed in Exact, and notes which invoices have to follow.

    A broken page moves no cursor and settles nothing (product G5).
    """

    _name = "exact.payment.import"
    _description = "Exact Online Payment Service"

    def _read(
        self, administration, client, commit, ledger: bool = True
    ) -> tuple[bool, ExactError | None]:
        """Take over changed and deleted terms, and what settled them.

        :param ledger: not where it could not be read a moment ago
        :return: whether terms were deleted, and what kept the ledger from being read
        """
        changed, deleted = self._read_terms(administration, client, commit)
        read_at = administration.ledger_read_at
        if not ledger:
            return deleted, None
        if administration.ledger_behind:
            # Who waits for a poll does not wait for this; the job catches up.
            administration.payment_cron_id._trigger()
        elif changed or not read_at or read_at + timedelta(1) < fields.Datetime.now():
            return deleted, self._read_ledger(administration, client, commit)
        return deleted, None

    def _catch_up(self, administration, client, commit) -> ExactError | None:
        """The step of its own for a ledger that is far behind (design 6).

        :return: what kept it from being read
        """
        if not administration.ledger_behind:
            return None
        return self._read_ledger(administration, client, commit, CATCH_UP)

    def _read_ledger(
        self, administration, client, commit, *pages: int
    ) -> ExactError | None:
        """Read what settled things. That it cannot be read holds up no payment: until
        it was, they are "settled in Exact".

        :param pages: at most so many, if more than a check reads
        :return: what kept it from being read
        :raises NotProcessed: nothing else could be read now either
        """
        feed = self.env["exact.ledger.feed"]
        try:
            feed._read(administration, client, commit, *pages)
        except ExactError as error:
            # The pause after errors is that of this endpoint only.
            if isinstance(error, NotProcessed) and error.code != "limit_errors":
                raise
            administration.ledger_read_at = False  # again, also if nothing changes
            return error
        if administration.ledger_behind:
            administration.payment_cron_id._trigger()
        return None

    def _read_terms(self, administration, client, commit) -> tuple[bool, bool]:
        """Take over the changed and deleted terms, and move the cursors.

        The first time that is the whole history, so it is kept page by page; the
        cursors move when all of it was read.

        The deletions are read first: a term that replaces a deleted one is then always
        among the changes. The other way round an invoice would look paid.

        :return: whether anything changed, and whether terms were deleted
        """
        items = self.env["exact.open.item"].sudo()
        deleted = list(
            client.rows(
                DELETED,
                ["Timestamp", "EntityKey", "EntityType"],
                odata.after(administration.deleted_cursor or FIRST),
            )
        )
        before = administration.payment_cursor or FIRST
        changed = client.rows(TERMS, FIELDS, odata.after(before))
        cursor, found = before, False
        for page in batched(changed, PAGE):
            found = True
            self._mark(administration, items._exact_store(administration, page))
            cursor = self._highest(cursor, page)
            commit()
        gone = {DELETED_TERM: [], DELETED_LINE: []}
        for row in deleted:
            gone.get(row["EntityType"], []).append(row["EntityKey"])
        guids = items._exact_remove(administration, gone[DELETED_TERM])
        self._note_deleted(administration, guids)
        lines = self.env["exact.ledger.feed"]
        guids |= lines._forget(administration, gone[DELETED_LINE])
        self._mark(administration, guids)
        values = {
            "deleted_cursor": self._highest(administration.deleted_cursor, deleted),
            "payment_cursor": cursor,
        }
        if found or deleted:
            administration.write(values | {"surplus_due": True})
            self._note_on_steered(administration)
            commit()
        return found or bool(deleted), bool(gone[DELETED_TERM])

    @staticmethod
    def _note_read(administration) -> None:
        """Say when payments were checked last.

        In SQL: a check in which nothing changed does nothing else here.
        """
        administration.env.cr.execute(
            "UPDATE exact_administration SET payments_read_at = %s WHERE id = %s",
            (fields.Datetime.now(), administration.id),
        )
        administration.invalidate_recordset(["payments_read_at"], flush=False)

    @staticmethod
    def _highest(before: str | bool, rows: list[dict]) -> str:
        """The highest timestamp seen; a feed that runs backwards moves nothing."""
        return str(
            max([int(before or FIRST), *(int(row["Timestamp"]) for row in rows)])
        )

    def _mark(self, administration, guids: set[str]) -> None:
        """Note which entries have to follow, so that a crash forgets none."""
        if not guids:
            return
        entries = self.env["exact.entry"].sudo()
        entries.flush_model(["guid", "settle", "administration_id"])
        self.env.cr.execute(
            """
            UPDATE exact_entry
               SET settle = TRUE
             WHERE administration_id = %s AND guid = ANY(%s) AND NOT settle
            """,
            (administration.id, list(guids)),
        )
        entries.invalidate_model(["settle"])
