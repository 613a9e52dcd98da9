"""Tokens of the filter language, with Exact's literals (exact-api 2.3)."""

import re
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from ..clock import parse_moment
from ..edm import guid


class FilterSyntax(Exception):
    """The text is no filter of this dialect."""


class FilterGuid(Exception):
    """A ``guid'…'`` literal that holds no GUID (exact-api 5 "bad guid")."""


class Token(NamedTuple):
    kind: str
    value: object
    position: int


_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<typed>(?:guid|datetimeoffset|datetime|time|binary|X)'[^']*')
  | (?P<string>'(?:[^']|'')*')
  | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:[lL]|[mM]|[dD]|[fF])?)(?![\w'])
  | (?P<name>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)
  | (?P<mark>[(),=-])
    """,
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}


def _typed(text, position):
    prefix, _, rest = text.partition("'")
    body = rest[:-1]
    if prefix == "guid":
        try:
            return Token("guid", guid(body), position)
        except ValueError as error:
            raise FilterGuid(body) from error
    if prefix in ("datetime", "datetimeoffset"):
        try:
            return Token("datetime", parse_moment(body), position)
        except (ValueError, OverflowError) as error:
            raise FilterSyntax(f"no date at {position}") from error
    raise FilterSyntax(f"{prefix} literals are not supported")


def _number(text):
    if text[-1] in "lLmMdDfF":
        text = text[:-1]
    value = Decimal(text)
    if value.adjusted() > 30:
        raise FilterSyntax("number too large")
    return value


def _token(match):
    kind, text, position = match.lastgroup, match.group(), match.start()
    if kind == "typed":
        return _typed(text, position)
    if kind == "string":
        return Token("string", text[1:-1].replace("''", "'"), position)
    if kind == "number":
        return Token("number", _number(text), position)
    if kind == "name" and text in _WORDS:
        value = _WORDS[text]
        return Token("null" if value is None else "boolean", value, position)
    return Token(kind, text, position)


def tokenize(text):
    """All tokens of a filter, ended by one of kind ``end``."""
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise FilterSyntax(f"unexpected character at {position}")
        if match.lastgroup != "space":
            tokens.append(_token(match))
        position = match.end()
    tokens.append(Token("end", None, position))
    return tokens


def quoted(value):
    """A Python value as a literal of this language (the inverse of the lexer)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, datetime):
        return f"datetime'{value.isoformat()}'"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
