"""The file of a vendor bill on its way to Exact: its kind, its name, its document.

Exact shows a mail or a document under the name that it came with, and gives no answer
to a mail. So the name carries a key by which the document is found again, whatever else
Exact makes of the name (exact-api 4.6).
"""

import re
import unicodedata
from base64 import b32encode
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256

from .payloads import DESCRIPTION_LENGTH, shorten

PURCHASE_INVOICE = 20  # of documents; also of a credit note, as the scanning makes it
PDF, STRUCTURED = "pdf", "structured"
EXTENSIONS = {PDF: "pdf", STRUCTURED: "xml"}
MIME_TYPES = {PDF: "application/pdf", STRUCTURED: "application/xml"}

_KEY = re.compile(r"OX[A-Z2-7]{8}")
# What a mail system, a file system or a list of Exact may trip over.
_UNSAFE = re.compile(r'[^ -~]|[/\\:*?"<>|]+')
_HEAD = 16 * 1024
_E_INVOICE = re.compile(
    rb"<(?:[\w.-]+:)?(?:(?:Invoice|CreditNote)[\s>][^>]*"
    rb"urn:oasis:names:specification:ubl:schema:xsd:|CrossIndustryInvoice[\s>])"
)


def key(database: str, entry_id: int) -> str:
    """What stands for one bill of one database in Exact, and for nothing else.

    >>> key("0b5b1c6e-7c0a-11ef-9e53-325096b39f47", 7) == key(
    ...     "0b5b1c6e-7c0a-11ef-9e53-325096b39f47", 7)
    True
    """
    digest = sha256(f"{database}/{entry_id}".encode()).digest()
    return "OX" + b32encode(digest)[:8].decode()


def keys_in(subject: str | None) -> set[str]:
    """The keys in the name of a document.

    >>> sorted(keys_in("FW: BILL-2026-11-0001 Telecom OXABCDEFGH.pdf"))
    ['OXABCDEFGH']
    """
    return set(_KEY.findall((subject or "").upper()))


def name(number: str, supplier: str, bill_key: str) -> str:
    """How a bill is called in Exact: number, supplier and key, in plain ASCII.

    The subject of its mail, the file without its extension and the document are all
    called so, since which of them Exact takes over is not documented.

    >>> name("F/2026:12", "Café Élan SA", "OXABCDEFGH")
    'F-2026-12 Cafe Elan SA OXABCDEFGH'
    """
    room = DESCRIPTION_LENGTH - len(bill_key) - 1
    plain = unicodedata.normalize("NFKD", f"{number} {supplier}")
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    plain = " ".join(_UNSAFE.sub("-", plain).split())
    return f"{plain[:room].rstrip()} {bill_key}".strip()


def kind(content: bytes) -> str:
    """What a file is, by what stands in it: a PDF, a structured bill, or neither.

    >>> kind(b"%PDF-1.7 ...")
    'pdf'
    """
    head = content[:_HEAD]
    if b"%PDF-" in head[:1024]:
        return PDF
    return STRUCTURED if _E_INVOICE.search(head) else ""


@dataclass(frozen=True)
class Bill:
    """A bill as a document of Exact shows it.

    :param account: guid of the supplier
    :param reference: the supplier's own number
    :param amount: signed as a booking, negative on a credit note
    """

    subject: str
    account: str
    day: date
    reference: str
    amount: Decimal
    currency: str


def document(bill: Bill) -> dict:
    """The body of ``POST documents/Documents`` for a bill.

    A document has no field for a reference, so it stands in its text.
    """
    body = {
        "Subject": bill.subject,
        "Type": PURCHASE_INVOICE,
        "Account": bill.account,
        "DocumentDate": bill.day,
        "AmountFC": bill.amount,
        "Currency": bill.currency,
        "Body": shorten(bill.reference, DESCRIPTION_LENGTH),
    }
    return {field: value for field, value in body.items() if value not in (None, "")}
