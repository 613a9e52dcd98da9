from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.tools import format_datetime, format_time

from . import issues
from .exact_run import ACTIVE


class ExactRun(models.Model):
    """What a page says of a run, in the words of who reads it.

    A run may hold invoices of companies that are not the reader's: those are counted,
    and not named.
    """

    _inherit = "exact.run"

    # --- what did not go, and why --------------------------------------------

    @api.depends_context("lang")
    def _compute_words(self):
        """What is done with what it takes along: invoices are booked."""
        for run in self:
            run.done_word = self.env._("booked")
            run.failed_word = self.env._("not booked")

    @api.depends("done_word", "failed_word")
    @api.depends_context("lang")
    def _compute_labels(self):
        for run in self:
            run.done_label = run.done_word.capitalize()
            run.failed_label = run.failed_word.capitalize()

    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_issue_message(self):
        # EXTENDS the mixin: the invoice that it stopped at is named to who may see it.
        stopped = self.filtered(lambda run: run.issue_code == "run_stopped_at")
        for run in stopped:
            run.issue_message = issues.words(self.env, run._readable_issue())
        return super(ExactRun, self - stopped)._compute_issue_message()

    @api.depends("failures", "held_causes", "left_out_causes", "customer_problems")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_problems_html(self):
        for run in self:
            kept = run.sudo()
            parts = [
                (run.failed_label, kept.failures),
                (self.env._("Waiting"), kept.held_causes),
                (self.env._("Left out from the beginning"), kept.left_out_causes),
                (self.env._("Customers not updated"), kept.customer_problems),
            ]
            run.problems_html = Markup("").join(
                self._problems_part(title, causes) for title, causes in parts if causes
            )

    def _problems_part(self, title: str, causes: list[dict]) -> Markup:
        items = Markup("").join(
            Markup("<li><b>%s</b> %s%s</li>")
            % (
                cause["count"],
                self._multiline(self._cause(cause)),
                self._names(cause),
            )
            for cause in causes
        )
        return Markup("<h5>%s</h5><ul>%s</ul>") % (title, items)

    @staticmethod
    def _multiline(text: str) -> Markup:
        return Markup("<br/>").join(escape(line) for line in text.splitlines())

    def _cause(self, cause: dict) -> str:
        """The sentence of a cause; only its name where it is about what the reader may
        not see."""
        code = cause["issue_code"]
        first = {
            "account.move": (cause.get("move_ids") or [])[:1],
            "res.partner": (cause.get("partner_ids") or [])[:1],
        }
        if any(ids and not self._visible(model, ids) for model, ids in first.items()):
            return issues.label(self.env, code)
        return issues.sentence(
            self.env, code, cause["issue_params"], cause.get("issue_text")
        )

    def _readable_issue(self) -> dict:
        """What stopped it, as issue fields that name only what the reader may see."""
        issue = issues.of_record(self)
        if self.issue_code == "run_stopped_at":
            move = self._visible("account.move", [self.issue_params["move_id"]])
            name = move.name or self.env._("(of another company)")
            issue["issue_params"] = {"invoice": name}
        return issue

    def _visible(self, model: str, ids: list[int] | None):
        """Those of these records that the reader may see."""
        return self.env[model].browse(ids or []).exists()._filtered_access("read")

    def _names_of(self, cause: dict) -> list[str]:
        moves = self._visible("account.move", cause.get("move_ids"))
        partners = self._visible("res.partner", cause.get("partner_ids"))
        return [*moves.mapped("name"), *partners.mapped("display_name")]

    def _names(self, cause: dict) -> Markup:
        names = self._names_of(cause)
        if not names:
            return Markup("")
        more = "…" if cause["count"] > len(names) else ""
        return Markup(" <span class='text-muted'>(%s%s)</span>") % (
            ", ".join(names),
            more,
        )

    # --- how far it is -------------------------------------------------------

    def read_progress(self) -> dict:
        """What the progress page shows, in the words of who looks at it."""
        self.ensure_one()
        self.check_access("read")
        finished = self.done + self.failed
        return {
            "state": self.state,
            "total": self.total,
            "done": self.done,
            "failed": self.failed,
            "waiting": self.waiting,
            "done_word": self.done_word,
            "failed_word": self.failed_word,
            "percent": round(100 * finished / self.total) if self.total else 100,
            "text": self._progress_text(),
        }

    def _progress_text(self) -> str:
        """The sentence under the bar."""
        if self.state not in ACTIVE:
            return ""
        left = self.administration_id.sudo()._calls_left_today()
        numbers = {"calls": f"{left:,}", "invoices": f"{self.waiting:,}"}
        if self.state == "waiting" and self.until:
            return self.env._(
                "%(calls)s calls left today; %(invoices)s invoices waiting, goes on "
                "about %(moment)s.",
                moment=self._moment(self.until),
                **numbers,
            )
        if self.customers_total and not self.waiting:
            return self.env._(
                "%(calls)s calls left today; customers are being updated: %(done)s of "
                "%(total)s.",
                calls=numbers["calls"],
                done=self.customers_done,
                total=self.customers_total,
            )
        if self.expected_end:
            return self.env._(
                "%(calls)s calls left today; %(invoices)s invoices waiting, done about "
                "%(moment)s.",
                moment=self._moment(self.expected_end),
                **numbers,
            )
        return self.env._(
            "%(calls)s calls left today; %(invoices)s invoices waiting.", **numbers
        )

    def _moment(self, moment) -> str:
        """The hour, with the day where it is not today."""
        local = fields.Datetime.context_timestamp(self, moment)
        today = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        if local.date() == today.date():
            return format_time(self.env, moment, time_format="short")
        return format_datetime(self.env, moment, dt_format="short")
