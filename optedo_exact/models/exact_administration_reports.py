import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from . import issues
from .exact_entry_mend import TO_MEND
from .exact_entry_period import HELD

_logger = logging.getLogger(__name__)

ACTIVITY = "optedo_exact.mail_activity_type_mend"
# How long an invoice waits for a period, or for a decision, before somebody is asked.
PATIENCE = timedelta(days=5)
RUN = "run"  # stands among the causes for a run that failed


class ExactAdministration(models.Model):
    """Tells the responsible what needs a person: once a cause, not once an invoice."""

    _name = "exact.administration"
    _inherit = ["exact.administration", "mail.activity.mixin"]

    reported_run = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=False,
        help="The last export at a fixed time whose end was told.",
    )
    reported = fields.Json(
        readonly=True,
        copy=False,
        help="The activity of each cause that was reported and is not gone yet. One "
        "that a person closed is not made again while the cause stays.",
    )

    # --- problems of invoices ------------------------------------------------

    def _report_problems(self) -> None:
        """Make an activity for each new cause, close those whose cause is gone."""
        for administration in self.sudo():
            counts = administration._count_problems()
            reported = administration.reported or {}
            administration._close_reports(set(reported) - set(counts) - {RUN})
            env = administration._reader_env()
            for code in [code for code in counts if code not in reported]:
                text = env._(
                    "Invoices that are not booked in Exact for this: %s. This task "
                    "goes away by itself when the cause is gone.",
                    counts[code],
                )
                administration._report(code, issues.label(env, code), text)

    def _close_solved(self) -> None:
        """Close the activities whose cause a person has just taken away."""
        for administration in self.sudo().filtered("reported"):
            gone = set(administration.reported) - set(administration._count_problems())
            administration._close_reports(gone - {RUN})

    def _count_problems(self) -> dict[str, int]:
        """How many invoices wait for a person, by cause."""
        self.ensure_one()
        old = fields.Datetime.now() - PATIENCE
        decided = Domain("issue_code", "=", "period_wait")
        late = Domain("state", "in", HELD) & Domain("held_since", "<", old)
        groups = self.env["exact.entry"]._read_group(
            Domain("administration_id", "=", self.id)
            & ((TO_MEND & ~decided) | late)
            & Domain("issue_code", "!=", False),
            ["issue_code"],
            ["__count"],
        )
        return dict(groups)

    # --- runs ----------------------------------------------------------------

    def _report_run(self, done: int, failed: int, issue: dict | None = None) -> None:
        """Tell how an automatic run ended, where it did not end well.

        :param done: invoices that were booked
        :param failed: invoices that were not, for a reason of their own
        :param issue: the issue fields of what stopped the run, where something did
        """
        for administration in self.sudo():
            administration._close_reports({RUN})
            code = (issue or {}).get("issue_code")
            if not failed and not code:
                continue
            env = administration._reader_env()
            text = env._(
                "Booked: %(done)s. Not booked: %(failed)s.", done=done, failed=failed
            )
            if code:
                text += "\n" + issues.words(env, issue)
            summary = env._("Booking in Exact did not go well")
            administration._report(RUN, summary, text)

    def _report_last_run(self) -> None:
        """Tell, once, how the last export at a fixed time ended."""
        for administration in self.sudo():
            run = self.env["exact.run"].search(
                [
                    ("administration_id", "=", administration.id),
                    ("origin", "=", "schedule"),
                    ("state", "in", ("done", "stopped")),
                ],
                limit=1,
            )
            if run and run.id != administration.reported_run:
                administration.reported_run = run.id
                reader = administration._responsible() or self.env.user
                stopped_by = run.with_user(reader)._readable_issue()
                administration._report_run(run.done, run.failed, stopped_by)

    def action_open_problems(self):
        """What a person has to do something about, by cause."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "optedo_exact.exact_entry_mend_action"
        )
        action["domain"] = list(TO_MEND & Domain("administration_id", "=", self.id))
        return action

    # --- activities ----------------------------------------------------------

    def _report(self, cause: str, summary: str, text: str) -> None:
        """Make the activity of a cause, and remember it."""
        user = self._responsible()
        activity = self.env["mail.activity"]
        if user:
            note = Markup("<p>%s</p><p><a href='%s'>%s</a></p>") % (
                Markup("<br/>").join(text.splitlines()),
                "/odoo/exact-to-mend",
                self._reader_env()._("Look at them"),
            )
            activity = self.activity_schedule(
                ACTIVITY, summary=summary, note=note, user_id=user.id
            )
        else:
            _logger.warning("Nobody is responsible for %s: %s", self.name, cause)
        self.reported = (self.reported or {}) | {cause: activity.id}

    def _close_reports(self, causes: set) -> None:
        reported = dict(self.reported or {})
        ids = [reported.pop(cause) for cause in causes if cause in reported]
        if not ids:
            return
        activities = self.env["mail.activity"].browse(filter(None, ids)).exists()
        activities.filtered("active").action_feedback(
            feedback=self.env._("The cause is gone.")
        )
        self.reported = reported or False

    def _responsible(self):
        """Who is told: the one chosen, else who logged in, if they may look at it."""
        candidates = [self.responsible_id, self.connection_id.logged_in_by_id]
        for user in candidates:
            if user.active and self.with_user(user).has_access("read"):
                return user
        return self.env["res.users"]

    def _reader_env(self):
        """An environment in the language of who is told."""
        return self.with_context(lang=self._responsible().lang or self.env.lang).env

    # --- when ----------------------------------------------------------------

    def _cron_exact_export(self):
        # EXTENDS: whatever the run found is told at its end.
        result = super()._cron_exact_export()
        try:
            self._report_problems()
            self._report_last_run()
            self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()  # somebody changes the administration: next time
        self.env["ir.cron"]._commit_progress()
        return result
