"""Query options of a request, checked against the entity set (exact-api 2.3)."""

from dataclasses import dataclass, field

from ..errors import ApiError, BadRequest, Violation
from ..texts import message
from . import compiler, parser
from .lexer import FilterGuid, FilterSyntax

SYNTAX = "Bad Request - Error in query syntax."
KNOWN = (
    "$expand",
    "$filter",
    "$format",
    "$inlinecount",
    "$orderby",
    "$select",
    "$skip",
    "$skiptoken",
    "$top",
)


@dataclass
class Options:
    """``select`` None means all; ``order`` holds ``(property, descending)``."""

    select: list | None = None
    tree: object = None
    predicate: object = None
    order: list = field(default_factory=list)
    top: int | None = None
    skip: int = 0
    skiptoken: str | None = None
    count: bool = False
    expand: list = field(default_factory=list)


def _property(entity, name, navigation=False):
    prop = entity.properties.get(name)
    if prop is None or (not navigation and not prop.scalar):
        raise BadRequest(
            f"Could not find a property named '{name}' on type '{entity.model}'."
        )
    return prop


def _names(text):
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise BadRequest(SYNTAX)
    return names


def _select(entity, text):
    if text is None:
        return None
    names = _names(text)
    if "*" in names:
        return None
    for name in names:
        if "/" in name:
            raise BadRequest(SYNTAX)
        _property(entity, name, navigation=True)
    return names


def _whole_number(text, name):
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadRequest(f"Incorrect format for {name} argument '{text}'.")
    return int(text)


def _order(entity, text):
    order = []
    for item in _names(text) if text is not None else ():
        name, _, direction = item.partition(" ")
        direction = direction.strip() or "asc"
        if direction not in ("asc", "desc"):
            raise BadRequest(SYNTAX)
        _property(entity, name)
        order.append((name, direction == "desc"))
    return order


def parse_filter(text, language):
    """The tree of a filter, with the server's refusals (exact-api 2.3, 5)."""
    try:
        return parser.parse(text)
    except FilterGuid as error:
        raise ApiError(400, message(Violation("guid"), language)) from error
    except FilterSyntax as error:
        raise BadRequest(SYNTAX) from error


def check_filter(entity, tree, keyed=False):
    """Mandatory and forbidden filter fields (exact-api 2.3, 4.9)."""
    used = parser.names(tree) if tree is not None else []
    if entity.mandatory_filters and not keyed:
        if not set(used) & set(entity.mandatory_filters):
            raise BadRequest(
                "This endpoint has mandatory filtering applied. A GET request for "
                "this endpoint must have a $filter parameter with one of the "
                "following fields in the url:" + ",".join(entity.mandatory_filters)
            )
    if entity.supported_filters:
        wrong = [name for name in used if name not in entity.supported_filters]
        if wrong:
            names = ", ".join(dict.fromkeys(wrong))
            raise BadRequest(f"Filtering on these fields is not supported: {names}")
    if entity.only_filter and tree is not None and sync_start(entity, tree) is None:
        raise BadRequest("This $filter parameter is not supported for this resource")


def sync_start(entity, tree):
    """``n`` of ``Timestamp gt nL``, the only filter of a sync set; else None."""
    if (
        isinstance(tree, parser.Binary)
        and tree.operator == "gt"
        and isinstance(tree.left, parser.Name)
        and tree.left.name == entity.only_filter
        and isinstance(tree.right, parser.Literal)
        and tree.right.kind == "number"
    ):
        return int(tree.right.value)
    return None


def parse(entity_set, arguments, language, switches, keyed=False):
    """Read and check the query options of a GET."""
    entity = entity_set.type
    for name in arguments:
        if name.startswith("$") and name not in KNOWN:
            raise BadRequest(SYNTAX)
    text = arguments.get("$filter")
    tree = parse_filter(text, language) if text is not None else None
    options = Options(
        select=_select(entity, arguments.get("$select")),
        tree=tree,
        order=_order(entity, arguments.get("$orderby")),
        skiptoken=arguments.get("$skiptoken"),
    )
    if tree is not None:
        options.predicate = compiler.Compiler(entity, switches.ignore_case).predicate(
            tree
        )
    if "$top" in arguments:
        options.top = _whole_number(arguments["$top"], "$top")
    if "$skip" in arguments:
        if entity.streamed:
            raise BadRequest("The $skip parameter is not supported for this resource")
        options.skip = _whole_number(arguments["$skip"], "$skip")
    _count(options, arguments.get("$inlinecount"))
    _expand(options, entity_set, arguments.get("$expand"))
    check_filter(entity, tree, keyed)
    _require_select(entity_set, arguments, options, keyed)
    return options


def _count(options, text):
    if text not in (None, "allpages", "none"):
        raise BadRequest(SYNTAX)
    options.count = text == "allpages"


def _expand(options, entity_set, text):
    """Only the own line collection, which must also be selected (exact-api 2.3)."""
    for name in _names(text) if text is not None else ():
        prop = _property(entity_set.type, name.split("/")[0], navigation=True)
        if "/" in name or prop.scalar or name not in entity_set.navigation:
            raise BadRequest(SYNTAX)
        if options.select is not None and name not in options.select:
            raise BadRequest(SYNTAX)
        options.expand.append(name)


def _require_select(entity_set, arguments, options, keyed):
    needed = entity_set.type.select_required or entity_set.select_required
    if needed and not keyed and "$select" not in arguments and options.top != 1:
        raise BadRequest(
            "Please add a $select or a $top=1 statement to the query string."
        )
