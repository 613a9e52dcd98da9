"""One class for all entity sets; behaviour is added by subclasses of a few lines.

A set names the table its rows come from; properties, types, verbs, mandatory and
read-only flags come from the metadata (``schema``).
"""

from dataclasses import dataclass, field

from ..errors import ApiError, Violation, Violations
from ..schema import entity_types
from . import references
from .texts_of_codes import description_of

REGISTRY = {}


@dataclass
class Context:
    """What one request works with."""

    sandbox: object
    admin: object
    user: object
    language: str
    base_url: str
    division: int
    #: asked by the header CustomDescriptionLanguage (exact-api 2.3), or None
    description_language: str | None = None
    arguments: dict = field(default_factory=dict)

    @property
    def account_id(self):
        """``accountId=guid'…'`` of the function-style sets (exact-api 4.8)."""
        text = self.arguments.get("accountId", "")
        return text.removeprefix("guid").strip("'").lower()

    @property
    def switches(self):
        return self.sandbox.switches


def register(cls):
    """Enter an entity set, or several that share a class (``paths``)."""
    for path in getattr(cls, "paths", None) or (cls.path,):
        REGISTRY[path] = cls(path)
    return cls


#: Fixed-length strings by property: (length, side of the padding) (exact-api 2.2).
_PADS = {
    "AccountCode": (18, "left"),
    "Country": (3, "right"),
    "AccountCountry": (3, "right"),
    "Language": (10, "right"),
    "PurchaseVATCode": (3, "right"),
    "SalesVATCode": (3, "right"),
    "State": (3, "right"),
    "VATCode": (3, "right"),
}


class EntitySet:
    """Rows of one table under the names of one entity type."""

    path = ""
    paths = ()
    table = ""
    #: padding of this set's own properties
    pads = {}
    #: property of the metadata → property of the stored row
    names = {}
    #: navigation → (path of the set, property there that holds this set's key)
    navigation = {}
    #: name of the thing in error texts
    label = ""
    #: the reference offers the set for GET only, but its rows come with their parent's
    written_with_parent = False
    #: $select is needed although the metadata do not say so (exact-api 2.3)
    select_required = False

    def __init__(self, path):
        self.path = path
        self.type = entity_types()[path]
        self.derived = references.derived(path)
        self.all_pads = {**_PADS, **self.pads}
        self._getters = {
            name: self._getter(name)
            for name, prop in self.type.properties.items()
            if prop.scalar
        }

    # --- reading -------------------------------------------------------------------

    def scan(self, context, after=None):
        """Rows in default order (by key), from behind a key."""
        for row in context.admin.tables[self.table].after(after):
            if self.visible(context, row):
                yield row

    def find(self, context, key):
        """The row with a key (a value, or a dict where the key has several parts)."""
        row = context.admin.tables[self.table].get(key)
        return row if row is not None and self.visible(context, row) else None

    def visible(self, context, row):
        """Whether a row of the table belongs to this set."""
        return True

    def key_of(self, context, row):
        """Key value of a row, or a dict where the key has several parts."""
        names = self.type.key
        if len(names) == 1:
            return self.value(context, row, names[0])
        return {name: self.value(context, row, name) for name in names}

    def value(self, context, row, name):
        """A property's value as Exact shows it, padding included."""
        value = self._getters[name](context, row)
        if isinstance(value, str) and name in self.all_pads:
            length, side = self.all_pads[name]
            return value.rjust(length) if side == "left" else value.ljust(length)
        return value

    def raw(self, context, row, name):
        """A property's value without padding."""
        return self._getters[name](context, row)

    def _getter(self, name):
        """How a property comes about: computed here, referred to, or stored."""
        method = getattr(self, "get_" + name, None)
        if method:
            return method
        if name in self.derived:
            return self._referred(name, *self.derived[name])
        if references.is_person(name):
            return lambda context, row: references.person(context.admin, name, row)
        stored, path = self.names.get(name, name), self.path

        def from_row(context, row):
            if stored in row:
                return row[stored]
            return description_of(path, name, row, context.language)

        return from_row

    def _referred(self, name, reference, shown):
        def from_record(context, row):
            if name in row:
                return row[name]
            value = self.raw(context, row, reference)
            record = references.target(context.admin, reference, value)
            return record.get(shown) if record else None

        return from_record

    def expand(self, context, row, name):
        """Rows of a navigation property."""
        path, link = self.navigation[name]
        target = REGISTRY[path]
        rows = context.admin.tables[target.table].by(link, row[self._key_field])
        return target, sorted(rows, key=lambda line: line.get("LineNumber", 0))

    @property
    def _key_field(self):
        return self.type.key[0]

    # --- writing -------------------------------------------------------------------

    def create(self, context, values, nested):
        """POST: check, insert, return the row."""
        self.check(context, values, None)
        return context.admin.insert(self.table, **values)

    def update(self, context, row, values):
        """PUT: only what was sent changes."""
        self.check(context, values, row)
        context.admin.update(self.table, row, **values)

    def remove(self, context, row):
        """DELETE."""
        self.check_unused(context, row)
        context.admin.delete(self.table, row[self._key_field], self.deleted_type)

    #: EntityType in sync/Deleted, where the set is one of those logged (exact-api 4.9)
    deleted_type = None

    def check(self, context, values, row):
        """Business rules of a write; raises Violation(s)."""
        self.check_references(context, values)
        self.check_code(context, values, row)

    def check_key(self, context, values):
        """A key that the client chose must be free."""
        key = values.get(self._key_field)
        if key is not None and context.admin.tables[self.table].get(key) is not None:
            raise Violation("exists")

    def check_mandatory(self, values, nested):
        """All missing mandatory properties at once (exact-api 5, joined)."""
        missing = [
            Violation("mandatory", field=prop.name)
            for prop in self.type.mandatory
            if self.is_missing(prop, values, nested)
        ]
        if missing:
            raise Violations(missing)

    def is_missing(self, prop, values, nested):
        if not prop.scalar:
            return not nested.get(prop.name)
        value = values.get(prop.name)
        return value is None or (isinstance(value, str) and not value.strip())

    def check_references(self, context, values):
        wrong = [
            Violation("reference", field=references.LABELS.get(name, name))
            for name, value in values.items()
            if name in references.REFERENCES
            and value not in (None, "")
            and references.target(context.admin, name, value) is None
        ]
        if wrong:
            raise Violations(wrong)

    def lines_of(self, context, nested, name):
        """The sent lines of a new entry; what they refer to must be there."""
        target = REGISTRY[self.navigation[name][0]]
        lines = [scalars for scalars, _ in nested[name]]
        for line in lines:
            target.check_references(context, line)
        return lines

    def check_code(self, context, values, row):
        """Codes are unique; the same code again is refused too (exact-api 4.1)."""
        code = values.get("Code")
        if code is None or "Code" not in context.admin.tables[self.table].indexes:
            return
        values["Code"] = code.strip()
        if context.admin.coded(self.table, code) is not None:
            raise Violation("exists")

    def check_unused(self, context, row):
        """What is referred to stays (exact-api 4.1, 5)."""
        used = (
            references.used_in(context.admin, self.table, row) if self.label else None
        )
        if used:
            raise Violation("cannot_delete", field=self.label, used=used)


class ComputedSet(EntitySet):
    """A set without a table: rows are made per request, sorted by key."""

    def rows(self, context):
        """All rows, in order of their key."""
        raise NotImplementedError

    def _sort_key(self, context, row):
        key = self.key_of(context, row)
        return tuple(key.values()) if isinstance(key, dict) else (key,)

    def scan(self, context, after=None):
        wanted = None
        if after is not None:
            wanted = tuple(after.values()) if isinstance(after, dict) else (after,)
        for row in self.rows(context):
            if wanted is None or self._sort_key(context, row) > wanted:
                yield row

    def find(self, context, key):
        for row in self.rows(context):
            if self.key_of(context, row) == key:
                return row
        return None


def not_allowed(method):
    """A verb the set does not offer."""
    return ApiError(405, f"Method not allowed: {method}")
