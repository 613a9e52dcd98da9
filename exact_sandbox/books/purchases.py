"""Booking a received document as a purchase entry, as the accountant does."""

from ..errors import Violation
from . import documents, entries
from .kinds import PURCHASE


def book(admin, document_id, supplier, lines, journal=None, **header):
    """A purchase entry from a document; the document is linked to it.

    ``supplier`` and the G/L accounts of ``lines`` are ids; ``lines`` as in the API.
    Journal None takes the first purchase journal.
    """
    document = admin.documents.get(document_id)
    if document is None:
        raise Violation("reference", field="Document")
    if document.get("FinancialTransactionEntryID"):
        raise Violation("processed")
    if journal is None:
        first = next(iter(admin.journals.by("Type", PURCHASE.journal_type)), None)
        if first is None:
            raise Violation("mandatory", field="Journal")
        journal = first["Code"]
    values = {**header, "Supplier": supplier, "Journal": journal}
    values["Document"] = document_id
    entry = entries.create(admin, PURCHASE, values, lines)
    documents.for_purchase(admin, entry)
    admin.update("documents", document, Account=supplier, AmountFC=entry["AmountFC"])
    return entry
