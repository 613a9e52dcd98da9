"""What counts as changed in Exact, and what as settled."""

from datetime import date
from decimal import Decimal

import pytest
from exact import payloads
from exact.removal import differences, untouched

GUID = "6F1C7A10-0000-0000-0000-000000000001"
SENT = payloads.plain(
    {
        "Journal": "70",
        "Customer": GUID,
        "EntryDate": date(2026, 3, 5),
        "Currency": "EUR",
        "YourRef": "INV/1",
        "Description": "INV/1 Bakkerij",
        "SalesEntryLines": [
            {"GLAccount": "A", "AmountFC": Decimal("100.00"), "VATCode": "3"},
            {"GLAccount": "B", "AmountFC": Decimal("-0.10"), "VATCode": "3"},
        ],
    }
)
ROW = {
    "Journal": "70",
    "Customer": GUID.lower(),
    "EntryDate": "/Date(1772668800000)/",
    "Currency": "EUR",
    "YourRef": "INV/1",
    "Description": "touched up",
}
LINES = [
    {"GLAccount": "b", "AmountFC": Decimal("-0.1"), "VATCode": "3", "CostCenter": "X"},
    {"GLAccount": "a", "AmountFC": 100, "VATCode": "3", "CostCenter": None},
]


def test_what_came_back_as_it_was_sent_is_unchanged():
    assert differences(SENT, ROW, LINES) == []


@pytest.mark.parametrize(
    "name, value",
    [
        ("Journal", "71"),
        ("Customer", "another"),
        ("EntryDate", "/Date(1772755200000)/"),
        ("Currency", "USD"),
        ("YourRef", ""),
    ],
)
def test_a_header_that_is_another_is_named(name, value):
    assert differences(SENT, ROW | {name: value}, LINES) == [name]


@pytest.mark.parametrize(
    "lines",
    [
        LINES[:1],
        [*LINES, LINES[0]],
        [LINES[0], LINES[1] | {"AmountFC": Decimal("100.01")}],
        [LINES[0], LINES[1] | {"VATCode": "1"}],
        [LINES[0], LINES[1] | {"GLAccount": "c"}],
    ],
)
def test_lines_that_are_others_are_named(lines):
    assert differences(SENT, ROW, lines) == ["SalesEntryLines"]


def term(amount, status=20, paid=False):
    return {"AmountFC": amount, "Status": status, "IsFullyPaid": paid}


@pytest.mark.parametrize(
    "total, terms, expected",
    [
        ("121", [term(121)], True),
        ("121", [term(-121)], True),
        ("121", [term(100), term(21)], True),
        ("0", [], True),
        ("121", [], False),
        ("121", [term(100), term(21, 50)], False),
        ("121", [term(121, 50, True)], False),
        ("121", [term(121, 30)], False),
        ("121", [term(100)], False),
    ],
)
def test_only_a_whole_open_item_is_untouched(total, terms, expected):
    assert untouched(Decimal(total), terms) is expected
