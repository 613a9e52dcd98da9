"""Documents, their types and attachments (exact-api 4.6)."""

from ..books import documents
from ..errors import Violation
from ..texts import LANGUAGES
from .base import ComputedSet, EntitySet, register
from .sync import Sync


class _Documents(EntitySet):
    table = "documents"

    def get_TypeDescription(self, context, row):
        known = documents.TYPES.get(row["Type"])
        return known[LANGUAGES.index(context.language)] if known else None

    def get_DocumentViewUrl(self, context, row):
        return f"{context.base_url}/docs/DocView.aspx?DocumentID={row['ID']}"


@register
class Documents(_Documents):
    paths = ("documents/Documents", "bulk/Documents/Documents")

    def check(self, context, values, row):
        super().check(context, values, row)
        if "Type" in values:
            known = documents.TYPES.get(values["Type"])
            if known is None or not known[3]:
                raise Violation("document_type")
        entry = values.get("FinancialTransactionEntryID")
        if entry and not context.admin.transaction_lines.by("EntryID", entry):
            raise Violation("reference", field="EntryID")

    def create(self, context, values, nested):
        self.check(context, values, None)
        return documents.create(context.admin, **values)

    def update(self, context, row, values):
        super().update(context, row, values)
        documents.link(context.admin, row)

    def remove(self, context, row):
        documents.remove(context.admin, row)


@register
class SyncDocuments(Sync, _Documents):
    path = "sync/Documents/Documents"


class _Attachments(EntitySet):
    table = "attachments"

    def get_Attachment(self, context, row):
        """The content is not in the list; it is behind ``Url``."""
        return None

    def get_Url(self, context, row):
        return (
            f"{context.base_url}/docs/SysAttachment.aspx?ID={row['ID']}"
            f"&_Division_={context.admin.code}"
        )


@register
class DocumentAttachments(_Attachments):
    paths = ("documents/DocumentAttachments", "bulk/Documents/DocumentAttachments")

    def create(self, context, values, nested):
        self.check(context, values, None)
        return documents.attach(
            context.admin, values["Document"], values["FileName"], values["Attachment"]
        )

    def remove(self, context, row):
        context.admin.delete("attachments", row["ID"], documents.ATTACHMENTS)


@register
class SyncAttachments(Sync, _Attachments):
    path = "sync/Documents/DocumentAttachments"


@register
class DocumentTypes(ComputedSet):
    path = "documents/DocumentTypes"

    def rows(self, context):
        """The types, with what may be done with each."""
        place = LANGUAGES.index(context.language)
        start = context.admin.settings["start"]
        return [
            {
                "ID": number,
                "Description": known[place],
                "DocumentIsCreatable": known[3],
                "DocumentIsDeletable": known[3],
                "DocumentIsUpdatable": known[3],
                "DocumentIsViewable": True,
                "TypeCategory": known[4],
                "Created": start,
                "Modified": start,
            }
            for number, known in sorted(documents.TYPES.items())
        ]
