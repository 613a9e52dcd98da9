"""One page of a set: filter, order, skip, and the token of the next page.

In default order a page is found from the key of the last row, so it costs the same
however far a client has read.
"""

import heapq
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from ..edm import literal
from ..errors import ApiError, BadRequest
from .lexer import FilterGuid, FilterSyntax, tokenize
from .options import SYNTAX, sync_start


class Page(NamedTuple):
    rows: list
    token: str | None
    count: int | None
    bare: bool


class _Lowest:
    """Sorts before everything: null in an ascending order."""

    def __lt__(self, other):
        return not isinstance(other, _Lowest)

    def __gt__(self, other):
        return False

    def __eq__(self, other):
        return isinstance(other, _Lowest)


class _Reversed:
    """Turns the order of a value round."""

    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return other.value < self.value

    def __eq__(self, other):
        return other.value == self.value


_LOWEST = _Lowest()


def _sort_key(entity_set, context, order):
    def key(row):
        parts = []
        for name, descending in order:
            value = entity_set.value(context, row, name)
            value = _LOWEST if value is None else value
            parts.append(_Reversed(value) if descending else value)
        own = entity_set.key_of(context, row)
        parts.extend(own.values() if isinstance(own, dict) else [own])
        return tuple(parts)

    return key


def matches(entity_set, context, options, rows):
    """Rows that pass the filter."""
    predicate, most = options.predicate, context.switches.broad_query_rows
    for number, row in enumerate(rows):
        if predicate is not None and most and number >= most:
            raise ApiError(408, "Request Timeout")
        if predicate is None or predicate(
            lambda name, row=row: entity_set.value(context, row, name)
        ):
            yield row


def count(entity_set, context, options):
    """Number of rows that pass the filter."""
    rows = entity_set.scan(context, _start(entity_set, options))
    return sum(1 for _ in matches(entity_set, context, options, rows))


def _start(entity_set, options):
    """Where a sync set begins: its filter is the key itself."""
    if entity_set.type.only_filter and options.tree is not None:
        return sync_start(entity_set.type, options.tree)
    return None


def page(entity_set, context, options):
    """The page a request asks for."""
    size = entity_set.type.page_size
    wanted = size if options.top is None else min(size, options.top)
    if options.order:
        rows = _ordered(entity_set, context, options, wanted + 1)
    else:
        rows = _in_key_order(entity_set, context, options, wanted + 1)
    more = len(rows) > wanted
    rows = rows[:wanted]
    token = None
    if more and rows and (options.top is None or options.top > size):
        token = _token(entity_set, context, options, rows[-1])
    total = count(entity_set, context, options) if options.count else None
    bare = (
        context.switches.top_bare_list
        and options.top is not None
        and token is None
        and not options.count
    )
    return Page(rows, token, total, bare)


def _in_key_order(entity_set, context, options, limit):
    after = _start(entity_set, options)
    if options.skiptoken is not None:
        parts = _read_token(entity_set, options.skiptoken, entity_set.type.key)
        after = (
            parts[0]
            if len(parts) == 1
            else dict(zip(entity_set.type.key, parts, strict=True))
        )
    found = []
    skip = options.skip
    for row in matches(entity_set, context, options, entity_set.scan(context, after)):
        if skip:
            skip -= 1
            continue
        found.append(row)
        if len(found) == limit:
            break
    return found


def _ordered(entity_set, context, options, limit):
    key = _sort_key(entity_set, context, options.order)
    rows = matches(entity_set, context, options, entity_set.scan(context))
    if options.skiptoken is not None:
        names = [name for name, _ in options.order] + list(entity_set.type.key)
        parts = _read_token(entity_set, options.skiptoken, names)
        start = []
        for index, value in enumerate(parts):
            value = _LOWEST if value is None else value
            reverse = index < len(options.order) and options.order[index][1]
            start.append(_Reversed(value) if reverse else value)
        rows = (row for row in rows if tuple(start) < key(row))
    found = heapq.nsmallest(options.skip + limit, rows, key=key)
    return found[options.skip :]


def _token(entity_set, context, options, row):
    """Literals of order values and key, separated by commas (exact-api 2.3)."""
    properties = entity_set.type.properties
    parts = [
        literal(properties[name].type, entity_set.value(context, row, name))
        for name, _ in options.order
    ]
    own = entity_set.key_of(context, row)
    values = own.values() if isinstance(own, dict) else [own]
    for name, value in zip(entity_set.type.key, values, strict=True):
        parts.append(literal(properties[name].type, value))
    return ",".join(parts)


def _read_token(entity_set, text, names):
    """Values of a skiptoken; the token is "only followed as given"."""
    try:
        tokens = tokenize(text)
    except (FilterSyntax, FilterGuid) as error:
        raise BadRequest(SYNTAX) from error
    values, negative = [], False
    for token in tokens[:-1]:
        if token.kind == "name" or token.value in ("(", ")", "="):
            raise BadRequest(SYNTAX)
        if token.kind == "mark":
            negative = token.value == "-"
        elif token.kind == "number":
            values.append(-token.value if negative else token.value)
        else:
            values.append(token.value)
    properties = entity_set.type.properties
    if len(values) != len(names):
        raise BadRequest(SYNTAX)
    return [
        _fitting(properties[name].type, value)
        for name, value in zip(names, values, strict=True)
    ]


_PYTHON = {"Edm.Guid": str, "Edm.String": str, "Edm.Boolean": bool}


def _fitting(kind, value):
    """The value as the rows have it, refused where a hand-made token cannot fit."""
    expected = _PYTHON.get(kind, datetime if kind == "Edm.DateTime" else Decimal)
    if value is not None and not isinstance(value, expected):
        raise BadRequest(SYNTAX)
    if isinstance(value, Decimal) and kind != "Edm.Double":
        return int(value)
    return value
