import hashlib
import logging
from datetime import UTC, datetime, timedelta

import psycopg2.errors

from odoo import fields, models

from ..exact import oauth
from ..exact.errors import (
    LimitReached,
    LoginLapsed,
    Misconfigured,
    NotProcessed,
    Refused,
)
from .side import with_side_cursor

# How long to wait while another worker refreshes, which is one call of Exact: as long
# as that may take for a user; a job gives its place to others and comes back.
LOCK_SECONDS = 30
LOCK_SECONDS_OF_JOB = 4


class _NoTokens(logging.Filter):
    """Odoo logs statements with values: all of them at DEBUG, failing ones at ERROR."""

    def filter(self, record):
        return "exact_token" not in record.getMessage()


logging.getLogger("odoo.sql_db").addFilter(_NoTokens())


class ExactToken(models.Model):
    """The tokens of a connection, one row each.

    Read and written only by ``TokenStore`` in short transactions of its own: a refresh
    that is rolled back would cut the link until someone logs in (exact-api 1.4). No
    field is readable through the ORM.
    """

    _name = "exact.token"
    _description = "Exact Online Token"
    _log_access = False

    connection_id = fields.Many2one(
        "exact.connection", required=True, ondelete="cascade", groups=fields.NO_ACCESS
    )
    access_token = fields.Char(groups=fields.NO_ACCESS)
    refresh_token = fields.Char(groups=fields.NO_ACCESS)
    obtained_at = fields.Datetime(groups=fields.NO_ACCESS)
    lifetime = fields.Integer(groups=fields.NO_ACCESS, help="In seconds.")
    bound_to = fields.Char(groups=fields.NO_ACCESS)
    refresh_day = fields.Date(groups=fields.NO_ACCESS)
    refresh_count = fields.Integer(groups=fields.NO_ACCESS)

    _connection_uniq = models.Constraint("UNIQUE(connection_id)")


# What tells this database from a copy of it. The uuid alone survives ``createdb -T``;
# the oid does not, and the cluster's identifier changes when the files are restored
# elsewhere. Odoo rewrites the address at an administrator's login unless it is frozen.
IDENTITY = """
    SELECT (SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'),
           (SELECT oid FROM pg_database WHERE datname = current_database()),
           (SELECT system_identifier FROM pg_control_system()),
           (SELECT base.value
              FROM ir_config_parameter base
              JOIN ir_config_parameter frozen ON frozen.key = 'web.base.url.freeze'
             WHERE base.key = 'web.base.url')
"""


def database_identity(cr) -> str:
    """What tokens are bound to."""
    cr.execute(IDENTITY)
    return _digest(cr.fetchone())


def _digest(identity: tuple) -> str:
    parts = [str(value) for value in identity if value is not None]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class TokenStore:
    """Gives access tokens of one connection to all workers (the core's ``Login``).

    Lock, look again, refresh, save, commit, then use: two workers that refresh with the
    same token are the most frequent end of a link (exact-api 1.4).

    Between the intent of a write and its outcome nothing may be read in the main
    transaction, so this works with its side cursor alone.

    :param app: the app for refreshing; not needed to save or forget
    :param patience: for how many seconds to wait while another worker refreshes
    """

    def __init__(
        self, connection, app: oauth.App | None = None, patience: int = LOCK_SECONDS
    ):
        self.connection = connection
        self._app = app
        self._patience = patience
        self._token = None
        self._asked_at = _now()

    def access_token(self, rejected: str = "") -> str:
        """A token that should work, other than ``rejected``.

        :raises LoginLapsed: someone has to log in again
        :raises Misconfigured: the database is a copy
        """
        token = self._token
        if not token or token.access == rejected or not token.usable(_now()):
            self._token = self._load(rejected)
        return self._token.access

    def save(self, token: oauth.Token) -> None:
        """Keep the tokens of a new login, bound to this database."""
        self._side(
            lambda cr: cr.execute(
                """
                INSERT INTO exact_token
                            (connection_id, access_token, refresh_token, obtained_at,
                             lifetime, bound_to, refresh_count)
                     VALUES (%s, %s, %s, %s, %s, %s, 0)
                ON CONFLICT (connection_id) DO UPDATE
                        SET access_token = EXCLUDED.access_token,
                            refresh_token = EXCLUDED.refresh_token,
                            obtained_at = EXCLUDED.obtained_at,
                            lifetime = EXCLUDED.lifetime,
                            bound_to = EXCLUDED.bound_to
                """,
                (self.connection.id, *_columns(token), database_identity(cr)),
            )
        )
        self._token = token

    def forget(self) -> None:
        """Delete the tokens of this connection here."""
        self._side(
            lambda cr: cr.execute(
                "DELETE FROM exact_token WHERE connection_id = %s",
                (self.connection.id,),
            )
        )
        self._token = None

    def bind(self) -> None:
        """The database was moved, not copied: its tokens are valid here."""
        self._side(
            lambda cr: cr.execute(
                "UPDATE exact_token SET bound_to = %s WHERE connection_id = %s",
                (database_identity(cr), self.connection.id),
            )
        )

    def is_of_original(self) -> bool:
        """Whether the tokens are those of the database that this one is a copy of."""

        def read(cr):
            cr.execute(
                "SELECT 1 FROM exact_token WHERE connection_id = %s AND bound_to != %s",
                (self.connection.id, database_identity(cr)),
            )
            return cr.fetchone()

        return bool(self._side(read))

    def refreshed_at(self) -> datetime | None:
        """When the tokens were last renewed (aware); ``None`` without any."""

        def read(cr):
            cr.execute(
                "SELECT obtained_at FROM exact_token WHERE connection_id = %s",
                (self.connection.id,),
            )
            return cr.fetchone()

        row = self._side(read)
        return row[0].replace(tzinfo=UTC) if row else None

    # --- inside --------------------------------------------------------------

    def _side(self, work):
        return with_side_cursor(self.connection.env, work)

    def _load(self, rejected: str) -> oauth.Token:
        self._asked_at = _now()
        try:
            return self._side(lambda cr: self._load_locked(cr, rejected))
        except LoginLapsed as error:
            self.connection._note_ended("expired", error, since=self._asked_at)
            raise
        except Misconfigured as error:
            state = {"copied": "copied", "not_connected": "disconnected"}
            if error.code in state:
                self.connection._note_ended(state[error.code], error)
            raise

    def _load_locked(self, cr, rejected: str) -> oauth.Token:
        """Read the token under its lock, and refresh it where that is due.

        The lock comes before everything else: who waited for another worker's refresh
        fails to serialize, starts again, and reads the new token.
        """
        row = self._locked(cr)
        if not row:
            raise Misconfigured("not_connected")
        access, refresh, obtained_at, lifetime, bound_to, refreshed, state = row[:7]
        if state == "expired":
            raise LoginLapsed()
        if bound_to != _digest(row[7:]):
            raise Misconfigured("copied")
        token = oauth.Token(
            access,
            refresh,
            obtained_at.replace(tzinfo=UTC),
            timedelta(seconds=lifetime),
        )
        if token.usable(_now()) and token.access != rejected:
            return token
        if not token.may_refresh(_now()):
            # Refused although it is young: revoked, or the password changed. An early
            # refresh would only count as an error.
            raise LoginLapsed()
        if refreshed >= oauth.REFRESHES_PER_DAY:
            tomorrow = datetime.combine(_now().date(), datetime.min.time(), UTC)
            raise LimitReached(tomorrow + timedelta(days=1), "limit_logins")
        return self._refresh(cr, token, refreshed)

    def _locked(self, cr) -> tuple | None:
        try:
            cr.execute(
                f"""
                SET LOCAL lock_timeout = '%ss';
                SELECT access_token, refresh_token, obtained_at, lifetime, bound_to,
                       CASE WHEN refresh_day = %s THEN refresh_count ELSE 0 END,
                       connection.state, identity.*
                  FROM exact_token token
                  JOIN exact_connection connection
                    ON connection.id = token.connection_id
            CROSS JOIN ({IDENTITY}) AS identity(uuid, oid, cluster, address)
                 WHERE connection_id = %s
                   FOR UPDATE OF token
                """,
                (self._patience, _now().date(), self.connection.id),
            )
        except psycopg2.errors.LockNotAvailable as error:
            raise NotProcessed("login_busy") from error
        return cr.fetchone()

    def _refresh(self, cr, token: oauth.Token, refreshed: int) -> oauth.Token:
        """Refresh under the lock; the caller's commit comes before the first use."""
        try:
            token = oauth.refresh(self._app, token, _now())
        except Refused as error:  # too early: the old one is still good
            raise NotProcessed("refresh_too_early", error.text) from error
        cr.execute(
            """
            UPDATE exact_token
               SET access_token = %s, refresh_token = %s, obtained_at = %s,
                   lifetime = %s, refresh_day = %s, refresh_count = %s
             WHERE connection_id = %s
            """,
            (*_columns(token), _now().date(), refreshed + 1, self.connection.id),
        )
        return token


def _columns(token: oauth.Token) -> tuple:
    return (
        token.access,
        token.refresh,
        token.obtained_at.astimezone(UTC).replace(tzinfo=None),
        int(token.lifetime.total_seconds()),
    )


def _now() -> datetime:
    return datetime.now(UTC)
