"""Pages of documents and the digital postbox."""

from werkzeug.wrappers import Response

from .. import postbox
from ..books import documents as book_documents
from ..books import entries
from ..downloads import file_answer
from .views import SHOWN, show


def documents(sandbox, request, session, admin):
    """Documents, newest first; the postbox with its senders and blocked mail."""
    rows = sorted(admin.documents, key=lambda row: row["HID"], reverse=True)
    return show(
        "documents.html",
        sandbox,
        session,
        admin=admin,
        rows=[_row(admin, document) for document in rows[:SHOWN]],
        total=len(rows),
        address=postbox.address_of(admin),
        senders=postbox.senders(admin),
        blocked=[mail for mail in admin.mails if mail["Blocked"]],
        here="documents",
    )


def _row(admin, document):
    account = admin.accounts.get(document.get("Account"))
    return {
        "row": document,
        "type": book_documents.TYPES[document["Type"]][1],
        "party": account["Name"] if account else "",
        "entry": _entry_of(admin, document),
        "files": admin.attachments.by("Document", document["ID"]),
    }


def _entry_of(admin, document):
    try:
        return entries.header(admin, document.get("FinancialTransactionEntryID"))[1]
    except KeyError:
        return None


def document(sandbox, request, session, admin, document_id):
    """One document with its files, and the form to book a purchase entry from it."""
    row = admin.documents.get(document_id)
    if row is None:
        raise KeyError(document_id)
    return show(
        "document.html",
        sandbox,
        session,
        admin=admin,
        item=_row(admin, row),
        suppliers=sorted(
            (a for a in admin.accounts if a["IsSupplier"]), key=lambda a: a["Name"]
        ),
        accounts=sorted(
            (a for a in admin.gl_accounts if a["Type"] in (30, 111, 120, 121)),
            key=lambda account: account["Code"],
        ),
        codes=sorted(
            (c for c in admin.vat_codes if c["VATTransactionType"] in ("P", "B")),
            key=lambda code: code["Code"],
        ),
        today=sandbox.clock.today(),
        here="documents",
    )


def attachment(sandbox, request, session, admin, attachment_id):
    """A file, to look at or to keep."""
    row = admin.attachments.get(attachment_id)
    if row is None:
        raise KeyError(attachment_id)
    answer = file_answer(row, request.args.get("Download") == "1")
    return Response(
        answer.content, content_type=answer.content_type, headers=answer.headers
    )
