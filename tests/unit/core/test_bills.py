"""A purchase entry as a vendor bill: the tax of a line, amounts to the cent."""

from decimal import Decimal

import pytest
from exact import bills
from exact.bills import Tax
from hypothesis import given
from hypothesis import strategies as st

NONE, HALF = Decimal(0), Decimal("0.5")
GOODS, SERVICES, INVESTMENTS = Tax("g", "81"), Tax("s", "82"), Tax("i", "83")
CAR, PLAIN, OTHER = Tax("car", "82", HALF), Tax("p"), Tax("o")
CENTS = st.decimals(-10_000, 10_000, places=2)


@pytest.mark.parametrize(
    ("candidates", "kind", "share", "defaults", "found"),
    [
        ([PLAIN], "", NONE, [], ["p"]),
        ([GOODS, SERVICES, INVESTMENTS], "G", NONE, [], ["g"]),
        ([GOODS, SERVICES, INVESTMENTS], "S", NONE, [], ["s"]),
        ([GOODS, SERVICES, INVESTMENTS], "I", NONE, [], ["i"]),
        ([SERVICES, CAR], "S", NONE, [], ["s"]),
        ([SERVICES, CAR], "S", HALF, [], ["car"]),
        ([SERVICES], "S", HALF, [], []),
        ([GOODS], "S", NONE, [], []),
        ([GOODS, PLAIN], "S", NONE, [], ["p"]),
        ([PLAIN, OTHER], "", NONE, [], ["p", "o"]),
        ([PLAIN, OTHER], "", NONE, ["o"], ["o"]),
        ([PLAIN, OTHER], "", NONE, ["o", "p"], ["p", "o"]),
        ([GOODS, SERVICES], "", NONE, ["s"], ["s"]),
        ([GOODS, SERVICES], "G", NONE, ["s"], ["g"]),
    ],
)
def test_tax_by_box_then_share_then_the_default_of_the_account(
    candidates, kind, share, defaults, found
):
    assert bills.choose_tax(candidates, kind, share, defaults) == found


@given(CENTS, st.lists(CENTS, min_size=1, max_size=6))
def test_corrected_parts_come_to_the_target(target, amounts):
    parts = list(enumerate(amounts))
    changed = bills.correction(target, parts)
    assert sum((dict(parts) | changed).values()) == target
    assert len(changed) <= 1


def test_nothing_to_correct():
    assert bills.correction(Decimal("21.00"), [("a", Decimal("21.00"))]) == {}
    assert bills.correction(Decimal("21.00"), []) == {}


@given(CENTS, CENTS)
def test_rounding_line_completes_the_total_or_a_person_looks(total, booked):
    rounding = bills.rounding(total, booked)
    if rounding is None:
        assert abs(total - booked) > bills.ROUNDING
    else:
        assert booked + rounding == total


def entry(amount, kind=30, **line):
    return {
        "AmountFC": amount,
        "Type": kind,
        "Description": "Paper",
        bills.NESTED: [
            {
                "LineNumber": 1,
                "GLAccount": "guid",
                "AmountFC": "100",
                "VATAmountFC": "21",
                "VATCode": "A21",
            }
            | line
        ],
    }


def test_credit_note_is_positive_on_its_bill():
    row = entry("-121", 31, AmountFC="-100", VATAmountFC="-21")
    assert bills.is_credit_note(row)
    [line] = bills.read_lines(row, {"A21": "E"})
    assert (line.base, line.vat) == (100, 21)


def test_negative_entry_without_the_type_of_a_credit_note_is_one():
    assert bills.is_credit_note(entry("-121", 30))
    assert not bills.is_credit_note(entry("121", 30))


def test_inclusive_code_takes_the_vat_out_of_the_amount():
    row = entry("121", AmountFC="121", VATCode="I21")
    [line] = bills.read_lines(row, {"I21": "I"})
    assert (line.base, line.vat) == (100, 21)
    assert line.name == "Paper"


def test_vat_per_tax_leaves_out_lines_without_tax():
    [line] = bills.read_lines(entry("121"), {"A21": "E"})
    assert bills.vat_per_tax([(line, 7), (line, 7), (line, None)]) == {7: 42}


def test_a_reference_is_the_same_but_for_spaces_and_signs():
    assert bills.plain_reference(" F-2026/0815 ") == bills.plain_reference("f2026 0815")
    assert bills.plain_reference("F-1") != bills.plain_reference("F-10")
    assert bills.plain_reference(None) == bills.plain_reference(" - ") == ""
