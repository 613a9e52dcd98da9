"""Codes and tokens (exact-api 1). Pages and addresses are in ``oauth_web``."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .edm import us_date_time

ACCESS_SECONDS = 600
REFRESH_DAYS = 30
CODE_SECONDS = 600
CALLS_PER_DAY = 200


@dataclass
class Grant:
    """One consent: who let which app into which administrations."""

    id: str
    client_id: str
    user: str
    divisions: list


@dataclass
class Code:
    grant: str
    redirect_uri: str
    expires: datetime
    used: bool = False


@dataclass
class Access:
    grant: str
    expires: datetime


@dataclass
class Refresh:
    grant: str
    issued: datetime
    used: bool = False


@dataclass
class State:
    """What has to survive a restart."""

    grants: dict = field(default_factory=dict)
    codes: dict = field(default_factory=dict)
    access: dict = field(default_factory=dict)
    refresh: dict = field(default_factory=dict)
    calls: dict = field(default_factory=dict)


class TokenError(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, status, error, description=None, headers=None):
        super().__init__(error)
        self.status = status
        self.error = error
        self.description = description
        self.headers = headers or {}


class Tokens:
    """Issues and checks codes and tokens of one app."""

    def __init__(self, client_id, client_secret, clock, switches):
        self.client_id = client_id
        self.client_secret = client_secret
        self.clock = clock
        self.switches = switches
        self.state = State()

    def knows(self, client_id):
        """Whether this is the app's id; braces around the GUID are allowed."""
        return (client_id or "").strip("{}").lower() == self.client_id.lower()

    def issue_code(self, user, redirect_uri, divisions):
        """A code for the callback: long, with characters that need escaping."""
        grant = Grant(secrets.token_hex(8), self.client_id, user, list(divisions))
        self.state.grants[grant.id] = grant
        code = f"stamp{secrets.token_hex(3)}.{secrets.token_urlsafe(300)}!+{'%'}IAAA"
        expires = self.clock.now() + timedelta(seconds=CODE_SECONDS)
        self.state.codes[code] = Code(grant.id, redirect_uri, expires)
        return code

    def check_client(self, client_id, client_secret):
        """Refuse another app or a wrong secret."""
        if not self.knows(client_id) or client_secret != self.client_secret:
            raise TokenError(400, "invalid_client")

    def count_call(self):
        """200 calls of the token endpoint a day (exact-api 1.2)."""
        day = self.clock.now().date().isoformat()
        used = self.state.calls.get(day, 0)
        if used >= CALLS_PER_DAY:
            raise TokenError(
                self.switches.token_quota_status,
                "access_denied",
                "Rate limit exceeded: token calls per day",
            )
        self.state.calls = {day: used + 1}

    def exchange(self, code, redirect_uri):
        """Tokens for a code, once."""
        known = self.state.codes.get(code)
        if (
            known is None
            or known.used
            or known.redirect_uri != redirect_uri
            or known.expires <= self.clock.now()
        ):
            raise TokenError(400, "invalid_request")
        known.used = True
        return self._issue(known.grant)

    def refresh(self, token):
        """New tokens for a refresh token, which dies with it (exact-api 1.2, 1.3)."""
        known, now = self.state.refresh.get(token), self.clock.now()
        if known is None:
            raise TokenError(400, "invalid_request")
        if known.used:
            raise TokenError(401, "unauthorized_client", "Old refresh token used.")
        expires = known.issued + timedelta(days=REFRESH_DAYS)
        if now >= expires:
            raise TokenError(
                400,
                "invalid_request",
                f"The refresh token expired at {us_date_time(expires)} and it is now "
                f"{us_date_time(now)}.",
            )
        if (now - known.issued).total_seconds() < self.switches.refresh_after_seconds:
            text = "Rate limit exceeded: access_token not expired"
            raise TokenError(
                self.switches.early_refresh_status,
                "access_denied",
                text,
                {"Reason": f"TooEarlyToRefreshTokens: {text}"},
            )
        known.used = True
        return self._issue(known.grant)

    def _issue(self, grant):
        now = self.clock.now()
        access = "stamp." + secrets.token_urlsafe(360)
        refresh = "stamp." + secrets.token_urlsafe(360) + "!IAAA"
        expires = now + timedelta(seconds=ACCESS_SECONDS)
        self.state.access[access] = Access(grant, expires)
        self.state.refresh[refresh] = Refresh(grant, now)
        self._forget(now)
        return {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": str(ACCESS_SECONDS),
            "refresh_token": refresh,
        }

    def _forget(self, now):
        """Drop access tokens that are over; used refresh tokens stay known."""
        state = self.state
        state.access = {k: v for k, v in state.access.items() if v.expires > now}

    def grant_of(self, access_token):
        """The consent behind a valid access token, or None."""
        known = self.state.access.get(access_token)
        if known is None or known.expires <= self.clock.now():
            return None
        return self.state.grants.get(known.grant)

    def lapse(self):
        """All tokens die at once, as after a changed password (exact-api 1.3)."""
        self.state.access.clear()
        for known in self.state.refresh.values():
            known.used = True

    def dump(self):
        """State for the file."""
        return {
            name: {
                key: value if isinstance(value, int) else dict(vars(value))
                for key, value in table.items()
            }
            for name, table in vars(self.state).items()
        }

    def load(self, saved):
        """Take a saved state."""
        kinds = {"grants": Grant, "codes": Code, "access": Access, "refresh": Refresh}
        for name, kind in kinds.items():
            table = {key: kind(**value) for key, value in saved[name].items()}
            setattr(self.state, name, table)
        self.state.calls = saved["calls"]
