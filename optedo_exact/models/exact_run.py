import json
from datetime import UTC
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_datetime

from ..exact import states
from . import issues
from .guards import MANAGERS, check_invoicing_right
from .side import in_own_transaction

ACTIVE = ("waiting", "running")
FAILED = (states.BLOCKED, states.REJECTED, states.CLOSED)
# What an entry that left the run again is in: kept out, or taken back.
LEFT = (states.NONE, states.MARKED)
# Still to be done by the run itself; a period that is not open waits beyond it.
OPEN = (states.QUEUED, states.SENDING, states.UNKNOWN)
NAMES = 5  # how many invoices a cause names


class ExactRun(models.Model):
    """One export of many invoices: what goes, how far it is, and what became of it.

    While it goes on it is written by short transactions of its own (``Progress``),
    never in the main transaction of the export. Runs are kept.
    """

    _name = "exact.run"
    _description = "Exact Online Run"
    _inherit = ["bus.listener.mixin", "exact.issue.mixin"]
    _order = "id desc"

    kind = fields.Selection(
        [
            ("export", "Invoices to Exact"),
            ("payments", "Payments from Exact"),
        ],
        default="export",
        required=True,
        readonly=True,
    )
    origin = fields.Selection(
        [
            ("all", "Synchronise"),
            ("selection", "Selected invoices"),
            ("schedule", "At a fixed time"),
            ("check", "Check of payments"),
        ],
        "Started by",
        required=True,
        readonly=True,
    )
    is_scheduled = fields.Boolean(
        "At a fixed time",
        readonly=True,
        help="The export at a fixed time started it, or joined it: nobody looks on, so "
        "how it ends is told.",
    )
    administration_id = fields.Many2one(
        "exact.administration",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(related="administration_id.company_id")
    user_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    # waiting ─job begins, limit is over→ running ─nothing left→ done
    # running ─limit, login, connection→ waiting
    # waiting, running ─user, an error with "stop"→ stopped ─go on→ waiting
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("done", "Done"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    until = fields.Datetime(
        "Goes on at", readonly=True, help="When it goes on by itself."
    )
    issue_message = fields.Text("Reason")
    started_at = fields.Datetime("Started", readonly=True)
    ended_at = fields.Datetime("Ended", readonly=True)
    expected_end = fields.Datetime("Expected end", readonly=True)

    # --- how far it is -------------------------------------------------------
    total = fields.Integer("Invoices", readonly=True)
    done = fields.Integer(readonly=True)
    failed = fields.Integer("Not done", readonly=True)
    can_go_on = fields.Boolean(compute="_compute_can_go_on")
    done_word = fields.Char(compute="_compute_words", compute_sudo=True)
    failed_word = fields.Char(compute="_compute_words", compute_sudo=True)
    done_label = fields.Char(compute="_compute_labels")
    failed_label = fields.Char(compute="_compute_labels")
    waiting = fields.Integer(readonly=True)
    calls = fields.Integer(
        "Calls to Exact", readonly=True, help="Made by this run so far."
    )
    customers_total = fields.Integer("Customers to update", readonly=True)
    customers_done = fields.Integer("Customers looked at", readonly=True)
    customers_failed = fields.Integer("Customers not updated", readonly=True)
    customer_cursor = fields.Integer(
        readonly=True, help="Up to which link the customers were looked at."
    )
    left_out = fields.Integer(
        "Left out", readonly=True, help="Invoices that could not go from the beginning."
    )

    # --- what did not go, and why --------------------------------------------
    # These hold ids, and words about companies that a reader may not see: only the
    # page made of them is read by users.
    left_out_causes = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    failures = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    held_causes = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    customer_problems = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    problems_html = fields.Html(
        "What did not go", compute="_compute_problems_html", sanitize=False
    )
    entry_ids = fields.One2many("exact.entry", "run_id", readonly=True)

    _active_uniq = models.UniqueIndex(
        "(administration_id) WHERE state IN ('waiting', 'running')",
        "A run is under way already.",
    )

    # --- computes ------------------------------------------------------------

    @api.depends("origin", "create_date")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        labels = dict(self._fields["origin"]._description_selection(self.env))
        for run in self:
            moment = run.create_date and format_datetime(
                self.env, run.create_date, dt_format="short"
            )
            run.display_name = f"{labels.get(run.origin, '')} {moment or ''}".strip()

    @api.depends("state", "waiting", "origin")
    @api.depends_context("uid")
    def _compute_can_go_on(self):
        """Who may start an export of all may go on with it; a selection, who books."""
        manages = self.env.user.has_groups(",".join(MANAGERS))
        for run in self:
            run.can_go_on = (
                run.state == "stopped"
                and run.waiting > 0
                and (run.origin == "selection" or manages)
            )

    # --- buttons -------------------------------------------------------------

    def action_stop(self):
        """Stop after the invoice that is on its way; what is left keeps waiting."""
        self.ensure_one()
        self._check_may_steer()
        issue = issues.make("run_stopped", user=self.env.user.name)

        def stop(env):
            run = env[self._name].browse(self.id)
            if run.state in ACTIVE:
                run._exact_stop(issue)

        in_own_transaction(self.env, stop)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_go_on(self):
        """Go on with what is left of a stopped run."""
        self.ensure_one()
        self._check_may_steer()
        if self.origin != "selection":
            self.administration_id._check_manager()
        if self.state != "stopped":
            raise UserError(self.env._("This run is not stopped."))
        if self._active(self.administration_id):
            raise UserError(
                self.env._("Another run is under way. Wait until it is done.")
            )
        self.sudo().write(
            {"state": "waiting", "ended_at": False} | issues.make("run_starts")
        )
        self.administration_id._report_again(self)
        self.administration_id._trigger_export()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_failed(self):
        """The invoices of this run that did not go, by cause, to be mended."""
        action = self._action_entries(self.failed_label, FAILED)
        mend = self.env.ref("optedo_exact.exact_entry_mend_view_list")
        return action | {
            "views": [(mend.id, "list")],
            "context": {"search_default_group_by_cause": 1},
        }

    def action_open_to_mend(self):
        """Everything that is still to be mended, and sent again, by cause."""
        self.ensure_one()
        self.check_access("read")
        return self.administration_id.action_open_problems()

    def action_open_done(self):
        """The invoices that this run booked, and the bills that it delivered."""
        return self._action_entries(
            self.done_label, (states.EXPORTED, states.DELIVERED)
        )

    def action_open_waiting(self):
        """The invoices of this run that still wait."""
        waiting = (*OPEN, states.WAITING)
        return self._action_entries(self.env._("Waiting"), waiting)

    def _action_entries(self, name: str, wanted: tuple):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "exact.entry",
            "view_mode": "list",
            "domain": [("run_id", "=", self.id), ("state", "in", wanted)],
        }

    def _action_form(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Run"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _check_may_steer(self) -> None:
        """Who is of the company of the administration, or started it.

        :raises AccessError: it has invoices of companies that are not the user's
        """
        self.check_access("read")
        check_invoicing_right(self.env, "optedo_exact.group_exact_manager")
        others = self.sudo().administration_id.company_id - self.env.companies
        if others and self.sudo().user_id != self.env.user:
            raise AccessError(
                self.env._(
                    "This run may hold invoices of a company that is not one of yours. "
                    "Ask who is of the main company."
                )
            )

    def _exact_has_left(self) -> bool:
        """Whether something of it is not booked, also what it left out."""
        open_states = (*OPEN, *FAILED, states.WAITING)
        left = [("run_id", "=", self.id), ("state", "in", open_states)]
        return bool(
            self.left_out or self.env["exact.entry"].search_count(left, limit=1)
        )

    # --- the only writers ----------------------------------------------------

    @api.model
    def _active(self, administration):
        """The run of an administration that is under way."""
        return self.sudo().search(
            [
                ("administration_id", "=", administration.id),
                ("state", "in", ACTIVE),
            ],
            limit=1,
        )

    def _exact_begin(self) -> None:
        """A job works on it now."""
        self.write(
            {
                "state": "running",
                "until": False,
                "started_at": self.started_at or fields.Datetime.now(),
            }
            | issues.NONE
        )

    def _exact_count(self, calls: int | None = None) -> None:
        """Take over how far its invoices are.

        :param calls: that it made so far

        Counted each time rather than added up, so that a job that died leaves no wrong
        number behind.
        """
        self.env["exact.entry"].flush_model(["run_id", "state", "issue_code"])
        # What a person has to look at in Exact does not keep the run waiting.
        self.env.cr.execute(
            """
            SELECT CASE WHEN state = 'unknown' AND issue_code IN %s
                        THEN 'blocked' ELSE state END AS shown,
                   count(*)
              FROM exact_entry
             WHERE run_id = %s
          GROUP BY shown
            """,
            (issues.FOR_A_PERSON, self.id),
        )
        counts = dict(self.env.cr.fetchall())
        total = sum(n for state, n in counts.items() if state not in LEFT)
        failed = sum(counts.get(state, 0) for state in FAILED)
        waiting = sum(counts.get(state, 0) for state in (*OPEN, states.WAITING))
        self.write(
            {
                "total": total,
                "failed": failed,
                "waiting": waiting,
                "done": total - failed - waiting,
            }
            | ({} if calls is None else {"calls": calls})
        )

    def _exact_is_over(self) -> bool:
        """Whether it takes no more along, unless a person goes on with it."""
        return self.state not in ACTIVE

    def _exact_recount_waiting(self) -> None:
        """Take over what still waits of runs that are over, when some of it left.

        What they booked and what failed stays as it was when they ended.
        """
        self.env["exact.entry"].flush_model(["run_id", "state", "issue_code"])
        for run in self:
            waits = [("run_id", "=", run.id), ("state", "in", (*OPEN, states.WAITING))]
            waiting = self.env["exact.entry"].search_count(
                [*waits, ("issue_code", "not in", issues.FOR_A_PERSON)]
            )
            run.write(
                {
                    "waiting": waiting,
                    "total": run.done + run.failed + waiting,
                    "held_causes": run._exact_held_causes(),
                }
            )

    def _exact_held_causes(self) -> list[dict]:
        """What waits for a period, by cause."""
        return self._exact_causes(SQL("entry.state = %s", states.WAITING))

    def _exact_note_customers(self, done: int, cursor: int, problems: list) -> None:
        """Take over how far its customers are."""
        self.write(
            {
                "customers_done": done,
                "customer_cursor": cursor,
                "customers_failed": len(problems),
                "customer_problems": problems or False,
            }
        )

    def _exact_expect(self, quota, seconds: float) -> None:
        """Say when it will be done, from its own pace and the limits.

        :param quota: the core's ``Quota``, or ``None`` before the first answer
        :param seconds: what one call took so far
        """
        finished = self.done + self.failed
        per_invoice = max(1.0, self.calls / finished) if finished else 1.0
        if not quota or not self.waiting:
            return
        now = fields.Datetime.now().replace(tzinfo=UTC)
        end = quota.expected_end(now, self.waiting * per_invoice, seconds)
        self.expected_end = end.replace(tzinfo=None, microsecond=0)

    def _exact_wait(self, issue: dict, until=None) -> None:
        """It cannot go on now; it does so by itself.

        :param until: naive, UTC
        """
        values = {"state": "waiting", "until": until}
        if not until:
            values["expected_end"] = False
        self.write(values | issue)

    def _exact_stop(self, issue: dict) -> None:
        """A person has to say that it goes on; what is left keeps waiting."""
        self._exact_end("stopped", issue)

    def _exact_reopen(self) -> None:
        """Go on where a job took the run for done while it was still being filled."""
        self._exact_count()
        if (
            self.state == "done"
            and self.waiting
            and not self._active(self.administration_id)
        ):
            self.write({"state": "waiting", "ended_at": False})

    def _exact_finish_where_empty(self) -> None:
        """Nothing was queued for it; where it was under way, it goes on."""
        self._exact_count()
        if not self.waiting:
            self._exact_finish()

    def _exact_finish(self) -> None:
        """Nothing is left of it."""
        self._exact_end("done", issues.NONE)

    def _exact_end(self, state: str, issue: dict) -> None:
        self._exact_count()
        self.write(
            {
                "state": state,
                "until": False,
                "expected_end": False,
                "ended_at": fields.Datetime.now(),
                "failures": self._exact_causes(
                    SQL(
                        "entry.state IN %s OR entry.state = 'unknown' "
                        "AND entry.issue_code IN %s",
                        FAILED,
                        issues.FOR_A_PERSON,
                    )
                ),
                "held_causes": self._exact_held_causes(),
            }
            | issue
        )
        self._exact_notify()

    def _exact_causes(self, which: SQL) -> list[dict]:
        """What did not go, by cause, each with some of its invoices.

        :param which: the condition that its entries meet
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT entry.issue_code,
                       count(*),
                       (array_agg(entry.issue_params
                                  ORDER BY move.invoice_date, move.id))[1],
                       (array_agg(entry.issue_text
                                  ORDER BY move.invoice_date, move.id))[1],
                       array_agg(move.id ORDER BY move.invoice_date, move.id)
                  FROM exact_entry entry
                  JOIN account_move move ON move.id = entry.move_id
                 WHERE entry.run_id = %s
                   AND (%s)
              GROUP BY entry.issue_code
              ORDER BY count(*) DESC
                """,
                self.id,
                which,
            )
        )
        return [
            {
                "issue_code": code or "error",
                "count": count,
                "issue_params": json.loads(params)
                if isinstance(params, str)
                else params,
                "issue_text": text,
                "move_ids": list(islice(move_ids, NAMES)),
            }
            for code, count, params, text, move_ids in rows
        ]

    def _exact_notify(self) -> None:
        """Tell who looks at it that there is something new to read."""
        for run in self:
            run._bus_send("exact.run", {"id": run.id})
