"""salesentry/SalesEntries and their lines (exact-api 4.2, 6)."""

from ..books import changes, documents, entries
from ..books.kinds import PURCHASE, SALES
from ..errors import Violation
from .base import EntitySet, register


class Headers(EntitySet):
    """Entry headers with nested lines; ``kind`` says of which sort."""

    kind = None

    @property
    def table(self):
        return self.kind.headers

    def create(self, context, values, nested):
        if values.get(self.type.key[0]) is None:
            values.pop(self.type.key[0], None)
        lines = [scalars for scalars, _ in nested[self.kind.nested]]
        self._check_document(context, values)
        entry = entries.create(context.admin, self.kind, values, lines)
        if self.kind is PURCHASE:
            documents.for_purchase(context.admin, entry)
        else:
            documents.link_back(context.admin, entry)
        return entry

    def update(self, context, row, values):
        self._check_document(context, values)
        changes.change(context.admin, self.kind, row, values)
        documents.link_back(context.admin, row)

    def remove(self, context, row):
        entries.delete(context.admin, row["EntryID"])

    def _check_document(self, context, values):
        document = values.get("Document")
        if document and context.admin.documents.get(document) is None:
            raise Violation("reference", field="Document")


class Lines(EntitySet):
    """Lines posted, changed and removed one by one (exact-api 2.4)."""

    kind = None

    @property
    def table(self):
        return self.kind.lines

    def _entry(self, context, entry_id):
        entry = context.admin.tables[self.kind.headers].get(entry_id)
        if entry is None:
            raise Violation("reference", field="EntryID")
        return entry

    def create(self, context, values, nested):
        entry = self._entry(context, values["EntryID"])
        present = entries.lines_of(context.admin, self.kind, entry["EntryID"])
        known = {line["ID"] for line in present}
        changes.change_lines(context.admin, self.kind, entry, [*present, values])
        made = entries.lines_of(context.admin, self.kind, entry["EntryID"])
        return next(line for line in made if line["ID"] not in known)

    def update(self, context, row, values):
        if values.get("EntryID", row["EntryID"]) != row["EntryID"]:
            raise Violation("not_allowed", field="EntryID")
        changes.change_line(context.admin, self.kind, row, values)

    def remove(self, context, row):
        """Removing the last line removes the whole entry (exact-api 2.4)."""
        entry = self._entry(context, row["EntryID"])
        lines = [
            line
            for line in entries.lines_of(context.admin, self.kind, row["EntryID"])
            if line["ID"] != row["ID"]
        ]
        changes.change_lines(context.admin, self.kind, entry, lines)


@register
class SalesEntries(Headers):
    path = "salesentry/SalesEntries"
    kind = SALES
    navigation = {"SalesEntryLines": ("salesentry/SalesEntryLines", "EntryID")}


@register
class SalesEntryLines(Lines):
    path = "salesentry/SalesEntryLines"
    kind = SALES
