from odoo import api, models
from odoo.exceptions import UserError

from ..exact.errors import ExactError


class ExactAdministration(models.Model):
    """Several administrations may share a login (product A4, B1)."""

    _inherit = "exact.administration"

    def action_choose_login(self):
        """Offer the logins of the user's other administrations."""
        self.ensure_one()
        self._check_may_change_login()
        wizard = self.env["exact.choose.login"].create({"administration_id": self.id})
        return wizard._action_open()

    def _check_may_change_login(self) -> None:
        """The right E1; others who use the present login are not concerned."""
        self._check_manager()
        self.connection_id.check_access("read")

    def _use_login(self, connection) -> None:
        """Go on under another login; tokens, state and limits of the login are its own.

        :param connection: empty: one of its own with the app of the present one
        :raises UserError: the administration is of another site, or the login may not
            enter it
        """
        mine = self.sudo()
        former = mine.connection_id
        following = connection.sudo() or former._copy_app()
        if mine.division and following.site_address != former.site_address:
            raise UserError(
                self.env._(
                    "%(administration)s is an administration of another site of Exact "
                    "Online than this login. Choose a login of the same site.",
                    administration=self.display_name,
                )
            )
        earlier = mine._earlier_under(former).filtered(
            lambda a: a.site_address == following.site_address
        )
        if mine.division and following.state == "connected":
            codes = self._check_enters(following)
            earlier = earlier.filtered(lambda a: a.division in codes)
        (mine + earlier).write({"connection_id": following.id})
        former._forget_unused()
        mine._wake_crons()

    def _earlier_under(self, connection):
        """Those that its company had before, under a login: their payments are followed
        and what stands in them is finished."""
        return self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("connection_id", "=", connection.id),
                ("active", "=", False),
            ]
        )

    def _check_enters(self, connection) -> list[int]:
        """Ask Exact whether a login may enter this administration.

        :return: all that it may enter
        :raises UserError: it may not, or Exact could not be asked
        """
        codes = [row["Code"] for row in connection._read_divisions(["Code"])]
        if self.division not in codes:
            raise UserError(
                self.env._(
                    "%(login)s may not enter %(administration)s. Give it the right in "
                    "Exact, or choose another login.",
                    login=connection.login_name or self.env._("This login"),
                    administration=self.display_name,
                )
            )
        return codes


class ExactConnection(models.Model):
    """Told apart where there are several."""

    _inherit = "exact.connection"
    _rec_names_search = ("login_name", "base_url", "administration_ids.company_id.name")

    @api.depends("login_name", "site", "base_url", "administration_ids.company_id")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_display_name(self):
        """Who is logged in, where, and for which of the reader's companies.

        Odoo reads it with superuser rights where another record points to it.
        """
        sites = dict(self._fields["site"]._description_selection(self.env))
        for connection in self:
            custom = connection.site == "custom" and connection.base_url
            all_of_them = connection.sudo().administration_ids.sudo(False)
            mine = all_of_them._filtered_access("read")
            connection.display_name = self.env._(
                "%(user)s at %(site)s, for %(companies)s",
                user=connection.login_name or self.env._("Nobody"),
                site=custom or sites[connection.site],
                companies=", ".join(mine.company_id.sudo().mapped("name")),
            )

    @api.model
    def _of_above(self, company):
        """The login of the company above a branch, which the branch begins with.

        Only where the user may change that login: it enters what else it may see.
        """
        login = company.parent_id.sudo().exact_administration_id.connection_id
        mine = login.with_user(self.env.user).sudo(False)
        return login if login and mine.has_access("write") else self.browse()

    def _copy_app(self):
        """A login of its own with the same app, to be logged in."""
        return self.create(
            {
                "site": self.site,
                "base_url": self.base_url,
                "client_id": self.client_id,
                "client_secret_stored": self.client_secret_stored,
                "webhook_secret_stored": self.webhook_secret_stored,
            }
        )

    def _read_divisions(self, select: list[str], client=None) -> list[dict]:
        """The administrations that the login may use.

        :param client: of the administration whose limits it counts for
        :raises UserError: Exact could not be asked
        """
        try:
            client = client or self._client(urgent=True)
            # Any division gives access to the list; the user's own is always there.
            client.division = client.me()["CurrentDivision"]
            return list(client.rows("system/Divisions", select))
        except ExactError as error:
            raise self._user_error(error) from error
