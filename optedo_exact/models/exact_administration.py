from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact import states
from ..exact.errors import ExactError
from . import issues
from .guards import check_manager, check_not_readonly, secret_last


class ExactAdministration(models.Model):
    """A company of Odoo tied to one administration (division) of Exact Online.

    Made when a company chooses Exact Online, before any login, so that every option has
    a place; ``division`` is 0 until an administration is chosen.
    """

    _name = "exact.administration"
    _description = "Exact Online Administration"
    _inherit = ["mail.thread", "exact.chosen.mixin", "exact.issue.mixin"]

    active = fields.Boolean(default=True, readonly=True, copy=False)
    name = fields.Char(
        "Administration",
        readonly=True,
        copy=False,
        default=lambda self: self.env._("No administration chosen"),
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    connection_id = fields.Many2one(
        "exact.connection", required=True, readonly=True, ondelete="restrict"
    )
    connection_state = fields.Selection(related="connection_id.state")
    division = fields.Integer(
        "Administration number", readonly=True, copy=False, aggregator=False
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # --- lists ---------------------------------------------------------------
    reference_ids = fields.One2many("exact.reference", "administration_id")
    mapping_ids = fields.One2many("exact.mapping", "administration_id")
    journal_mapping_ids = fields.One2many(
        "exact.mapping", "administration_id", domain=[("kind", "=", "journal")]
    )
    tax_mapping_ids = fields.One2many(
        "exact.mapping", "administration_id", domain=[("kind", "=", "tax")]
    )
    account_mapping_ids = fields.One2many(
        "exact.mapping", "administration_id", domain=[("kind", "=", "account")]
    )
    term_mapping_ids = fields.One2many(
        "exact.mapping", "administration_id", domain=[("kind", "=", "payment_term")]
    )
    cost_center_mapping_ids = fields.One2many(
        "exact.mapping", "administration_id", domain=[("kind", "=", "cost_center")]
    )
    cost_unit_mapping_ids = fields.One2many(
        "exact.mapping", "administration_id", domain=[("kind", "=", "cost_unit")]
    )
    has_cost_centers = fields.Boolean(compute="_compute_has_analytic")
    has_cost_units = fields.Boolean(compute="_compute_has_analytic")
    references_read_at = fields.Datetime("Lists read on", readonly=True, copy=False)

    # --- customers and suppliers ---------------------------------------------
    customers_matched_at = fields.Datetime(
        "Customers matched on",
        readonly=True,
        copy=False,
        help="When somebody said that the first match of customers is done.",
    )

    # --- payments ------------------------------------------------------------
    payment_cursor = fields.Char(readonly=True, copy=False)
    deleted_cursor = fields.Char(readonly=True, copy=False)
    payments_read_at = fields.Datetime(
        "Last check of payments", readonly=True, copy=False
    )
    payments_compared_at = fields.Datetime(
        "Payments compared on",
        readonly=True,
        copy=False,
        help="When all open items were compared with Exact, as happens once a day.",
    )
    moved_at = fields.Char(
        readonly=True,
        copy=False,
        help="When Exact moved the administration; its feeds start again then.",
    )
    payment_share_seen = fields.Boolean(
        readonly=True,
        copy=False,
        help="Somebody looked at the unusual share of invoices that the next check "
        "settles.",
    )
    ledger_cursor = fields.Char(readonly=True, copy=False)
    ledger_read_at = fields.Datetime(readonly=True, copy=False)
    ledger_behind = fields.Boolean(
        readonly=True,
        copy=False,
        help="The ledger lines of Exact are being caught up with; until then payments "
        "do not say what settled an invoice.",
    )

    # --- state ---------------------------------------------------------------
    waiting_count = fields.Integer(compute="_compute_waiting_count", compute_sudo=True)

    # --- the connection, shown on the set-up page ----------------------------
    site = fields.Selection(related="connection_id.site", readonly=False)
    base_url = fields.Char(related="connection_id.base_url", readonly=False)
    client_id = fields.Char(related="connection_id.client_id", readonly=False)
    client_secret = fields.Char(related="connection_id.client_secret", readonly=False)
    has_client_secret = fields.Boolean(related="connection_id.has_client_secret")
    redirect_uri = fields.Char(related="connection_id.redirect_uri")
    webhook_secret = fields.Char(related="connection_id.webhook_secret", readonly=False)
    has_webhook_secret = fields.Boolean(related="connection_id.has_webhook_secret")
    webhook_url = fields.Char(related="connection_id.webhook_url")
    login_name = fields.Char(related="connection_id.login_name")
    connection_issue_message = fields.Text(related="connection_id.issue_message")

    _company_uniq = models.UniqueIndex("(company_id) WHERE active")

    # --- computes and constraints --------------------------------------------

    @api.depends("reference_ids.kind")
    def _compute_has_analytic(self):
        for administration in self:
            kinds = set(administration.reference_ids.mapped("kind"))
            administration.has_cost_centers = "cost_center" in kinds
            administration.has_cost_units = "cost_unit" in kinds

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_waiting_count(self):
        waiting = ("queued", "sending", "unknown", "waiting")
        groups = self.env["exact.entry"]._read_group(
            [("administration_id", "in", self.ids), ("state", "in", waiting)],
            ["administration_id"],
            ["__count"],
        )
        counts = dict(groups)
        mine = self._of_reader()
        for administration in self:
            count = counts.get(administration, 0) if administration in mine else 0
            administration.waiting_count = count

    # --- CRUD ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("connection_id"):
                connections = self.env["exact.connection"]
                company = self.env["res.company"].browse(
                    vals.get("company_id") or self.env.company.id
                )
                site = connections._site_of(company)
                login = connections._of_above(company) or connections.create(
                    {"site": site}
                )
                vals["connection_id"] = login.id
        return super().create(vals_list)

    def write(self, vals):
        check_not_readonly(self, vals)
        return super().write(secret_last(vals, "client_secret"))

    # --- actions -------------------------------------------------------------

    @api.model
    def action_open_setup(self):
        """The set-up page of the current company, made where it has none yet."""
        administration = self.env.company.exact_administration_id
        if not administration:
            self.env.company._exact_set_external_accounting("exact")
            administration = self.env.company.exact_administration_id
        return administration._action_form()

    def _action_form(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Exact Online"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_connect(self):
        self.ensure_one()
        return self.connection_id._begin_login(self)

    def action_disconnect(self):
        return self.connection_id.action_disconnect()

    def action_test(self):
        """Ask Exact what this login and licence may do (product A3)."""
        self.ensure_one()
        self._check_manager()
        wizard = self.env["exact.test.connection"].create(
            {"administration_id": self.id}
        )
        return wizard._action_open()

    def action_is_moved(self):
        return self.connection_id.action_is_moved()

    def action_choose_division(self):
        """Offer the administrations that the login may use (product A4).

        Only to who may change the login: it may enter those of other companies too.
        """
        self.ensure_one()
        self._check_manager()
        self.connection_id._check_manager()
        wizard = self.env["exact.choose.division"].create(
            {"administration_id": self.id}
        )
        return wizard._action_open()

    def action_read_references(self):
        """Read the lists of Exact now."""
        self.ensure_one()
        self._check_manager()
        try:
            self.env["exact.reference"]._read_all(self, urgent=True)
        except ExactError as error:
            raise self.connection_id._user_error(error) from error
        self._clear_issue()
        return True

    def action_open_entries(self):
        """The invoices of this administration by state."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices in Exact Online"),
            "res_model": "exact.entry",
            "view_mode": "list",
            "domain": [("administration_id", "=", self.id)],
            "context": {"search_default_group_by_state": 1},
        }

    def action_match_customers(self):
        """The first match of customers and suppliers, begun or taken up again (D6)."""
        self.ensure_one()
        self._check_manager()
        matches = self.env["exact.match.accounts"]
        match = matches.search([("administration_id", "=", self.id)])
        if not match:
            match = matches.sudo().create({"administration_id": self.id}).sudo(False)
        return match._action_form()

    def action_open_accounts(self):
        """The customers and suppliers of this administration."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customers and suppliers"),
            "res_model": "exact.account",
            "view_mode": "list,form",
            "domain": [("administration_id", "=", self.id)],
        }

    # --- helpers -------------------------------------------------------------

    def _check_manager(self) -> None:
        """The right E1, for an administration of one of the user's companies.

        The login has a check of its own, since others may use it too.
        """
        self.check_access("write")
        check_manager(self.env)

    def _clear_issue(self) -> None:
        if self.issue_code:
            self.sudo().write(issues.NONE)

    def _client(self, urgent: bool = False):
        """A client for this administration.

        :param urgent: a user waits for it; it may use the day's reserve
        """
        self.ensure_one()
        return self.sudo().connection_id._client(self.sudo(), urgent)

    def _set_division(self, division: int, name: str) -> "ExactAdministration":
        """Tie the company to an administration of Exact.

        Another one than before archives this record with its links and starts a new
        one; what was exported keeps pointing to the old (product A5).
        """
        self.ensure_one()
        if not self.division:
            self.write({"division": division, "name": name})
            return self
        if self.division == division:
            self.name = name
            return self
        entries = self.env["exact.entry"].search([("administration_id", "=", self.id)])
        following = self.copy_data()[0]
        self._put_away()
        new = self.create(following | {"division": division, "name": name})
        here = entries.company_id.filtered(lambda c: c.exact_administration_id == new)
        new._take_over(here, self)
        return new

    def _put_away(self) -> None:
        """Archive it with its links; what stands in it is finished there.

        :raises UserError: of an invoice it is not known whether it was booked
        """
        entries = self.env["exact.entry"].search([("administration_id", "=", self.id)])
        entries._exact_check_none_pending()
        self.active = False
        self.flush_recordset()  # one active administration a company
        # Payments of what was booked in the old one are still followed there, and its
        # files, removals and deliveries are finished there. A job at work right now
        # cannot be switched off, and finds nothing to do later.
        crons = self.schedule_cron_id + self.reference_cron_id + self.bill_cron_id
        if not any(entry.state in states.STAYS for entry in entries):
            crons += self.export_cron_id
        crons.try_lock_for_update().active = False

    @api.ondelete(at_uninstall=False)
    def _unlink_never_used(self):
        if (
            self.env["exact.entry"]
            .sudo()
            .search_count(
                [("administration_id", "in", self.ids), ("guid", "!=", False)], limit=1
            )
        ):
            raise UserError(
                self.env._("Invoices were booked in it; archive it instead.")
            )
