"""Addresses of the API: ``/api/v1/1001/crm/Accounts(guid'…')/…`` (exact-api 2.1)."""

import re
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import unquote

from ..edm import literal
from ..errors import ApiError, Violation
from ..texts import message
from .lexer import FilterGuid, FilterSyntax, tokenize

ROOT = "/api/v1/"
_SEGMENT = re.compile(r"([A-Za-z_]\w*)(?:\((.*)\))?")


@dataclass
class Address:
    """``key`` is the text between the parentheses, None without parentheses.

    ``path`` None: a service itself (``…/crm/$metadata``).
    """

    division: int | None
    path: str | None
    key: str | None
    rest: tuple
    service: str = ""


def not_found(segment):
    """404 of an unknown address."""
    return ApiError(404, f"Resource not found for the segment '{segment}'.")


def split(path, known):
    """Take a request path apart; ``known`` are the paths of the sets served."""
    return _split(path, known) or _service(path, known)


def _service(path, known):
    parts = _parts(path)
    division, rest = int(parts[0]), ()
    if parts[-1] == "$metadata":
        rest = (parts.pop(),)
    service = "/".join(parts[1:])
    if not any(name.rpartition("/")[0] == service for name in known):
        raise not_found(parts[-1])
    return Address(division, None, None, rest, service)


def _parts(path):
    return [part for part in unquote(path[len(ROOT) :]).split("/") if part]


def _split(path, known):
    parts = _parts(path)
    if not parts:
        raise not_found("v1")
    division = None
    if parts[0].isascii() and parts[0].isdigit() and len(parts[0]) < 10:
        division = int(parts.pop(0))
    for length in range(1, len(parts) + 1):
        match = _SEGMENT.fullmatch(parts[length - 1])
        if not match:
            break
        name = "/".join([*parts[: length - 1], match[1]])
        if name in known:
            return Address(division, name, match[2], tuple(parts[length:]))
    if division is None or not parts:
        raise not_found(parts[-1] if parts else str(division))
    return None


def read_key(entity, text, language):
    """A key as value, or as dict where it has several parts."""
    if not entity.key:
        raise not_found(entity.name)
    try:
        tokens = [token for token in tokenize(text) if token.kind != "end"]
    except FilterGuid as error:
        raise ApiError(400, message(Violation("guid"), language)) from error
    except FilterSyntax as error:
        raise ApiError(400, "Bad Request - Error in query syntax.") from error
    named = {}
    name = entity.key[0] if len(entity.key) == 1 else None
    for token in tokens:
        if token.kind == "name":
            name = token.value
        elif token.kind != "mark" and name:
            named[name] = _value(token.value)
            name = None
    if set(named) != set(entity.key):
        raise ApiError(400, "Bad Request - Error in query syntax.")
    for part in entity.key:
        _check_kind(entity, part, named[part], language)
    return named if len(entity.key) > 1 else named[entity.key[0]]


def _value(value):
    return int(value) if isinstance(value, Decimal) else value


def _check_kind(entity, name, value, language):
    kind = entity.properties[name].type
    if kind == "Edm.Guid":
        if not isinstance(value, str) or len(value) != 36:
            raise ApiError(400, message(Violation("guid"), language))
        return
    wanted = str if kind == "Edm.String" else int
    if not isinstance(value, wanted):
        raise ApiError(400, "Bad Request - Error in query syntax.")


def write_key(entity, key):
    """The key as it stands in an address."""
    if not isinstance(key, dict):
        return literal(entity.properties[entity.key[0]].type, key)
    return ",".join(
        f"{name}={literal(entity.properties[name].type, value)}"
        for name, value in key.items()
    )
