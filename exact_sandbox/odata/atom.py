"""Rows, feeds and errors as Atom XML, the default without a JSON Accept (2.2)."""

import base64
from xml.etree import ElementTree as ET

from .address import write_key
from .render import set_uri, uri

ATOM = "http://www.w3.org/2005/Atom"
DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
META = DATA + "/metadata"
RELATED = DATA + "/related/"
XML = "http://www.w3.org/XML/1998/namespace"
for _prefix, _space in (("", ATOM), ("d", DATA), ("m", META)):
    ET.register_namespace(_prefix, _space)

FEED_TYPE = "application/atom+xml;type=feed;charset=utf-8"
ENTRY_TYPE = "application/atom+xml;type=entry;charset=utf-8"
ERROR_TYPE = "application/xml;charset=utf-8"


def _add(parent, space, tag, text=None, **attributes):
    child = ET.SubElement(parent, f"{{{space}}}{tag}", attributes)
    child.text = text
    return child


def _text(kind, value):
    if kind == "Edm.DateTime":
        return value.isoformat()
    if kind == "Edm.Boolean":
        return "true" if value else "false"
    if kind == "Edm.Binary":
        return base64.b64encode(value).decode("ascii")
    if kind == "Edm.Double":
        return repr(float(value))
    return clean(str(value))


def clean(text):
    """Without the characters that XML 1.0 cannot carry."""
    return "".join(
        c
        for c in text
        if c in "\t\n\r"
        or " " <= c <= "\ud7ff"
        or "\ue000" <= c <= "\ufffd"
        or c >= "\U00010000"
    )


def _now(context):
    return context.sandbox.clock.now().isoformat(timespec="seconds") + "Z"


def _fill_entry(context, entity_set, row, parent, select, expand, sent):
    own = uri(context, entity_set, row)
    key = write_key(entity_set.type, entity_set.key_of(context, row))
    href = f"{entity_set.type.name}({key})"
    name = entity_set.type.model.rpartition(".")[2]
    _add(parent, ATOM, "id", own)
    scheme = DATA + "/scheme"
    _add(parent, ATOM, "category", term=entity_set.type.model, scheme=scheme)
    _add(parent, ATOM, "link", rel="edit", title=name, href=href)
    properties = entity_set.type.properties
    names = list(properties if select is None else select)
    for nav in names:
        if not properties[nav].scalar:
            _link(context, entity_set, row, parent, nav, href, nav in expand)
    _add(parent, ATOM, "title")
    _add(parent, ATOM, "updated", _now(context))
    _add(_add(parent, ATOM, "author"), ATOM, "name")
    content = _add(parent, ATOM, "content", type="application/xml")
    shown = _add(content, META, "properties")
    for scalar in names:
        prop = properties[scalar]
        if prop.scalar:
            hidden = sent is not None and scalar not in sent and not prop.key
            value = None if hidden else entity_set.value(context, row, scalar)
            _property(shown, prop, value)


def _property(parent, prop, value):
    attributes = {}
    if prop.type != "Edm.String":
        attributes[f"{{{META}}}type"] = prop.type
    if value is None:
        attributes[f"{{{META}}}null"] = "true"
    child = ET.SubElement(parent, f"{{{DATA}}}{prop.name}", attributes)
    if value is not None:
        child.text = _text(prop.type, value)


def _link(context, entity_set, row, parent, name, href, expanded):
    link = _add(
        parent,
        ATOM,
        "link",
        rel=RELATED + name,
        type="application/atom+xml;type=feed",
        title=name,
        href=f"{href}/{name}",
    )
    if expanded:
        target, lines = entity_set.expand(context, row, name)
        inline = ET.SubElement(link, f"{{{META}}}inline")
        feed = _add(inline, ATOM, "feed")
        _head(context, feed, f"{uri(context, entity_set, row)}/{name}", name)
        for line in lines:
            entry = _add(feed, ATOM, "entry")
            _fill_entry(context, target, line, entry, None, (), None)


def _head(context, feed, address, title):
    _add(feed, ATOM, "title", title, type="text")
    _add(feed, ATOM, "id", address)
    _add(feed, ATOM, "updated", _now(context))
    _add(feed, ATOM, "link", rel="self", title=title, href=title)


def _base(context, path):
    return set_uri(context, path).rpartition("/")[0] + "/"


def _document(root):
    return '<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(root, "unicode")


def entry(context, entity_set, row, select=None, expand=(), sent=None):
    """One record as an Atom entry."""
    root = ET.Element(f"{{{ATOM}}}entry")
    root.set(f"{{{XML}}}base", _base(context, entity_set.path))
    _fill_entry(context, entity_set, row, root, select, expand, sent)
    return _document(root)


def feed(context, entity_set, rows, select=None, expand=(), total=None, following=None):
    """A page as an Atom feed; the next page is a link."""
    root = ET.Element(f"{{{ATOM}}}feed")
    root.set(f"{{{XML}}}base", _base(context, entity_set.path))
    if total is not None:
        _add(root, META, "count", str(total))
    name = entity_set.type.name
    _head(context, root, set_uri(context, entity_set.path), name)
    for row in rows:
        child = _add(root, ATOM, "entry")
        _fill_entry(context, entity_set, row, child, select, expand, None)
    if following:
        _add(root, ATOM, "link", rel="next", href=following)
    return _document(root)


def error(text):
    """An error in XML; same words as in JSON."""
    root = ET.Element(f"{{{META}}}error")
    _add(root, META, "code", "")
    _add(root, META, "message", clean(text)).set(f"{{{XML}}}lang", "")
    return _document(root)
