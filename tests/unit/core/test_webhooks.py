"""Notices of Exact: only what the app's secret signed counts (exact-api 4.10)."""

import json

import pytest
from exact import webhooks
from hypothesis import given
from hypothesis import strategies as st

from exact_sandbox.webhooks import message_for

SECRET = "s3cret"
CONTENT = {
    "Topic": "BankEntries",
    "ClientId": "5f4c1f62-94d1-4f5c-9d0a-0c7e5a11d0e0",
    "Division": 1001,
    "Action": "Create",
    "Key": "a3f1b6c2-0000-4000-8000-000000000000",
    "ExactOnlineEndpoint": "https://x/api/v1/1001/y(guid'a')",
    "EventCreatedOn": "2026-06-15T10:00:00.000",
}


def body(secret=SECRET, **values):
    return message_for(CONTENT | values, secret).encode()


def test_a_notice_names_topic_app_and_administration():
    notice = webhooks.parse(body())
    assert (notice.topic, notice.division) == ("BankEntries", 1001)
    assert notice.client_id == CONTENT["ClientId"]
    assert notice.is_signed_with(SECRET)


def test_a_body_with_a_known_hash():
    """Worked out apart from all of this: openssl dgst -sha256 -hmac s3cret"""
    text = '{"Topic":"Accounts","ClientId":"x","Division":1}'
    code = "D00EF2A489CD3A9C9642C89A2B5F9ECB55F95BB89B7900D66F3C5645B9A48C63"
    notice = webhooks.parse(f'{{"Content":{text},"HashCode":"{code}"}}'.encode())
    assert notice.is_signed_with("s3cret")
    assert not notice.is_signed_with("S3cret")


@given(
    st.text(min_size=1),
    st.text(max_size=40),
    st.integers(min_value=0, max_value=2**31),
)
def test_whatever_the_texts_the_right_secret_fits_and_no_other(secret, key, division):
    notice = webhooks.parse(body(secret, Key=key, Division=division))
    assert notice.division == division
    assert notice.is_signed_with(secret)
    assert not notice.is_signed_with(secret + "x")
    assert not notice.is_signed_with("")


@given(st.data())
def test_no_byte_of_what_is_signed_can_change(data):
    sent = bytearray(body())
    place = data.draw(st.integers(0, len(sent) - 1))
    sent[place] ^= data.draw(st.integers(1, 255))
    notice = webhooks.parse(bytes(sent))
    # The hash may be written in either case.
    if notice and notice.signature.upper() != webhooks.parse(body()).signature:
        assert not notice.is_signed_with(SECRET)
    elif notice:
        same = notice.signed == webhooks.parse(body()).signed
        assert notice.is_signed_with(SECRET) is same


@given(st.binary(max_size=300))
def test_anything_else_is_no_notice(noise):
    assert webhooks.parse(noise) is None


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "[]",
        '{"Topic":"A","ClientId":"x"}',
        '{"Topic":"A","ClientId":"x","Division":"many"}',
        '{"Topic":"A","ClientId":"x","Division":null}',
        "{" * 5000,
    ],
)
def test_a_notice_without_what_it_needs_is_none(content):
    text = f'{{"Content":{content},"HashCode":"{"A" * 64}"}}'
    assert webhooks.parse(text.encode()) is None


def test_what_is_too_long_is_not_even_read():
    assert webhooks.parse(body(Key="k" * webhooks.MAX_BYTES)) is None


def test_the_hash_is_of_the_text_as_sent_not_of_what_it_means():
    spaced = json.dumps(CONTENT).encode()
    sent = body()
    compact = json.dumps(CONTENT, separators=(",", ":")).encode()
    notice = webhooks.parse(sent.replace(compact, spaced))
    assert notice.topic == "BankEntries"
    assert not notice.is_signed_with(SECRET)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("5F4C", "5f4c", True),
        ("{5f4c}", "5f4c ", True),
        ("5f4c", "5f4d", False),
        ("", "", False),
    ],
)
def test_the_same_app(one, other, same):
    assert webhooks.same_app(one, other) is same


@pytest.mark.parametrize(
    ("address", "site", "expected"),
    [
        ("https://odoo.example.com/w", "https://start.exactonline.be", True),
        ("http://odoo.example.com/w", "https://start.exactonline.be", False),
        ("http://127.0.0.1:8069/w", "https://start.exactonline.be", False),
        ("http://127.0.0.1:8069/w", "http://127.0.0.1:9700", True),
        ("", "http://127.0.0.1:9700", False),
    ],
)
def test_where_exact_can_deliver(address, site, expected):
    assert webhooks.reachable(address, site) is expected
