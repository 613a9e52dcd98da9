from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..exact import states
from ..exact.errors import ExactError
from . import issues
from .guards import check_not_readonly, secret_last

# Numbers and codes that stand in Exact do not follow a later choice.
HARD_TO_CHANGE = (
    "use_exact_entry_number",
    "use_exact_customer_code",
    "use_billing_account",
)
DEFAULT_GL_ACCOUNTS = (
    "default_gl_account_id",
    "default_gl_account_eu_id",
    "default_gl_account_export_id",
)


class ExactAdministration(models.Model):
    """A company of Odoo tied to one administration (division) of Exact Online.

    Made when a company chooses Exact Online, before any login, so that every option has
    a place; ``division`` is 0 until an administration is chosen.
    """

    _name = "exact.administration"
    _description = "Exact Online Administration"
    _inherit = ["mail.thread"]

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

    # --- options (product B) -------------------------------------------------
    import_payments = fields.Boolean(
        "Import payments from Exact",
        tracking=True,
        help="Payments that are booked on an exported invoice in Exact are registered "
        "on it in Odoo, on a journal of their own.",
    )
    payment_journal_id = fields.Many2one(
        "account.journal",
        readonly=True,
        ondelete="restrict",
        help="The clearing journal of the payments that come from Exact. It has no "
        "bank account and no statements.",
    )
    export_from = fields.Date(
        "Export invoices dated from",
        tracking=True,
        help="Older invoices are never offered for booking: they stand in the former "
        "bookkeeping. One of them can still be booked from its own form, after a "
        "question.",
    )
    ask_after_confirm = fields.Boolean(
        "Ask to book after confirming",
        default=True,
        tracking=True,
        help="Right after an invoice is confirmed, Odoo asks whether to book it in "
        "Exact. Off: invoices are booked by hand.",
    )
    use_exact_entry_number = fields.Boolean(
        "Use Exact's entry numbers",
        default=True,
        tracking=True,
        help="On: Exact gives each booking its next entry number. Off: Odoo's number "
        "goes along, digits only (FAC-2020-0001 becomes 20200001). Odoo's own number "
        "stays as it is, and can be found in Exact under Your reference.",
    )
    use_exact_customer_code = fields.Boolean(
        "Use Exact's customer codes",
        default=True,
        tracking=True,
        help="On: Exact gives a new customer its next code. Off: the customer's "
        "reference in Odoo goes along, digits only (KLANT-00001 becomes 00001), and an "
        "account in Exact with that code is the customer where its name or number "
        "agrees.",
    )
    update_customer_on_export = fields.Boolean(
        "Update the customer when an invoice is booked",
        tracking=True,
        help="On: name, address, numbers and e-mail of the customer in Exact become "
        "those of Odoo whenever they changed. An older invoice never overwrites what a "
        "newer one brought. Off: an existing customer stays as it is in Exact.",
    )
    use_billing_account = fields.Boolean(
        "Use billing accounts",
        tracking=True,
        help="On: a billing address of a customer names the account that Exact must "
        "see as customer, and an invoice to that address is booked on it; the customer "
        "itself stays untouched in Exact. Off: every invoice of a customer is booked "
        "on the customer.",
    )
    group_lines_by_vat = fields.Boolean(
        "Group invoice lines per VAT code",
        tracking=True,
        help="On: the booking in Exact has one line with totals per VAT code and "
        "ledger account. Off: every invoice line is a line in Exact.",
    )
    use_line_gl_account = fields.Boolean(
        "Use ledger accounts on invoice lines",
        tracking=True,
        help="On: a line is booked on the Exact ledger account chosen for its account "
        "in Odoo, and on the default where none is chosen. Off: every line is booked "
        "on the default ledger account.",
    )
    require_line_gl_account = fields.Boolean(
        "Ledger account is mandatory on lines",
        tracking=True,
        help="On: an invoice with a line whose account has no ledger account in Exact "
        "is not booked, and the lines are named. Off: such a line is booked on the "
        "default ledger account.",
    )
    default_gl_account_eu_id = fields.Many2one(
        "exact.reference",
        "Default ledger account, EU",
        domain="[('administration_id', '=', id), ('kind', '=', 'gl_account'),"
        " ('gone', '=', False)]",
        copy=False,
        tracking=True,
        help="For customers in another country of the European Union; empty: the "
        "default.",
    )
    default_gl_account_export_id = fields.Many2one(
        "exact.reference",
        "Default ledger account, export",
        domain="[('administration_id', '=', id), ('kind', '=', 'gl_account'),"
        " ('gone', '=', False)]",
        copy=False,
        tracking=True,
        help="For customers outside the European Union; empty: the default.",
    )
    default_gl_account_id = fields.Many2one(
        "exact.reference",
        "Default ledger account",
        domain="[('administration_id', '=', id), ('kind', '=', 'gl_account'),"
        " ('gone', '=', False)]",
        copy=False,
        tracking=True,
        help="The ledger account in Exact for lines without one of their own.",
    )

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
    references_read_at = fields.Datetime("Lists read on", readonly=True, copy=False)

    # --- payments ------------------------------------------------------------
    payment_cursor = fields.Char(readonly=True, copy=False)
    deleted_cursor = fields.Char(readonly=True, copy=False)
    payments_read_at = fields.Datetime("Payments read on", readonly=True, copy=False)

    # --- state ---------------------------------------------------------------
    issue_code = fields.Char(readonly=True, copy=False)
    issue_params = fields.Json(readonly=True, copy=False)
    issue_text = fields.Text(readonly=True, copy=False)
    issue_message = fields.Text(compute="_compute_issue_message")
    waiting_count = fields.Integer(compute="_compute_counts", compute_sudo=True)
    problem_count = fields.Integer(compute="_compute_counts", compute_sudo=True)

    # --- the connection, shown on the set-up page ----------------------------
    site = fields.Selection(related="connection_id.site", readonly=False)
    base_url = fields.Char(related="connection_id.base_url", readonly=False)
    client_id = fields.Char(related="connection_id.client_id", readonly=False)
    client_secret = fields.Char(related="connection_id.client_secret", readonly=False)
    has_client_secret = fields.Boolean(related="connection_id.has_client_secret")
    redirect_uri = fields.Char(related="connection_id.redirect_uri")
    login_name = fields.Char(related="connection_id.login_name")
    connection_issue_message = fields.Text(related="connection_id.issue_message")

    _company_uniq = models.UniqueIndex("(company_id) WHERE active")

    # --- computes and constraints --------------------------------------------

    @api.depends("issue_code", "issue_params", "issue_text")
    @api.depends_context("lang")
    def _compute_issue_message(self):
        for administration in self:
            administration.issue_message = administration.issue_code and (
                issues.sentence(
                    self.env,
                    administration.issue_code,
                    administration.issue_params,
                    administration.issue_text,
                )
            )

    def _compute_counts(self):
        waiting = ("queued", "sending", "unknown", "waiting")
        problems = ("blocked", "rejected", "closed")
        groups = self.env["exact.entry"]._read_group(
            [("administration_id", "in", self.ids)],
            ["administration_id", "state"],
            ["__count"],
        )
        counts = {(a.id, state): count for a, state, count in groups}
        for administration in self:
            key = administration.id
            administration.waiting_count = sum(
                counts.get((key, state), 0) for state in waiting
            )
            administration.problem_count = sum(
                counts.get((key, state), 0) for state in problems
            )

    @api.constrains(*DEFAULT_GL_ACCOUNTS)
    def _check_default_gl_account(self):
        for administration in self:
            references = self.env["exact.reference"].union(
                *(administration[name] for name in DEFAULT_GL_ACCOUNTS)
            )
            if any(
                reference.administration_id != administration
                or reference.kind != "gl_account"
                for reference in references
            ):
                raise ValidationError(
                    self.env._("Choose a ledger account of this administration.")
                )

    @api.onchange(*HARD_TO_CHANGE)
    def _onchange_hard_to_change(self):
        """Say what a change of these touches, before it is saved."""
        return self._origin._warn_of_change(
            [name for name in HARD_TO_CHANGE if self[name] != self._origin[name]]
        )

    def _warn_of_change(self, names: list[str]) -> dict | None:
        """The warning for a change of options that is hard to take back.

        :param names: of the fields that change
        :return: what an onchange returns; nothing before the first booking
        """
        booked = (
            self.env["exact.entry"]
            .sudo()
            .search_count([("administration_id", "=", self.id), ("guid", "!=", False)])
        )
        linked = (
            self.env["exact.account"]
            .sudo()
            .search_count([("administration_id", "=", self.id), ("guid", "!=", False)])
        )
        if not names or not booked:
            return None
        labels = self.fields_get(names, ["string"])
        return {
            "warning": {
                "title": self.env._("This is hard to take back"),
                "message": self.env._(
                    "%(options)s: %(booked)s invoices and %(linked)s customers stand "
                    "in Exact already. They keep the numbers and codes that they "
                    "have; only what is booked from now on follows the new choice. "
                    "Discard the change if that is not what you want.",
                    options=", ".join(labels[name]["string"] for name in names),
                    booked=booked,
                    linked=linked,
                ),
            }
        }

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
                vals["connection_id"] = connections.create({"site": site}).id
        administrations = super().create(vals_list)
        administrations.filtered("import_payments").sudo()._create_payment_journal()
        return administrations

    def write(self, vals):
        check_not_readonly(self, vals)
        result = super().write(secret_last(vals, "client_secret"))
        if vals.get("import_payments"):
            self.sudo()._create_payment_journal()
        return result

    def _create_payment_journal(self) -> None:
        """A clearing journal whose payments are paid at once.

        A payment counts as paid when its method line books on the journal's own account
        (odoo/addons/account/models/account_payment.py, ``is_matched``).
        """
        for administration in self.filtered(lambda a: not a.payment_journal_id):
            values = {
                "code": "EXACT",
                "type": "bank",
                "company_id": administration.company_id.id,
            }
            journals = self.env["account.journal"]
            journal = journals.search([(k, "=", v) for k, v in values.items()])
            journal = journal or journals.create(
                values
                | {
                    "name": self.env._("Exact Online payments"),
                    "show_on_dashboard": False,
                }
            )
            lines = (
                journal.inbound_payment_method_line_ids
                + journal.outbound_payment_method_line_ids
            )
            lines.payment_account_id = journal.default_account_id
            administration.payment_journal_id = journal

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
        return self.connection_id.action_connect()

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
        """Offer the administrations that the login may use (product A4)."""
        self.ensure_one()
        self._check_manager()
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

    def action_check_payments(self):
        """Ask Exact for payments now."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("You need Odoo's invoicing right for this."))
        if not self.import_payments:
            raise UserError(
                self.env._(
                    "Switch on 'Import payments from Exact' for %s first.",
                    self.company_id.display_name,
                )
            )
        try:
            changed = self.env["exact.payment.import"]._poll(
                self.sudo(), self.env["ir.cron"]._commit_progress, urgent=True
            )
        except ExactError as error:
            raise self.connection_id._user_error(error) from error
        message = (
            self.env._("Invoices that changed: %s.", changed)
            if changed
            else self.env._("Nothing changed since the last check.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

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

    # --- helpers -------------------------------------------------------------

    def _check_manager(self) -> None:
        """The right E1, for an administration of one of the user's companies."""
        self.check_access("write")
        self.connection_id._check_manager()

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
        pending = entries.filtered(lambda e: e.state in states.PENDING)
        if pending:
            raise UserError(
                self.env._(
                    "Of %s it is not known yet whether they were booked. Exact is "
                    "asked; choose another administration afterwards.",
                    ", ".join(pending.mapped("move_name")),
                )
            )
        following = self.copy_data()[0]
        self.active = False
        self.flush_recordset()  # one active administration a company
        # Payments of what was booked in the old one are still followed there.
        (self.export_cron_id + self.reference_cron_id).active = False
        new = self.create(following | {"division": division, "name": name})
        entries.filtered(lambda e: not e.guid).administration_id = new
        return new

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
