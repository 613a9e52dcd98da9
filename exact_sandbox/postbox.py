"""The digital postbox: mail that becomes documents (exact-api 4.6).

"The sender must be on the allowed-senders list or the mail lands in blocked mails."
"""

import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr

from .books import documents

#: Files that make a purchase document; anything else in a mail is left out.
_TAKEN = (".pdf", ".xml", ".jpg", ".jpeg", ".png", ".tif", ".tiff")
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")
SUBJECT_OF_MAIL, SUBJECT_OF_FILE = "mail", "file"


def address_of(admin):
    """The postbox address of an administration."""
    return f"inkoop-{admin.code}@postbox.exact.example"


def owner(sandbox, recipient):
    """The administration a recipient belongs to, or None."""
    wanted = recipient.strip().casefold()
    for admin in sandbox.administrations.values():
        if address_of(admin) == wanted:
            return admin
    return None


def senders(admin):
    """Allowed senders: addresses, or ``@domain`` for all of a domain."""
    return admin.settings.get("senders", [])


def allow(admin, sender):
    """Put a sender on the list; ValueError when it is no address."""
    sender = sender.strip().casefold()
    if not _ADDRESS.fullmatch(sender) and not re.fullmatch(r"@[^@\s]+", sender):
        raise ValueError(f"'{sender}' is no mail address")
    if sender not in senders(admin):
        admin.settings["senders"] = [*senders(admin), sender]


def forbid(admin, sender):
    """Take a sender off the list."""
    if sender in senders(admin):
        admin.settings["senders"] = [s for s in senders(admin) if s != sender]


def is_allowed(admin, sender):
    """Whether a sender's mail is taken."""
    sender = sender.casefold()
    return sender in senders(admin) or "@" + sender.rpartition("@")[2] in senders(admin)


def deliver(sandbox, admin, envelope_from, data):
    """Take one mail: documents of type 20, or a row in blocked mails."""
    mail = message_from_bytes(data)
    sender = parseaddr(_decoded(mail.get("From", "")))[1] or envelope_from
    subject = _decoded(mail.get("Subject", "")) or "(no subject)"
    with sandbox.lock, admin.atomic():
        made = []
        if is_allowed(admin, sender):
            made = _documents(sandbox, admin, sender, subject, mail)
        row = admin.insert(
            "mails",
            Sender=sender,
            Subject=subject,
            Blocked=not is_allowed(admin, sender),
            Documents=[document["ID"] for document in made],
            Data=data,
        )
    sandbox.store.changed()
    return row


def release(sandbox, admin, mail_id):
    """Let a blocked mail through: its sender is allowed from now on."""
    row = admin.mails.get(mail_id)
    if row is None or not row["Blocked"]:
        raise ValueError("This mail is not blocked")
    allow(admin, row["Sender"])
    data = row["Data"]
    admin.delete("mails", mail_id)
    return deliver(sandbox, admin, row["Sender"], data)


def _decoded(value):
    """A header as readable text on one line, whatever its bytes are."""
    try:
        text = str(make_header(decode_header(value)))
    except (LookupError, UnicodeError, ValueError):
        text = str(value)
    text = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join(text.split())


def _files(mail):
    """Name and content of every file in a mail."""
    for part in mail.walk():
        name = part.get_filename()
        if not name or part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        name = _decoded(name).replace("/", "_").replace("\\", "_")
        if content and name.casefold().endswith(_TAKEN):
            yield name, content


def _documents(sandbox, admin, sender, subject, mail):
    """One document a file, so that one bill is one document."""
    files = list(_files(mail)) or [(None, None)]
    from_file = sandbox.switches.postbox_subject == SUBJECT_OF_FILE
    account = next((row for row in admin.accounts if _same(row, sender)), None)
    made = []
    for name, content in files:
        title = name.rpartition(".")[0] if from_file and name else subject
        document = documents.create(
            admin,
            Subject=title,
            Type=documents.PURCHASE_INVOICE,
            Account=account["ID"] if account else None,
        )
        if name:
            documents.attach(admin, document["ID"], name, content)
        made.append(document)
    return made


def _same(account, sender):
    email = account.get("Email")
    return (
        bool(email) and account["IsSupplier"] and email.casefold() == sender.casefold()
    )
