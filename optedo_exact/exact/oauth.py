"""Login to Exact Online: the authorize address, the code, the rotating tokens.

Exact's tokens are unforgiving (exact-api 1.2 to 1.4): an access token lives 600
seconds, may not be refreshed before 570, and each refresh token works once. Who loses
one has to log in again, so the caller keeps a lock and saves the pair before using it.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests
from oauthlib.oauth2 import InsecureTransportError, OAuth2Error
from requests_oauthlib import OAuth2Session

from .errors import ExactError, LoginLapsed, Misconfigured, NoAnswer, Refused
from .sites import AUTHORIZE_PATH, TOKEN_PATH
from .transport import TIMEOUT, classify

TOO_EARLY = timedelta(seconds=570)
SAFETY = timedelta(seconds=20)  # an access token is not used in its last seconds
REFRESHES_PER_DAY = 200
IDLE = timedelta(days=30)  # a refresh token that was not used for so long is dead
WARN_BEFORE = timedelta(days=7)


class _NoDebug(logging.Filter):
    """requests-oauthlib writes tokens and the client secret to its DEBUG log."""

    def filter(self, record):
        return record.levelno > logging.DEBUG


logging.getLogger("requests_oauthlib.oauth2_session").addFilter(_NoDebug())


@dataclass(frozen=True)
class App:
    """The app that was registered in Exact's App Center, and where it lives."""

    base_url: str
    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True)
class Token:
    """A pair of tokens. ``obtained_at`` is aware."""

    access: str
    refresh: str
    obtained_at: datetime
    lifetime: timedelta

    def __repr__(self):
        return f"Token(obtained_at={self.obtained_at})"  # never the secrets

    def usable(self, now: datetime) -> bool:
        """Whether the access token will still be taken."""
        return now < self.obtained_at + self.lifetime - SAFETY

    def may_refresh(self, now: datetime) -> bool:
        """Whether Exact takes a refresh by now; an early one counts as an error."""
        return now >= self.obtained_at + TOO_EARLY


def ends_soon(refreshed_at: datetime, now: datetime) -> bool:
    """Whether a login that was last used then is about to end, unused."""
    return refreshed_at + IDLE - WARN_BEFORE <= now < refreshed_at + IDLE


def authorize_url(app: App, state: str) -> str:
    """Where the user's browser goes to log in and to grant access.

    :raises Misconfigured: plain http where the library does not allow it
    """
    try:
        return _session(app, state).authorization_url(app.base_url + AUTHORIZE_PATH)[0]
    except InsecureTransportError as error:
        raise Misconfigured("insecure_transport", address=app.base_url) from error


def check_app(app: App, session: requests.Session, state: str) -> None:
    """Ask Exact whether it knows the app, before the browser is sent there.

    An unknown client id ends on a page of Exact from which no way leads back
    (exact-api 1.1), so it is better found here.

    :raises Misconfigured: Exact does not know this client id on this site, or has
        another redirect address for it
    :raises ExactError: Exact cannot be reached
    """
    url = authorize_url(app, state)
    try:
        answer = session.get(url, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise classify(error, url) from error
    if answer.status_code >= 500:
        raise NoAnswer(text=f"HTTP {answer.status_code}")
    if "Client with identifier" in answer.text:
        raise Misconfigured("client_unknown", client_id=app.client_id)
    if answer.status_code >= 400:
        raise Misconfigured("redirect_refused", redirect_uri=app.redirect_uri)


def exchange_code(app: App, code: str, now: datetime) -> Token:
    """The first tokens, for the code that Exact's page sent along (once).

    :raises Refused: the code is used, old or wrong, or the secret is wrong
    :raises ExactError: no connection, no answer
    """
    return _fetch(
        app,
        now,
        lambda session, url: session.fetch_token(
            url,
            code=code,
            client_secret=app.client_secret,
            include_client_id=True,  # the body, never a Basic header (exact-api 1.2)
            timeout=TIMEOUT,
        ),
    )


def refresh(app: App, token: Token, now: datetime) -> Token:
    """A new pair for an old one; the old refresh token is dead afterwards.

    :raises LoginLapsed: the refresh token is used, revoked or 30 days old
    :raises NoAnswer: the new pair may be lost, then the next refresh says lapsed
    """
    try:
        return _fetch(
            app,
            now,
            lambda session, url: session.refresh_token(
                url,
                refresh_token=token.refresh,
                client_id=app.client_id,
                client_secret=app.client_secret,
                timeout=TIMEOUT,
            ),
        )
    except Refused as error:
        if error.code == "refresh_too_early":
            raise
        raise LoginLapsed(text=error.text) from error


def _session(app: App, state: str | None = None) -> OAuth2Session:
    session = OAuth2Session(app.client_id, redirect_uri=app.redirect_uri, state=state)
    session.max_redirects = 0  # secrets are posted to the address given, nowhere else
    for hook in ("access_token_response", "refresh_token_response"):
        session.register_compliance_hook(hook, _check_answer)
    return session


def _check_answer(answer: requests.Response) -> requests.Response:
    """Turn what is no OAuth answer at all into our errors (exact-api 1.3)."""
    if answer.status_code >= 500:
        raise NoAnswer(text=f"HTTP {answer.status_code}")
    try:
        answer.json()
    except ValueError as error:
        if answer.status_code < 400:
            raise NoAnswer("maintenance") from error
        text = f"HTTP {answer.status_code}"
        raise Refused("login_not_granted", text, answer.status_code) from error
    return answer


def _fetch(app: App, now: datetime, call) -> Token:
    url = app.base_url + TOKEN_PATH
    try:
        with _session(app) as session:
            data = call(session, url)
    except InsecureTransportError as error:
        raise Misconfigured("insecure_transport", address=app.base_url) from error
    except OAuth2Error as error:
        raise _refused(error) from error
    except requests.RequestException as error:
        raise classify(error, url) from error
    lifetime = timedelta(seconds=int(data.get("expires_in") or 600))
    try:
        return Token(data["access_token"], data["refresh_token"], now, lifetime)
    except KeyError as error:
        raise NoAnswer("answer_broken") from error


def _refused(error: OAuth2Error) -> ExactError:
    text = error.description or error.error or ""
    if "access_token not expired" in text:
        return Refused("refresh_too_early", text, error.status_code)
    return Refused("login_not_granted", text, error.status_code)
