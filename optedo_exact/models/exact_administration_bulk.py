import logging
from datetime import UTC, datetime

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..exact.limits import Quota
from ..exact.schedule import WORKING_DAYS, next_moment
from . import issues

_logger = logging.getLogger(__name__)


class ExactWeekday(models.Model):
    """A day of the week, to be chosen several of."""

    _name = "exact.weekday"
    _description = "Day of the Week"
    _order = "number"

    name = fields.Char(required=True, translate=True, readonly=True)
    number = fields.Integer(required=True, readonly=True, help="Monday is 0.")

    _number_uniq = models.Constraint("UNIQUE(number)")


class ExactAdministration(models.Model):
    """Exports of many invoices: options, the fixed time, what Exact still allows."""

    _inherit = "exact.administration"

    on_error = fields.Selection(
        [
            ("stop", "Stop the run"),
            ("continue", "Go on with the next invoice"),
        ],
        "When an invoice cannot be booked",
        default="stop",
        required=True,
        tracking=True,
        help="Of an export of many invoices. Stop the run: what is left of it waits "
        "until somebody says that it goes on, or until the next export takes it along, "
        "also the one at the fixed time. Go on: the invoice is kept with the reason, "
        "the others go. A fault of the connection, the login or the limits of Exact "
        "always stops the run, which then goes on by itself.",
    )
    update_all_customers_on_bulk = fields.Boolean(
        "Update all customers with every export of many",
        tracking=True,
        help="On: after an export of many invoices every customer in Exact with an "
        "invoice from one year ago to one year ahead gets the data of its newest "
        "invoice, where they changed. Off: only the customers of the invoices that "
        "were just booked. It costs one call to Exact a changed customer.",
    )
    customer_update_text = fields.Char(
        "Customers in Exact", compute="_compute_customer_update_text"
    )
    export_scheduled = fields.Boolean(
        "Export at a fixed time",
        tracking=True,
        help="On: all invoices that are to be booked go to Exact by themselves, on "
        "these days at this hour. Off: somebody starts it.",
    )
    export_weekday_ids = fields.Many2many(
        "exact.weekday",
        string="Days",
        default=lambda self: self.env["exact.weekday"].search(
            [("number", "in", WORKING_DAYS)]
        ),
    )
    export_hour = fields.Float(
        "At", default=20.0, tracking=True, help="In the time zone of the company."
    )
    next_export_at = fields.Datetime(
        "Next export", compute="_compute_next_export_at", store=True, copy=False
    )
    calls_left_today = fields.Integer(compute="_compute_limits", compute_sudo=True)
    limits_text = fields.Char(
        "Calls to Exact", compute="_compute_limits", compute_sudo=True
    )
    run_ids = fields.One2many("exact.run", "administration_id", readonly=True)
    active_run_id = fields.Many2one("exact.run", compute="_compute_active_run_id")

    # --- computes and constraints --------------------------------------------

    @api.depends("update_customer_on_export", "update_all_customers_on_bulk")
    @api.depends_context("lang")
    def _compute_customer_update_text(self):
        sentences = {
            (False, False): self.env._(
                "A customer that Exact has stays as it is when one invoice is booked. "
                "After an export of many, those of its invoices whose data changed "
                "are updated."
            ),
            (False, True): self.env._(
                "A customer that Exact has stays as it is when one invoice is booked. "
                "After an export of many, every customer with an invoice from one "
                "year ago to one year ahead is updated where its data changed."
            ),
            (True, False): self.env._(
                "A customer is updated in Exact with each invoice that is booked, "
                "alone or with many, where its data changed."
            ),
            (True, True): self.env._(
                "A customer is updated in Exact with each invoice that is booked. "
                "After an export of many, every other customer with an invoice from "
                "one year ago to one year ahead is too, where its data changed."
            ),
        }
        for administration in self:
            administration.customer_update_text = sentences[
                administration.update_customer_on_export,
                administration.update_all_customers_on_bulk,
            ]

    @api.depends("export_scheduled", "export_weekday_ids", "export_hour", "active")
    def _compute_next_export_at(self):
        for administration in self:
            administration.next_export_at = (
                administration.export_scheduled
                and administration.active
                and administration._next_export(fields.Datetime.now())
            )

    def _next_export(self, after: datetime):
        """The first moment of the schedule behind ``after``; both naive, UTC."""
        moment = next_moment(
            after.replace(tzinfo=UTC),
            self.export_weekday_ids.mapped("number"),
            self.export_hour,
            self._time_zone(),
        )
        return moment and moment.replace(tzinfo=None)

    def _time_zone(self) -> str:
        """That of the company's address, else of its country."""
        partner = self.company_id.sudo().partner_id
        country = self.company_id.country_id.code or ""
        of_country = pytz.country_timezones.get(country, ["UTC"])[0]
        return partner.tz or of_country

    @api.constrains("export_scheduled", "export_weekday_ids", "export_hour")
    def _check_schedule(self):
        for administration in self.filtered("export_scheduled"):
            if not administration.export_weekday_ids:
                raise ValidationError(
                    self.env._("Choose the days on which invoices go to Exact.")
                )
            if not 0 <= administration.export_hour < 24:
                raise ValidationError(
                    self.env._("Choose an hour between 00:00 and 23:59.")
                )

    @api.constrains("export_scheduled", "export_from", "export_every_invoice")
    def _check_schedule_has_start(self):
        for administration in self.filtered("export_scheduled"):
            if not administration._has_start():
                raise ValidationError(issues.sentence(self.env, "start_missing"))

    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_limits(self):
        mine = self._of_reader()
        others = self - mine
        others.calls_left_today, others.limits_text = 0, False
        for administration in mine:
            left = administration._calls_left_today()
            administration.calls_left_today = left
            run = self.env["exact.run"]._active(administration)
            administration.limits_text = (
                run.with_env(self.env).sudo()._progress_text()
                if run
                else self.env._("%s calls left today.", f"{left:,}")
            )

    def _compute_active_run_id(self):
        for administration in self:
            run = self.env["exact.run"]._active(administration)
            administration.active_run_id = run.with_env(self.env)

    # --- limits --------------------------------------------------------------

    def _quota(self) -> Quota:
        """What Exact still allows, as it was after the last call."""
        row = (
            self.env["exact.quota"]
            .sudo()
            .search([("administration_id", "=", self.id)], limit=1)
        )
        return Quota.load(row.data)

    def _calls_left_today(self) -> int:
        return self._quota().left_today(datetime.now(UTC))

    # --- the fixed time ------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        administrations = super().create(vals_list)
        administrations._plan_export()
        return administrations

    def write(self, vals):
        result = super().write(vals)
        if {"export_scheduled", "export_weekday_ids", "export_hour"} & set(vals):
            self._plan_export()
        return result

    def _plan_export(self) -> None:
        """Have the job look at the moment that is due next."""
        for administration in self.filtered("next_export_at"):
            administration.sudo().schedule_cron_id._trigger(
                administration.next_export_at
            )

    def _cron_exact_scheduled_export(self):
        """Start the export that is due, also where it was due while Odoo was off."""
        now = fields.Datetime.now()
        for administration in self.filtered("export_scheduled"):
            if not administration.next_export_at or administration.next_export_at > now:
                continue
            administration._start_scheduled_export(now)

    def _start_scheduled_export(self, now) -> None:
        """Start it, then plan the next; where that fails it is tried in an hour.

        Never let it out of a cron: five failures over a week switch the cron off.
        """
        commit = self.env["ir.cron"]._commit_progress
        try:
            self.env["exact.bulk"]._start(self, "schedule", commit)
            self.next_export_at = self._next_export(now)
            self._plan_export()
            self._close_start_report()
            commit()
        except Exception as error:  # a fault of one does not stop the others
            self.env.cr.rollback()
            _logger.exception("The export of %s could not be started", self.name)
            self._report_start(error)
            commit()

    # --- helpers -------------------------------------------------------------

    def _set_division(self, division: int, name: str):
        # EXTENDS: the run of the former administration ends with it; what it had not
        # booked yet goes on in the new one.
        run = self.env["exact.run"]._active(self)
        new = super()._set_division(division, name)
        if new != self:
            # Also what a run had left that was stopped before.
            self.env["exact.entry"].sudo().search(
                [
                    ("run_id.administration_id", "=", self.id),
                    ("guid", "=", False),
                ]
            ).run_id = False
            if run:
                run._exact_stop(issues.make("run_other_administration"))
        return new

    def _why_not_ready(self) -> dict:
        """The issue of an administration that nothing may be booked in now."""
        connection = self.connection_id.sudo()
        if connection.issue_code:
            return issues.of_record(connection)
        name = self.company_id.display_name
        if not self.company_id.active:
            return issues.make("company_archived", company=name)
        if connection.state != "connected":
            return issues.make("not_connected")
        return issues.make("no_administration", company=name)

    # --- actions -------------------------------------------------------------

    def action_synchronise(self):
        """Show what would go to Exact, before it goes (product F3)."""
        self.ensure_one()
        self._check_manager()
        return self.env["exact.synchronise"]._make(self, "all")._action_show()

    def action_open_run(self):
        """The run that is under way, else all of them."""
        self.ensure_one()
        self.check_access("read")
        if self.active_run_id:
            return self.active_run_id._action_form()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Runs"),
            "res_model": "exact.run",
            "view_mode": "list,form",
            "domain": [("administration_id", "=", self.id), ("kind", "=", "export")],
        }
