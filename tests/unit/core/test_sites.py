"""Where the link may send secrets to."""

import pytest
from exact.errors import Misconfigured
from exact.sites import SITES, base_url


@pytest.mark.parametrize("site", SITES)
def test_country_sites_are_https(site):
    assert base_url(site).startswith("https://start.exactonline.")


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9700/", "http://localhost:9700", "http://[::1]:9700"],
)
def test_plain_http_goes_to_this_machine_only(address):
    assert base_url("custom", address) == address.rstrip("/")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "base_url_missing"),
        ("http://exact.example.com", "base_url_insecure"),
        ("http://127.0.0.1.example.com", "base_url_insecure"),
        ("ftp://127.0.0.1", "base_url_invalid"),
        ("https://", "base_url_invalid"),
        ("https://user@example.com", "base_url_invalid"),
        ("https://example.com/?next=", "base_url_invalid"),
    ],
)
def test_other_addresses_are_refused_by_name(address, code):
    with pytest.raises(Misconfigured) as caught:
        base_url("custom", address)
    assert caught.value.code == code
