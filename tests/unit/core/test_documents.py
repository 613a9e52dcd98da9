"""The files of an invoice as the document and attachments that Exact takes."""

from base64 import b64decode
from datetime import date
from decimal import Decimal

from exact import documents, odata


def values(**changes):
    given = {
        "subject": "INV/2026/00042 Jurimmo BV",
        "entry": "5a3fb8b5-6c9c-4ac0-9a4e-0f4a3f1d7a11",
        "account": "91c7b7f4-4d4b-4e3f-8d0a-6a4a4d7a2b22",
        "day": date(2026, 3, 31),
        "amount": Decimal("-121.00"),
        "currency": "EUR",
    }
    return documents.Document(**given | changes)


def test_document_names_invoice_booking_and_customer():
    assert documents.document(values()) == {
        "Subject": "INV/2026/00042 Jurimmo BV",
        "Type": 10,
        "FinancialTransactionEntryID": "5a3fb8b5-6c9c-4ac0-9a4e-0f4a3f1d7a11",
        "Account": "91c7b7f4-4d4b-4e3f-8d0a-6a4a4d7a2b22",
        "DocumentDate": date(2026, 3, 31),
        "AmountFC": Decimal("-121.00"),
        "Currency": "EUR",
    }


def test_what_is_not_known_is_left_out_but_zero_is_an_amount():
    body = documents.document(values(account="", amount=Decimal(0)))
    assert "Account" not in body
    assert body["AmountFC"] == 0
    assert "AmountFC" not in documents.document(values(amount=None))


def test_subject_keeps_the_number_of_a_long_name():
    subject = documents.subject("INV/2026/00042", "Vereniging " * 10)
    assert subject.startswith("INV/2026/00042 Vereniging")
    assert len(subject) <= 60


def test_file_survives_the_way_there():
    content = bytes(range(256))
    body = documents.attachment("guid", "a.pdf", content)
    assert b64decode(body["Attachment"]) == content
    assert odata.encode(body)
    assert (body["Document"], body["FileName"]) == ("guid", "a.pdf")
