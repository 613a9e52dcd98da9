from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from odoo import fields, models
from odoo.tools import LazyTranslate

from odoo.addons.optedo_exact.exact import retry
from odoo.addons.optedo_exact.models import issues
from odoo.addons.optedo_exact.models.side import in_own_transaction, lock
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import ENQUEUED, PENDING

_lt = LazyTranslate(__name__)

LOCK_JOBS = 0x45584107  # beside those of the link's ``side.py``
BUSY = 5  # seconds until a job looks again whether it is its turn
AFTER_INVOICES = 20  # priority; an invoice has that of queue_job, 10
NOT_TAKEN = timedelta(minutes=10)

issues.SENTENCES["jobs_not_taken"] = _lt(
    "Jobs for Exact have waited for more than ten minutes, so no invoice goes. See "
    "that Odoo runs with queue_job among its server_wide_modules, and that channel "
    "%(channel)s has room."
)


class ExactAdministration(models.Model):
    """Exports as jobs of ``queue_job`` instead of work of the scheduled action.

    The scheduled action only wakes the job of the administration. That one makes a job
    of each invoice that waits, a batch at a time, and does what is not one invoice:
    files, customers, the end of a run. The jobs of the invoices wake it again.
    """

    _inherit = "exact.administration"

    # --- making them ---------------------------------------------------------

    def _exact_channel(self) -> str:
        return f"root.exact.{self.id}"

    def _exact_delay(self) -> None:
        """Have the job of the administration look, behind its invoices; once."""
        for administration in self.sudo():
            company = administration.company_id
            administration.with_context(company_id=company.id).with_delay(
                channel=administration._exact_channel(),
                priority=AFTER_INVOICES,
                identity_key=f"exact.administration-{administration.id}",
                description=administration._cron_name("export_cron_id"),
            )._exact_job()

    def _exact_jobs(self, *domain):
        """Its jobs that are still to run."""
        here = [
            ("channel", "=", self._exact_channel()),
            ("state", "in", (PENDING, ENQUEUED)),
        ]
        return self.env["queue.job"].sudo().search([*here, *domain])

    def _exact_invoice_jobs(self):
        return self._exact_jobs(("model_name", "=", "exact.entry"))

    def _exact_postpone(self, until: datetime | None) -> None:
        """Let all of its jobs wait for what one of them ran into, or none any more.

        :param until: naive, UTC
        """

        def postpone(env):
            administration = env[self._name].browse(self.id)
            jobs = administration._exact_jobs(("state", "=", PENDING))
            jobs.filtered(lambda job: (job.eta or None) != until).eta = until

        in_own_transaction(self.env, postpone)

    def _wake_crons(self) -> None:
        # EXTENDS: a person did something about it, so nothing waits any longer.
        for administration in self:
            administration._exact_postpone(None)
        return super()._wake_crons()

    def _cron_exact_export(self):
        # OVERRIDES: only the job does the work.
        if self.env.context.get("job_uuid"):
            return super()._cron_exact_export()
        for administration in self:
            administration._exact_say_where_not_taken()
            administration._exact_delay()
        return None

    def _exact_say_where_not_taken(self) -> None:
        """Say it where nobody runs the jobs, so that invoices do not wait unseen."""
        since = fields.Datetime.now() - NOT_TAKEN
        late = self._exact_jobs(
            ("date_created", "<", since), "|", ("eta", "=", False), ("eta", "<", since)
        )
        taken = [
            ("channel", "=", self._exact_channel()),
            ("date_started", ">=", since),
        ]
        if late and not self.env["queue.job"].sudo().search_count(taken, limit=1):
            channel = self._exact_channel()
            self.sudo().write(issues.make("jobs_not_taken", channel=channel))

    # --- running them --------------------------------------------------------

    def _exact_job(self) -> None:
        """What waits but the invoices themselves, of which it makes jobs."""
        with self._exact_turn():
            error = self._cron_exact_export()
            if error:
                self._exact_try_again(error)

    @contextmanager
    def _exact_turn(self):
        """Only one job at a time works for an administration, also where its channel
        was given no capacity in Odoo's configuration."""
        with lock(self.env, LOCK_JOBS, self.id) as free:
            if not free:
                raise self._exact_later(self.env._("Another job is at work."), BUSY)
            yield

    def _exact_try_again(self, error) -> str:
        """The fate of the jobs of an administration that an error stopped.

        :return: the error, where a person has to do something first
        :raises RetryableJobError: later, this one and those behind it
        """
        words = issues.words(self.env, issues.of_error(error))
        pause = retry.pause(error, datetime.now(UTC), self._exact_job_waited())
        if pause is None:
            return words
        self._exact_postpone(fields.Datetime.now() + pause)
        raise self._exact_later(words, pause.total_seconds())

    @staticmethod
    def _exact_later(words: str, seconds: float) -> RetryableJobError:
        """Waiting is no failure: it does not count among the attempts of a job."""
        return RetryableJobError(words, seconds=int(seconds) + 1, ignore_retry=True)

    def _exact_this_job(self):
        uuid = self.env.context.get("job_uuid")
        return self.env["queue.job"].sudo().search([("uuid", "=", uuid)])

    def _exact_job_waited(self) -> timedelta:
        """How long ago the job that runs was made."""
        now = fields.Datetime.now()
        return now - (self._exact_this_job().date_created or now)
