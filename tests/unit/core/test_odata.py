"""Exact's dialect: what goes into a filter, and how each answer reads."""

import json
import uuid
from datetime import date, datetime
from decimal import Decimal

import pytest
from exact import odata
from exact.errors import Forbidden, LimitReached, LoginRefused, NoAnswer, Refused
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

GUID = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
JSON = CaseInsensitiveDict({"Content-Type": "application/json; charset=utf-8"})


def error(text):
    message = {"lang": "", "value": text}
    return json.dumps({"error": {"code": "", "message": message}}).encode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("O'Neill", "'O''Neill'"),
        (uuid.UUID(GUID), f"guid'{GUID}'"),
        (date(2026, 3, 14), "datetime'2026-03-14'"),
        (datetime(2026, 3, 14, 8, 5), "datetime'2026-03-14T08:05:00'"),
        (True, "true"),
        (42, "42"),
        (Decimal("-1.50"), "-1.50"),
    ],
)
def test_literals(value, expected):
    assert odata.literal(value) == expected


@given(st.text())
def test_no_text_breaks_out_of_its_quotes(text):
    inner = odata.literal(text)[1:-1]
    assert inner.replace("''", "").count("'") == 0
    assert inner.replace("''", "'") == text


def test_a_key_is_a_guid_or_an_error():
    assert odata.key("crm/Accounts", GUID) == f"crm/Accounts(guid'{GUID}')"
    with pytest.raises(ValueError):
        odata.key("crm/Accounts", "x') or (1 eq 1")


@pytest.mark.parametrize(
    ("payload", "rows", "following"),
    [
        ({"d": {"results": [{"A": 1}], "__next": "u"}}, [{"A": 1}], "u"),
        ({"d": {"results": []}}, [], None),
        ({"d": [{"A": 1}]}, [{"A": 1}], None),
        ({"d": {"A": 1}}, [{"A": 1}], None),
    ],
)
def test_the_three_forms_of_an_answer(payload, rows, following):
    assert odata.unwrap(payload) == (rows, following)


@pytest.mark.parametrize("payload", [{}, {"d": None}, [], None, "text", {"d": "x"}])
def test_an_answer_of_no_known_form_is_broken(payload):
    with pytest.raises(NoAnswer):
        odata.unwrap(payload)


def test_padding_is_trimmed_and_amounts_are_decimal():
    body = json.dumps({"d": {"Code": "         8", "AmountFC": 1.1}}).encode()
    answer = odata.read_answer(200, JSON, body)
    assert answer == {"d": {"Code": "8", "AmountFC": Decimal("1.1")}}


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind"),
    [
        (500, JSON, error("Verplicht: Dagboek"), Refused),
        (400, JSON, error("Bad Request"), Refused),
        (404, JSON, b"", Refused),
        (403, {"Reason": "NoDivisionAccess"}, error("Forbidden"), Forbidden),
        (401, {}, b"<html>Object moved</html>", LoginRefused),
        (429, {}, b"", LimitReached),
        (500, {"Content-Type": "text/html"}, b"<html>", NoAnswer),
        (503, {}, b"", NoAnswer),
        (503, JSON, error("Service Unavailable"), NoAnswer),
        (302, {}, b"", NoAnswer),
        (200, {"Content-Type": "text/html"}, b"<html>maintenance", NoAnswer),
        (200, JSON, b'{"d": {"res', NoAnswer),
    ],
)
def test_each_answer_says_what_to_do(status, headers, body, kind):
    with pytest.raises(kind):
        odata.read_answer(status, CaseInsensitiveDict(headers), body)


def test_a_page_of_maintenance_is_no_file():
    headers = CaseInsensitiveDict({"Content-Type": "text/html; charset=utf-8"})
    with pytest.raises(NoAnswer):
        odata.read_file(headers, b"<html>", "bill.pdf")
    assert odata.read_file(headers, b"<html>", "Bill.HTM") == b"<html>"
    headers["Content-Type"] = "application/pdf"
    assert odata.read_file(headers, b"%PDF", "bill.pdf") == b"%PDF"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"X-RateLimit-Minutely-Remaining": "0"}, "limit_minute"),
        ({"X-RateLimit-Remaining": "0"}, "limit_day"),
        ({}, "limit_minute"),
    ],
)
def test_a_429_says_which_limit_it_was(headers, code):
    with pytest.raises(LimitReached) as caught:
        odata.read_answer(429, CaseInsensitiveDict(headers), b"")
    assert caught.value.code == code


def test_several_violations_keep_their_lines():
    body = error("Verplicht: Factuur voor\r\nVerplicht: Besteld door")
    text = odata.error_text(body)
    assert text == "Verplicht: Factuur voor\nVerplicht: Besteld door"


def test_dates_of_exact_are_calendar_dates():
    assert odata.to_date("/Date(1683936000000)/") == date(2023, 5, 13)
    assert odata.to_date("/Date(-86400000)/") == date(1969, 12, 31)
    assert odata.to_date(None) is None
