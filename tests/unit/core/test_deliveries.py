"""The file of a vendor bill: its kind, its name, the document that carries it."""

from datetime import date
from decimal import Decimal

import pytest
from exact import deliveries

DATABASE = "0b5b1c6e-7c0a-11ef-9e53-325096b39f47"
UBL = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<%s xmlns="urn:oasis:names:specification:ubl:schema:xsd:%s-2">'
)


def test_a_bill_keeps_its_key_and_shares_it_with_no_other():
    keys = {deliveries.key(DATABASE, number) for number in range(1, 3000)}
    assert len(keys) == 2999
    assert deliveries.key(DATABASE, 7) in keys
    assert deliveries.key("another", 7) not in keys


@pytest.mark.parametrize(
    ("number", "supplier"),
    [
        ("F/2026/12", "Telecom NV"),
        ("", ""),
        ("../../etc", 'A "quoted" <name>: here|there'),
        ("2026\r\nBcc: x@example.com", "Élan Østergård 株式会社"),
        ("N" * 200, "S" * 200),
    ],
)
def test_a_name_is_safe_and_leads_back_to_the_bill(number, supplier):
    key = deliveries.key(DATABASE, 12)
    name = deliveries.name(number, supplier, key)
    assert len(name) <= 60
    assert name.isascii() and name.isprintable()
    assert not set('/\\:*?"<>|') & set(name)
    assert deliveries.keys_in(f"FW: {name}.pdf") == {key}
    assert deliveries.keys_in(name.lower()) == {key}


def test_a_document_of_somebody_else_has_no_key():
    assert deliveries.keys_in("OX-2026 Oxford Press") == set()
    assert deliveries.keys_in(None) == set()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n...", "pdf"),
        (b"\n\n%PDF-1.4", "pdf"),
        (UBL % (b"Invoice", b"Invoice"), "structured"),
        (UBL % (b"CreditNote", b"CreditNote"), "structured"),
        (
            b'<ubl:Invoice xmlns:cac="urn:x" xmlns:ubl="urn:oasis:names:specification:'
            b'ubl:schema:xsd:Invoice-2">',
            "structured",
        ),
        (b"<rsm:CrossIndustryInvoice xmlns:rsm='urn:un'>", "structured"),
        (b"<Invoice><Total>1</Total></Invoice>", ""),
        (b"<html><body>Invoice</body></html>", ""),
        (b"PK\x03\x04", ""),
        (b"", ""),
    ],
)
def test_the_kind_of_a_file_is_by_what_stands_in_it(content, kind):
    assert deliveries.kind(content) == kind


def test_a_document_is_a_purchase_invoice_with_what_is_known():
    bill = deliveries.Bill(
        subject="F-12 Telecom OXABCDEFGH",
        account="a",
        day=date(2026, 11, 2),
        reference="F/12",
        amount=Decimal("-121.00"),
        currency="EUR",
    )
    assert deliveries.document(bill) == {
        "Subject": "F-12 Telecom OXABCDEFGH",
        "Type": 20,
        "Account": "a",
        "DocumentDate": date(2026, 11, 2),
        "AmountFC": Decimal("-121.00"),
        "Currency": "EUR",
        "Body": "F/12",
    }
