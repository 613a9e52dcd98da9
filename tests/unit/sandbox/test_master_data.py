"""Accounts and the lists that rarely change (exact-api 2.1, 4.1, 4.7, 11)."""

import pytest

ACCOUNTS = "crm/Accounts"


def path_of(row):
    return f"{ACCOUNTS}(guid'{row['ID']}')"


def new_account(api, **values):
    answer = api.post(ACCOUNTS, {"Name": "New", **values})
    assert answer.status_code == 201, answer.text
    return answer.json["d"]


def test_a_new_account(api):
    made = new_account(api)
    assert made["Code"] == "                 4"
    assert (made["Status"], made["Type"], made["IsSales"]) == ("A", "A", False)
    assert made["Country"] == "BE " and made["CountryName"] == "België"
    assert made["Blocked"] is False


def test_codes(api, error_text):
    assert new_account(api, Code="              0042")["Code"].strip() == "0042"
    assert new_account(api)["Code"].strip() == "43"
    again = api.post(ACCOUNTS, {"Name": "X", "Code": "2"})
    assert (again.status_code, error_text(again)) == (500, "Gegeven bestaat reeds.")


def test_the_same_code_in_a_put_is_refused(api, error_text):
    made = new_account(api)
    answer = api.put(path_of(made), {"Code": made["Code"]})
    assert error_text(answer) == "Gegeven bestaat reeds."
    assert api.put(path_of(made), {"Code": "77"}).status_code == 204


def test_code_filters_need_the_padding(api):
    padded = api.rows(ACCOUNTS, filter="Code eq '                 2'")
    assert [row["Name"] for row in padded] == ["Jurimmo BV"]
    assert api.rows(ACCOUNTS, filter="Code eq '2'") == []
    assert len(api.rows(ACCOUNTS, filter="trim(Code) eq '2'")) == 1


def test_or_filters_over_many_numbers(api):
    text = " or ".join(f"VATNumber eq '{n}'" for n in ("BE0403019261", "BE0", "X"))
    assert len(api.rows(ACCOUNTS, filter=text, select="ID,VATNumber")) == 1


def test_code_one_is_the_tax_office(api, sandbox, api_of):
    for division, name in ((1001, "FOD Financiën"), (1002, "Belastingdienst")):
        rows = api_of(sandbox, division).rows(ACCOUNTS, filter="trim(Code) eq '1'")
        assert [row["Name"] for row in rows] == [name]


@pytest.mark.parametrize(
    "values, text",
    [
        ({"Name": ""}, "Verplicht: Naam"),
        ({"Name": None}, "Verplicht: Naam"),
        ({"Name": "x" * 51}, "Te lang: Naam"),
        ({"Country": "QQ"}, "Ongeldige referentie: Land"),
        ({"Status": "Z"}, "Ongeldig: Status"),
        ({"PaymentConditionSales": "XX"}, "Ongeldige referentie: Betalingsconditie"),
        ({"SalesVATCode": "XX"}, "Ongeldige referentie: Btw-code"),
        (
            {"GLAR": "00000000-0000-4000-8000-000000000000"},
            "Ongeldige referentie: Debiteurenrekening",
        ),
        ({"Code": "1" * 19}, "Te lang: Code"),
    ],
)
def test_accounts_that_are_refused(api, error_text, values, text):
    answer = api.post(ACCOUNTS, {"Name": "New", **values})
    assert answer.status_code == 500
    assert text in error_text(answer)


def test_an_account_in_use_stays(api, error_text):
    api.booked(100)
    answer = api.delete(f"{ACCOUNTS}(guid'{api.account('2')}')")
    assert answer.status_code == 500
    assert error_text(answer).startswith("Kan niet verwijderen: Relatie - Gebruikt in:")


def test_a_deleted_account_is_logged(api):
    made = new_account(api)
    api.delete(path_of(made))
    (row,) = api.rows("sync/Deleted", filter="Timestamp gt 1L")
    assert (row["EntityType"], row["EntityKey"]) == (2, made["ID"])


def test_sync_follows_changes(api):
    rows = api.rows(
        "sync/CRM/Accounts", filter="Timestamp gt 1L", select="ID,Timestamp"
    )
    last = rows[-1]["Timestamp"]
    api.put(path_of(rows[0]), {"City": "Luik"})
    changed = api.rows("sync/CRM/Accounts", filter=f"Timestamp gt {last}L")
    assert [row["City"] for row in changed] == ["Luik"]


def test_divisions(api):
    for path in ("hrm/Divisions", "system/Divisions"):
        rows = api.rows(path)
        assert [row["Code"] for row in rows] == [1001, 1002]
        assert [row["Country"] for row in rows] == ["BE ", "NL "]
        assert {row["Currency"] for row in rows} == {"EUR"}
    assert api.rows("hrm/Divisions")[0]["VATNumber"] == "BE0477472701"
    assert api.rows("system/Divisions")[0]["DivisionMoveDate"] is None


@pytest.mark.parametrize("path", ["financial/GLAccounts", "bulk/Financial/GLAccounts"])
def test_ledger_accounts(api, path):
    rows = api.rows(path, filter="Code eq '705000'", select="Code,Type,UseCostcenter")
    assert rows[0]["Type"] == 110 and rows[0]["UseCostcenter"] == 1


def test_a_new_ledger_account(api, error_text):
    made = api.post("financial/GLAccounts", {"Code": "702000", "Description": "New"})
    assert made.status_code == 201
    again = api.post("financial/GLAccounts", {"Code": "702000", "Description": "New"})
    assert error_text(again) == "Gegeven bestaat reeds."
    used = api.booked(100)
    assert used
    answer = api.delete(f"financial/GLAccounts(guid'{api.gl('700000')}')")
    assert answer.status_code == 500


def test_journals(api, error_text):
    rows = {row["Code"]: row for row in api.rows("financial/Journals")}
    assert {code: row["Type"] for code, row in rows.items()} == {
        "10": 10,
        "20": 12,
        "60": 22,
        "70": 20,
        "71": 20,
        "90": 90,
    }
    assert rows["70"]["GLAccountCode"] == "400000"
    assert rows["70"]["GLAccountType"] == 20
    missing = api.post("financial/Journals", {"Description": "X"})
    assert error_text(missing) == "Verplicht: Code"


def test_vat_codes(api):
    rows = {row["Code"].strip(): row for row in api.rows("vat/VATCodes")}
    assert all(len(row["Code"]) == 3 for row in rows.values())
    assert rows["3"]["Percentage"] == 0.21
    assert (rows["3I"]["Type"], rows["N"]["Type"]) == ("I", "N")
    assert rows["ICG"]["EUSalesListing"] == "L"
    assert rows["MC"]["Charged"] is True
    assert rows["LOG"]["Percentage"] == 0.12
    rates = api.rows(
        "vat/VatPercentages", filter=f"VATCodeID eq guid'{rows['LOG']['ID']}'"
    )
    assert sorted(row["Percentage"] for row in rates) == [0.06, 0.12]


def test_a_new_vat_code_with_percentages(api):
    values = {
        "Code": "X7",
        "Description": "7 %",
        "VATPercentages": [{"Percentage": 0.07}],
    }
    made = api.post("vat/VATCodes", values)
    assert made.status_code == 201
    assert made.json["d"]["Percentage"] == 0.07


def test_periods(api):
    rows = api.rows("financial/FinancialPeriods", filter="FinYear eq 2026")
    assert len(rows) == 12
    assert not any("Status" in row for row in rows)
    status = api.rows(
        "read/financial/JournalStatusList", filter="Journal eq '70' and Year eq 2027"
    )
    assert [row["Period"] for row in status if row["Status"] == 0] == [1, 2, 3]


def test_payment_conditions(api):
    rows = {row["Code"]: row for row in api.rows("cashflow/PaymentConditions")}
    assert (rows["3E"]["PaymentDays"], rows["3E"]["PaymentEndOfMonths"]) == (30, 1)
    made = api.post("cashflow/PaymentConditions", {"Code": "90", "Description": "90"})
    assert made.json["d"]["PaymentMethod"] == "B"


def test_cost_centres_and_units(api, error_text):
    assert {row["Code"] for row in api.rows("hrm/Costcenters")} == {"ANT", "GEN", "HQ"}
    assert len(api.rows("hrm/Costunits")) == 2
    made = api.post("hrm/Costcenters", {"Code": "NEW", "Description": "x"}).json["d"]
    assert made["Active"] is True
    missing = api.post("hrm/Costunits", {"Code": "NEW"})
    assert error_text(missing) == "Verplicht: Omschrijving"


def test_languages_of_coded_texts(make, api_of):
    for language, text in (("nl", "Omzet"), ("en", "Revenue")):
        api = api_of(make(language=language))
        (row,) = api.rows("financial/GLAccounts", filter="Code eq '700000'")
        assert row["TypeDescription"] == text


def test_provinces(api, error_text):
    made = new_account(api, Country="NL", State="UT")
    assert (made["State"], made["StateName"]) == ("UT ", "Utrecht")
    wrong = api.post(ACCOUNTS, {"Name": "X", "Country": "BE", "State": "UT"})
    assert error_text(wrong) == "Ongeldige referentie: Provincie"
    assert new_account(api, Country="FR", State="75")["State"] == "75 "


def test_exchange_rates(api, error_text):
    rates = api.rows("financial/ExchangeRates", filter="SourceCurrency eq 'USD'")
    assert [row["Rate"] for row in rates] == [0.92]
    new = {"SourceCurrency": "USD", "Rate": 0.8, "StartDate": "2026-06-01"}
    assert api.post("financial/ExchangeRates", new).status_code == 201
    assert api.booked(100, Currency="USD")["Rate"] == 0.8
    assert api.booked(100, Currency="USD", EntryDate="2026-05-31")["Rate"] == 0.92
    wrong = api.post("financial/ExchangeRates", {"SourceCurrency": "USD", "Rate": 0})
    assert error_text(wrong) == "Verplicht: Wisselkoers"
    assert {row["Code"] for row in api.rows("general/Currencies")} == {
        "EUR",
        "USD",
        "GBP",
    }


@pytest.mark.parametrize("reason", ["BlockedUser", "DivisionBlocked"])
def test_a_reason_to_refuse_everything(make, api_of, error_text, reason):
    api = api_of(make(switches={"blocked_reason": reason}))
    answer = api.get("vat/VATCodes")
    assert (answer.status_code, error_text(answer)) == (403, "Forbidden")
    assert answer.headers["Reason"] == reason


def test_a_division_cannot_be_deleted(api):
    assert api.delete("system/Divisions(1001)").status_code == 403
