"""A proposal is made where one code stands out, and never otherwise."""

from decimal import Decimal

import pytest
from exact import proposals
from exact.proposals import Candidate
from hypothesis import given
from hypothesis import strategies as st

SALES = [Candidate(1, "70"), Candidate(2, "71")]
VAT = [
    Candidate(1, "3", "E", Decimal("0.21")),
    Candidate(2, "3I", "I", Decimal("0.21")),
    Candidate(3, "A21", "E", Decimal("0.21"), for_sales=False),
    Candidate(4, "2", "E", Decimal("0.12")),
    Candidate(5, "LOG", "E", Decimal("0.12")),
    Candidate(6, "EXP", "E", Decimal("0")),
    Candidate(7, "MC", "E", Decimal("0.06"), special=True),
    Candidate(8, "N", "N", Decimal("0")),
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
    ("rate", "code"), [("0.21", "3"), ("0.12", None), ("0", None), ("0.06", None)]
)
def test_vat_code_by_rate_direction_and_nature(rate, code):
    found = proposals.vat_code(Decimal(rate), VAT)
    assert (found and found[0].code) == code


def test_lines_without_tax_take_the_code_without_vat():
    assert proposals.no_vat(VAT)[0].code == "N"
    assert proposals.no_vat([*VAT, Candidate(9, "N2", "N")]) is None


def test_ledger_account_by_code():
    assert proposals.gl_account("71", SALES)[0].key == 2
    assert proposals.gl_account("7", SALES) is None


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
            Candidate,
            st.integers(),
            st.sampled_from(["1", "2"]),
            st.sampled_from(["E", "I", "N"]),
            st.sampled_from([Decimal("0.21"), Decimal("0.06")]),
        )
    )
)
def test_two_that_fit_alike_are_never_guessed_between(candidates):
    found = proposals.vat_code(Decimal("0.21"), candidates)
    fitting = [c for c in candidates if c.type == "E" and c.rate == Decimal("0.21")]
    assert (found is not None) == (len(fitting) == 1)
