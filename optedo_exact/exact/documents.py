"""The files of an invoice as the document and attachments that Exact takes.

A document tied to the booking carries them, one attachment a file (exact-api 4.6).
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .payloads import DESCRIPTION_LENGTH, shorten

DOCUMENTS = "documents/Documents"
ATTACHMENTS = "documents/DocumentAttachments"
SALES_INVOICE = 10  # also of a credit note: no other type of a sale is known to do
# What Dutch and Belgian administrations take; elsewhere Exact refuses less by itself.
MAX_BYTES = 25 * 1024 * 1024


@dataclass(frozen=True)
class Document:
    """What carries the files of one booking.

    :param entry: guid of the booking
    :param account: guid of the customer, empty where it is not known
    :param amount: signed as the booking, negative on a credit note
    """

    subject: str
    entry: str
    account: str
    day: date
    amount: Decimal | None
    currency: str


def subject(number: str, customer: str) -> str:
    """How the document is called in Exact: by its invoice.

    It is also the key by which a lost document is found again, so it has to come back
    as it was sent and stays within what Exact keeps with certainty.

    >>> subject("INV/2026/00042", "Jurimmo BV")
    'INV/2026/00042 Jurimmo BV'
    """
    return shorten(f"{number} {customer}", DESCRIPTION_LENGTH)


def document(values: Document) -> dict:
    """The body of ``POST documents/Documents``."""
    body = {
        "Subject": values.subject,
        "Type": SALES_INVOICE,
        "FinancialTransactionEntryID": values.entry,
        "Account": values.account,
        "DocumentDate": values.day,
        "AmountFC": values.amount,
        "Currency": values.currency,
    }
    return {name: value for name, value in body.items() if value not in (None, "")}


def attachment(document_guid: str, name: str, content: bytes) -> dict:
    """The body of ``POST documents/DocumentAttachments``."""
    return {
        "Document": document_guid,
        "FileName": name,
        "Attachment": b64encode(content).decode(),
    }
