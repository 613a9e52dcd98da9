"""Bodies of POST and PUT: JSON → checked values (exact-api 2.4)."""

import json

from .. import edm
from ..clock import midnight
from ..errors import BadStream

_TOP_LEVEL = "The request should be a valid top-level resource object."
#: The start of this text was seen live; the rest is not published (exact-api 2.4).
_NOT_NESTED = "Binding to new entities is not supported in a PUT request."

#: Dates without a time: kept as midnight, whatever was sent (exact-api 2.2).
_CALENDAR = ("Date", "DocumentDate", "DueDate", "EndDate", "EntryDate", "StartDate")


def parse_json(data):
    """The JSON object of a request body."""
    try:
        raw = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadStream(_TOP_LEVEL) from error
    if not isinstance(raw, dict):
        raise BadStream(_TOP_LEVEL)
    return raw


def _no_constant(name):
    raise ValueError(name)


def read(entity_set, raw, verb, read_only_ignored=True):
    """``(scalars, nested)`` of a write; nested: name → list of (scalars, nested).

    Unknown properties and wrong types are refused; read-only ones are ignored.
    """
    scalars, nested = {}, {}
    for name, value in raw.items():
        if name == "__metadata":
            continue
        prop = entity_set.type.properties.get(name)
        if prop is None:
            raise BadStream(
                f"The property name '{name}' specified for type "
                f"'{entity_set.type.model}' is not valid."
            )
        if not prop.scalar:
            _nest(entity_set, prop, value, verb, nested, read_only_ignored)
        elif _writable(entity_set, prop, verb):
            scalars[name] = _scalar(prop, value)
        elif not read_only_ignored and not prop.key:
            raise BadStream(f"The property '{name}' is read only.")
    return scalars, nested


def _writable(entity_set, prop, verb):
    if entity_set.written_with_parent and verb == "POST":
        return not prop.key
    return prop.post if verb == "POST" else prop.put


def _scalar(prop, value):
    try:
        read = edm.read(prop.type, value)
        return midnight(read) if read and prop.name in _CALENDAR else read
    except ValueError as error:
        kind = prop.type.removeprefix("Edm.")
        raise BadStream(
            "Error encountered in converting the value from request payload for "
            f"property '{prop.name}' to type '{kind}', which is the property's "
            "expected type. See inner exception for more detail."
        ) from error


def _nest(entity_set, prop, value, verb, nested, read_only_ignored):
    if isinstance(value, dict):
        if "__deferred" in value:
            return
        value = value.get("results")
    if value is None:
        return
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise BadStream(_TOP_LEVEL)
    if verb == "PUT":
        if value:
            raise BadStream(_NOT_NESTED)
        return
    target = entity_set.navigation.get(prop.name)
    if target is None or not prop.post:
        if value:
            raise BadStream(f"The navigation property '{prop.name}' is not supported.")
        return
    from ..entities import REGISTRY

    path, link = target
    lines = REGISTRY[path]
    nested[prop.name] = made = []
    for line in value:
        scalars, inner = read(lines, line, verb, read_only_ignored)
        # Which entry a nested line belongs to is said by where it stands.
        for name in (link, *lines.type.key):
            scalars.pop(name, None)
        made.append((scalars, inner))
