"""Rows as verbose JSON: ``__metadata``, ``__deferred``, results (exact-api 2.2)."""

from .. import edm
from .address import ROOT, write_key


def set_uri(context, path):
    """Absolute address of an entity set."""
    division = "" if path == "current/Me" else f"{context.division}/"
    return f"{context.base_url}{ROOT}{division}{path}"


def uri(context, entity_set, row):
    """Absolute address of one record."""
    key = write_key(entity_set.type, entity_set.key_of(context, row))
    return f"{set_uri(context, entity_set.path)}({key})"


def record(context, entity_set, row, select=None, expand=(), sent=None):
    """One record as a JSON object.

    ``sent``: names that a POST sent; without ``Prefer: return=representation`` all
    else but the key, what the server filled in, is null (exact-api 2.4).
    """
    own = uri(context, entity_set, row)
    shown = {"__metadata": {"uri": own, "type": entity_set.type.model}}
    properties = entity_set.type.properties
    as_string = context.switches.int64_as_string
    for name in properties if select is None else select:
        prop = properties[name]
        if prop.scalar:
            hidden = sent is not None and name not in sent and not prop.key
            value = None if hidden else entity_set.value(context, row, name)
            shown[name] = edm.write(prop.type, value, as_string)
        elif name in expand:
            target, lines = entity_set.expand(context, row, name)
            shown[name] = _nested(context, target, lines, f"{own}/{name}")
        else:
            shown[name] = {"__deferred": {"uri": f"{own}/{name}"}}
    return shown


def _nested(context, entity_set, rows, address):
    """Expanded rows; those beyond a page of their own are named by ``__next``."""
    size = context.switches.nested_page
    kept = rows[:size] if size else rows
    shown = {"results": [record(context, entity_set, row) for row in kept]}
    if len(kept) < len(rows):
        shown["__next"] = f"{address}?$skip={size}"
    return shown


def page(context, entity_set, options, result, next_uri=None):
    """A page: a bare list or the object form (exact-api 2.2)."""
    rows = [
        record(context, entity_set, row, options.select, options.expand)
        for row in result.rows
    ]
    if result.bare:
        return {"d": rows}
    shown = {"results": rows}
    if result.count is not None:
        shown["__count"] = str(result.count)
    if next_uri:
        shown["__next"] = next_uri
    return {"d": shown}
