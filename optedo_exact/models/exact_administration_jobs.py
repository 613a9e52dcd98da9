from collections.abc import Callable
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import LazyTranslate

from ..exact.errors import ExactError
from . import issues

_lt = LazyTranslate(__name__)

ATTEMPTS = 3
SOON = timedelta(minutes=1)  # when a job comes back that another kept from the login

CRONS = {
    # field: (method of this model, interval, unit)
    "export_cron_id": ("_cron_exact_export", 1, "hours"),
    "schedule_cron_id": ("_cron_exact_scheduled_export", 1, "hours"),
    "payment_cron_id": ("_cron_exact_payments", 1, "hours"),
    "reference_cron_id": ("_cron_exact_references", 1, "days"),
    "bill_cron_id": ("_cron_exact_bills", 1, "hours"),
}
# As Scheduled Actions shows them.
NAMES = {
    "export_cron_id": _lt("Exact Online: book what waits for %s"),
    "schedule_cron_id": _lt("Exact Online: start the export at its fixed time for %s"),
    "payment_cron_id": _lt("Exact Online: check payments for %s"),
    "reference_cron_id": _lt("Exact Online: read lists for %s"),
    "bill_cron_id": _lt("Exact Online: import vendor bills for %s"),
}


class ExactAdministration(models.Model):
    """The jobs of an administration, of its own so that none holds up another."""

    _inherit = "exact.administration"

    export_cron_id = fields.Many2one("ir.cron", readonly=True, copy=False)
    schedule_cron_id = fields.Many2one("ir.cron", readonly=True, copy=False)
    payment_cron_id = fields.Many2one("ir.cron", readonly=True, copy=False)
    reference_cron_id = fields.Many2one("ir.cron", readonly=True, copy=False)
    bill_cron_id = fields.Many2one("ir.cron", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        administrations = super().create(vals_list)
        administrations.sudo()._create_crons()
        return administrations

    def _create_crons(self) -> None:
        for administration in self:
            for field, (method, number, unit) in CRONS.items():
                administration[field] = self.env["ir.cron"].create(
                    {
                        "name": administration._cron_name(field),
                        "model_id": self.env["ir.model"]._get_id(self._name),
                        "state": "code",
                        "code": f"model.browse({administration.id}).{method}()",
                        "user_id": self.env.ref("base.user_root").id,
                        "interval_number": number,
                        "interval_type": unit,
                    }
                )

    def write(self, vals):
        result = super().write(vals)
        if "name" in vals:
            for administration in self.sudo():
                for field in CRONS:
                    # Odoo refuses to change a job that is at work; its name can wait.
                    cron = administration[field].try_lock_for_update()
                    cron.name = administration._cron_name(field)
        return result

    def unlink(self):
        """Its jobs and a login that nobody else uses go with it."""
        crons = self.env["ir.cron"].sudo()
        for field in CRONS:
            crons += self.sudo()[field]
        connections = self.sudo().connection_id
        result = super().unlink()
        crons.unlink()
        connections._forget_unused()
        return result

    def _cron_name(self, field: str) -> str:
        """What a job does and for whom, for who looks at Odoo's scheduled actions."""
        whom = self.company_id.display_name
        if self.division:
            whom = f"{whom} ({self.division} {self.name})"
        words = self.env._(NAMES[field])
        return words % whom

    def _cron_exact_export(self):
        """Recover what is unknown and send what is queued.

        :return: the ``ExactError`` that stopped it, if any
        """
        cron = self.env["ir.cron"]
        return self.env["exact.export"]._run_administration(
            self,
            # An invoice takes several commits: outside of a job they tell it nothing.
            cron.with_context(ir_cron_progress_id=False)._commit_progress,
            cron._commit_progress,
        )

    def _cron_exact_payments(self):
        """Take over the payments that Exact received."""
        self._connected()._keep_webhooks_where_due()
        for administration in self.filtered("import_payments")._connected():
            administration._quietly(
                lambda a: self.env["exact.payment.import"]._poll(a, self._committer())
            )

    def _cron_exact_references(self):
        """Refresh the lists of Exact."""
        for administration in self._ready():
            administration._quietly(self.env["exact.reference"]._read_all)
            administration._quietly(lambda a: a._read_others())
        self.connection_id._warn_before_end()

    def _cron_exact_bills(self):
        """Take over the vendor bills that were booked in Exact."""
        importing = self._ready().filtered(lambda a: a.import_bills != "no")
        for administration in importing:
            if administration.bills_started or administration.bills_look_open:
                administration._quietly(lambda a: a._import_bills_in_slot())

    def _ready(self):
        """Those that invoices may be booked in now."""
        return self.filtered("active")._in_use()._connected()

    def _connected(self):
        """Those that may call Exact: chosen, logged in, not a copy.

        Also one that its company is no longer booked in, as long as the company is
        booked somewhere: payments of what stands in it are followed, and its files,
        removals and deliveries are finished.
        """
        return self.filtered(
            lambda a: (
                a.division
                and a.connection_state == "connected"
                and a.company_id.active
                and a._is_booked_somewhere()
            )
        )

    def _is_booked_somewhere(self) -> bool:
        """Whether its company is booked in Exact, here or in another one."""
        company = self.company_id
        # Of a main company no search is needed, in a job that runs all day.
        is_main = self.active and not company.parent_id
        if is_main and company.external_accounting == "exact":
            return True
        return bool(company.exact_administration_id)

    def _committer(self) -> Callable:
        """What commits in a job without a word to Odoo's scheduler: there is no count
        to tell, and each would cost it three queries."""
        cron = self.env["ir.cron"].with_context(ir_cron_progress_id=False)
        return cron._commit_progress

    def _quietly(self, work) -> None:
        """Run ``work`` and keep an error of Exact on the administration.

        Again where another job of the administration wrote on it meanwhile: they start
        at the same time of the day, and several workers take them at once.
        Never let it out of a cron: five failures over a week switch the cron off
        (odoo/addons/base/models/ir_cron.py).
        """
        for attempt in range(1, ATTEMPTS + 1):
            had_issue = bool(self.issue_code)
            try:
                work(self)
                if had_issue:
                    self._clear_issue()
                # Kept, whatever becomes of the next step.
                self._committer()()
                return
            except ExactError as error:
                self.env.cr.rollback()
                self.write(issues.of_error(error))
                cron_id = self.env.context.get("cron_id")
                if error.code == "login_busy" and cron_id:
                    # A moment later the login is free, and not only in an hour.
                    cron = self.env["ir.cron"].sudo().browse(cron_id)
                    cron._trigger(fields.Datetime.now() + SOON)
                return
            except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError):
                self.env.cr.rollback()
                if attempt == ATTEMPTS:
                    raise

    def _wake_crons(self) -> None:
        for administration in self:
            administration.sudo().export_cron_id._trigger()

    def _trigger_export(self, at: datetime | None = None) -> None:
        """Have the export job look again, at a moment (naive, UTC) or now."""
        self.sudo().export_cron_id._trigger(at)

    def _export_is_planned(self, first: datetime, last: datetime) -> bool:
        """Whether the export job is planned between two moments (naive, UTC)."""
        planned = [
            ("cron_id", "=", self.sudo().export_cron_id.id),
            ("call_at", ">=", first),
            ("call_at", "<=", last),
        ]
        return bool(self.env["ir.cron.trigger"].sudo().search_count(planned, limit=1))

    def _trigger_recovery(self) -> None:
        """Ask again after the time within which a late booking may still appear."""
        minutes = self.env["exact.entry"].LATE_MINUTES
        at = fields.Datetime.now() + timedelta(minutes=minutes, seconds=10)
        self._trigger_export(at)
