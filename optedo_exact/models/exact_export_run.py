import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic, sleep

from odoo import fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.base.models.ir_cron import MIN_TIME_PER_JOB

from ..exact import states
from ..exact.errors import ExactError, Forbidden, LimitReached
from ..exact.payloads import ENTRIES
from ..exact.transport import TIMEOUT
from . import issues
from .exact_administration_jobs import SOON
from .exact_export import BATCH
from .exact_run import FAILED
from .exact_run_progress import Progress, Told
from .side import with_side_cursor

_logger = logging.getLogger(__name__)

# How long a run goes on before it makes room. Odoo ends a job after 120 seconds, and
# one more call may take twice the time-out.
SECONDS = 110 - 2 * TIMEOUT
SHORT_WAIT = 5  # seconds for which a job keeps its place
NEAR = timedelta(minutes=1)  # two looks within it are one too many


class ExactExport(models.AbstractModel):
    """The job of an administration: the queue, oldest first, as long as Exact lets it.

    It works through the queue in batches, whoever filled it: a run, the button, the
    send dialog. What it did is in the state of each entry, so a job that dies leaves
    nothing to be repaired: the next one goes on where it was.
    """

    _inherit = "exact.export"

    def _run_administration(
        self, administration, commit, commit_progress, work=None
    ) -> ExactError | None:
        """Recover what is unknown, send what waits, then update customers.

        An invoice with a problem of its own does not stop the others unless the run is
        to stop at it; the connection, the login and the limits do.

        :param commit_progress: commits too, and tells Odoo's scheduler how far it is
        :param work: what is done there, as ``_work`` does it: all that waits
        :return: what stopped it, where that concerns every invoice
        """
        progress = Progress(administration)
        if not administration._ready():
            progress.wait(administration._why_not_ready())
            if not administration._connected():
                return None
            progress.run_id = None  # nothing is booked; what stands there is finished
        ends = self._slot_ends()
        if monotonic() > ends:  # Odoo called again in the same slot
            commit_progress(remaining=1)
            return None
        try:
            self.env["exact.period"]._look(administration, commit)
            if not progress.run_id and not self._has_work(administration):
                return None
            administration._trigger_recovery()  # should this process die in the middle
            client = administration._client()
            progress.begin(client)
            told = Told(commit_progress)
            work = work or self._work
            more = work(administration, client, progress, told, ends, commit)
        except ExactError as error:
            ended = partial(commit_progress, remaining=0)
            self._keep_stopped(administration, error, ended, progress)
            return error
        administration._clear_issue()
        progress.update()
        if more:
            # Odoo's scheduler comes back to a job after a pause of up to a minute,
            # unless it is woken: that would be as many calls as Exact allows.
            administration._trigger_export()
        told.end(more)
        return None

    def _slot_ends(self) -> float:
        """When this job has to make room, however often Odoo calls it in its slot."""
        soft_end = self.env.context.get("cron_end_time")
        begun = soft_end - MIN_TIME_PER_JOB if soft_end else monotonic()
        return begun + SECONDS

    def _has_work(self, administration) -> bool:
        return bool(
            self._open_ends(administration)
            or self.env["exact.undo"]._open_ends(administration)
            or self._queued(administration, ())
            or administration.attach_pdf
            and self.env["exact.attachment.export"]._todo(administration)
        )

    def _work(self, administration, client, progress, told, ends, commit) -> bool:
        """Everything that waits, as far as the time goes.

        :return: whether there is more to do right now
        :raises ExactError: the connection, the login or a limit stops it
        """
        held = None
        for entry, step in self._steps(administration, client, commit):
            if monotonic() > ends:
                return True
            if not progress.goes_on():
                return False  # a person stopped it
            outcome = self._isolated(entry, step, client, commit)
            if isinstance(outcome, LimitReached):
                held = outcome
            if outcome is not True:
                if self._stops_at(entry, progress):
                    return False
                commit()
            told.one_more()
            progress.pause()
        if administration.attach_pdf:
            attaching = self.env["exact.attachment.export"]
            attaching._run(administration, client, ends, commit)
        return self._finish(administration, client, progress, ends, commit, held)

    def _finish(self, administration, client, progress, ends, commit, held) -> bool:
        """The queue is empty: the customers, and the end of the run.

        :param held: the limit of an endpoint that some invoices wait for
        """
        if not progress.run_id:
            return False
        commit()
        if progress.open_entries():
            if held:
                until = held.until.replace(tzinfo=None)
                progress.wait(issues.of_error(held), until)
                return False
            # Not certain yet, or somebody holds it: asked again, then sent.
            progress.wait_for_recovery(self.env["exact.entry"].LATE_MINUTES)
            return False
        party = self.env["exact.party"]
        if party._update_after_run(administration, client, progress, ends, commit):
            progress.finish()
            return False
        return True

    # --- what there is to do -------------------------------------------------

    def _steps(self, administration, client, commit):
        """Each entry that waits with what is to be done, read as it is got to.

        Who stays queued after an attempt waits for the next job.
        """
        undo = self.env["exact.undo"]
        for entry in undo._open_ends(administration):
            yield entry, undo._recover
        for entry in self._open_ends(administration):
            yield entry, self._recover
        tried: set[int] = set()
        while batch := self._queued(administration, tried):
            commit()  # some were made after this transaction began: see them
            self.env["exact.lookup"]._block_what_stands_there(batch, client, commit)
            commit()  # look at the invoices as they are now, those that are still there
            batch = batch.exists()
            prepared = self._prepare_batch(batch, administration, client)
            commit()
            for entry in batch:
                ready = prepared.pop(entry.id, None)
                yield entry, partial(self._send_and_ask, prepared=ready)
            queued = [("id", "in", batch.ids), ("state", "=", states.QUEUED)]
            tried.update(self.env["exact.entry"].search(queued).ids)

    def _open_ends(self, administration):
        """What Exact has to be asked about now."""
        entries = self.env["exact.entry"]
        return entries.search(
            Domain("administration_id", "=", administration.id)
            & Domain("state", "in", (states.SENDING, states.UNKNOWN))
            & entries._exact_worth_asking(),
            order="id",
            limit=BATCH,
        )

    def _queued(self, administration, tried):
        """The next invoices of the queue: oldest first, but those that failed before
        come last, so that they hold up nobody.

        What is left of a stopped run stays where it is, and so does what is of an
        archived branch. Nothing is booked where its company is not booked any more.
        """
        if not administration._ready():
            return self.env["exact.entry"]

        def read(cr):
            cr.execute(
                """
                SELECT entry.id
                  FROM exact_entry entry
                  JOIN account_move move ON move.id = entry.move_id
                  JOIN res_company company
                    ON company.id = entry.company_id AND company.active
             LEFT JOIN exact_run run ON run.id = entry.run_id
                 WHERE entry.administration_id = %s
                   AND entry.state = 'queued'
                   AND run.state IS DISTINCT FROM 'stopped'
                   AND entry.id != ALL(%s)
              ORDER BY entry.failed_before, move.invoice_date, move.id
                 LIMIT %s
                """,
                (administration.id, list(tried), BATCH),
            )
            return [entry_id for (entry_id,) in cr.fetchall()]

        return self.env["exact.entry"].browse(with_side_cursor(self.env, read))

    # --- errors --------------------------------------------------------------

    def _isolated(self, entry, step, client, commit, patient=True):
        """One invoice of a run, whose own failure is kept on it.

        :param patient: a limit that is over in a moment is waited for, once
        :return: ``True``: it is booked, or was deleted, with nothing left to look at;
            or the limit that it alone waits for
        """
        try:
            return bool(step(entry, client, commit))
        except LimitReached as error:
            if error.code == "limit_errors" and error.params["endpoint"] != ENTRIES:
                # Only who needs that endpoint waits: a new customer, an update.
                self._hold(entry, error, commit)
                return error
            seconds = _seconds_until(error)
            if not patient or seconds > SHORT_WAIT:
                raise
            commit()
            sleep(seconds)
            return self._isolated(entry, step, client, commit, patient=False)
        except ExactError:
            raise
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()
            _logger.info("%s is being changed, it waits for the next run", entry)
        except Exception:  # whatever it is, the others must go on
            self.env.cr.rollback()
            if not entry.exists():
                _logger.info("%s was deleted before its turn", entry)
                return True
            _logger.exception("%s could not be booked", entry)
            issue = issues.make("unexpected")
            if entry.state == states.QUEUED:
                entry._exact_set_blocked(issue)
            else:
                entry._exact_set_issue(issue)
            commit()
        return None

    def _hold(self, entry, error: LimitReached, commit) -> None:
        """Let one invoice wait until an endpoint is used again."""
        self.env.cr.rollback()
        entry._exact_set_issue(issues.of_error(error))
        until = error.until.replace(tzinfo=None)
        administration = entry.administration_id
        # Once for the many that wait for the same.
        if not administration._export_is_planned(until, until + NEAR):
            administration._trigger_export(until)
        commit()

    def _stops_at(self, entry, progress) -> bool:
        """Whether the run ends at this invoice's own failure (product B14)."""
        of_run = progress.run_id and entry.run_id.id == progress.run_id
        administration = entry.administration_id
        if not of_run or administration.on_error != "stop" or entry.state not in FAILED:
            return False
        progress.stop(issues.make("run_stopped_at", move_id=entry.move_id.id))
        return True

    def _keep_stopped(self, administration, error, commit, progress) -> None:
        """Something that concerns every invoice stops the work: say it, and go on when
        that is possible."""
        self.env.cr.rollback()
        _logger.info("The export of %s stops: %s", administration.name, error)
        issue = issues.of_error(error)
        administration.write(issue)
        until = None
        if isinstance(error, LimitReached) and error.until:
            until = error.until.replace(tzinfo=None)
            administration._trigger_export(until)
        elif error.code == "login_busy":
            administration._trigger_export(fields.Datetime.now() + SOON)
        commit()
        if isinstance(error, Forbidden):
            progress.stop(issue)
        else:
            progress.wait(issue, until)


def _seconds_until(error: LimitReached) -> float:
    if not error.until:
        return float("inf")
    return max(0.0, (error.until - datetime.now(UTC)).total_seconds())
