"""Settlement by other means than money, transit, VAT returns (exact-api 4.8, 6, 11)."""

import pytest

from exact_sandbox.errors import Violation

FEED = "sync/Cashflow/PaymentTerms"


def terms(api, entry):
    rows = api.rows(FEED, filter="Timestamp gt 1L")
    return [row for row in rows if row["TransactionEntryID"] == entry["EntryID"]]


def settled_by(api, entry):
    """Type of the line that the AR line of an entry points to."""
    line = api.admin.postings(entry["EntryID"])[0]
    other = api.admin.transaction_lines.get(line["OffsetID"])
    return other and other["Type"]


@pytest.mark.parametrize(
    "reason, line_type", [("discount", 83), ("difference", 83), ("write_off", 90)]
)
def test_differences(api, reason, line_type):
    entry = api.booked(100)
    api.admin.pay(entry["EntryID"], 120)
    api.admin.write_off(entry["EntryID"], reason=reason)
    assert api.admin.balance(entry["EntryID"]) == 0
    assert settled_by(api, entry) == line_type
    rows = api.rows(
        "financialtransaction/TransactionLines", filter=f"Type eq {line_type}"
    )
    assert sorted(row["AmountDC"] for row in rows) == [-1, 1]
    assert {row["GLAccountCode"] for row in rows} == {"400000", "657000"}
    api.admin.take_back(entry["EntryID"])
    assert float(api.admin.balance(entry["EntryID"])) == 1
    assert settled_by(api, entry) == 40


def test_an_unknown_reason(api):
    with pytest.raises(ValueError, match="reason"):
        api.admin.write_off(api.booked(100)["EntryID"], reason="whim")


def test_a_credit_note_settles(api):
    invoice, credit = api.booked(100), api.booked(-40)
    api.admin.match_entries(invoice["EntryID"], credit["EntryID"])
    assert float(api.admin.balance(invoice["EntryID"])) == 72.6
    assert api.admin.balance(credit["EntryID"]) == 0
    assert (settled_by(api, invoice), settled_by(api, credit)) == (21, 20)
    api.admin.take_back(credit["EntryID"])
    assert float(api.admin.balance(invoice["EntryID"])) == 121
    assert settled_by(api, invoice) is None


def test_what_does_not_settle(api):
    invoice, other = api.booked(100), api.booked(50)
    with pytest.raises(Violation):
        api.admin.match_entries(invoice["EntryID"], other["EntryID"])
    made = api.post("crm/Accounts", {"Name": "Other", "Status": "C"}).json["d"]
    stranger = api.booked(-10, Customer=made["ID"])
    with pytest.raises(Violation):
        api.admin.match_entries(invoice["EntryID"], stranger["EntryID"])
    with pytest.raises(Violation):
        api.admin.match_receipt(invoice["EntryID"], "nothing")


def test_money_first_invoice_later(api):
    receipt = api.admin.receive(api.account("2"), 100)
    (row,) = api.rows(FEED, filter="Timestamp gt 1L")
    assert (row["TransactionType"], row["Status"], row["AmountDC"]) == (40, 20, 100)
    entry = api.booked(100)
    api.admin.match_receipt(entry["EntryID"], receipt["EntryID"])
    assert float(api.admin.balance(entry["EntryID"])) == 21
    assert settled_by(api, entry) == 40


def test_an_exchange_difference(api):
    entry = api.booked(100, Currency="USD", Rate=0.9)
    api.admin.pay(entry["EntryID"], rate="0.95")
    assert api.admin.balance(entry["EntryID"]) == 0
    lines = api.rows("financialtransaction/TransactionLines", filter="Type eq 82")
    assert {(r["GLAccountCode"], r["AmountDC"]) for r in lines} == {
        ("400000", 6.05),
        ("754000", -6.05),
    }
    (bank,) = api.rows(
        "financialtransaction/TransactionLines",
        filter="Type eq 40 and GLAccountCode eq '550000'",
    )
    assert (bank["AmountFC"], bank["AmountDC"]) == (121, 114.95)
    receivable = api.gl("400000")
    balance = sum(
        row["AmountDC"]
        for row in api.admin.transaction_lines
        if row["GLAccount"] == receivable
    )
    assert balance == 0
    api.admin.take_back(entry["EntryID"])
    assert float(api.admin.balance(entry["EntryID"])) == 121
    assert len(api.admin.transaction_lines) == 3


def test_in_transit(api):
    entry = api.booked(100, PaymentCondition="DD")
    assert terms(api, entry)[0]["PaymentMethod"] == "I"
    api.admin.select(entry["EntryID"])
    assert terms(api, entry)[0]["Status"] == 30
    api.admin.process_selected(entry["EntryID"])
    (term,) = terms(api, entry)
    assert (term["Status"], term["IsFullyPaid"]) == (40, False)
    (row,) = api.rows("read/financial/ReceivablesList")
    assert row["AmountInTransit"] == row["Amount"] == 121
    api.admin.pay(entry["EntryID"])
    assert terms(api, entry)[0]["Status"] == 50


def test_released_from_transit(api):
    entry = api.booked(100)
    with pytest.raises(Violation):
        api.admin.process_selected(entry["EntryID"])
    api.admin.select(entry["EntryID"])
    path = f"salesentry/SalesEntries(guid'{entry['EntryID']}')"
    assert api.delete(path).status_code == 500
    api.admin.release(entry["EntryID"])
    assert terms(api, entry)[0]["Status"] == 20
    assert api.delete(path).status_code == 204


def test_a_processed_entry_stays(api, error_text):
    entry = api.booked(100)
    api.admin.process_entry(entry["EntryID"])
    path = f"salesentry/SalesEntries(guid'{entry['EntryID']}')"
    shown = api.get(path).json["d"]
    assert (shown["Status"], shown["StatusDescription"]) == (50, "Verwerkt")
    assert error_text(api.delete(path)) == "Reeds verwerkt"
    assert api.put(path, {"EntryDate": "2026-06-01"}).status_code == 500
    assert api.put(path, {"YourRef": "x"}).status_code == 204


def test_a_vat_return(api, error_text):
    covered = api.booked(100, EntryDate="2026-03-31")
    later = api.booked(100, EntryDate="2026-04-01")
    made = api.admin.file_vat_return(2026, 3)
    lines = api.rows("financialtransaction/TransactionLines", filter="Type eq 50")
    assert {(r["GLAccountCode"], r["AmountDC"]) for r in lines} == {
        ("451000", 21),
        ("499000", -21),
    }
    assert {row["EntryID"] for row in lines} == {made}
    entries = "salesentry/SalesEntries(guid'%s')"
    refused = api.delete(entries % covered["EntryID"])
    assert error_text(refused) == "Reeds verwerkt"
    assert api.delete(entries % later["EntryID"]).status_code == 204
    with pytest.raises(Violation):
        api.admin.file_vat_return(2026, 3)


def test_a_purchase_booked_from_a_document(api):
    document = api.post("documents/Documents", {"Subject": "Bill", "Type": 20}).json[
        "d"
    ]
    line = {"GLAccount": api.gl("612000"), "AmountFC": 100}
    entry = api.admin.book_purchase(
        document["ID"], supplier=api.account("3"), lines=[line], YourRef="F9"
    )
    assert float(entry["AmountFC"]) == 121
    assert entry["Document"] == document["ID"]
    shown = api.get(f"documents/Documents(guid'{document['ID']}')").json["d"]
    assert shown["FinancialTransactionEntryID"] == entry["EntryID"]
    assert len(api.admin.documents) == 1
    with pytest.raises(Violation):
        api.admin.book_purchase(document["ID"], supplier=api.account("3"), lines=[line])


def test_edit_by_the_accountant(api):
    entry = api.booked(100)
    api.admin.change_entry(entry["EntryID"], YourRef="new")
    line = entry["SalesEntryLines"]["results"][0]
    api.admin.change_line(line["ID"], AmountFC=50)
    shown = api.admin.entry(entry["EntryID"])
    assert (shown["YourRef"], float(shown["AmountFC"])) == ("new", 60.5)
