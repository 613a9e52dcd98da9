from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Two calls a check: at five minutes 576 of the day's 5,000 (exact-api 3).
SHORTEST, LONGEST = 5, 1440


class ExactAdministration(models.Model):
    """The options of the payments that come from Exact (product B16)."""

    _inherit = "exact.administration"

    payment_interval = fields.Integer(
        "Check payments every (minutes)",
        default=60,
        tracking=True,
        help="How often Exact is asked for payments, from 5 minutes to a day (1,440). "
        "A check in which nothing changed costs two calls.",
    )
    next_payment_check_at = fields.Datetime(
        "Next check of payments",
        compute="_compute_next_payment_check_at",
        compute_sudo=True,
    )

    @api.depends("import_payments", "payment_cron_id.nextcall", "connection_state")
    def _compute_next_payment_check_at(self):
        for administration in self:
            cron = administration.payment_cron_id
            checks = administration.import_payments and administration._connected()
            administration.next_payment_check_at = (
                checks and cron.active and cron.nextcall
            )

    # --- constraints ---------------------------------------------------------

    @api.constrains("payment_interval")
    def _check_payment_interval(self):
        for administration in self:
            if not SHORTEST <= administration.payment_interval <= LONGEST:
                raise ValidationError(
                    self.env._(
                        "Check payments every 5 to 1,440 minutes. Webhooks, or Check "
                        "payments now, bring them sooner."
                    )
                )

    # --- CRUD ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        administrations = super().create(vals_list)
        administrations.sudo()._plan_payment_checks()
        return administrations

    def write(self, vals):
        result = super().write(vals)
        if "payment_interval" in vals:
            self.sudo()._plan_payment_checks()
        return result

    def _plan_payment_checks(self) -> None:
        """Have the job run as often as was chosen, from now on.

        A job at work right now cannot be changed; Odoo says so, and to try again.
        """
        for administration in self:
            cron = administration.payment_cron_id
            minutes = administration.payment_interval
            if (cron.interval_number, cron.interval_type) == (minutes, "minutes"):
                continue
            soonest = fields.Datetime.add(fields.Datetime.now(), minutes=minutes)
            cron.write(
                {
                    "interval_number": minutes,
                    "interval_type": "minutes",
                    "nextcall": min(cron.nextcall, soonest),
                }
            )

    # --- accounts ------------------------------------------------------------

    def _write_off_account(self, gain: bool):
        """Where a difference is booked; none for the clearing journal.

        :param gain: what we owed and need not pay, else a loss
        """
        in_favour = gain and self.write_off_gain_account_id
        return in_favour or self.write_off_account_id

    # --- what is missing -----------------------------------------------------

    def _payment_problems(self) -> list[str]:
        """Sentences on what keeps payments from being followed in full."""
        self.ensure_one()
        if not self.import_payments or self.write_off_account_id:
            return []
        return [
            self.env._(
                "Choose the account for differences: until then discounts, payment "
                "differences and write-offs of Exact stand on the clearing journal."
            )
        ]
