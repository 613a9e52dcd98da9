import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from . import issues
from .exact_entry_mend import TO_MEND
from .exact_entry_period import HELD
from .exact_run import ACTIVE

_logger = logging.getLogger(__name__)

ACTIVITY = "optedo_exact.mail_activity_type_mend"
# How long an invoice waits for a period, or for a decision, before somebody is asked.
PATIENCE = timedelta(days=5)
# How long an automatic export may wait for Exact before somebody is told.
WAITS = timedelta(hours=6)
# These stand among the causes, for a run that failed and for one that cannot go on.
RUN, RUN_WAITS = "run", "run_waits"
OF_RUNS = frozenset((RUN, RUN_WAITS))
START = "start"  # an export at its fixed time that could not even be started
NO_INVOICES = OF_RUNS | {START}


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
            administration._close_reports(set(reported) - set(counts) - NO_INVOICES)
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
            administration._close_reports(gone - NO_INVOICES)

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

    def _report_run(self, run) -> None:
        """Tell how an automatic run ended, where it did not end well."""
        self.ensure_one()
        self._close_reports(OF_RUNS)
        failed = run.failed + run.left_out
        if not failed and not run.issue_code:
            return
        env = self._reader_env()
        text = env._(
            "Booked: %(done)s. Not booked: %(failed)s.", done=run.done, failed=failed
        )
        if run.issue_code:
            text += "\n" + issues.words(env, self._issue_for_reader(run))
        summary = env._("Booking in Exact did not go well")
        self._report(RUN, summary, text, f"/odoo/exact-exports/{run.id}")

    def _report_waiting_run(self, run) -> None:
        """Tell that an automatic run cannot go on for hours, until it does.

        Not where Exact itself said when it goes on, nor where a login is asked for.
        """
        self.ensure_one()
        waits = run.state == "waiting" and run.issue_code and not run.until
        late = waits and run.create_date < fields.Datetime.now() - WAITS
        if not late or not self._ready():
            self._close_reports({RUN_WAITS})
        elif RUN_WAITS not in (self.reported or {}):
            env = self._reader_env()
            text = env._(
                "Booked: %(done)s. Waiting: %(waiting)s. It goes on by itself as soon "
                "as it can.",
                done=run.done,
                waiting=run.waiting,
            )
            text += "\n" + issues.words(env, self._issue_for_reader(run))
            summary = env._("Booking in Exact waits for hours")
            self._report(RUN_WAITS, summary, text, f"/odoo/exact-exports/{run.id}")

    def _issue_for_reader(self, run) -> dict:
        """What stopped a run, as who is told may see it."""
        return run.with_user(self._responsible() or self.env.user)._readable_issue()

    def _report_last_run(self) -> None:
        """Tell, once, how the last export ended that the fixed time started or joined.

        Its task goes away when nothing is left of it to be booked, whoever did that.
        """
        for administration in self.sudo():
            scheduled = [
                ("administration_id", "=", administration.id),
                ("is_scheduled", "=", True),
            ]
            run = self.env["exact.run"].search(scheduled, limit=1)
            if not run:
                continue
            administration._report_waiting_run(run)
            if run.state in ACTIVE:
                continue
            if run.id != administration.reported_run:
                administration.reported_run = run.id
                administration._report_run(run)
            elif not run._exact_has_left():
                administration._close_reports({RUN})

    def _report_start(self, error: Exception) -> None:
        """Tell, once, that an export could not be started at its fixed time."""
        self.ensure_one()
        if START in (self.reported or {}):
            return
        env = self._reader_env()
        if isinstance(error, UserError):
            reason = str(error)
        else:
            reason = env._("Something unexpected went wrong; Odoo's log says more.")
        text = env._(
            "Nothing goes to Exact at the fixed time. It is tried again every hour; "
            "this task goes away by itself when an export has started."
        )
        summary = env._("Booking in Exact could not be started")
        link = f"/odoo/exact-administrations/{self.id}"
        self._report(START, summary, f"{reason}\n{text}", link)

    def _close_start_report(self) -> None:
        """An export has started."""
        self._close_reports({START})

    def _report_again(self, run) -> None:
        """A run whose end was told goes on: its next end is told too."""
        if self.sudo().reported_run == run.id:
            self.sudo().reported_run = False

    def action_open_problems(self):
        """What a person has to do something about, by cause."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "optedo_exact.exact_entry_mend_action"
        )
        action["domain"] = list(TO_MEND & Domain("administration_id", "=", self.id))
        return action

    # --- activities ----------------------------------------------------------

    def _report(
        self, cause: str, summary: str, text: str, link: str = "/odoo/exact-to-mend"
    ) -> None:
        """Make the activity of a cause, and remember it."""
        user = self._responsible()
        activity = self.env["mail.activity"]
        if user:
            note = Markup("<p>%s</p><p><a href='%s'>%s</a></p>") % (
                Markup("<br/>").join(text.splitlines()),
                link,
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
