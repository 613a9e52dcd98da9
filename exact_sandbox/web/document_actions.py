"""Forms of documents and the digital postbox."""

from .. import postbox
from ..books import documents
from .fields import amount, date


def book(sandbox, request, session, admin):
    """Book a purchase entry from a received document."""
    form = request.form
    document_id = form.get("document", "")
    value = amount(form.get("amount"), positive=False)
    if value is None:
        raise ValueError("The amount without VAT is needed")
    line = {
        "GLAccount": form.get("gl_account", ""),
        "AmountFC": value,
        "VATCode": form.get("vat_code") or None,
        "Description": form.get("description") or None,
    }
    entry = admin.book_purchase(
        document_id,
        supplier=form.get("supplier", ""),
        lines=[line],
        YourRef=form.get("your_ref") or None,
        Description=form.get("description") or None,
        EntryDate=date(form.get("date")),
    )
    session.say(f"Purchase entry {entry['EntryNumber']} booked.")
    return f"/{admin.code}/entries/{entry['EntryID']}"


def upload(sandbox, request, session, admin):
    """Receive a bill by hand: a document of type 20 with a file."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise ValueError("Choose a file")
    content = file.read()
    with admin.atomic():
        document = documents.create(
            admin,
            Subject=request.form.get("subject") or file.filename,
            Type=documents.PURCHASE_INVOICE,
        )
        documents.attach(admin, document["ID"], file.filename, content)
    session.say(f"Document {document['HID']} received.")
    return f"/{admin.code}/documents/{document['ID']}"


def allow_sender(sandbox, request, session, admin):
    """Put a sender on the list of allowed ones."""
    sender = request.form.get("sender", "")
    postbox.allow(admin, sender)
    session.say(f"Mail of {sender.strip()} is taken from now on.")
    return f"/{admin.code}/documents"


def forbid_sender(sandbox, request, session, admin):
    """Take a sender off the list."""
    sender = request.form.get("sender", "")
    postbox.forbid(admin, sender)
    session.say(f"Mail of {sender} is blocked from now on.")
    return f"/{admin.code}/documents"


def release_mail(sandbox, request, session, admin):
    """Let a blocked mail through and allow its sender."""
    row = postbox.release(sandbox, admin, request.form.get("mail", ""))
    session.say(f"Mail of {row['Sender']} taken.")
    return f"/{admin.code}/documents"
