"""The API behind login and limits: one request in, one answer out."""

import json
from urllib.parse import quote

from ..entities import REGISTRY
from ..entities.base import not_allowed
from ..errors import ApiError, BadRequest, Violation, Violations
from ..texts import message
from . import body, edmx, options, paging, render
from .address import not_found, read_key
from .formats import JSON, Answer, check_format, form_of

TEXT = "text/plain; charset=utf-8"


def error_answer(error, language, form):
    """The answer for anything the API refuses (exact-api 5)."""
    if isinstance(error, Violations):
        text = "\r\n".join(message(v, language) for v in error.violations)
        return form.error(error.violations[0].status, text)
    if isinstance(error, Violation):
        return form.error(error.status, message(error, language))
    if error.content:
        content_type, text = error.content
        return Answer(error.status, text, content_type, error.headers)
    answer = form.error(error.status, error.text)
    answer.headers.update(error.headers)
    return answer


def handle(context, address, request):
    """Answer one authorised request."""
    check_format(request)
    if address.path is None:
        return _service(address, request)
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


def _service(address, request):
    """``$metadata`` and the list of sets of a service."""
    if request.method not in ("GET", "HEAD"):
        raise not_allowed(request.method)
    if address.rest == ("$metadata",):
        return Answer(200, edmx.document(address.service), edmx.CONTENT_TYPE)
    return Answer(200, json.dumps(edmx.service_document(address.service)), JSON)


def _arguments(request):
    arguments = {}
    for name, value in request.args.items(multi=True):
        if name in arguments:
            raise BadRequest(options.SYNTAX)
        arguments[name] = value
    return arguments


def _get(context, entity_set, address, request):
    arguments = _arguments(request)
    form = form_of(request)
    if address.key is not None:
        return _get_one(context, entity_set, address, arguments, form)
    if address.rest == ("$count",):
        return _get_count(context, entity_set, arguments, request)
    if address.rest:
        raise not_found(address.rest[0])
    context.arguments = arguments
    asked = options.parse(entity_set, arguments, context.language, context.switches)
    result = paging.page(entity_set, context, asked)
    following = None
    if result.token:
        base = render.set_uri(context, address.path)
        following = _next(base, arguments, asked, result)
    return form.page(context, entity_set, asked, result, following)


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
    context.arguments = arguments
    arguments = {"$select": "*", **arguments}
    asked = options.parse(entity_set, arguments, context.language, context.switches)
    number = paging.count(entity_set, context, asked)
    return Answer(200, str(number), TEXT)


def _get_one(context, entity_set, address, arguments, form):
    key = read_key(entity_set.type, address.key, context.language)
    row = entity_set.find(context, key)
    if row is None:
        raise not_found(entity_set.type.name)
    if address.rest:
        skip = arguments.get("$skip", "")
        return _get_navigation(context, entity_set, row, address.rest, form, skip)
    asked = options.parse(
        entity_set, arguments, context.language, context.switches, keyed=True
    )
    return form.record(context, entity_set, row, asked.select, asked.expand)


def _get_navigation(context, entity_set, row, rest, form, skip):
    """A ``__deferred`` address: the lines of one entry, or those of its ``__next``."""
    prop = entity_set.type.properties.get(rest[0])
    if len(rest) > 1 or prop is None or prop.scalar:
        raise not_found(rest[-1])
    if prop.name not in entity_set.navigation:
        return form.lines(context, entity_set, [])
    target, lines = entity_set.expand(context, row, prop.name)
    return form.lines(context, target, lines[int(skip) :] if skip.isdigit() else lines)


def _read_body(context, entity_set, request):
    if "xml" in request.mimetype:
        raise ApiError(415, "Unsupported media type requested.")
    raw = body.parse_json(request.get_data())
    ignored = context.switches.read_only_ignored
    return body.read(entity_set, raw, request.method, ignored)


def _post(context, entity_set, request):
    values, nested = _read_body(context, entity_set, request)
    sent = frozenset(values)
    for name in entity_set.type.key:
        if not context.switches.keep_client_key or values.get(name) is None:
            values.pop(name, None)
    entity_set.check_key(context, values)
    entity_set.check_mandatory(values, nested)
    row = entity_set.create(context, values, nested)
    form = form_of(request)
    if "return=representation" in request.headers.get("Prefer", ""):
        shown = tuple(entity_set.navigation)
        answer = form.record(context, entity_set, row, expand=shown)
    else:
        answer = form.record(context, entity_set, row, sent=sent)
    answer.status = 201
    answer.headers["Location"] = render.uri(context, entity_set, row)
    return answer


def _put(context, entity_set, key, request):
    row = entity_set.find(context, key)
    if row is None:
        raise not_found(entity_set.type.name)
    values, _ = _read_body(context, entity_set, request)
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
