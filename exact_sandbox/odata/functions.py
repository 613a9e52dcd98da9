"""Functions of ``$filter`` (OData v2/3; exact-api 2.3)."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple


class FilterValue(Exception):
    """A function got a value it cannot work with; the result is null."""


class Function(NamedTuple):
    """``compares``: looks for one text in another, under the rules of comparison."""

    result: str
    parameters: tuple
    function: object
    compares: bool = False


def _substring(text, start, length=None):
    start = int(start)
    if start < 0 or (length is not None and length < 0):
        raise FilterValue("negative position")
    return text[start:] if length is None else text[start : start + int(length)]


def _whole(rounding):
    return lambda value: Decimal(value).to_integral_value(rounding)


def _part(name):
    return Function("number", (("datetime",),), lambda moment: getattr(moment, name))


_TEXT, _TEXTS = (("string",),), (("string", "string"),)

FUNCTIONS = {
    "substringof": Function("boolean", _TEXTS, lambda part, text: part in text, True),
    "startswith": Function(
        "boolean", _TEXTS, lambda text, part: text.startswith(part), True
    ),
    "endswith": Function(
        "boolean", _TEXTS, lambda text, part: text.endswith(part), True
    ),
    "indexof": Function("number", _TEXTS, lambda text, part: text.find(part), True),
    "concat": Function("string", _TEXTS, lambda a, b: a + b),
    "length": Function("number", _TEXT, len),
    "tolower": Function("string", _TEXT, str.lower),
    "toupper": Function("string", _TEXT, str.upper),
    "trim": Function("string", _TEXT, str.strip),
    "replace": Function("string", (("string",) * 3,), lambda a, b, c: a.replace(b, c)),
    "substring": Function(
        "string",
        (("string", "number"), ("string", "number", "number")),
        _substring,
    ),
    "round": Function("number", (("number",),), _whole(ROUND_HALF_UP)),
    "floor": Function("number", (("number",),), _whole(ROUND_FLOOR)),
    "ceiling": Function("number", (("number",),), _whole(ROUND_CEILING)),
    **{name: _part(name) for name in ("year", "month", "day")},
    **{name: _part(name) for name in ("hour", "minute", "second")},
}
