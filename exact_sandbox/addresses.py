"""Addresses an app may register: redirect and callback (exact-api 1.1, 4.10)."""

from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def allowed_address(uri, strict_https):
    """https anywhere, plain http only for loopback unless strict."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and host in _LOOPBACK and not strict_https
