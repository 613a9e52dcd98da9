"""Entity types as the public reference lists them, read from ``metadata/*.json``."""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

METADATA = Path(__file__).with_name("metadata")
PREFIX = "/api/v1/{division}/"

#: Spellings in the reference that are not Edm names.
_ODD_TYPES = {
    "bool": "Edm.Boolean",
    "string": "Edm.String",
    "string?": "Edm.String",
}


@dataclass(frozen=True)
class Property:
    """One property; ``type`` is an Edm name, or a collection's name (navigation)."""

    name: str
    type: str
    key: bool = False
    post: bool = False
    put: bool = False
    read_only: bool = False
    mandatory: bool = False

    @property
    def scalar(self):
        return self.type.startswith("Edm.")


@dataclass(frozen=True)
class EntityType:
    """One entity set of the reference, with the rules the reference states for it."""

    path: str
    name: str
    methods: tuple
    page_size: int
    scope: str
    properties: dict = field(repr=False)
    key: tuple
    select_required: bool = False
    only_filter: str = ""
    supported_filters: tuple = ()
    mandatory_filters: tuple = ()

    @property
    def model(self):
        """Type name in ``__metadata`` (exact-api 2.2)."""
        return "Exact.Web.Api.Models." + singular(self.name)

    @property
    def mandatory(self):
        return [p for p in self.properties.values() if p.mandatory]

    @property
    def navigations(self):
        return [p for p in self.properties.values() if not p.scalar]

    @property
    def streamed(self):
        """bulk and sync sets: 1000 a page and no $skip (exact-api 2.3)."""
        return self.path.startswith(("bulk/", "sync/"))


def singular(name):
    """English singular of an entity set's name: Entries → Entry, Accounts → Account."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith("Status") else name


def _property(raw):
    # The newest properties come without flags; nothing says they are read-only.
    writable = not raw.get("read_only", False)
    return Property(
        name=raw["name"],
        type=_ODD_TYPES.get(raw["type"], raw["type"]),
        key=raw.get("key", False),
        post=raw.get("post", writable),
        put=raw.get("put", writable),
        read_only=raw.get("read_only", False),
        mandatory=raw.get("mandatory_on_post", False),
    )


def _entity(raw):
    path = raw["uri"].removeprefix(PREFIX).removeprefix("/api/v1/")
    properties = {p["name"]: _property(p) for p in raw["properties"]}
    return EntityType(
        path=path,
        name=raw["entity"],
        methods=tuple(raw["methods"]),
        page_size=raw["page_size"],
        scope=raw.get("scope") or "",
        properties=properties,
        key=tuple(p.name for p in properties.values() if p.key),
        select_required=bool(raw.get("select_required")),
        only_filter=raw.get("only_filter", ""),
        supported_filters=tuple(raw.get("supported_filters", ())),
        mandatory_filters=tuple(raw.get("filterable_fields_mandatory_filter", ())),
    )


@cache
def entity_types():
    """All entity types by path (``crm/Accounts``)."""
    index = json.loads((METADATA / "index.json").read_text("utf-8"))
    types = {}
    for entry in index["entities"]:
        raw = json.loads((METADATA / entry["file"]).read_text("utf-8"))
        entity = _entity(raw)
        types[entity.path] = entity
    return types
