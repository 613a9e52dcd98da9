"""Numbers are compared as what they are, and never mended."""

import pytest
from exact import numbers
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("BE0477472701", "BE"),
        ("0477.472.701", "BE"),
        ("NL001234567B01", "NL"),
        ("NL001234567B01", "BE"),
        ("EL123456789", "GR"),
        ("123456789", "GR"),
        ("FRXX123456789", "FR"),
        ("IE1234567FA", "IE"),
        ("12-3456789", "US"),
        ("CHE-123.456.788 TVA", "CH"),
    ],
)
def test_a_number_that_may_be_one(number, country):
    assert numbers.is_vat_number(number, country)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("BE047747270", "BE"),
        ("NL123456789", "NL"),
        ("NL1234567890B01", "NL"),
        ("BE", "BE"),
        ("niet btw-plichtig", "BE"),
        ("n/a", "US"),
        ("DE12345678", "FR"),
    ],
)
def test_a_number_that_cannot_be_one(number, country):
    assert not numbers.is_vat_number(number, country)


def test_the_sign_for_no_number_is_none():
    assert numbers.vat_number("/") == numbers.vat_number(None) == ""
    assert numbers.vat_number("BE 0477 472 701") == "BE0477472701"


@pytest.mark.parametrize(
    ("number", "country", "may_be"),
    [
        ("0477.472.701", "BE", True),
        ("RPR Gent", "BE", False),
        ("12345678", "NL", True),
        ("1234567", "NL", False),
        ("0477472701", "NL", True),
        ("HRB 12345", "DE", True),
    ],
)
def test_company_number(number, country, may_be):
    assert numbers.is_company_number(number, country) is may_be


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bakkerij Janssens BV", "BAKKERIJ JANSSENS B.V."),
        ("Café Zoë", "Cafe Zoe"),
        ("Garage Peeters & Zonen", "Garage Peeters  Zonen"),
        ("N" * 60, "N" * 49 + "…"),
        ("N" * 60, "N" * 50),
    ],
)
def test_the_same_name_written_otherwise(one, other):
    assert numbers.name_key(one, 50) == numbers.name_key(other, 50)


def test_a_name_that_is_only_a_legal_form_stays():
    assert numbers.name_key("NV", 50) == "NV"
    assert numbers.name_key("SA Transport", 50) != numbers.name_key("Transport", 50)


@given(st.text())
def test_any_text_has_a_key(text):
    key = numbers.name_key(text, 50)
    assert key == numbers.name_key(f"  {text} ", 50)
    assert numbers.compact(numbers.compact(text)) == numbers.compact(text)
