from collections import defaultdict
from datetime import UTC, datetime

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import LazyTranslate, format_datetime

from ..exact import states
from ..exact.limits import Quota
from . import issues
from .exact_entry_mend import TO_MEND
from .exact_run import ACTIVE
from .guards import MANAGERS

_lt = LazyTranslate(__name__)

WAITS = (
    Domain("state", "in", (states.QUEUED, states.WAITING, *states.PENDING)) & ~TO_MEND
)
DELIVERED = Domain("state", "=", states.DELIVERED)
CAUSES = 4  # that a card names
# What goes on without anybody, as soon as Exact or the network allows.
BY_ITSELF = (
    "answer_broken",
    "limit_day",
    "limit_errors",
    "limit_logins",
    "limit_minute",
    "login_busy",
    "login_no_answer",
    "login_refused",
    "maintenance",
    "no_answer",
    "not_processed",
    "refresh_too_early",
    "unreachable",
)

# What leads out: the words of its button, and the method behind it.
WAYS = {
    "log_in": (_lt("Log in to Exact"), "action_connect"),
    "choose": (_lt("Choose the administration"), "action_choose_division"),
    "run": (_lt("Open the export"), "action_open_last_run"),
    "set_up": (_lt("Open the set-up"), "_action_form"),
}


class ExactAdministration(models.Model):
    """The overview: how each administration stands, on a card of its own (product I5).

    What is counted is what the reader may see, so that a number and the list behind it
    agree. Each kind of number is read for all cards at once.
    """

    _inherit = "exact.administration"

    open_count = fields.Integer("Waiting", compute="_compute_open")
    mend_count = fields.Integer("To mend", compute="_compute_open")
    mend_causes = fields.Json("Causes", compute="_compute_open")
    delivered_count = fields.Integer("Delivered, not booked", compute="_compute_open")
    oldest_open = fields.Date(
        "Oldest",
        compute="_compute_oldest_open",
        help="Date of the oldest invoice that waits or is to be mended.",
    )
    last_run_id = fields.Many2one(
        "exact.run", "Last export", compute="_compute_last_run_id"
    )
    last_run_text = fields.Char("How it went", compute="_compute_last_run_text")
    calls_left = fields.Integer(
        "Calls left today", compute="_compute_calls_left", compute_sudo=True
    )
    health = fields.Selection(
        [
            ("good", "In order"),
            ("mend", "Something to mend"),
            ("waits", "Goes on by itself"),
            ("stopped", "Asks for somebody"),
        ],
        "How it stands",
        compute="_compute_health",
    )
    health_text = fields.Text("What is the matter", compute="_compute_health")
    way_out = fields.Char(compute="_compute_health")

    # --- computes ------------------------------------------------------------

    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_open(self):
        waiting = dict(self._count_entries(WAITS))
        delivered = dict(self._count_entries(DELIVERED))
        causes = defaultdict(list)
        for administration, code, count in self._count_entries(TO_MEND, "issue_code"):
            causes[administration].append((count, code))
        for administration in self:
            mine = sorted(causes[administration], key=lambda cause: -cause[0])
            administration.open_count = waiting.get(administration, 0)
            administration.delivered_count = delivered.get(administration, 0)
            administration.mend_count = sum(count for count, _code in mine)
            administration.mend_causes = [
                {"count": count, "label": issues.label(self.env, code)}
                for count, code in mine[:CAUSES]
            ]

    def _count_entries(self, domain: Domain, *more) -> list[tuple]:
        """How many the reader may see, by administration and ``more``."""
        entries = self.env["exact.entry"]
        if not entries.has_access("read"):
            return []
        here = Domain("administration_id", "in", self.ids)
        return entries._read_group(
            here & domain, ["administration_id", *more], ["__count"]
        )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_oldest_open(self):
        moves, oldest = self.env["account.move"], {}
        if moves.has_access("read") and self.env["exact.entry"].has_access("read"):
            here = Domain("administration_id", "in", self.ids)
            groups = moves._read_group(
                [("exact_entry_id", "any", here & (WAITS | TO_MEND))],
                ["exact_entry_id.administration_id"],
                ["invoice_date:min"],
            )
            oldest = dict(groups)
        for administration in self:
            administration.oldest_open = oldest.get(administration)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_last_run_id(self):
        runs, last = self.env["exact.run"], {}
        if runs.has_access("read"):
            groups = runs._read_group(
                [("administration_id", "in", self.ids), ("kind", "=", "export")],
                ["administration_id"],
                ["id:max"],
            )
            last = dict(groups)
        for administration in self:
            administration.last_run_id = last.get(administration)

    @api.depends("last_run_id")
    @api.depends_context("lang", "tz", "uid", "allowed_company_ids")
    def _compute_last_run_text(self):
        labels = dict(
            self.env["exact.run"]._fields["state"]._description_selection(self.env)
        )
        for administration in self:
            run = administration.last_run_id
            administration.last_run_text = bool(run) and self.env._(
                "%(moment)s: %(state)s, %(done)s booked, %(failed)s not booked",
                moment=format_datetime(self.env, run.create_date, dt_format="short"),
                state=labels[run.state].lower(),
                done=run.done,
                failed=run.failed,
            )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_calls_left(self):
        now = datetime.now(UTC)
        rows = self.env["exact.quota"].search([("administration_id", "in", self.ids)])
        quotas = {row.administration_id: Quota.load(row.data) for row in rows}
        mine = self._of_reader()
        (self - mine).calls_left = 0
        for administration in mine:
            quota = quotas.get(administration) or Quota()
            administration.calls_left = quota.left_today(now)

    @api.depends(
        "last_run_id", "mend_count", "connection_state", "issue_code", "division"
    )
    @api.depends_context("lang", "tz", "uid", "allowed_company_ids")
    def _compute_health(self):
        for administration in self:
            health, text, way_out = administration._health()
            if not text and administration.mend_count:
                health = "mend"
            administration.health = health
            administration.health_text = text
            administration.way_out = way_out and self.env._(WAYS[way_out][0])

    def _health(self) -> tuple[str, str, str]:
        """How it stands, the reason where that is not well, and which way leads out."""
        administration, run = self.sudo(), self.last_run_id
        company = administration.company_id
        elsewhere = company.exact_administration_id
        if administration._connected() and elsewhere != administration:
            said = self.env._(
                "%(company)s is booked in %(name)s now. Payments of what stands here "
                "are still followed.",
                company=company.name,
                name=elsewhere.name,
            )
            return "good", said, ""
        if not administration._ready():
            issue = administration._why_not_ready()
            return "stopped", issues.words(self.env, issue), self._way_to_login()
        if run.state == "stopped" and run.waiting:
            return "stopped", run.issue_message or "", "run"
        said = administration.issue_message or ""
        if administration.issue_code and administration.issue_code not in BY_ITSELF:
            return "stopped", said, "set_up"
        if run.state in ACTIVE and run.issue_code in BY_ITSELF:
            said = run.issue_message
            if run.until:
                when = self.env._("Goes on about %s.", run._moment(run.until))
                said = f"{said}\n{when}"
        return ("waits" if said else "good"), said, ""

    def _way_to_login(self) -> str:
        """For who may set up the link; who may not is told to ask."""
        if not self.env.user.has_groups(",".join(MANAGERS)):
            return ""
        if self.connection_state in ("disconnected", "expired"):
            return "log_in"
        if self.connection_state == "connected" and not self.division:
            return "choose"
        return "set_up"

    # --- actions -------------------------------------------------------------

    def action_way_out(self):
        """Go where what is the matter is mended."""
        self.ensure_one()
        self.check_access("read")
        _health, _text, way_out = self._health()
        _words, method = WAYS[way_out or "set_up"]
        return getattr(self, method)()

    def action_open_waiting(self):
        """What goes to Exact by itself."""
        self.ensure_one()
        here = Domain("administration_id", "=", self.id)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waiting for Exact"),
            "res_model": "exact.entry",
            "view_mode": "list",
            "domain": list(here & WAITS),
        }

    def action_open_delivered(self):
        """The bills that were delivered and that the accountant has not booked yet."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "optedo_exact.exact_delivered_action"
        )
        here = Domain("administration_id", "=", self.id)
        return action | {"domain": list(here & DELIVERED)}

    def action_open_last_run(self):
        """The last export of many, with what did not go."""
        self.ensure_one()
        self.check_access("read")
        run = self.last_run_id
        return run._action_form() if run else self.action_open_run()
