"""Values of the OData v2 types: read from JSON, kept in Python, written to JSON.

In memory: Guid lower-case ``str``, DateTime naive UTC ``datetime``, Double ``Decimal``,
integers ``int``, Binary ``bytes``.
"""

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from .clock import parse_moment, to_milliseconds

EPOCH = datetime(1970, 1, 1)
_GUID = re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")
_JSON_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")
_INTEGER = re.compile(r"[+-]?\d+")
RANGES = {
    "Edm.Byte": (0, 255),
    "Edm.Int16": (-(2**15), 2**15 - 1),
    "Edm.Int32": (-(2**31), 2**31 - 1),
    "Edm.Int64": (-(2**63), 2**63 - 1),
}


def guid(text):
    """Canonical form of a GUID, braces allowed; ValueError when it is none."""
    if not isinstance(text, str) or not _GUID.fullmatch(text):
        raise ValueError("not a guid")
    return text.strip("{}").lower()


def _date_time(raw):
    """ISO or ``/Date(ms)/`` (exact-api 2.2)."""
    if not isinstance(raw, str):
        raise ValueError("not a date")
    match = _JSON_DATE.fullmatch(raw)
    if match:
        return EPOCH + timedelta(milliseconds=int(match[1]))
    return parse_moment(raw)


def _number(raw):
    """A number, or a decimal string (exact-api 2.2); never NaN or infinity."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str, Decimal)):
        raise ValueError("not a number")
    value = Decimal(str(raw))
    if not value.is_finite() or value.adjusted() > 15:
        raise ValueError("not a finite amount")
    return value


def _integer(kind, raw):
    if isinstance(raw, bool) or not isinstance(raw, (int, str)):
        raise ValueError("not an integer")
    if isinstance(raw, str):
        if not _INTEGER.fullmatch(raw) or len(raw) > 20:
            raise ValueError("not an integer")
        raw = int(raw)
    low, high = RANGES[kind]
    if not low <= raw <= high:
        raise ValueError("out of range")
    return raw


def _boolean(raw):
    if isinstance(raw, bool):
        return raw
    if raw in ("true", "false"):
        return raw == "true"
    raise ValueError("not a boolean")


def _string(raw):
    """Text, or a number as its digits: a live client sends payment condition 15 so."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return str(raw)
    if not isinstance(raw, str):
        raise ValueError("not a string")
    return raw


def _binary(raw):
    if not isinstance(raw, str):
        raise ValueError("not base64")
    return base64.b64decode("".join(raw.split()), validate=True)  # lines are allowed


_READERS = {
    "Edm.Guid": guid,
    "Edm.DateTime": _date_time,
    "Edm.Double": _number,
    "Edm.Boolean": _boolean,
    "Edm.String": _string,
    "Edm.Binary": _binary,
}


def read(kind, raw):
    """A JSON value as a Python value of an Edm type; ValueError when it is none."""
    if raw is None:
        return None
    try:
        if kind in RANGES:
            return _integer(kind, raw)
        return _READERS[kind](raw)
    except (InvalidOperation, binascii.Error, OverflowError) as error:
        raise ValueError(str(error)) from error


def write(kind, value, int64_as_string=True):
    """A Python value as JSON of verbose OData v2."""
    if value is None:
        return None
    if kind == "Edm.Double":
        return float(value)
    if kind == "Edm.DateTime":
        return f"/Date({to_milliseconds(value)})/"
    if kind == "Edm.Int64" and int64_as_string:
        return str(value)
    if kind == "Edm.Binary":
        return base64.b64encode(value).decode("ascii")
    return value


def literal(kind, value):
    """A value as an OData literal in an address: ``guid'…'``, ``'70'``, ``12L``."""
    if value is None:
        return "null"
    if kind == "Edm.Guid":
        return f"guid'{value}'"
    if kind == "Edm.String":
        return "'" + value.replace("'", "''") + "'"
    if kind == "Edm.DateTime":
        return f"datetime'{value.isoformat()}'"
    if kind == "Edm.Int64":
        return f"{value}L"
    if kind == "Edm.Boolean":
        return "true" if value else "false"
    return f"{value:f}d" if kind == "Edm.Double" else str(value)


def us_date_time(moment):
    """US notation as in the text of an expired refresh token (exact-api 1.3)."""
    stamp = moment.replace(tzinfo=UTC)
    return f"{stamp.month}/{stamp.day}/{stamp.year} " + stamp.strftime("%I:%M:%S %p")
