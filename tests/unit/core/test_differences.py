"""What differs between what was sent and the invoice now."""

from decimal import Decimal

from exact import payloads
from exact.differences import Difference, compare

SENT = payloads.plain(
    {
        "Journal": "70",
        "DueDate": "2026-03-05",
        "SalesEntryLines": [
            {"GLAccount": "a", "AmountFC": Decimal("100.00")},
            {"GLAccount": "b", "AmountFC": Decimal("5.00")},
        ],
    }
)


def test_the_same_has_no_differences():
    assert compare(SENT, SENT) == []


def test_each_difference_says_where_it_is():
    now = SENT | {
        "DueDate": "2026-04-05",
        "Description": "new",
        "SalesEntryLines": [{"GLAccount": "a", "AmountFC": "90.00"}],
    }
    assert compare(SENT, now) == [
        Difference("DueDate", "2026-03-05", "2026-04-05"),
        Difference("Description", "", "new"),
        Difference("AmountFC", "100.00", "90.00", 1),
        Difference("GLAccount", "b", "", 2),
        Difference("AmountFC", "5.00", "", 2),
    ]
