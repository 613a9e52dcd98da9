import logging
import math
from contextlib import contextmanager
from time import monotonic, sleep

import psycopg2

from odoo import Command, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..exact import bills
from ..exact.errors import ExactError, NotProcessed
from . import issues
from .exact_party import Blocked, Later
from .exact_payment_check import TimeIsUp
from .side import LOCK_BILLS, lock

_logger = logging.getLogger(__name__)


class ExactBillService(models.AbstractModel):
    """Purchase entries of Exact become vendor bills: read, meet or make (product H2).

    Other files of this model: what is read (``exact_bill_read``), who the supplier is
    (``exact_bill_supplier``), the bill (``exact_bill_make``), one that Odoo had already
    (``exact_bill_meet``), one that was delivered (``exact_bill_delivered``), what would
    come (``exact_bill_foresee``).
    """

    _name = "exact.bill.service"
    _description = "Exact Online Vendor Bill Service"

    def _poll(
        self, administration, commit, urgent: bool = False, ends: float = math.inf
    ) -> None:
        """Read what changed, and bring it in once somebody started the import.

        Two calls when nothing did.

        :param commit: commits the main transaction
        :param urgent: a user waits for it
        :param ends: when to make room, by ``monotonic``
        :raises ExactError: a page could not be read; what came before it is kept
        :raises TimeIsUp: there is more to do; what was done is kept
        """
        with self._alone(administration, commit):
            client = administration._client(urgent)
            if urgent and not administration.bills_started:
                self._begin_look(administration, commit)
            self._read_changes(administration, client, commit, ends)
            self._fetch(administration, client, commit, ends)
            if administration.bills_started:
                ready = self._to_come(administration)
                self._look_for_deliveries(administration, ready, client, commit, ends)
                ready = self._to_come(administration)
                self._make_all(administration, ready, client, commit, ends)
                self._fetch_files(administration, client, commit, ends)
            elif administration.bills_look_open:
                self._foresee_all(administration, client, commit, ends)

    @contextmanager
    def _alone(self, administration, commit):
        """Hold the bills of an administration alone, and see them as they are then.

        :raises NotProcessed: somebody else is at work on them
        """
        with lock(self.env, LOCK_BILLS, administration.id) as free:
            if not free:
                raise NotProcessed("bills_busy")
            commit()
            yield

    def _to_come(self, administration):
        """The entries that were read and are no bills yet, oldest first."""
        rows = self.env["exact.bill.import"].sudo()
        return rows.search(
            [("administration_id", "=", administration.id), ("state", "=", "ready")],
            order="entry_date, id",
        )

    def _bring_in(
        self, administration, rows, commit, urgent=False, ends: float = math.inf
    ) -> None:
        """Bring in these rows now, as a person asked.

        :raises ExactError, TimeIsUp: as ``_poll``
        """
        with self._alone(administration, commit):
            client = administration._client(urgent)
            rows = rows.exists()
            self._look_for_deliveries(administration, rows, client, commit, ends)
            self._make_all(administration, rows, client, commit, ends)
            self._fetch_files(administration, client, commit, ends)

    def _make_all(self, administration, rows, client, commit, ends=math.inf) -> None:
        """Each row alone; what Odoo or a mapping has against one keeps none back."""
        rows = rows.filtered(lambda r: r.state == "ready")
        begun = fields.Datetime.now()
        runs = self.env["exact.run"].sudo()
        try:
            self._each(administration, rows, client, commit, self._make_single, ends)
        except (TimeIsUp, ExactError):
            # The rest has a run of its own, once its turn comes.
            got_to = rows.filtered(lambda r: r.state != "ready")
            runs._exact_note_bills(administration, got_to, begun, client.gate.calls)
            commit()
            raise
        runs._exact_note_bills(administration, rows, begun, client.gate.calls)
        commit()

    def _each(self, administration, rows, client, commit, work, ends=math.inf) -> None:
        """Read what these entries need besides, then do the work on each of them.

        :param commit: commits the main transaction, before and after each batch
        :raises TimeIsUp: not all of them had their turn
        """
        self._read_suppliers(administration, rows, client)
        commit()
        for start in range(0, len(rows), bills.BATCH):
            # Of its own for what is read ahead, which would be a thousand rows else.
            batch = rows[start : start + bills.BATCH].with_prefetch()
            self._read_keys(administration, batch, client)
            commit()
            for row in batch:
                self._make_room(commit, ends)
                work(row)
            commit()
            self.env.invalidate_all()  # the memory of a long import stays flat

    @staticmethod
    def _make_room(commit, ends: float) -> None:
        """Keep what was done and end, where the time is over.

        :raises TimeIsUp: it is
        """
        if monotonic() > ends:
            commit()
            raise TimeIsUp

    @staticmethod
    def _pause(client, since: float) -> None:
        """Let the calls of the minute last until it ends.

        Called where no snapshot is open and no row is locked.

        :param since: when the calls began that it pauses for, by ``monotonic``
        """
        seconds = client.gate.pause(monotonic() - since)
        if seconds:
            sleep(seconds)

    def _make_single(self, row) -> None:
        """One entry, whole or not at all."""
        try:
            with self.env.cr.savepoint():
                self._bring(row)
        except Later as error:
            row.write(error.issue)  # it stays to come
        except Blocked as error:
            moves = error.issue["issue_params"].get("move_ids", [])
            row._exact_set_problem(error.issue, candidate_ids=[Command.set(moves)])
        except (UserError, RedirectWarning, psycopg2.IntegrityError) as error:
            # A rule of Odoo, such as a locked period or a mandatory field.
            row._exact_set_problem(
                issues.make("bill_refused", reason=str(error.args[0]))
            )
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:  # whatever it is, the others must come
            _logger.exception("Entry %s of Exact could not be imported", row.guid)
            row._exact_set_problem(issues.make("unexpected"))

    def _bring(self, row) -> None:
        """Complete the bill that Odoo has, else make one.

        Where bills do not come in, or not those of its date, it only meets the one that
        was delivered.

        :raises Blocked: a person has to say something first
        :raises Later: the bill is on its way to Exact right now
        """
        known = self.env["exact.entry"].sudo()
        known = known.search(
            [
                ("administration_id", "=", row.administration_id.id),
                ("guid", "=", row.guid),
            ],
            limit=1,
        )
        if known:
            row._exact_set_done(known.move_id, met=True)
            self._compare(row)
            return
        comes = row.administration_id._exact_takes_bills_of(row.entry_date)
        delivered = not row.make_new and self._one_delivered(row)
        if delivered:
            self._tie(row, delivered, complete=comes)
        elif comes:
            partner = self._supplier(row)
            move = self._met(row, partner)
            if move:
                self._tie(row, move)
            else:
                self._make(row, partner)
        else:
            first = row.administration_id.import_bills_from
            if first and row.entry_date and row.entry_date < first:
                self._leave_out_early(row, first)
