"""JSON or Atom: what a request asks for, and answers in that form (exact-api 2.2)."""

import json
import re

from werkzeug.wrappers import Response

from ..errors import ApiError
from . import atom, render

JSON = "application/json; charset=utf-8"
_NOT_FOR_HEADERS = re.compile(r"[^\x20-\x7e]")


class Answer:
    """Status, headers and body of an answer."""

    def __init__(self, status, content="", content_type=JSON, headers=None):
        self.status = status
        self.content = content
        self.content_type = content_type
        self.headers = headers or {}

    def response(self):
        """As a response of the web layer; headers hold no other characters."""
        made = Response(self.content, self.status, content_type=self.content_type)
        for name, value in self.headers.items():
            made.headers[name] = _NOT_FOR_HEADERS.sub("?", str(value))
        if self.status == 204:
            del made.headers["Content-Type"]
        return made


def wants_json(request):
    """Atom XML unless JSON is asked, by Accept or ``$format``."""
    asked = request.args.get("$format")
    if asked is not None:
        return asked == "json"
    return "json" in request.headers.get("Accept", "")


def check_format(request):
    """Only JSON and Atom exist."""
    if request.args.get("$format") not in (None, "json", "atom"):
        raise ApiError(415, "Unsupported media type requested.")


class JsonForm:
    """Verbose JSON."""

    def record(self, context, entity_set, row, select=None, expand=(), sent=None):
        shown = render.record(context, entity_set, row, select, expand, sent)
        return Answer(200, _dump({"d": shown}))

    def page(self, context, entity_set, options, result, following):
        shown = render.page(context, entity_set, options, result, following)
        return Answer(200, _dump(shown))

    def lines(self, context, target, rows):
        shown = [render.record(context, target, row) for row in rows]
        return Answer(200, _dump({"d": {"results": shown}}))

    def error(self, status, text):
        shape = {"error": {"code": "", "message": {"lang": "", "value": text}}}
        return Answer(status, _dump(shape))


class AtomForm:
    """Atom XML."""

    def record(self, context, entity_set, row, select=None, expand=(), sent=None):
        text = atom.entry(context, entity_set, row, select, expand, sent)
        return Answer(200, text, atom.ENTRY_TYPE)

    def page(self, context, entity_set, options, result, following):
        text = atom.feed(
            context,
            entity_set,
            result.rows,
            options.select,
            options.expand,
            result.count,
            following,
        )
        return Answer(200, text, atom.FEED_TYPE)

    def lines(self, context, target, rows):
        return Answer(200, atom.feed(context, target, rows), atom.FEED_TYPE)

    def error(self, status, text):
        return Answer(status, atom.error(text), atom.ERROR_TYPE)


def _dump(shown):
    return json.dumps(shown, ensure_ascii=False)


def form_of(request):
    """The form a request asks for."""
    return JsonForm() if wants_json(request) else AtomForm()
