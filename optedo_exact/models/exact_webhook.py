from contextlib import suppress
from datetime import timedelta

from odoo import api, fields, models

from ..exact import webhooks
from ..exact.errors import ExactError, Forbidden, Misconfigured, Refused
from . import issues

RENEW = timedelta(days=1)
# A burst of notices is one check; two checks are at least a minute apart.
GATHER = timedelta(seconds=10)
APART = timedelta(minutes=1)
# The same notice brings one check in this time, however often it is sent.
ONCE_IN = timedelta(days=1)


class ExactWebhook(models.Model):
    """A subscription: Exact says when something of a topic was booked.

    Made before Exact is asked to, and compared with what stands there every day, so
    that a lost answer leaves none behind and none is missing for long.
    """

    _name = "exact.webhook"
    _description = "Exact Online Webhook"
    _inherit = ["exact.issue.mixin"]
    _order = "administration_id, topic"
    _rec_name = "topic"

    administration_id = fields.Many2one(
        "exact.administration",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    topic = fields.Char(required=True, readonly=True)
    guid = fields.Char(readonly=True)
    # wanted ─Exact has it→ standing ─switched off→ unwanted ─gone→ (no row)
    state = fields.Selection(
        [
            ("wanted", "To subscribe"),
            ("standing", "Subscribed"),
            ("unwanted", "To take away"),
        ],
        default="wanted",
        required=True,
        readonly=True,
    )
    checked_at = fields.Datetime("Seen in Exact on", readonly=True)
    noticed_at = fields.Datetime("Last notice", readonly=True)
    taken = fields.Json(readonly=True)  # the notices that brought a check, and when

    _topic_uniq = models.Constraint("UNIQUE(administration_id, topic)")

    # --- notices -------------------------------------------------------------

    @api.model
    def _receive(self, body: bytes) -> int:
        """Have payments checked soon, where a notice is truly of Exact.

        :param body: as it came
        :return: the HTTP status to answer
        """
        if not body.strip():
            return 200  # Exact tries the address a second after subscribing
        notice = webhooks.parse(body)
        if not notice:
            return 400
        connections = self.env["exact.connection"].search(
            [("webhook_secret_stored", "!=", False), ("client_id", "!=", False)]
        )
        signers = connections.filtered(
            lambda connection: (
                webhooks.same_app(connection.client_id, notice.client_id)
                and notice.is_signed_with(connection.webhook_secret_stored)
            )
        )
        if not signers:
            return 403
        # Of an administration that is not followed (any more), it is no news.
        subscriptions = self.search(
            [
                ("administration_id.connection_id", "in", signers.ids),
                ("administration_id.division", "=", notice.division),
                ("topic", "=", notice.topic),
            ]
        )
        for subscription in subscriptions:
            subscription._take(notice)
        return 200

    def _take(self, notice: webhooks.Notice) -> None:
        """Have payments checked, once for a notice.

        Who got hold of some cannot use up the calls of the day by sending them again.
        """
        now = fields.Datetime.now()
        since = fields.Datetime.to_string(now - ONCE_IN)
        taken = {key: at for key, at in (self.taken or {}).items() if at > since}
        if notice.key in taken or not self.administration_id._check_payments_soon():
            return
        taken[notice.key] = fields.Datetime.to_string(now)
        self.write({"noticed_at": now, "taken": taken})

    # --- what Exact is told --------------------------------------------------

    def _keep(self, client, standing: list[dict]) -> None:
        """Make one subscription in Exact what is planned.

        :param standing: the subscriptions that Exact has
        """
        address = self.administration_id.connection_id.webhook_url
        mine = [
            there
            for there in standing
            if there["Topic"] == self.topic
            and (there["CallbackURL"] == address or there["ID"] == self.guid)
        ]
        kept = next((t for t in mine if t["CallbackURL"] == address), None)
        if self.state == "unwanted":
            kept = None
        try:
            for there in mine:
                if there is not kept:
                    client.delete(webhooks.SUBSCRIPTIONS, there["ID"])
            if self.state == "unwanted":
                self.unlink()
                return
            if not kept:
                kept = client.create(
                    webhooks.SUBSCRIPTIONS,
                    {"CallbackURL": address, "Topic": self.topic},
                )
        except Forbidden as error:
            self._note(Forbidden("webhook_forbidden", error.text))
        except Refused as error:
            self._note(error)
        else:
            self.write(
                {
                    "state": "standing",
                    "guid": kept["ID"],
                    "checked_at": fields.Datetime.now(),
                }
                | issues.NONE
            )

    def _note(self, error: ExactError) -> None:
        self.write(issues.of_error(error) | {"checked_at": fields.Datetime.now()})


class ExactAdministration(models.Model):
    """Subscribes to the notices of Exact; everything works without."""

    _inherit = "exact.administration"

    use_webhooks = fields.Boolean(
        "Let Exact report payments",
        tracking=True,
        help="On: Exact tells Odoo that something was booked on a bank, cash or "
        "general journal, and Odoo then asks for payments within a minute or two. The "
        "app needs the scope organization.administration and a webhook secret, and "
        "Odoo an https address. Off: payments are checked at the interval only.",
    )
    webhook_ids = fields.One2many("exact.webhook", "administration_id", readonly=True)
    has_webhooks = fields.Boolean(
        readonly=True,
        copy=False,
        help="There are subscriptions, or were when they were last looked at.",
    )
    webhook_notice_at = fields.Datetime(
        "Last notice of Exact", compute="_compute_webhook_notice_at"
    )

    @api.depends("webhook_ids.noticed_at")
    def _compute_webhook_notice_at(self):
        for administration in self:
            moments = administration.webhook_ids.filtered("noticed_at")
            administration.webhook_notice_at = (
                max(moments.mapped("noticed_at")) if moments else False
            )

    def write(self, vals):
        result = super().write(vals)
        if {"use_webhooks", "import_payments"} & set(vals):
            for administration in self.sudo().filtered("division"):
                administration.payment_cron_id._trigger()
        return result

    def _wants_webhooks(self) -> bool:
        return self.use_webhooks and self.import_payments

    # --- subscriptions -------------------------------------------------------

    def action_renew_webhooks(self):
        """Make the subscriptions in Exact what is chosen here, now.

        :raises UserError: that is not possible, and why
        """
        self.ensure_one()
        self._check_manager()
        try:
            self.sudo()._keep_webhooks(urgent=True)
        except ExactError as error:
            raise self.connection_id._user_error(error) from error
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _keep_webhooks_where_due(self) -> None:
        """Subscribe, renew or take away, where that was not done today.

        What is in the way stands on the subscriptions; payments go on without.
        """
        for administration in self.filtered(lambda a: a.use_webhooks or a.has_webhooks):
            administration._plan_webhooks()
            day_ago = fields.Datetime.now() - RENEW
            if all(
                row.checked_at and row.checked_at > day_ago
                for row in administration.webhook_ids
            ):
                continue
            try:
                administration._keep_webhooks()
            except ExactError as error:
                self.env.cr.rollback()
                administration.webhook_ids.write(
                    issues.of_error(error) | {"checked_at": fields.Datetime.now()}
                )
            self.env["ir.cron"]._commit_progress()

    def _plan_webhooks(self) -> None:
        """Note which subscriptions there are to be, before Exact is told."""
        topics = webhooks.TOPICS if self._wants_webhooks() else ()
        rows = self.webhook_ids
        rows.filtered(
            lambda row: row.topic not in topics and row.state != "unwanted"
        ).write({"state": "unwanted", "checked_at": False})
        rows.filtered(
            lambda row: row.topic in topics and row.state == "unwanted"
        ).write({"state": "wanted", "checked_at": False})
        self.env["exact.webhook"].create(
            [
                {"administration_id": self.id, "topic": topic}
                for topic in topics
                if topic not in rows.mapped("topic")
            ]
        )

    def _keep_webhooks(self, urgent: bool = False) -> None:
        """Make the subscriptions in Exact those that are planned.

        What stands there is read first, so that nothing is subscribed to twice.

        :raises ExactError: Exact could not be asked
        """
        commit = self.env["ir.cron"]._commit_progress
        self._plan_webhooks()
        self.has_webhooks = bool(self.webhook_ids)
        commit()
        if not self.webhook_ids:
            return
        if self._wants_webhooks():
            self._check_webhooks_possible()
        client = self._client(urgent)
        try:
            standing = list(
                client.rows(webhooks.SUBSCRIPTIONS, ["ID", "CallbackURL", "Topic"])
            )
        except Forbidden as error:
            raise Forbidden("webhook_forbidden", error.text) from error
        for row in self.webhook_ids:
            row._keep(client, standing)
            commit()
        self.has_webhooks = bool(self.webhook_ids)

    def _check_webhooks_possible(self) -> None:
        """:raises Misconfigured: there is no secret, or Exact cannot reach Odoo"""
        connection = self.connection_id.sudo()
        if not connection.webhook_secret_stored:
            raise Misconfigured("webhook_secret_missing")
        if not webhooks.reachable(connection.webhook_url, connection._app().base_url):
            raise Misconfigured("webhook_address", address=connection.webhook_url)

    def _end_webhooks(self) -> None:
        """Take the subscriptions away before the login is forgotten.

        Where that fails, notices are answered and do nothing, and the next login finds
        the subscriptions as they are.
        """
        for administration in self.filtered("webhook_ids")._connected():
            rows = administration.webhook_ids
            with suppress(ExactError):
                client = administration._client(urgent=True)
                for row in rows.filtered("guid"):
                    client.delete(webhooks.SUBSCRIPTIONS, row.guid)
            administration._forget_webhooks()

    def _forget_webhooks(self) -> None:
        """The subscriptions in Exact are not, or no longer, those of this database."""
        rows = self.webhook_ids
        rows.write({"state": "wanted", "guid": False, "checked_at": False})

    # --- notices -------------------------------------------------------------

    def _check_payments_soon(self) -> bool:
        """Have the job look shortly, once for all notices of the moment.

        Only a check that has not begun yet will see what the notice is about, so one
        that is due or under way does not count.

        :return: whether a check was asked for
        """
        if not self._wants_webhooks() or not self._connected():
            return False
        now = fields.Datetime.now()
        cron = self.sudo().payment_cron_id
        if (
            self.env["ir.cron.trigger"]
            .sudo()
            .search_count([("cron_id", "=", cron.id), ("call_at", ">", now)], limit=1)
        ):
            return False
        last = self.payments_read_at
        cron._trigger(at=max(now + GATHER, last + APART) if last else now + GATHER)
        return True
