"""What differs between a booking that was sent and the same invoice now."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

LINES = "SalesEntryLines"


@dataclass(frozen=True)
class Difference:
    """A property that is another now.

    :param line: which line of the entry, from 1; 0 for the entry itself
    """

    name: str
    sent: str
    now: str
    line: int = 0


def compare(sent: dict, now: dict) -> list[Difference]:
    """The differences between two bodies of a POST, see ``payloads.plain``.

    Lines are compared one by one in their order; one that only one side has differs in
    all that it has.
    """
    found = list(_compared(sent, now, 0))
    pairs = zip_longest(sent.get(LINES, []), now.get(LINES, []), fillvalue={})
    for number, (before, after) in enumerate(pairs, start=1):
        found += _compared(before, after, number)
    return found


def _compared(sent: dict, now: dict, line: int) -> Iterator[Difference]:
    for name in dict.fromkeys([*sent, *now]):
        before, after = str(sent.get(name, "")), str(now.get(name, ""))
        if name != LINES and before != after:
            yield Difference(name, before, after, line)
