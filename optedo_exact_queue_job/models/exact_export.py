from functools import partial

from odoo import fields, models

from odoo.addons.optedo_exact.exact import states
from odoo.addons.optedo_exact.exact.errors import LimitReached
from odoo.addons.optedo_exact.models import issues


class ExactExport(models.AbstractModel):
    """The queue is worked through by jobs, an invoice each."""

    _inherit = "exact.export"

    # --- the job of an administration ----------------------------------------

    def _steps(self, administration, client, commit):
        # OVERRIDES: makes jobs of them, of a batch at a time, so that what is stopped,
        # or urgent, does not stand behind thousands.
        entries = self.env["exact.undo"]._open_ends(administration)
        entries += self._open_ends(administration)
        has_job = administration._exact_invoice_jobs().mapped("identity_key")
        batch = self._queued(administration, [int(k.split("-")[1]) for k in has_job])
        commit()  # some were made after this transaction began: see them
        self.env["exact.lookup"]._block_what_stands_there(batch, client, commit)
        commit()
        entries += batch.filtered(lambda entry: entry.state == states.QUEUED)
        entries._exact_delay()
        commit()
        return iter(())

    def _finish(self, administration, client, progress, ends, commit, held) -> bool:
        # EXTENDS: while invoices have jobs, the run is theirs.
        jobs = administration._exact_invoice_jobs()
        if not jobs:
            return super()._finish(administration, client, progress, ends, commit, held)
        moments = jobs.mapped("eta")
        if all(moments) and min(moments) > fields.Datetime.now():
            progress.wait(issues.make("run_recheck"), min(moments))
        return False

    # --- the job of an invoice -----------------------------------------------

    def _take_on(self, entry, late: bool) -> tuple:
        """Take one invoice on.

        :param late: it waits since it was looked for in Exact, so look again
        :return: the error that stopped it and stops every other; the limit that it
            alone ran into
        """
        turn = Turn(self, entry, late)
        if not turn.step():
            return None, None
        cron = self.env["ir.cron"]
        error = self._run_administration(
            entry.administration_id,
            cron._commit_progress,
            cron._commit_progress,
            turn.work,
        )
        return error, turn.held


class Turn:
    """One invoice, as the work of ``_run_administration``."""

    def __init__(self, service, entry, late: bool):
        self.service = service
        self.entry = entry
        self.late = late
        self.held: LimitReached | None = None

    def step(self):
        """What is to be done with it, if anything."""
        entry = self.entry
        if entry.state == states.UNDOING:
            return self.service.env["exact.undo"]._recover
        if entry.state in (states.SENDING, states.UNKNOWN):
            return self.service._recover
        ready = entry.company_id.active and entry.administration_id._ready()
        if entry.state == states.QUEUED and ready and entry.run_id.state != "stopped":
            return partial(self.service._send_and_ask, alone=self.late)
        return None

    def work(self, administration, client, progress, told, ends, commit) -> bool:
        """Do it, as a run does with each of its invoices.

        :raises ExactError: it stops every other too
        """
        step = self.step()
        outcome = step and self.service._isolated(self.entry, step, client, commit)
        if isinstance(outcome, LimitReached):
            self.held = outcome
        if outcome is not True and not self.service._stops_at(self.entry, progress):
            commit()
        told.one_more()
        progress.pause()
        return False
