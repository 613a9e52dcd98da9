"""A proposal is made where one code stands out, and never otherwise."""

from datetime import date
from decimal import Decimal

import pytest
from exact import proposals
from exact.proposals import Candidate
from exact.vat import CHARGED, EU_GOODS, EXPORT, STANDARD, ZERO, Code, Tax
from hypothesis import given
from hypothesis import strategies as st

SALES = [Candidate(1, "70"), Candidate(2, "71")]
TODAY = date(2026, 11, 24)


def vat(key, code, type_, rate, **marks):
    rates = [(Decimal(rate), None, None)]
    return Candidate(key, code, type_, vat=Code(type_, rates, **marks))


VAT = [
    vat(1, "3", "E", "0.21"),
    vat(2, "3I", "I", "0.21"),
    vat(3, "A21", "E", "0.21", for_sales=False),
    vat(4, "2", "E", "0.12"),
    vat(5, "LOG", "E", "0.12"),
    vat(6, "EXP", "E", "0"),
    vat(7, "OFR", "E", "0.06", oss_country="FR"),
    vat(8, "N", "N", "0"),
    vat(9, "MC", "E", "0", charged=True),
    vat(10, "ICG", "E", "0", listing="L"),
]


@pytest.mark.parametrize(
    ("code", "candidates", "expected"),
    [
        ("71", SALES, (SALES[1], proposals.SAME_CODE)),
        ("INV", SALES, None),
        ("INV", SALES[:1], (SALES[0], proposals.ONLY_ONE)),
        ("INV", [], None),
    ],
)
def test_journal(code, candidates, expected):
    assert proposals.journal(code, candidates) == expected


@pytest.mark.parametrize(
    ("rate", "natures", "code"),
    [
        ("0.21", [], "3"),
        ("0.21", [STANDARD], "3"),
        ("0.12", [], None),  # two fit
        ("0.06", [], None),  # of another country
        ("0", [], None),  # nothing says what it is
        ("0", [CHARGED], "MC"),
        ("0", [EU_GOODS], "ICG"),
        ("0", [EXPORT], "EXP"),
        ("0", [ZERO, CHARGED], None),
        (None, [], None),
    ],
)
def test_vat_code_by_rate_direction_and_nature(rate, natures, code):
    tax = Tax(rate and Decimal(rate), frozenset(natures))
    found = proposals.vat_code(tax, VAT, TODAY)
    assert (found and found[0].code) == code


def test_lines_without_tax_take_the_code_without_vat():
    assert proposals.no_vat(VAT)[0].code == "N"
    assert proposals.no_vat([*VAT, Candidate(9, "N2", "N")]) is None


def test_ledger_account_or_cost_centre_by_code():
    assert proposals.same_code("", [Candidate(1, "")]) is None
    assert proposals.same_code("71", SALES)[0].key == 2
    assert proposals.same_code("7", SALES) is None


def test_payment_condition_by_days():
    terms = [
        Candidate(1, "14", days=14),
        Candidate(2, "30", days=30),
        Candidate(3, "3E"),
    ]
    assert proposals.payment_condition(30, terms)[0].code == "30"
    assert proposals.payment_condition(None, terms) is None
    assert proposals.payment_condition(45, terms) is None


@given(
    st.lists(
        st.builds(
            vat,
            st.integers(),
            st.sampled_from(["1", "2"]),
            st.sampled_from(["E", "I", "N"]),
            st.sampled_from(["0.21", "0.06"]),
        )
    )
)
def test_two_that_fit_alike_are_never_guessed_between(candidates):
    rate = Decimal("0.21")
    found = proposals.vat_code(Tax(rate), candidates, TODAY)
    fitting = [c for c in candidates if c.type == "E" and c.vat.rate(TODAY) == rate]
    assert (found is not None) == (len(fitting) == 1)
