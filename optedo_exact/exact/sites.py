"""The country sites of Exact Online and the addresses below them (exact-api 1.1)."""

import ipaddress
from urllib.parse import urlsplit

from .errors import Misconfigured

# The app is registered on one country site; its client id is unknown on the others.
SITES = {
    "nl": "https://start.exactonline.nl",
    "be": "https://start.exactonline.be",
    "de": "https://start.exactonline.de",
    "fr": "https://start.exactonline.fr",
    "uk": "https://start.exactonline.co.uk",
    "es": "https://start.exactonline.es",
    "com": "https://start.exactonline.com",
}
AUTHORIZE_PATH = "/api/oauth2/auth"
TOKEN_PATH = "/api/oauth2/token"


def is_loopback(host: str) -> bool:
    """Whether ``host`` names this machine, the only place plain http may go to."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def base_url(site: str, custom: str = "") -> str:
    """The address of a site without a trailing slash.

    :param site: a key of ``SITES`` or ``custom``
    :param custom: the address for ``custom``: https, or http on a loopback address
    :raises Misconfigured: no address, or one that would send secrets in the clear
    """
    if site in SITES:
        return SITES[site]
    address = (custom or "").strip().rstrip("/")
    if not address:
        raise Misconfigured("base_url_missing")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misconfigured("base_url_invalid", address=address)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise Misconfigured("base_url_insecure", address=address)
    if parts.username or parts.query or parts.fragment:
        raise Misconfigured("base_url_invalid", address=address)
    return address
