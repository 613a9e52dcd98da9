from datetime import UTC, datetime, timedelta

from odoo import models

from odoo.addons.optedo_exact.exact import retry, states
from odoo.addons.optedo_exact.models import issues

ASKED = (states.SENDING, states.UNKNOWN, states.UNDOING)


class ExactEntry(models.Model):
    """One invoice is one job."""

    _inherit = "exact.entry"

    def _exact_delay(self) -> None:
        """Make a job of each invoice that has none waiting."""
        for entry in self.sudo():
            administration = entry.administration_id
            entry.with_context(company_id=entry.company_id.id).with_delay(
                channel=administration._exact_channel(),
                identity_key=f"exact.entry-{entry.id}",
                description=self.env._("Exact Online: %s", entry.move_name),
            )._exact_job()

    def _exact_job(self) -> str:
        """Take an invoice on: send it, or ask Exact what became of it.

        :return: what became of it, kept on the job
        :raises RetryableJobError: it is to be taken on again later
        """
        if not self.exists():
            return self.env._("The invoice was deleted.")
        administration = self.administration_id
        with administration._exact_turn():
            late = bool(administration._exact_this_job().eta)
            error, held = self.env["exact.export"]._take_on(self, late)
            if error:
                return administration._exact_try_again(error)
            # Behind this one: make jobs of what is left, or end the run.
            administration._exact_delay()
            pause = self._exact_pause(held)
            if pause:
                words = self.issue_message or self.status_text
                self.env["ir.cron"]._commit_progress()
                raise administration._exact_later(words, pause.total_seconds())
            return self.issue_message or self.status_text

    def _exact_pause(self, held) -> timedelta | None:
        """How long this invoice waits for its next attempt, if there is one.

        :param held: the limit that it alone ran into
        """
        if self.state in ASKED and self.issue_code not in issues.FOR_A_PERSON:
            return timedelta(minutes=self.LATE_MINUTES)
        administration = self.administration_id
        stopped = self.run_id.state == "stopped"
        ready = self.company_id.active and administration._ready()
        if self.state != states.QUEUED or stopped or not ready:
            return None
        waited = administration._exact_job_waited()
        if held:
            return retry.pause(held, datetime.now(UTC), waited)
        return retry.backoff(waited)
