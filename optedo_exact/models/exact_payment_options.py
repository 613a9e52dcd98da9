from odoo import api, fields, models
from odoo.exceptions import ValidationError

MOST_CENTS = 500
# Two calls a check: at five minutes 576 of the day's 5,000 (exact-api 3).
SHORTEST, LONGEST = 5, 1440


class ExactAdministration(models.Model):
    """The options of the payments that come from Exact (product B4, B12, B16)."""

    _inherit = "exact.administration"

    payment_interval = fields.Integer(
        "Check payments every (minutes)",
        default=60,
        tracking=True,
        help="How often Exact is asked for payments, from 5 minutes to a day (1,440). "
        "A check in which nothing changed costs two calls.",
    )
    payment_tolerance = fields.Integer(
        "Tolerance (cents)",
        tracking=True,
        help="An invoice on which something was paid still counts as paid when no more "
        "than this is left, at most 500; the rest is written off on the write-off "
        "account. 0: an invoice is paid when Exact says so. Nothing changes in Exact.",
    )
    write_off_account_id = fields.Many2one(
        "account.account",
        "Write-off account",
        domain="[('company_ids', 'parent_of', company_id), "
        "('account_type', 'in', ('income', 'income_other', 'expense'))]",
        check_company=True,
        ondelete="restrict",
        copy=False,
        tracking=True,
        help="The account in Odoo for what is written off: the rest within the "
        "tolerance, and discounts and payment differences that were booked in Exact.",
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

    @api.constrains("payment_tolerance")
    def _check_payment_tolerance(self):
        for administration in self:
            if not 0 <= administration.payment_tolerance <= MOST_CENTS:
                raise ValidationError(
                    self.env._("The tolerance is 0 to %s cents.", MOST_CENTS)
                )

    # --- CRUD ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        administrations = super().create(vals_list)
        administrations.sudo()._plan_payment_checks()
        administrations.filtered("import_payments").sudo()._propose_write_off_account()
        return administrations

    def write(self, vals):
        result = super().write(vals)
        if "payment_interval" in vals:
            self.sudo()._plan_payment_checks()
        if vals.get("import_payments"):
            self.sudo()._propose_write_off_account()
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

    def _propose_write_off_account(self) -> None:
        """The rounding difference account of the Dutch chart; elsewhere it is asked."""
        name = "l10n_nl_rounding_difference_loss_account_id"
        for administration in self.filtered(lambda a: not a.write_off_account_id):
            company = administration.company_id
            if name in company._fields:
                administration.write_off_account_id = company[name]

    # --- what is missing -----------------------------------------------------

    def _payment_problems(self) -> list[str]:
        """Sentences on what keeps payments from being followed in full."""
        self.ensure_one()
        if not self.import_payments or self.write_off_account_id:
            return []
        return [
            self.env._(
                "Choose the write-off account: until then discounts, differences and "
                "rests within the tolerance are not written off in Odoo."
            )
        ]
