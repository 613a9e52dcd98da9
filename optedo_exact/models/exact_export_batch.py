from dataclasses import dataclass

from odoo import models
from odoo.tools import SQL

from ..exact import intent, payloads, states
from ..exact import periods as core
from .exact_entry import same_amount
from .exact_export import Booking
from .side import keep

# What a row version was compared of stays so until the intent is committed.
LOCK_HEADS = SQL(
    "FOR UPDATE OF entry SKIP LOCKED FOR NO KEY UPDATE OF move SKIP LOCKED"
)
LOCK_LINES = SQL("FOR NO KEY UPDATE SKIP LOCKED")


@dataclass(frozen=True)
class Prepared:
    """An invoice as it was read with its batch, ready to be sent as long as the rows
    that it was read from are the same.

    :param payload: what Exact gets
    :param key: by which a lost booking is found again
    :param versions: of the rows of the entry, the invoice and its lines
    """

    payload: dict
    key: dict
    versions: tuple


class ExactExport(models.AbstractModel):
    """Reads the invoices of a run in batches (design 5.1).

    Every commit empties Odoo's cache, and each invoice takes several: read one by one,
    an export would read the same codes and periods again and again. So what is ready
    as it stands is read and built with its batch, and sent by a few plain statements.
    All else goes the ordinary way: new customers, updates of customers, files, and
    whatever is wrong, which is said when it is that invoice's turn.
    """

    _inherit = "exact.export"

    def _prepare_batch(self, entries, administration, client) -> dict[int, Prepared]:
        """Read and check invoices that wait.

        :return: by id of the entry; what is not there goes the ordinary way
        """
        if (
            administration.division != client.division
            or administration.attach_pdf
            or administration.update_customer_on_export
            # Whether Odoo's number is free depends on what this batch itself books.
            or not administration.use_exact_entry_number
        ):
            return {}
        # As a record of its own: one that was reached through another, before a commit
        # emptied the cache, would read its rows one by one.
        administration = administration.browse(administration.id)
        moves = entries.move_id
        versions = self._versions(entries)
        moves.line_ids.mapped("tax_ids")  # for all at once, and not for each invoice
        customers = self.env["exact.party"]._known_customers(moves, administration)
        prepared = {}
        for entry in entries:
            try:
                found = self._prepare(entry, administration, customers)
            except Exception:  # whatever it is: it is met again, and kept, at its turn
                self.env.cr.rollback()
                continue
            if found and entry.id in versions:
                payload, key = found
                prepared[entry.id] = Prepared(payload, key, versions[entry.id])
        return prepared

    def _prepare(self, entry, administration, customers) -> tuple[dict, dict] | None:
        """What goes to Exact of an invoice that nothing keeps back."""
        move = entry.move_id
        customer = customers.get(move._exact_party().id)
        if (
            not customer
            or entry.state != states.QUEUED
            or entry.administration_id != administration
            or move._exact_check(administration)
            or move._exact_period_status(administration)[1] != core.OPEN
        ):
            return None
        invoice, issue = move._exact_prepare_entry(administration, customer)
        return None if issue else (payloads.sales_entry(invoice), self._key(invoice))

    def _versions(self, entries, locked: bool = False) -> dict[int, tuple]:
        """PostgreSQL's versions of the rows that invoices are read from.

        The options count too: a setting that was changed meanwhile is obeyed.

        :param locked: lock the rows, and leave out what somebody else holds
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT entry.id, move.id, entry.xmin::text, move.xmin::text,
                       administration.xmin::text
                  FROM exact_entry entry
                  JOIN account_move move ON move.id = entry.move_id
                  JOIN exact_administration administration
                    ON administration.id = entry.administration_id
                 WHERE entry.id IN %s
                 %s
                """,
                tuple(entries.ids),
                LOCK_HEADS if locked else SQL(""),
            )
        )
        if not rows:
            return {}
        items = self.env.execute_query(
            SQL(
                """
                SELECT move_id, id, xmin::text
                  FROM account_move_line
                 WHERE move_id IN %s
              ORDER BY id
                 %s
                """,
                tuple(move_id for _entry_id, move_id, *_versions in rows),
                LOCK_LINES if locked else SQL(""),
            )
        )
        lines: dict[int, list] = {}
        for move_id, *line in items:
            lines.setdefault(move_id, []).append(tuple(line))
        return {
            entry_id: (*versions, *lines.get(move_id, []))
            for entry_id, move_id, *versions in rows
        }

    def _send_prepared(self, prepared, entry, client, commit) -> bool:
        """Book an invoice that was read with its batch.

        :return: whether it was booked, so that nothing is left to look at
        """
        booking = PreparedBooking(entry, commit, prepared)
        intent.carry_out(booking, client)
        if booking.changed:  # since it was read: as it is now
            self._send(entry, client, commit)
        elif not booking.booked:
            self._after_refusal(entry, client, commit)
        return booking.booked

    def _intend_prepared(self, entry, prepared) -> bool:
        """Write the intent, if all is as it was read (product F5).

        As in ``_intend`` the rows are locked, so who changes the invoice now waits
        until the intent is there.
        """
        if self._versions(entry, locked=True).get(entry.id) != prepared.versions:
            return False
        entry._exact_set_sending_as_read(
            prepared.key, payloads.fingerprint(prepared.payload), prepared.payload
        )
        return True


class PreparedBooking(Booking):
    """An entry whose payload was read with its batch."""

    def __init__(self, entry, commit, prepared: Prepared):
        super().__init__(entry, commit)
        self.prepared = prepared
        self.changed = False  # another row than was read: nothing was sent

    def intend(self):
        if self.service._intend_prepared(self.entry, self.prepared):
            return self.prepared.payload
        self.changed = True
        return None

    def keep_done(self, row: dict) -> None:
        there = row.get("AmountFC")
        if there is None or not same_amount(there, self.prepared.key["total"]):
            super().keep_done(row)
            return
        keep(self.entry, lambda entry: entry._exact_set_exported_as_sent(row))
        self.booked = True
