import secrets
from datetime import UTC, datetime, timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import consteq

from ..exact import oauth, sites, webhooks
from ..exact.client import Client
from ..exact.errors import ExactError, Misconfigured
from ..exact.transport import Transport
from . import issues
from .exact_quota import Gate
from .exact_token import LOCK_SECONDS, LOCK_SECONDS_OF_JOB, TokenStore
from .guards import check_manager, check_not_readonly
from .side import in_own_transaction

CALLBACK_PATH = "/exact/oauth/callback"
LOGIN_MINUTES = 15  # how long a login may take between the two pages


class ExactConnection(models.Model):
    """A login to one country site of Exact Online."""

    _name = "exact.connection"
    _description = "Exact Online Connection"
    _inherit = ["mail.thread", "mail.activity.mixin", "exact.issue.mixin"]
    _rec_name = "site"

    # disconnected ─log in→ connected ─lapses→ expired ─log in→ connected
    # connected, expired ─database copied→ copied ─moved, log in→ connected
    # connected, expired, copied ─disconnect→ disconnected
    state = fields.Selection(
        [
            ("disconnected", "Not connected"),
            ("connected", "Connected"),
            ("expired", "Log in again"),
            ("copied", "Database copied"),
        ],
        default="disconnected",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    site = fields.Selection(
        [
            ("nl", "Netherlands (start.exactonline.nl)"),
            ("be", "Belgium (start.exactonline.be)"),
            ("de", "Germany (start.exactonline.de)"),
            ("fr", "France (start.exactonline.fr)"),
            ("uk", "United Kingdom (start.exactonline.co.uk)"),
            ("es", "Spain (start.exactonline.es)"),
            ("com", "Other (start.exactonline.com)"),
            ("custom", "Another address"),
        ],
        string="Country site",
        default="be",
        required=True,
        help="The site on which the app is registered. An app of one country is not "
        "known on the site of another.",
    )
    base_url = fields.Char(
        "Address",
        help="Only for another address, such as a sandbox of Exact Online on this "
        "machine.",
    )
    site_address = fields.Char(compute="_compute_site_address", store=True)
    client_id = fields.Char(
        "Client ID",
        help="Of your app in the Exact App Center.",
        groups="optedo_exact.group_exact_manager,base.group_system",
    )
    client_secret = fields.Char(
        "Client secret",
        compute="_compute_client_secret",
        inverse="_inverse_client_secret",
        help="Of your app in the Exact App Center. Once saved it is never shown again; "
        "fill it in again to change it.",
        groups="optedo_exact.group_exact_manager,base.group_system",
    )
    client_secret_stored = fields.Char(groups=fields.NO_ACCESS, copy=False)
    has_client_secret = fields.Boolean(compute="_compute_client_secret")
    redirect_uri = fields.Char(
        "Redirect address",
        compute="_compute_redirect_uri",
        help="Register exactly this address with the app in the Exact App Center.",
    )
    webhook_secret = fields.Char(
        "Webhook secret",
        compute="_compute_webhook_secret",
        inverse="_inverse_webhook_secret",
        help="Of your app in the Exact App Center. It proves that a notice comes from "
        "Exact. Once saved it is never shown again; fill it in again to change it.",
        groups="optedo_exact.group_exact_manager,base.group_system",
    )
    webhook_secret_stored = fields.Char(groups=fields.NO_ACCESS, copy=False)
    has_webhook_secret = fields.Boolean(compute="_compute_webhook_secret")
    webhook_url = fields.Char(
        "Webhook address",
        compute="_compute_redirect_uri",
        help="Where Exact sends its notices. It must be reachable for Exact over "
        "https.",
    )
    login_name = fields.Char("Exact user", readonly=True, copy=False)
    logged_in_at = fields.Datetime("Logged in on", readonly=True, copy=False)
    logged_in_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    login_state = fields.Char(groups=fields.NO_ACCESS, copy=False)
    login_user_id = fields.Many2one("res.users", groups=fields.NO_ACCESS, copy=False)
    login_started_at = fields.Datetime(groups=fields.NO_ACCESS, copy=False)
    login_administration_id = fields.Many2one(
        "exact.administration", groups=fields.NO_ACCESS, copy=False
    )
    administration_ids = fields.One2many("exact.administration", "connection_id")

    # --- computes ------------------------------------------------------------

    @api.depends("client_secret_stored")
    def _compute_client_secret(self):
        for connection in self:
            connection.client_secret = False
            connection.has_client_secret = bool(connection.sudo().client_secret_stored)

    def _inverse_client_secret(self):
        # An empty field is the field of a form that was not touched, not an erasure.
        for connection in self.filtered("client_secret"):
            connection.sudo().client_secret_stored = connection.client_secret.strip()

    @api.depends("webhook_secret_stored")
    def _compute_webhook_secret(self):
        for connection in self:
            connection.webhook_secret = False
            connection.has_webhook_secret = bool(
                connection.sudo().webhook_secret_stored
            )

    def _inverse_webhook_secret(self):
        for connection in self.filtered("webhook_secret"):
            connection.sudo().webhook_secret_stored = connection.webhook_secret.strip()

    def _compute_redirect_uri(self):
        for connection in self:
            base_url = connection.get_base_url()
            connection.redirect_uri = base_url + CALLBACK_PATH
            connection.webhook_url = base_url + webhooks.PATH

    @api.depends("site", "base_url")
    def _compute_site_address(self):
        """The site, to compare it with that of another login."""
        for connection in self:
            address = sites.SITES.get(connection.site) or connection.base_url or ""
            connection.site_address = address.strip().rstrip("/")

    # --- CRUD ----------------------------------------------------------------

    def write(self, vals):
        check_not_readonly(self, vals)
        moved = self.filtered(
            lambda connection: any(
                name in vals and vals[name] != connection.sudo()[name]
                for name in ("site", "base_url", "client_id")
            )
        )
        # Another site or app: the tokens are not of it and must never be sent there.
        # The secret neither: at another address it has to be filled in again.
        for connection in moved:
            TokenStore(connection).forget()
            forgotten = {"state": "disconnected", "login_name": False}
            if {"site", "base_url"} & set(vals):
                forgotten["client_secret_stored"] = False
            super(ExactConnection, connection.sudo()).write(forgotten)
        return super().write(vals)

    # --- actions -------------------------------------------------------------

    def action_connect(self):
        """Lead the user to Exact's login page; the callback brings them back.

        :return: an action that opens the page
        :raises UserError: a setting is wrong or Exact cannot be reached
        """
        return self._begin_login(self.env["exact.administration"])

    def _begin_login(self, administration) -> dict:
        """``action_connect``, from the page of one administration.

        :param administration: the one whose page is shown afterwards, if any
        """
        self.ensure_one()
        self._check_manager()
        state = secrets.token_urlsafe(32)
        try:
            app = self._app()
            with Transport().session as session:
                oauth.check_app(app, session, state)
            url = oauth.authorize_url(app, state)
        except ExactError as error:
            raise self._user_error(error) from error
        self.sudo().write(
            {
                "login_state": state,
                "login_user_id": self.env.uid,
                "login_started_at": fields.Datetime.now(),
                "login_administration_id": administration.id,
            }
        )
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def action_disconnect(self):
        """Forget the login; settings, mappings and links stay."""
        self._check_manager()
        # Payments of what was booked in an earlier administration are followed too.
        followed = self.sudo().with_context(active_test=False).administration_ids
        followed._end_webhooks()
        for connection in self:
            TokenStore(connection).forget()
        self.sudo().write({"state": "disconnected", "login_name": False})
        self.sudo()._clear_issue()

    def action_is_moved(self):
        """This database is the original, moved: the login goes on here."""
        self._check_manager()
        for connection in self.filtered(lambda c: c.state == "copied"):
            TokenStore(connection).bind()
            connection.sudo().state = "connected"
            connection.sudo()._clear_issue()

    # --- login ---------------------------------------------------------------

    def _finish_login(self, state: str, code: str, denied: str) -> None:
        """Take the answer of Exact's login page.

        :param state: must be the one that ``action_connect`` gave to this user
        :param code: the one-time code, empty where access was denied
        :param denied: Exact's words where access was denied
        """
        self.ensure_one()
        login = self.sudo()
        started = login.login_started_at
        fits = (
            login.login_state
            and consteq(login.login_state, state)
            and login.login_user_id == self.env.user
            and started > fields.Datetime.now() - timedelta(minutes=LOGIN_MINUTES)
        )
        if not fits:
            return login._set_issue(Misconfigured("login_state"))
        self._check_manager()
        login.write({"login_state": False, "login_user_id": False})
        # The word is used up whatever follows, and the tokens are looked at from beside
        # this transaction.
        commit = self.env["ir.cron"]._commit_progress
        commit()
        if not code:
            return login._set_issue(Misconfigured("login_denied", denied))
        try:
            now = fields.Datetime.now().replace(tzinfo=UTC)
            token = oauth.exchange_code(self._app(), code, now)
        except ExactError as error:
            return login._set_issue(error)
        tokens = TokenStore(self)
        if tokens.is_of_original():
            followed = login.with_context(active_test=False).administration_ids
            followed._forget_webhooks()
        tokens.save(token)
        login.write(
            {
                "state": "connected",
                "logged_in_by_id": self.env.uid,
                "logged_in_at": fields.Datetime.now(),
            }
        )
        login._clear_issue()
        commit()
        login._note_who()
        login.with_context(active_test=False).administration_ids._wake_crons()
        return None

    def _page_after_login(self):
        """The administration on whose page the login began, or one of the user's."""
        begun = self.sudo().login_administration_id.sudo(False)
        mine = self.sudo().administration_ids.sudo(False)._filtered_access("read")
        return begun & mine or mine[:1]

    def _note_who(self) -> None:
        """Keep the name of the logged-in user; it is only for show."""
        try:
            self.login_name = self._client(urgent=True).me()["FullName"]
        except ExactError as error:
            self._set_issue(error)

    @api.model
    def _site_of(self, company) -> str:
        """The country site that a company most likely uses."""
        code = (company.account_fiscal_country_id or company.country_id).code or ""
        site = {"GB": "uk"}.get(code, code.lower())
        return site if site in sites.SITES else "com"

    @api.model
    def _pending_login(self, state: str):
        """The connection that waits for ``state``."""
        if not state:
            return self.browse()
        return self.sudo().search([("login_state", "=", state)], limit=1).sudo(False)

    def _note_ended(
        self, state: str, error: ExactError, since: datetime | None = None
    ) -> None:
        """The login does not work any more: say so once, and stay quiet until then.

        In a transaction of its own, since the one that met it may be rolled back.

        :param state: ``expired``, ``copied`` or ``disconnected``
        :param since: when it was asked; a login made after that is not the one that
            ended
        """

        def note(env):
            connection = env["exact.connection"].browse(self.id)
            logged_in_at = connection.logged_in_at
            newer = since and logged_in_at and logged_in_at > since.replace(tzinfo=None)
            if connection.state != "connected" or newer:
                return
            connection.state = state
            connection._set_issue(error)
            if state == "expired":
                connection.with_user(SUPERUSER_ID).activity_schedule(
                    "optedo_exact.mail_activity_type_login",
                    user_id=connection._responsible().id,
                    note=connection.issue_message,
                )

        in_own_transaction(self.env, note)
        self.invalidate_recordset()

    def _responsible(self):
        """Who is asked to log in again: who did so last, as long as they may."""
        group = self.env.ref("optedo_exact.group_exact_manager")
        every = self.with_context(active_test=False).administration_ids
        companies = every.company_id.filtered("active")
        users = group.all_user_ids.filtered(
            lambda user: user.active and self.with_user(user)._may_log_in(companies)
        )
        last = self.logged_in_by_id
        return last if last in users else users[:1]

    def _may_log_in(self, companies) -> bool:
        """Whether the user is of every company that uses the login."""
        mine = self.env.user.sudo().company_ids
        return bool(companies) and all(
            company.parent_ids & mine for company in companies.sudo()
        )

    def _forget_unused(self) -> None:
        """Remove the logins that no administration uses."""
        used = self.env["exact.administration"].sudo().with_context(active_test=False)
        for connection in self.sudo():
            if not used.search_count([("connection_id", "=", connection.id)], limit=1):
                connection.unlink()  # and with it the tokens

    # --- helpers -------------------------------------------------------------

    def _check_manager(self) -> None:
        """The right E1, for who is of every company that uses the login.

        :raises AccessError: without it
        """
        check_manager(self.env)
        self.check_access("read")
        if not self.has_access("write"):
            raise AccessError(
                self.env._(
                    "This login to Exact is also used by a company that is not one of "
                    "yours. Ask who manages the users of Odoo."
                )
            )

    def _app(self) -> oauth.App:
        """The app of this connection.

        :raises Misconfigured: what is missing or wrong
        """
        connection = self.sudo()
        base_url = sites.base_url(connection.site, connection.base_url)
        if not connection.client_id or not connection.client_secret_stored:
            raise Misconfigured("client_missing")
        return oauth.App(
            base_url,
            connection.client_id.strip(),
            connection.client_secret_stored,
            connection.redirect_uri,
        )

    def _client(self, administration=None, urgent: bool = False) -> Client:
        """A client for one administration of this login.

        :param administration: whose division is in the addresses and whose quota
            counts; any of the connection's while it is about the login itself
        :param urgent: a user waits for it
        :raises Misconfigured: a setting is missing
        """
        self.ensure_one()
        administration = administration or self.administration_ids[:1]
        app = self._app()
        patience = LOCK_SECONDS if urgent else LOCK_SECONDS_OF_JOB
        return Client(
            app.base_url,
            administration.division,
            Transport(),
            TokenStore(self, app, patience),
            Gate(administration, urgent),
        )

    def _set_issue(self, error: ExactError) -> None:
        self.write(issues.of_error(error))

    def _clear_issue(self) -> None:
        self.write(issues.NONE)
        self.activity_feedback(["optedo_exact.mail_activity_type_login"])

    def _user_error(self, error: ExactError) -> UserError:
        """The error as a sentence for the user who asked."""
        return UserError(
            issues.sentence(self.env, error.code, error.params, error.text)
        )
