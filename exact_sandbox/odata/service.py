"""The API behind login and limits: one request in, one answer out."""

import json
from urllib.parse import quote

from ..entities import REGISTRY
from ..entities.base import not_allowed
from ..errors import ApiError, BadRequest, Violation, Violations
from ..texts import message
from . import body, options, paging, render
from .address import not_found, read_key

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


class Answer:
    """Status, headers and body of an answer."""

    def __init__(self, status, content="", content_type=JSON, headers=None):
        self.status = status
        self.content = content
        self.content_type = content_type
        self.headers = headers or {}


def error_answer(error, language):
    """The answer for anything the API refuses (exact-api 5)."""
    if isinstance(error, Violations):
        text = "\r\n".join(message(v, language) for v in error.violations)
        return _error(error.violations[0].status, text)
    if isinstance(error, Violation):
        return _error(error.status, message(error, language))
    if error.content:
        content_type, text = error.content
        return Answer(error.status, text, content_type, error.headers)
    answer = _error(error.status, error.text)
    answer.headers.update(error.headers)
    return answer


def _error(status, text):
    shape = {"error": {"code": "", "message": {"lang": "", "value": text}}}
    return Answer(status, json.dumps(shape, ensure_ascii=False))


def handle(context, address, request):
    """Answer one authorised request."""
    entity_set = REGISTRY[address.path]
    method = request.method
    if method not in entity_set.type.methods and method != "HEAD":
        raise not_allowed(method)
    if method in ("GET", "HEAD"):
        return _get(context, entity_set, address, request)
    if method == "POST":
        if address.key is not None or address.rest:
            raise not_allowed(method)
        return _post(context, entity_set, request)
    if address.key is None or address.rest:
        raise not_allowed(method)
    key = read_key(entity_set.type, address.key, context.language)
    if method == "PUT":
        return _put(context, entity_set, key, request)
    return _delete(context, entity_set, key)


def _arguments(request):
    arguments = {}
    for name, value in request.args.items(multi=True):
        if name in arguments:
            raise BadRequest(options.SYNTAX)
        arguments[name] = value
    return arguments


def _get(context, entity_set, address, request):
    arguments = _arguments(request)
    if address.key is not None:
        return _get_one(context, entity_set, address, arguments)
    if address.rest == ("$count",):
        return _get_count(context, entity_set, arguments, request)
    if address.rest:
        raise not_found(address.rest[0])
    asked = options.parse(entity_set, arguments, context.language, context.switches)
    result = paging.page(entity_set, context, asked)
    following = None
    if result.token:
        base = render.set_uri(context, address.path)
        following = _next(base, arguments, asked, result)
    return _json(render.page(context, entity_set, asked, result, following))


def _next(base, arguments, asked, result):
    """The address of the next page: the same query with a skiptoken (2.2)."""
    following = {k: v for k, v in arguments.items() if k != "$skip"}
    following["$skiptoken"] = result.token
    if asked.top is not None:
        following["$top"] = str(asked.top - len(result.rows))
    safe = "$'(),*"
    query = "&".join(
        f"{quote(name, safe=safe)}={quote(value, safe=safe)}"
        for name, value in following.items()
    )
    return f"{base}?{query}"


def _get_count(context, entity_set, arguments, request):
    """Plain text; "send it without the JSON Accept header" (2.3)."""
    if "json" in request.headers.get("Accept", ""):
        raise ApiError(415, "Unsupported media type requested.")
    arguments = {"$select": "*", **arguments}
    asked = options.parse(entity_set, arguments, context.language, context.switches)
    number = paging.count(entity_set, context, asked)
    return Answer(200, str(number), TEXT)


def _get_one(context, entity_set, address, arguments):
    key = read_key(entity_set.type, address.key, context.language)
    row = entity_set.find(context, key)
    if row is None:
        raise not_found(entity_set.type.name)
    if address.rest:
        return _get_navigation(context, entity_set, row, address.rest)
    asked = options.parse(
        entity_set, arguments, context.language, context.switches, keyed=True
    )
    shown = render.record(context, entity_set, row, asked.select, asked.expand)
    return _json({"d": shown})


def _get_navigation(context, entity_set, row, rest):
    """A ``__deferred`` address: the lines of one entry."""
    prop = entity_set.type.properties.get(rest[0])
    if len(rest) > 1 or prop is None or prop.scalar:
        raise not_found(rest[-1])
    if prop.name not in entity_set.navigation:
        return _json({"d": {"results": []}})
    target, lines = entity_set.expand(context, row, prop.name)
    rows = [render.record(context, target, line) for line in lines]
    return _json({"d": {"results": rows}})


def _post(context, entity_set, request):
    raw = body.parse_json(request.get_data())
    ignored = context.switches.read_only_ignored
    values, nested = body.read(entity_set, raw, "POST", ignored)
    for name in entity_set.type.key:
        if not context.switches.keep_client_key and entity_set.generated_key:
            values.pop(name, None)
    entity_set.check_mandatory(values, nested)
    row = entity_set.create(context, values, nested)
    full = "return=representation" in request.headers.get("Prefer", "")
    if full:
        shown = render.with_lines(context, entity_set, row)
    else:
        shown = render.record(context, entity_set, row, hide_computed=True)
    answer = _json({"d": shown}, 201)
    answer.headers["Location"] = render.uri(context, entity_set, row)
    return answer


def _put(context, entity_set, key, request):
    row = entity_set.find(context, key)
    if row is None:
        raise not_found(entity_set.type.name)
    raw = body.parse_json(request.get_data())
    ignored = context.switches.read_only_ignored
    values, _ = body.read(entity_set, raw, "PUT", ignored)
    for name in entity_set.type.key:
        values.pop(name, None)
    for prop in entity_set.type.mandatory:
        if prop.name in values and entity_set.is_missing(prop, values, {}):
            raise Violation("mandatory", field=prop.name)
    entity_set.update(context, row, values)
    return Answer(204)


def _delete(context, entity_set, key):
    """A second DELETE answers 403 "Forbidden", not 404 (2.4)."""
    row = entity_set.find(context, key)
    if row is None:
        raise ApiError(403, "Forbidden")
    entity_set.remove(context, row)
    return Answer(204)


def _json(shown, status=200):
    return Answer(status, json.dumps(shown, ensure_ascii=False))
