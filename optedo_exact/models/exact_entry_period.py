from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..exact import periods as core
from ..exact import states
from ..exact.catalogue import PERIOD_CLOSED
from ..exact.errors import Forbidden
from . import issues

BATCH = 1000
# What a person waits for is read again sooner: the accountant may just have opened it.
FRESH_FOR_USER = timedelta(minutes=1)
# What waits for a period, or for a person's decision about one.
HELD = (states.WAITING, states.CLOSED)
# Where nothing more is waited for.
ENDS = {states.NONE, states.EXPORTED, states.MARKED}


class ExactEntry(models.Model):
    """An entry that waits until its period opens, or for a person (product F7)."""

    _inherit = "exact.entry"

    period_year = fields.Integer(readonly=True, aggregator=False)
    period_number = fields.Integer(
        readonly=True,
        aggregator=False,
        help="The period that a person chose, since that of the date is closed.",
    )
    held_since = fields.Datetime(
        readonly=True, help="Since when it waits for a period or for a decision."
    )

    @api.depends("issue_params")
    def _compute_status_text(self):
        result = super()._compute_status_text()
        for entry in self.filtered(lambda e: e.state in HELD):
            period = (entry.issue_params or {}).get("period", "")
            if entry.state == states.WAITING:
                text = self.env._("Waiting until period %s opens", period)
            elif entry.issue_code == "period_reopened":
                text = self.env._("Period %s is open again", period)
            else:
                text = self.env._("Period %s is closed: choose what to do", period)
            entry.status_text = text
        return result

    def _exact_move_to(self, event, reason="", **values):
        # EXTENDS: what starts afresh has no chosen period any more, and what came to an
        # end no longer waits.
        targets = {states.target(state, event) for state in self.sudo().mapped("state")}
        if targets == {states.NONE}:
            values = {"period_year": 0, "period_number": 0} | values
        if targets and targets <= ENDS:
            values = {"held_since": False} | values
        waited = self.sudo().filtered(lambda entry: entry.state == states.WAITING)
        result = super()._exact_move_to(event, reason, **values)
        waited._exact_leave_ended_run()
        return result

    def _exact_leave_ended_run(self) -> None:
        """What goes on after its run ended is no part of that run any more.

        A stopped run holds back what is left of it, also what a person has decided
        about since; a finished one would count for ever what went weeks later.
        """
        entries = self.sudo().filtered(lambda e: e.run_id and e.run_id._exact_is_over())
        runs = entries.run_id
        entries.run_id = False
        runs._exact_recount_waiting()

    def _exact_set_rejected(self, issue: dict) -> None:
        # EXTENDS: Exact knows better than the list here, so that is read again.
        result = super()._exact_set_rejected(issue)
        if issue["issue_code"] == PERIOD_CLOSED:
            self.sudo().administration_id.periods_read_at = False
        return result

    def _exact_hold_for_period(self) -> bool:
        """Keep an entry back whose period takes no bookings now.

        :return: whether it was kept back
        """
        self.ensure_one()
        move = self.move_id
        period, status = move._exact_period_status(self.administration_id)
        if status == core.OPEN:
            return False
        values = {
            "journal": move._exact_journal_code(self.administration_id),
            "period": move._exact_period_name(period),
        }
        if status == core.NOT_OPEN:
            event, issue = "period_not_open", issues.make("period_not_open", **values)
        else:
            event, issue = "period_closed", issues.make("period_closed", **values)
        since = self.held_since or fields.Datetime.now()
        self._exact_move_to(event, held_since=since, **issue)
        return True

    def _exact_look_at_periods(self) -> None:
        """Send what waited for a period that opened since; say so of what is closed.

        A closed period is never released by itself: the accountant closed it for a
        reason, and only a person knows whether this invoice belongs in it.
        """
        known: dict[tuple, tuple] = {}  # most of a queue lies in the same period
        for start in range(0, len(self), BATCH):
            batch = self[start : start + BATCH].try_lock_for_update()
            released = self.browse()
            for entry in batch:
                move, key = entry.move_id, entry._exact_period_key()
                if key not in known:
                    known[key] = move._exact_period_status(entry.administration_id)
                period, status = known[key]
                if entry.state == states.WAITING and status != core.NOT_OPEN:
                    released += entry
                elif entry.state == states.CLOSED:
                    entry._exact_note_reopened(period, status)
            released._exact_move_to("period_opens", **issues.NONE)

    def _exact_period_key(self) -> tuple:
        """What two entries share that are in the same period of the same journal."""
        move = self.move_id
        return (
            self.administration_id,
            move.company_id,
            move.journal_id,
            move.move_type,
            move._exact_period_day(),
            self.period_year,
            self.period_number,
        )

    def _exact_note_reopened(self, period, status: str) -> None:
        code = "period_reopened" if status == core.OPEN else "period_closed"
        if self.issue_code == code or (
            status != core.OPEN and self.issue_code == "period_wait"
        ):
            return
        params = (self.issue_params or {}) | {
            "period": self.move_id._exact_period_name(period)
        }
        self._exact_set_issue({"issue_code": code, "issue_params": params})


class ExactPeriod(models.Model):
    """Looks at the periods before something is sent."""

    _inherit = "exact.period"

    def _look(self, administration, commit) -> None:
        """Before a run: read the periods where they are old, release what waited.

        :raises ExactError: Exact could not be asked, so the run cannot go on
        """
        held = [("administration_id", "=", administration.id)]
        entries = self.env["exact.entry"]
        waiting = entries.search([*held, ("state", "in", HELD)], order="id")
        queued = [*held, ("state", "=", states.QUEUED)]
        if not waiting and not entries.search_count(queued, limit=1):
            return  # nobody asks, so Exact is not asked
        try:
            self._refresh_where_allowed(administration, administration._client())
            waiting._exact_look_at_periods()
            administration._clear_issue()
            self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()  # somebody else reads them right now
        commit()

    def _look_for(self, entry, client) -> None:
        """Before one invoice that a user waits for.

        :raises ExactError: Exact could not be asked
        """
        administration = entry.administration_id
        self._refresh_where_allowed(administration, client)
        _period, status = entry.move_id._exact_period_status(administration)
        if status != core.OPEN:
            self._refresh_where_allowed(administration, client, FRESH_FOR_USER)

    def _refresh_where_allowed(self, administration, client, *fresh) -> None:
        """``_refresh``; a login that may not read periods still books invoices, and
        Exact says itself where one is closed."""
        try:
            self._refresh(administration, client, *fresh)
        except Forbidden:
            administration.sudo().periods_read_at = fields.Datetime.now()


class ExactAdministration(models.Model):
    _inherit = "exact.administration"

    def _cron_exact_references(self):
        # EXTENDS: the form names the period of a draft before anything is sent.
        result = super()._cron_exact_references()
        for administration in self._ready():
            administration._quietly(
                lambda a: self.env["exact.period"]._refresh_where_allowed(
                    a, a._client(), timedelta()
                )
            )
        return result
