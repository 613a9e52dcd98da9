"""Purchase entries, general journal, bank entries (exact-api 4.3, 4.5, 4.8)."""

import pytest

ENTRIES = "purchaseentry/PurchaseEntries"
GENERAL = "generaljournalentry/GeneralJournalEntries"
BANK = "financialtransaction/BankEntries"


def bill(api, *lines, **header):
    shown = []
    for line in lines or (100,):
        line = dict(line) if isinstance(line, dict) else {"AmountFC": line}
        if "GLAccount" not in line:
            line["GLAccount"] = api.gl(line.pop("gl", "612000"))
        shown.append(line)
    values = {"Supplier": api.account("3"), "Journal": "60", **header}
    return api.post(ENTRIES, {**values, "PurchaseEntryLines": shown})


def billed(api, *lines, **header):
    answer = bill(api, *lines, **header)
    assert answer.status_code == 201, answer.text
    return answer.json["d"]


def postings(api, entry_id):
    codes = {row["ID"]: row["Code"] for row in api.admin.gl_accounts}
    return [
        (codes[row["GLAccount"]], float(row["AmountDC"]))
        for row in api.admin.postings(entry_id)
    ]


def test_a_purchase(api):
    entry = billed(api, YourRef="F1")
    assert (entry["AmountFC"], entry["VATAmountFC"], entry["Type"]) == (121, 21, 30)
    assert entry["EntryNumber"] == 26600001
    assert entry["SupplierName"] == "Drukkerij Peeters NV"
    assert postings(api, entry["EntryID"]) == [
        ("440000", -121.0),
        ("612000", 100.0),
        ("411000", 21.0),
    ]


def test_a_purchase_makes_its_document(api):
    entry = billed(api, YourRef="F1")
    document = api.get(f"documents/Documents(guid'{entry['Document']}')").json["d"]
    assert document["Type"] == 20
    assert document["FinancialTransactionEntryID"] == entry["EntryID"]
    assert document["Account"] == entry["Supplier"]
    assert entry["DocumentNumber"] == document["HID"]
    api.delete(f"{ENTRIES}(guid'{entry['EntryID']}')")
    left = api.get(f"documents/Documents(guid'{entry['Document']}')").json["d"]
    assert left["FinancialTransactionEntryID"] is None


def test_a_sale_makes_none(api):
    assert api.booked(100)["Document"] is None


def test_reverse_charge_books_both_sides(api):
    entry = billed(api, {"AmountFC": 100, "VATCode": "AMC"})
    assert (entry["AmountFC"], entry["VATAmountFC"]) == (100, 0)
    assert postings(api, entry["EntryID"]) == [
        ("440000", -100.0),
        ("612000", 100.0),
        ("411000", 21.0),
        ("451000", -21.0),
    ]


@pytest.mark.parametrize(
    "line", [{"gl": "615000"}, {"gl": "612000", "VATNonDeductiblePercentage": 0.5}]
)
def test_vat_that_cannot_be_deducted(api, line):
    code = line["gl"]
    entry = billed(api, {"AmountFC": 100, **line})
    assert entry["AmountFC"] == 121
    assert postings(api, entry["EntryID"]) == [
        ("440000", -121.0),
        (code, 100.0),
        (code, 10.5),
        ("411000", 10.5),
    ]


def test_a_purchase_credit_note(api):
    assert billed(api, -100)["Type"] == 31


@pytest.mark.parametrize(
    "change, text",
    [
        ({"Supplier": None}, "Verplicht: Relatie"),
        ({"Journal": "70"}, "Het dagboek moet een inkoopboek zijn"),
        ({"customer": True}, "Ongeldig: Leverancier (Type)"),
        ({"line": {"VATCode": "3"}}, "Niet toegestaan: Btw-code"),
        (
            {"line": {"VATNonDeductiblePercentage": 2}},
            "Ongeldig: Percentage niet-aftrekbare btw",
        ),
    ],
)
def test_purchases_that_are_refused(api, error_text, change, text):
    line = {"AmountFC": 100, **change.pop("line", {})}
    if change.pop("customer", False):
        change["Supplier"] = api.account("2")
    answer = bill(api, line, **change)
    assert answer.status_code == 500
    assert text in error_text(answer)


def test_open_payables(api):
    entry = billed(api, YourRef="F1")
    (row,) = api.rows("read/financial/PayablesList")
    assert (row["Amount"], row["YourRef"]) == (121, "F1")
    (term,) = api.rows("bulk/Cashflow/Payments", select="AmountDC,TransactionEntryID")
    assert term["TransactionEntryID"] == entry["EntryID"]
    assert api.rows("read/financial/ReceivablesList") == []
    assert float(api.admin.balance(entry["EntryID"])) == 121
    api.admin.pay(entry["EntryID"], 21)
    assert float(api.admin.balance(entry["EntryID"])) == 100
    api.admin.take_back(entry["EntryID"])
    api.admin.pay(entry["EntryID"])
    assert api.rows("read/financial/PayablesList") == []


@pytest.mark.parametrize("sign", [1, -1])
def test_the_sign_of_payables_by_switch(make, api_of, sign):
    api = api_of(make(switches={"payable_sign": sign}))
    billed(api)
    (row,) = api.rows("bulk/Cashflow/Payments", select="AmountDC,TransactionAmountDC")
    assert (row["AmountDC"], row["TransactionAmountDC"]) == (sign * 121, 121)


def test_lists_by_account(api):
    api.booked(100)
    billed(api)
    for path, code, number in (
        ("ReceivablesListByAccount", "2", 1),
        ("ReceivablesListByAccount", "3", 0),
        ("PayablesListByAccount", "3", 1),
    ):
        answer = api.get(f"read/financial/{path}?accountId=guid'{api.account(code)}'")
        assert len(answer.json["d"]["results"]) == number


def test_a_put_of_a_term(api):
    api.booked(100)
    (row,) = api.rows("cashflow/Receivables", select="ID,PaymentReference")
    path = f"cashflow/Receivables(guid'{row['ID']}')"
    changed = api.put(path, {"PaymentReference": "+++1+++", "AmountDC": 5})
    assert changed.status_code == 204
    assert api.get(path).json["d"]["PaymentReference"] == "+++1+++"
    assert api.get(path).json["d"]["AmountDC"] == -121


# --- general journal ----------------------------------------------------------------


def general(api, *lines, **header):
    shown = [
        {"GLAccount": api.gl(code), "AmountFC": amount, **more}
        for code, amount, more in lines
    ]
    values = {"JournalCode": "90", "GeneralJournalEntryLines": shown, **header}
    return api.post(GENERAL, values)


def test_a_general_entry(api):
    answer = general(api, ("499000", 100, {}), ("550000", -100, {}))
    assert answer.status_code == 201
    entry = answer.json["d"]
    assert (entry["Type"], entry["FinancialPeriod"]) == (90, 6)
    assert postings(api, entry["EntryID"]) == [("499000", 100.0), ("550000", -100.0)]
    path = f"{GENERAL}(guid'{entry['EntryID']}')"
    assert api.put(path, {}).status_code == 405
    assert api.delete(path).status_code == 204
    assert not api.admin.postings(entry["EntryID"])


@pytest.mark.parametrize(
    "lines, header, text",
    [
        ([("499000", 100, {}), ("550000", -99, {})], {}, "niet in evenwicht"),
        ([("400000", 100, {}), ("550000", -100, {})], {}, "Verplicht: Relatie"),
        ([("700000", -1, {}), ("550000", 1, {})], {}, "Niet toegestaan: Btw-code"),
        ([("499000", 0, {})], {"JournalCode": "70"}, "memoriaal"),
        ([("499000", 0, {"Date": "2025-01-01"})], {}, "Periode is afgesloten"),
    ],
)
def test_general_entries_that_are_refused(api, error_text, lines, header, text):
    answer = general(api, *lines, **header)
    assert answer.status_code == 500
    assert text in error_text(answer)


def test_an_empty_vat_code_keeps_the_default_away(api):
    none = {"VATCode": ""}
    assert general(api, ("700000", -1, none), ("550000", 1, {})).status_code == 201


def test_vat_where_the_journal_has_it(api):
    journal = api.admin.coded("journals", "90")
    api.admin.update("journals", journal, AllowVAT=True)
    answer = general(api, ("612000", 100, {"VATCode": "A21"}), ("550000", -121, {}))
    assert answer.status_code == 201, answer.text
    assert ("411000", 21.0) in postings(api, answer.json["d"]["EntryID"])


def test_a_general_line_on_a_customer_is_an_open_item(api):
    party = {"Account": api.account("2")}
    general(api, ("400000", 100, party), ("550000", -100, {}))
    (row,) = api.rows("read/financial/ReceivablesList")
    assert (row["Amount"], row["JournalCode"]) == (100, "90")


def test_a_line_of_zero_can_be_added(api):
    entry = general(api, ("499000", 0, {})).json["d"]
    line = {"EntryID": entry["EntryID"], "GLAccount": api.gl("550000"), "AmountFC": 0}
    path = "generaljournalentry/GeneralJournalEntryLines"
    assert api.post(path, line).status_code == 201
    assert api.post(path, {**line, "AmountFC": 1}).status_code == 500
    rows = api.rows(path, filter=f"EntryID eq guid'{entry['EntryID']}'")
    assert len(rows) == 2 and rows[0]["EntryNumber"] == entry["EntryNumber"]


# --- bank ---------------------------------------------------------------------------


def test_a_bank_entry_is_not_matched(api):
    entry = api.booked(100)
    line = {
        "GLAccount": api.gl("400000"),
        "Account": api.account("2"),
        "AmountFC": 121,
        "Date": "2026-06-10",
    }
    answer = api.post(BANK, {"JournalCode": "20", "BankEntryLines": [line]})
    assert answer.status_code == 201, answer.text
    made = answer.json["d"]
    assert (made["OpeningBalanceFC"], made["ClosingBalanceFC"]) == (0, 121)
    amounts = [row["Amount"] for row in api.rows("read/financial/ReceivablesList")]
    assert sorted(amounts) == [-121, 121]
    api.admin.match_receipt(entry["EntryID"], made["EntryID"])
    assert api.rows("read/financial/ReceivablesList") == []
    assert api.delete(f"{BANK}(guid'{made['EntryID']}')").status_code == 500
    api.admin.take_back(entry["EntryID"])
    assert api.delete(f"{BANK}(guid'{made['EntryID']}')").status_code == 204


def test_the_balances_of_a_bank_entry(api, error_text):
    line = {"GLAccount": api.gl("499000"), "AmountFC": 10}
    values = {"JournalCode": "20", "BankEntryLines": [line], "OpeningBalanceFC": 5}
    wrong = api.post(BANK, {**values, "ClosingBalanceFC": 16})
    assert wrong.status_code == 500
    assert "saldo" in error_text(wrong)
    assert api.post(BANK, {**values, "ClosingBalanceFC": 15}).status_code == 201


def test_lines_of_a_bank_entry(api, error_text):
    line = {"GLAccount": api.gl("499000"), "AmountFC": 10}
    made = api.post(BANK, {"JournalCode": "20", "BankEntryLines": [line]}).json["d"]
    more = {**line, "EntryID": made["EntryID"], "AmountFC": -3}
    assert api.post("financialtransaction/BankEntryLines", more).status_code == 201
    shown = api.get(f"{BANK}(guid'{made['EntryID']}')").json["d"]
    assert shown["ClosingBalanceFC"] == 7
    assert sum(amount for _, amount in postings(api, made["EntryID"])) == 0
    no_party = {"GLAccount": api.gl("400000"), "AmountFC": 1}
    answer = api.post(BANK, {"JournalCode": "20", "BankEntryLines": [no_party]})
    assert error_text(answer) == "Verplicht: Relatie"
    wrong = api.post(BANK, {"JournalCode": "70", "BankEntryLines": [line]})
    assert "bankboek" in error_text(wrong)
