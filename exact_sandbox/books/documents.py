"""Documents and their attachments (exact-api 4.3, 4.6)."""

from .kinds import KINDS

SALES_INVOICE, PURCHASE_INVOICE, MISCELLANEOUS = 10, 20, 55
DOCUMENTS, ATTACHMENTS = 6, 4

#: id → (Dutch, English, French, creatable, category)
TYPES = {
    10: ("Verkoopfactuur", "Sales invoice", "Facture de vente", True, 1),
    11: ("Verkoopcreditnota", "Sales credit note", "Note de crédit", True, 1),
    20: ("Inkoopfactuur", "Purchase invoice", "Facture d'achat", True, 2),
    21: ("Inkoopcreditnota", "Purchase credit note", "Note de crédit", True, 2),
    35: ("Bankafschrift", "Bank statement", "Extrait de compte", False, 3),
    55: ("Diversen", "Miscellaneous", "Divers", True, 4),
}


def create(admin, **values):
    """Insert a document; the date is today unless given."""
    defaults = {
        "DocumentDate": admin.clock.today(),
        "Currency": admin.settings["currency"],
        "HasEmptyBody": not values.get("Body"),
        "InheritShare": True,
        "Account": None,
        "FinancialTransactionEntryID": None,
        "ScanServiceStatus": 0,
        "ProposedEntryStatus": 0,
    }
    given = {name: value for name, value in values.items() if value is not None}
    document = admin.insert("documents", **{**defaults, **given})
    link(admin, document)
    return document


def link(admin, document):
    """FinancialTransactionEntryID makes the link with a booking (exact-api 4.6)."""
    entry_id = document.get("FinancialTransactionEntryID")
    for kind in KINDS:
        entry = admin.tables[kind.headers].get(entry_id)
        if entry is not None and not entry.get("Document"):
            admin.update(kind.headers, entry, Document=document["ID"])


def link_back(admin, entry):
    """The Document of an entry makes the same link from its side (exact-api 4.6)."""
    document = admin.documents.get(entry.get("Document"))
    if document is not None and not document.get("FinancialTransactionEntryID"):
        entry_id = entry["EntryID"]
        admin.update("documents", document, FinancialTransactionEntryID=entry_id)


def for_purchase(admin, entry):
    """The document Exact makes by itself with a purchase entry (exact-api 4.3)."""
    given = entry.get("Document")
    if given:
        document = admin.documents.get(given)
        admin.update(
            "documents",
            document,
            FinancialTransactionEntryID=entry["EntryID"],
            ProposedEntryStatus=0,
        )
        return document
    subject = f"{entry['EntryNumber']} {entry.get('YourRef') or ''}".strip()
    document = create(
        admin,
        Subject=subject,
        Type=PURCHASE_INVOICE,
        Account=entry["Supplier"],
        AmountFC=entry["AmountFC"],
        Currency=entry["Currency"],
        DocumentDate=entry["EntryDate"],
        FinancialTransactionEntryID=entry["EntryID"],
    )
    admin.update("purchase_entries", entry, Document=document["ID"])
    return document


def unlink(admin, entry_id):
    """The documents of a deleted entry stay, without it."""
    for document in admin.documents.by("FinancialTransactionEntryID", entry_id):
        admin.update("documents", document, FinancialTransactionEntryID=None)


def attach(admin, document_id, name, content):
    """Add a file to a document."""
    return admin.insert(
        "attachments",
        Document=document_id,
        FileName=name,
        Content=content,
        FileSize=len(content),
    )


def remove(admin, document):
    """Delete a document with its files, logged."""
    for attachment in admin.attachments.by("Document", document["ID"]):
        admin.delete("attachments", attachment["ID"], ATTACHMENTS)
    for kind in KINDS:
        for entry in admin.tables[kind.headers].by("Document", document["ID"]):
            admin.update(kind.headers, entry, Document=None)
    admin.delete("documents", document["ID"], DOCUMENTS)
