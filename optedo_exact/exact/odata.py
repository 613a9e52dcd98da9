"""Exact's dialect of OData: literals and filters out, answers in (exact-api 2)."""

import json
import re
import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from .errors import Forbidden, LimitReached, LoginRefused, NoAnswer, Refused

_DATE = re.compile(r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$")
_EPOCH = datetime(1970, 1, 1)


# --- out ---------------------------------------------------------------------


def literal(value) -> str:
    """``value`` as a literal of a $filter (exact-api 2.3).

    A GUID must be a ``uuid.UUID``, since a text literal would never match one.
    """
    if isinstance(value, uuid.UUID):
        return f"guid'{value}'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return f"datetime'{value:%Y-%m-%dT%H:%M:%S}'"
    if isinstance(value, date):
        return f"datetime'{value:%Y-%m-%d}'"
    return "'{}'".format(str(value).replace("'", "''"))


def eq(field: str, value) -> str:
    """``field eq value``."""
    return f"{field} eq {literal(value)}"


def trimmed(field: str, text: str) -> str:
    """``field`` without its blanks is ``text``: codes come padded (exact-api 2.3)."""
    return f"trim({field}) eq {literal(text)}"


def after(timestamp: int) -> str:
    """The filter of a change feed; its only one, an Edm.Int64 (exact-api 4.9)."""
    return f"Timestamp gt {int(timestamp)}L"


def newer(field: str, moment: datetime) -> str:
    """``field`` is later than a moment (naive)."""
    return f"{field} gt {literal(moment)}"


def all_of(terms: Iterable[str]) -> str:
    """The terms joined by ``and``."""
    return " and ".join(terms)


def any_of(terms: Iterable[str]) -> str:
    """The terms joined by ``or``, in parentheses so that it can stand in ``all_of``."""
    return "({})".format(" or ".join(terms))


def key(entity: str, guid: str) -> str:
    """The path of one record, ``crm/Accounts(guid'…')``.

    :raises ValueError: ``guid`` is no GUID (it goes into an address)
    """
    return f"{entity}({literal(uuid.UUID(guid))})"


def encode(payload: dict) -> bytes:
    """The JSON body of a write. Money is Decimal here and an Edm.Double there."""
    return json.dumps(payload, default=_encode_value).encode()


def _encode_value(value):
    if isinstance(value, Decimal):
        return float(value)  # its shortest form has the same digits, at cents
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


# --- in ----------------------------------------------------------------------


def to_date(value: str | None) -> date | None:
    """The calendar date in ``/Date(ms)/``.

    Dates of Exact are midnight without a zone; nothing is shifted (exact-api 2.2).
    """
    moment = to_datetime(value)
    return moment.date() if moment else None


def to_datetime(value: str | None) -> datetime | None:
    """The naive moment in ``/Date(ms)/``; ``None`` for an empty or unknown form."""
    match = _DATE.match(value or "")
    return _EPOCH + timedelta(milliseconds=int(match[1])) if match else None


def to_decimal(value) -> Decimal:
    """An amount of Exact as Decimal; nothing reads as zero."""
    return Decimal(str(value)) if value not in (None, "") else Decimal(0)


def unwrap(payload) -> tuple[list[dict], str | None]:
    """The rows of an answer and the address of its next page.

    Takes the three forms that Exact gives: ``d.results``, a bare list in ``d`` and one
    record in ``d`` (exact-api 2.2).

    :raises NoAnswer: the answer has none of them
    """
    body = payload.get("d") if isinstance(payload, dict) else None
    if isinstance(body, list):
        return body, None
    if isinstance(body, dict) and isinstance(body.get("results"), list):
        return body["results"], body.get("__next")
    if isinstance(body, dict):
        return [body], None
    raise NoAnswer("answer_broken")


def _trimmed(pairs: list[tuple]) -> dict:
    """Fixed-length strings come padded with blanks (exact-api 2.2)."""
    return {k: v.strip() if isinstance(v, str) else v for k, v in pairs}


def read_answer(status: int, headers, body: bytes):
    """What an answer of the API says.

    :param headers: a mapping that ignores case
    :return: the decoded JSON, ``None`` for an empty success
    :raises LoginRefused, LimitReached, Forbidden, Refused, NoAnswer: see ``errors``
    """
    text = error_text(body)
    if status == 401:
        raise LoginRefused("login_refused", text or headers.get("Reason", ""))
    if status == 429:
        # Such an answer carries the headers of one limit only (exact-api 3).
        code = "limit_day" if "X-RateLimit-Remaining" in headers else "limit_minute"
        raise LimitReached(None, code, headers.get("Reason", ""))
    if status == 403:
        words = [text, headers.get("Reason", "")]
        raise Forbidden(text=" - ".join(filter(None, words)), status=status)
    if status == 404:
        raise Refused("not_found", text, status=status)
    # A business rule is a 500 with Exact's words (exact-api 5); any other 5xx comes
    # from something in between that does not know what Exact did.
    if 400 <= status < 500 or (status == 500 and text):
        raise Refused(text=text or f"HTTP {status}", status=status)
    if status >= 300:
        raise NoAnswer(text=text or f"HTTP {status}")
    return _decode(headers, body)


def _decode(headers, body: bytes):
    if not body:
        return None
    # During maintenance Exact answers a page of HTML with status 200 (exact-api 2.4).
    if "json" not in headers.get("Content-Type", ""):
        raise NoAnswer("maintenance")
    try:
        return json.loads(body, parse_float=Decimal, object_pairs_hook=_trimmed)
    except ValueError as error:
        raise NoAnswer("answer_broken") from error


def read_file(headers, body: bytes, name: str) -> bytes:
    """The content of a file, which may be of any kind.

    :param headers: a mapping that ignores case
    :param name: of the file
    :raises NoAnswer: it is the page of the maintenance (exact-api 2.4)
    """
    is_page = "text/html" in headers.get("Content-Type", "").lower()
    if is_page and not name.lower().endswith((".htm", ".html")):
        raise NoAnswer("maintenance")
    return body


def error_text(body: bytes) -> str:
    """Exact's own words in an error body; several violations become several lines."""
    try:
        value = json.loads(body)["error"]["message"]["value"]
    except (ValueError, KeyError, TypeError):
        return ""
    return "\n".join(line.strip() for line in str(value).splitlines() if line.strip())
