"""A VAT code stands for a tax of its direction, rate on the day, and nature."""

from datetime import date
from decimal import Decimal

import pytest
from exact import vat
from exact.vat import Code, Tax
from hypothesis import given
from hypothesis import strategies as st

DAY = date(2026, 11, 24)
HIGH = [(Decimal("0.21"), None, None)]
NIL = [(Decimal(0), None, None)]
CODES = {
    "21": Code("E", HIGH),
    "21 incl": Code("I", HIGH),
    "bought": Code("E", HIGH, for_sales=False),
    "plain 0": Code("E", NIL),
    "none": Code("N", NIL),
    "charged": Code("E", HIGH, charged=True),
    "goods": Code("E", NIL, listing="L"),
    "services": Code("E", NIL, listing="S"),
    "triangular": Code("E", NIL, listing="T"),
    "margin": Code("B", NIL, margin=True),
    "oss": Code("E", [(Decimal("0.2"), None, None)], oss_country="FR"),
}


@pytest.mark.parametrize(
    ("rate", "natures", "fitting"),
    [
        ("0.21", {vat.STANDARD}, {"21", "21 incl"}),
        ("0.2", {vat.STANDARD}, {"oss"}),
        ("0", {vat.CHARGED}, {"charged"}),
        ("0", {vat.EU_GOODS}, {"goods"}),
        ("0", {vat.EU_SERVICES}, {"services"}),
        ("0", {vat.TRIANGULAR}, {"triangular"}),
        ("0", {vat.EXPORT}, {"plain 0"}),
        ("0", {vat.ZERO}, {"plain 0", "none"}),
        ("0.2", {vat.OSS}, {"oss"}),
        ("0.21", {vat.OSS}, set()),
        ("0.21", {vat.EXPORT, vat.ZERO}, set()),
        ("0", {vat.ZERO, vat.CHARGED}, {"plain 0", "none", "charged"}),
        ("0", {vat.ZERO, vat.MARGIN}, {"plain 0", "none", "margin"}),
        (
            "0",
            set(),  # nothing says what it is: the rate alone decides
            set(CODES) - {"21", "21 incl", "bought", "oss"},
        ),
        ("0.06", set(), set()),
        (None, set(), set()),
    ],
)
def test_codes_that_fit(rate, natures, fitting):
    tax = Tax(rate and Decimal(rate), frozenset(natures))
    found = {name for name, code in CODES.items() if not vat.misfit(tax, code, DAY)}
    assert found == fitting


@pytest.mark.parametrize(
    ("tax", "code", "reason"),
    [
        (Tax(Decimal("0.21")), CODES["bought"], vat.OTHER_DIRECTION),
        (Tax(Decimal("0.06")), CODES["21"], vat.OTHER_RATE),
        (Tax(Decimal("0.21")), CODES["charged"], vat.OTHER_RATE),
        (Tax(Decimal(0), frozenset({vat.EXPORT})), CODES["goods"], vat.OTHER_NATURE),
        (Tax(None), CODES["21"], vat.NO_RATE),
    ],
)
def test_the_reason_is_said(tax, code, reason):
    assert vat.misfit(tax, code, DAY) == reason


def test_a_rate_that_changed_counts_by_the_day_of_the_invoice():
    lodging = Code(
        "E",
        [
            (Decimal("0.09"), None, date(2025, 12, 31)),
            (Decimal("0.21"), date(2026, 1, 1), None),
        ],
    )
    low, high = Tax(Decimal("0.09")), Tax(Decimal("0.21"))
    assert vat.misfit(low, lodging, date(2025, 12, 31)) is None
    assert vat.misfit(low, lodging, date(2026, 1, 1)) == vat.OTHER_RATE
    assert vat.misfit(high, lodging, date(2026, 1, 1)) is None
    assert lodging.fits_some_day(low, DAY)
    assert not lodging.fits_some_day(Tax(Decimal("0.06")), DAY)


def test_a_code_whose_rate_has_ended_is_no_zero_rate():
    ended = Code("E", [(Decimal("0.19"), None, date(2012, 9, 30))])
    assert ended.rate(DAY) is None
    assert vat.misfit(Tax(Decimal(0)), ended, DAY) == vat.OTHER_RATE


@pytest.mark.parametrize(
    ("country", "boxes", "category", "expected"),
    [
        ("BE", ["03"], "S", {vat.STANDARD}),
        ("BE", ["46L"], "K", {vat.EU_GOODS}),
        ("BE", ["47", "OSS"], "", {vat.OSS}),
        ("NL", ["OSS"], "", {vat.OSS}),
        ("BE", ["44"], "K", {vat.EU_SERVICES}),
        ("NL", ["3bt"], "", {vat.TRIANGULAR}),
        ("NL", ["1e"], "", {vat.ZERO, vat.CHARGED, vat.MARGIN}),
        ("FR", ["03"], "AE", {vat.CHARGED, vat.EU_SERVICES}),
        ("BE", ["my own box"], "", set()),
        ("", [], "", set()),
    ],
)
def test_natures_by_box_else_by_category(country, boxes, category, expected):
    assert vat.natures(country, boxes, category) == expected


@given(
    st.decimals(0, 1, places=4),
    st.sampled_from(sorted(CODES)),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_a_code_never_adds_other_vat_than_the_tax(rate, name, day):
    if vat.misfit(Tax(rate), CODES[name], day) is None:
        assert CODES[name].rate(day) == rate
