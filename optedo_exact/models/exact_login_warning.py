from datetime import UTC, datetime

from odoo import SUPERUSER_ID, fields, models
from odoo.tools import format_date

from ..exact import oauth
from . import issues
from .exact_token import TokenStore

ACTIVITY = "optedo_exact.mail_activity_type_login_ends"


class ExactConnection(models.Model):
    """Says it days before an unused login ends (product A6)."""

    _inherit = "exact.connection"

    login_warning = fields.Text(compute="_compute_login_warning", compute_sudo=True)

    def _compute_login_warning(self):
        for connection in self:
            connection.login_warning = connection._login_warning()

    def _login_warning(self) -> str | bool:
        """The sentence on a login that is about to end, else ``False``."""
        if self.state != "connected":
            return False
        used = TokenStore(self).refreshed_at()
        if not used or not oauth.ends_soon(used, datetime.now(UTC)):
            return False
        params = {
            "since": format_date(self.env, used.date()),
            "ends": format_date(self.env, (used + oauth.IDLE).date()),
        }
        return issues.sentence(self.env, "login_ends", params)

    def _warn_before_end(self) -> None:
        """One activity while a login is about to end, none otherwise.

        Each administration of a login looks once a day, several of them at once: who
        comes second leaves it to the first.
        """
        for connection in self.try_lock_for_update():
            warning = connection._login_warning()
            if not warning:
                connection.activity_unlink([ACTIVITY])
            elif not connection.activity_search([ACTIVITY]):
                connection.with_user(SUPERUSER_ID).activity_schedule(
                    ACTIVITY, user_id=connection._responsible().id, note=warning
                )


class ExactAdministration(models.Model):
    _inherit = "exact.administration"

    login_warning = fields.Text(related="connection_id.login_warning")
