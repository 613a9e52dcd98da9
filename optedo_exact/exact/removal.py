"""Whether an entry in Exact is still what was sent, and may be removed there."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from . import odata

# Of what was sent: that which makes it another booking when it changes in Exact.
# Texts, due dates and conditions may be touched up by an accountant.
HEADER = ("Journal", "Customer", "EntryDate", "Currency", "YourRef")
LINE = ("GLAccount", "AmountFC", "VATCode", "VATAmountFC", "CostCenter", "CostUnit")
AMOUNTS = ("AmountFC", "VATAmountFC")
OPEN_TERM = 20  # of a payment term: nothing was done with it (exact-api 4.8)


def differences(sent: dict, entry: dict, lines: Iterable[dict]) -> list[str]:
    """The properties in which an entry differs from what was sent.

    :param sent: the body of the POST as it is kept, see ``payloads.plain``
    :param entry: the row of Exact
    :param lines: its lines; their order does not count
    :return: Exact's own names of properties, empty where it is unchanged
    """
    names = [
        name
        for name in HEADER
        if name in sent and _value(name, sent[name]) != _value(name, entry.get(name))
    ]
    sent_lines = sent.get("SalesEntryLines", [])
    compared = [n for n in LINE if any(n in line for line in sent_lines)]
    if _bag(sent_lines, compared) != _bag(lines, compared):
        names.append("SalesEntryLines")
    return names


def _bag(lines: Iterable[dict], names: list[str]) -> Counter:
    return Counter(tuple(_value(n, line.get(n)) for n in names) for line in lines)


def _value(name: str, value):
    """A property in a form in which what was sent and what came back are equal."""
    if name in AMOUNTS:
        return odata.to_decimal(value).quantize(Decimal("0.001"))
    if name == "EntryDate":
        return str(odata.to_date(value) or value)[:10]
    return str(value or "").strip().lower()


def untouched(total: Decimal, terms: Iterable[dict]) -> bool:
    """Whether nothing was settled, and nothing is in transit, of an entry.

    No rows tell nothing, but for an entry of zero, which has none (product G5).

    :param total: what was sent, without sign
    :param terms: its rows of the open items
    """
    terms = list(terms)
    open_amount = sum((abs(odata.to_decimal(t["AmountFC"])) for t in terms), Decimal(0))
    return open_amount == total and all(
        t["Status"] == OPEN_TERM and not t["IsFullyPaid"] for t in terms
    )
