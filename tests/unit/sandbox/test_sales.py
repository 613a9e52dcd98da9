"""Sales entries: what is booked, computed and refused (exact-api 4.2, 5, 6, 11)."""

from datetime import datetime

import pytest

HEADERS = "salesentry/SalesEntries"
LINES = "salesentry/SalesEntryLines"


def entry_path(entry):
    return f"{HEADERS}(guid'{entry['EntryID']}')"


def postings(api, entry):
    rows = api.admin.transaction_lines.by("EntryID", entry["EntryID"])
    codes = {row["ID"]: row["Code"] for row in api.admin.gl_accounts}
    return sorted((codes[row["GLAccount"]], float(row["AmountDC"])) for row in rows)


def test_a_plain_sale(api):
    entry = api.booked(100, YourRef="INV/2026/00001")
    assert entry["AmountFC"] == entry["AmountDC"] == 121
    assert entry["VATAmountFC"] == 21
    assert (entry["Type"], entry["Status"]) == (20, 20)
    assert (entry["ReportingYear"], entry["ReportingPeriod"]) == (2026, 6)
    assert entry["EntryNumber"] == entry["InvoiceNumber"] == 26700001
    assert entry["CustomerName"] == "Jurimmo BV"
    assert entry["PaymentCondition"] == "30"
    assert postings(api, entry) == [
        ("400000", 121.0),
        ("451000", -21.0),
        ("700000", -100.0),
    ]
    found = api.rows(HEADERS, filter="YourRef eq 'INV/2026/00001'")
    assert [row["EntryID"] for row in found] == [entry["EntryID"]]


def test_lines_carry_their_vat(api):
    entry = api.booked(100, {"AmountFC": 50, "VATCode": "1"})
    first, second = entry["SalesEntryLines"]["results"]
    assert (first["VATCode"], first["VATAmountFC"]) == ("3  ", 21)
    assert (second["VATCode"], second["VATPercentage"]) == ("1  ", 0.06)
    assert second["VATBaseAmountFC"] == 50
    assert second["GLAccountCode"] == "700000"
    assert second["VATCodeDescription"] == "6 % verkoop"


@pytest.mark.parametrize(
    "line, total, vat",
    [
        ({"AmountFC": 121, "VATCode": "3I"}, 121, 21),
        ({"AmountFC": 100, "VATCode": "N"}, 100, 0),
        ({"AmountFC": 100, "VATCode": "MAR"}, 100, 0),
        ({"AmountFC": 100, "VATCode": ""}, 100, 0),
        ({"AmountFC": 100, "VATPercentage": 0.12}, 112, 12),
        ({"AmountFC": 100, "VATPercentage": 0}, 121, 21),
        ({"AmountFC": 100, "VATAmountFC": 20.99}, 120.99, 20.99),
        ({"AmountFC": 100, "VATCode": "3", "VATPercentage": 0.21}, 121, 21),
        ({"AmountFC": "0.05", "VATCode": "3"}, 0.06, 0.01),
        ({"AmountFC": 0.02, "VATCode": "3"}, 0.02, 0),
        ({"AmountFC": 0.5, "VATCode": "1"}, 0.53, 0.03),
        ({"AmountFC": 100, "VATCode": "MC"}, 100, 0),
    ],
)
def test_vat_of_a_line(api, line, total, vat):
    entry = api.booked(line)
    assert (entry["AmountFC"], entry["VATAmountFC"]) == (total, vat)


@pytest.mark.parametrize(
    "day, vat", [("2026-02-28", 6), ("2026-03-01", 12), ("2026-06-01", 12)]
)
def test_a_code_whose_rate_changes(api, day, vat):
    line = {"AmountFC": 100, "VATCode": "LOG"}
    assert api.booked(line, EntryDate=day)["VATAmountFC"] == vat


def test_a_credit_note(api):
    entry = api.booked(-100)
    assert (entry["Type"], entry["AmountFC"]) == (21, -121)
    assert ("400000", -121.0) in postings(api, entry)


def test_a_reversal_keeps_its_type(api):
    assert api.booked(-100, Reversal=True)["Type"] == 20


def test_the_type_flips_by_switch(make, api_of):
    api = api_of(make(switches={"type_flips": False}))
    assert api.booked(-100)["Type"] == 20


def test_header_vat_goes_to_the_difference_account(api):
    entry = api.booked(100, VATAmountFC=21.01)
    assert entry["AmountFC"] == 121.01
    assert ("659000", -0.01) in postings(api, entry)


def test_header_vat_without_such_an_account(sandbox, api_of, error_text):
    api = api_of(sandbox, 1002)
    answer = api.sale({"AmountFC": 100, "GLAccount": api.gl("8000")}, VATAmountFC=21.01)
    assert answer.status_code == 500
    assert error_text(answer) == (
        "De boeking is niet in evenwicht op: 2026 / 6 (Type: Verkoopboeking) - "
        "Verschil: EUR 0,01"
    )


def test_header_vat_beyond_the_tolerance(api):
    assert api.sale(100, VATAmountFC=22).status_code == 500
    api.sandbox.switches.change(vat_difference_max=1)
    assert api.sale(100, VATAmountFC=22).status_code == 201


# --- refusals -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "change, text",
    [
        ({"Customer": None}, "Verplicht: Relatie"),
        ({"Journal": None}, "Verplicht: Dagboek"),
        ({"Journal": "99"}, "Ongeldige referentie: Journals"),
        ({"Journal": "60"}, "Het dagboek moet een verkoopboek zijn"),
        ({"SalesEntryLines": []}, "Verplicht: Regels"),
        ({"PaymentCondition": "XX"}, "Ongeldige referentie: Betalingsconditie"),
        ({"EntryDate": "2029-01-01"}, "Verplicht: Boekjaar"),
        ({"EntryDate": "2025-03-01"}, "Periode is afgesloten: 2025 – 3"),
        ({"EntryDate": "2027-05-01"}, "Periode is afgesloten: 2027 – 5"),
        ({"ReportingYear": 2031}, "Verplicht: Boekjaar"),
        ({"ReportingPeriod": 13}, "Verplicht: Boekjaar"),
        ({"Currency": "XXX"}, "Ongeldige referentie: Valuta"),
        ({"Rate": 2}, "Niet toegestaan: Wisselkoers"),
        ({"YourRef": "x" * 31}, "Te lang: Uw ref. (maximaal 30)"),
        ({"Document": "00000000-0000-4000-8000-000000000000"}, "Ongeldige referentie"),
    ],
)
def test_headers_that_are_refused(api, error_text, change, text):
    values = {
        "Customer": api.account("2"),
        "Journal": "70",
        "SalesEntryLines": [{"GLAccount": api.gl("700000"), "AmountFC": 100}],
        **change,
    }
    answer = api.post(HEADERS, values)
    assert answer.status_code == 500
    assert text in error_text(answer)
    assert len(api.admin.sales_entries) == len(api.admin.transaction_lines) == 0


@pytest.mark.parametrize(
    "line, text",
    [
        ({"AmountFC": None}, "Verplicht: Bedrag"),
        ({"GLAccount": None}, "Verplicht: Grootboekrekening"),
        (
            {"GLAccount": "00000000-0000-4000-8000-000000000000"},
            "Ongeldige referentie: Grootboekrekening",
        ),
        ({"gl": "400000"}, "Ongeldig: Grootboekrekeningtype"),
        ({"gl": "451000"}, "Ongeldig: Grootboekrekeningtype"),
        ({"gl": "709000"}, "Geblokkeerd: Grootboekrekening"),
        ({"gl": "705000"}, "Verplicht: Kostenplaats"),
        ({"CostCenter": "NO"}, "Ongeldige referentie: Kostenplaats"),
        ({"CostUnit": "NO"}, "Ongeldige referentie: Kostendrager"),
        ({"VATCode": "XX"}, "Ongeldige referentie: Btw-code"),
        ({"VATCode": "A21"}, "Niet toegestaan: Btw-code"),
        ({"VATCode": "3", "VATPercentage": 0.06}, "Ongeldig: Btw-percentage []"),
        ({"VATPercentage": 0.07}, "Ongeldig: Btw-percentage []"),
        ({"VATCode": "N", "VATAmountFC": 1}, "Een btw bedrag is niet toegestaan"),
    ],
)
def test_lines_that_are_refused(api, error_text, line, text):
    line = {"AmountFC": 100, "GLAccount": api.gl("700000"), **line}
    if "gl" in line:
        line["GLAccount"] = api.gl(line.pop("gl"))
    answer = api.sale(line)
    assert answer.status_code == 500
    assert text in error_text(answer)


def test_all_missing_fields_at_once(api, error_text):
    answer = api.post(HEADERS, {})
    assert error_text(answer).split("\r\n") == [
        "Verplicht: Relatie",
        "Verplicht: Dagboek",
        "Verplicht: Regels",
    ]


@pytest.mark.parametrize(
    "language, text",
    [
        ("nl", "Verplicht: Dagboek"),
        ("en", "Mandatory: Diary"),
        ("fr", "Obligatoire : Journal"),
    ],
)
def test_the_language_of_the_user(make, api_of, error_text, language, text):
    api = api_of(make(language=language))
    assert text in error_text(api.post(HEADERS, {}))


def test_a_guid_is_no_journal(api, error_text):
    journal = api.admin.coded("journals", "70")["ID"]
    answer = api.sale(100, Journal=journal)
    assert error_text(answer) == "Ongeldige referentie: Journals"


def test_only_customers(api, error_text):
    answer = api.sale(100, Customer=api.account("3"))
    assert (answer.status_code, error_text(answer)) == (500, "Ongeldig: Klant (Type)")
    api.put(f"crm/Accounts(guid'{api.account('3')}')", {"Status": "C"})
    assert api.sale(100, Customer=api.account("3")).status_code == 201


def test_a_blocked_customer(api, error_text):
    api.put(f"crm/Accounts(guid'{api.account('2')}')", {"Blocked": True})
    assert error_text(api.sale(100)) == "Geblokkeerd: Relatie"


def test_a_customer_with_another_receivable_account(api, error_text):
    path = f"crm/Accounts(guid'{api.account('2')}')"
    api.put(path, {"GLAR": api.gl("440000")})
    assert error_text(api.sale(100)) == "Ongeldig: Debiteurenrekening"


def test_no_condition_anywhere(api, error_text):
    api.admin.settings["condition"] = None
    assert error_text(api.sale(100)) == "Verplicht: Betalingsconditie"
    api.put(f"crm/Accounts(guid'{api.account('2')}')", {"PaymentConditionSales": "08"})
    assert api.booked(100)["PaymentCondition"] == "08"


@pytest.mark.parametrize(
    "cut, maximum, status", [(False, 30, 500), (True, 30, 201), (False, 0, 201)]
)
def test_long_texts_by_switch(make, api_of, cut, maximum, status):
    switches = {"cut_long_text": cut, "your_ref_max": maximum, "description_max": 10}
    api = api_of(make(switches=switches))
    answer = api.sale(100, YourRef="x" * 40)
    assert answer.status_code == status
    if status == 201:
        assert len(answer.json["d"]["YourRef"]) == (maximum or 40)
    long = api.sale(100, Description="y" * 11)
    assert (long.status_code == 201) == cut


# --- numbers, dates, currency ---------------------------------------------------------


def test_numbers_per_journal_and_year(api):
    assert api.booked(1)["EntryNumber"] == 26700001
    assert api.booked(1, Journal="71")["EntryNumber"] == 26710001
    assert api.booked(1, EntryDate="2025-12-01")["EntryNumber"] == 25700001
    assert api.booked(1)["EntryNumber"] == 26700002


def test_an_own_number(api, error_text):
    assert api.booked(1, EntryNumber=20260042)["EntryNumber"] == 20260042
    taken = api.sale(1, EntryNumber=20260042)
    assert taken.status_code == 500
    assert error_text(taken) == "In gebruik: Boekstuknummer"
    assert api.sale(1, EntryNumber=20260042, Journal="71").status_code == 201
    assert api.sale(1, EntryNumber=20260042, EntryDate="2025-12-01").status_code == 201


def test_the_next_number_steps_over_taken_ones(api):
    api.booked(1, EntryNumber=26700001)
    assert api.booked(1)["EntryNumber"] == 26700002


def test_own_numbers_by_switch(make, api_of):
    api = api_of(make(switches={"own_entry_number": False}))
    assert api.booked(1, EntryNumber=5)["EntryNumber"] == 26700001


@pytest.mark.parametrize("goes_up, numbers", [(True, [7, 1, 1]), (False, [7, 5, 7])])
def test_an_invoice_number_that_goes_back(make, api_of, goes_up, numbers):
    api = api_of(make(switches={"invoice_number_goes_up": goes_up}))
    made = [api.booked(1, InvoiceNumber=n) for n in (7, 5, 7)]
    shown = [
        1 if entry["InvoiceNumber"] == entry["EntryNumber"] else entry["InvoiceNumber"]
        for entry in made
    ]
    assert shown == numbers


def test_the_same_reference_twice_is_not_refused(api):
    api.booked(1, YourRef="A")
    assert api.sale(1, YourRef="A").status_code == 201


@pytest.mark.parametrize(
    "condition, due",
    [
        ("00", "2026-06-15"),
        ("08", "2026-06-23"),
        ("30", "2026-07-15"),
        ("3E", "2026-07-31"),
        ("60", "2026-08-14"),
    ],
)
def test_due_dates(api, condition, due):
    from datetime import UTC, datetime

    entry = api.booked(100, PaymentCondition=condition)
    moment = datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert entry["DueDate"] == f"/Date({int(moment.timestamp() * 1000)})/"


def test_instalments(api):
    entry = api.booked(100, PaymentCondition="3T")
    terms = api.admin.open_items(entry["EntryID"])
    assert [float(term["DebitFC"]) for term in terms] == [40.33, 40.34, 40.33]
    one = api.booked(100, PaymentCondition="3T", DueDate="2026-09-01")
    assert len(api.admin.open_items(one["EntryID"])) == 1


def test_a_later_period_with_the_invoice_date_kept(api):
    api.admin.close_period(2026, 5)
    assert api.sale(100, EntryDate="2026-05-20").status_code == 500
    entry = api.booked(
        100, EntryDate="2026-05-20", ReportingYear=2026, ReportingPeriod=6
    )
    assert entry["ReportingPeriod"] == 6


def test_foreign_currency(api):
    own = api.booked(100, Currency="USD")
    assert (own["AmountFC"], own["AmountDC"], own["Rate"]) == (121, 111.32, 0.92)
    sent = api.booked(100, Currency="USD", Rate=0.9)
    assert sent["AmountDC"] == 108.9
    assert sum(amount for _, amount in postings(api, sent)) == pytest.approx(0)


def test_currency_where_the_journal_has_none(api, error_text):
    answer = api.sale(100, Currency="USD", Journal="71")
    assert error_text(answer) == "Niet toegestaan: Valuta"


def test_a_rate_where_the_journal_takes_none(api, error_text):
    journal = api.admin.coded("journals", "71")
    api.admin.update("journals", journal, AllowVariableCurrency=True)
    answer = api.sale(100, Currency="USD", Rate=0.9, Journal="71")
    assert error_text(answer) == "Niet toegestaan: Wisselkoers"


def test_cost_centre_and_unit(api):
    line = {
        "AmountFC": 100,
        "GLAccount": api.gl("705000"),
        "CostCenter": "ANT",
        "CostUnit": "P100",
    }
    shown = api.booked(line)["SalesEntryLines"]["results"][0]
    assert shown["CostCenterDescription"] == "Antwerpen"
    assert shown["CostUnitDescription"] == "Project 100"


# --- change and delete ----------------------------------------------------------------


def test_put_changes_only_what_was_sent(api):
    entry = api.booked(100, YourRef="A", Description="B")
    assert api.put(entry_path(entry), {"YourRef": "C"}).status_code == 204
    shown = api.get(entry_path(entry)).json["d"]
    assert (shown["YourRef"], shown["Description"]) == ("C", "B")
    term = api.admin.open_items(entry["EntryID"])[0]
    assert term["YourRef"] == "C"


def test_put_of_a_date_books_again(api):
    entry = api.booked(100)
    ids = {row["ID"] for row in api.admin.transaction_lines}
    assert api.put(entry_path(entry), {"EntryDate": "2026-05-01"}).status_code == 204
    shown = api.get(entry_path(entry)).json["d"]
    assert shown["ReportingPeriod"] == 5
    assert shown["EntryNumber"] == entry["EntryNumber"]
    assert {row["ID"] for row in api.admin.transaction_lines} == ids
    assert api.admin.open_items(entry["EntryID"])[0]["DueDate"].day == 31


def test_put_of_another_year(api, error_text):
    entry = api.booked(100)
    answer = api.put(entry_path(entry), {"EntryDate": "2025-12-01"})
    assert answer.status_code == 500
    assert error_text(answer) == "Het boekjaar kan niet worden gewijzigd."
    assert api.get(entry_path(entry)).json["d"]["ReportingYear"] == 2026


def test_lines_one_by_one(api):
    entry = api.booked(100)
    line = {
        "EntryID": entry["EntryID"],
        "GLAccount": api.gl("700000"),
        "AmountFC": 50,
        "VATCode": "1",
    }
    added = api.post(LINES, line)
    assert added.status_code == 201
    assert added.json["d"]["VATAmountFC"] == 3
    assert api.get(entry_path(entry)).json["d"]["AmountFC"] == 174
    path = f"{LINES}(guid'{added.json['d']['ID']}')"
    assert api.put(path, {"AmountFC": 10}).status_code == 204
    assert api.get(entry_path(entry)).json["d"]["AmountFC"] == 131.6
    assert api.put(path, {"VATCode": "3"}).status_code == 204
    assert api.get(entry_path(entry)).json["d"]["AmountFC"] == 133.1
    assert api.delete(path).status_code == 204
    assert api.get(entry_path(entry)).json["d"]["AmountFC"] == 121
    assert float(api.admin.balance(entry["EntryID"])) == 121


def test_a_line_that_is_refused_leaves_the_entry_as_it_was(api):
    entry = api.booked(100)
    bad = {"EntryID": entry["EntryID"], "GLAccount": api.gl("709000"), "AmountFC": 1}
    before = api.get(entry_path(entry)).json
    assert api.post(LINES, bad).status_code == 500
    assert api.get(entry_path(entry)).json == before


def test_removing_the_last_line_removes_the_entry(api):
    entry = api.booked(100)
    line = entry["SalesEntryLines"]["results"][0]
    assert api.delete(f"{LINES}(guid'{line['ID']}')").status_code == 204
    assert api.get(entry_path(entry)).status_code == 404
    assert not api.admin.open_items()


def test_delete_and_its_log(api):
    entry = api.booked(100)
    gone = {row["ID"]: 1 for row in api.admin.transaction_lines}
    gone |= {row["ID"]: 10 for row in api.admin.terms}
    assert api.delete(entry_path(entry)).status_code == 204
    log = api.rows("sync/Deleted", filter="Timestamp gt 1L")
    assert {row["EntityKey"]: row["EntityType"] for row in log} == gone
    assert api.delete(entry_path(entry)).status_code == 403
    api.sandbox.clock.advance(days=62)
    api.token = api.sandbox.authorise()["access_token"]
    assert api.rows("sync/Deleted", filter="Timestamp gt 1L") == []


@pytest.mark.parametrize(
    "switches, status, text",
    [
        ({}, 500, "Reeds verwerkt"),
        ({"delete_refusal_status": 403}, 403, "Reeds verwerkt"),
        ({"delete_refusal_text": "closed"}, 500, "Periode is afgesloten: 2026 – 6"),
    ],
)
def test_delete_of_a_paid_entry(make, api_of, error_text, switches, status, text):
    api = api_of(make(switches=switches))
    entry = api.booked(100)
    api.admin.pay(entry["EntryID"], 10)
    answer = api.delete(entry_path(entry))
    assert (answer.status_code, error_text(answer)) == (status, text)


def test_delete_in_a_closed_period(api, error_text):
    entry = api.booked(100)
    api.admin.close_period(2026, 6, "70")
    assert "Periode is afgesloten" in error_text(api.delete(entry_path(entry)))
    api.admin.open_period(2026, 6, "70")
    assert api.delete(entry_path(entry)).status_code == 204


def test_status_list_follows(api):
    api.admin.close_period(2026, 6, "70")
    query = "Journal eq '70' and Year eq 2026 and Status eq 1"
    rows = api.rows("read/financial/JournalStatusList", filter=query)
    assert [row["Period"] for row in rows] == [6]


def test_a_due_date_has_no_time(api):
    entry = api.booked(100, DueDate="2026-08-14T10:30:00Z")
    assert entry["DueDate"] == "/Date(1786665600000)/"
    assert api.admin.open_items()[0]["DueDate"] == datetime(2026, 8, 14)


def test_the_accountant_books_a_sale_by_hand(api):
    line = {"GLAccount": api.gl("700000"), "AmountFC": 100, "VATCode": "3"}
    header = {"Customer": api.account("2"), "Journal": "70", "YourRef": "INV/1"}
    made = api.admin.book_sale(header, [line])
    [row] = api.rows("salesentry/SalesEntries", filter="YourRef eq 'INV/1'")
    assert (row["EntryID"], row["AmountFC"]) == (made["EntryID"], 121)
