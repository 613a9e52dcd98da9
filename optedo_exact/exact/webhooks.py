"""Notices of Exact: "something of this topic changed", without data (exact-api 4.10).

The body is ``{"Content":{…},"HashCode":"…"}``. There is no signature header: the hash
covers the text of ``Content`` exactly as it was sent, so it is taken from the raw body
and never from what a parser made of it.
"""

import hmac
import json
import re
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from .sites import is_loopback

SUBSCRIPTIONS = "webhooks/WebhookSubscriptions"
PATH = "/exact/webhook"
# What is booked when somebody paid: on bank, cash or general journal. Not
# FinancialTransactions: every invoice that Odoo books would be news too. What is only
# matched is seen by the next check.
TOPICS = ("BankEntries", "CashEntries", "GeneralJournalEntries")
# A notice is about 400 bytes; what is much larger is none.
MAX_BYTES = 16 * 1024
_BODY = re.compile(
    rb'\s*\{"Content":(?P<content>\{.*\}),"HashCode":"(?P<hash>[0-9A-Fa-f]{64})"\}\s*',
    re.DOTALL,
)


@dataclass(frozen=True)
class Notice:
    """One notice. Nothing of it is to be believed before it was verified.

    :param signed: the text that the hash covers
    """

    topic: str
    client_id: str
    division: int
    signed: bytes
    signature: str

    @property
    def key(self) -> str:
        """By which the same notice is known when it comes again."""
        return self.signature.lower()[:32]

    def is_signed_with(self, secret: str) -> bool:
        """Whether who sent it knows the webhook secret of the app."""
        if not secret:
            return False
        expected = hmac.new(secret.encode(), self.signed, sha256).hexdigest()
        return hmac.compare_digest(expected, self.signature.lower())


def parse(body: bytes) -> Notice | None:
    """A notice from a raw body; ``None`` where it is none."""
    match = _BODY.fullmatch(body) if len(body) <= MAX_BYTES else None
    if not match:
        return None
    try:
        content = json.loads(match["content"])
        return Notice(
            topic=str(content["Topic"]),
            client_id=str(content["ClientId"]),
            division=int(content["Division"]),
            signed=match["content"],
            signature=match["hash"].decode(),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def same_app(one: str, other: str) -> bool:
    """Whether two client ids are the same, however their guids are written."""
    return _bare(one) == _bare(other) != ""


def _bare(client_id: str) -> str:
    return client_id.strip().strip("{}").lower()


def reachable(address: str, site: str) -> bool:
    """Whether a site can deliver to this address: over https (exact-api 4.10).

    :param site: its address; a stand-in on this machine may use plain http to it
    """
    here = urlsplit(address)
    return here.scheme == "https" or (
        is_loopback(here.hostname or "") and is_loopback(urlsplit(site).hostname or "")
    )
