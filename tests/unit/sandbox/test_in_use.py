"""References that must exist, from both ends: writing them, and removing the record."""

import uuid

import pytest

NOBODY = str(uuid.uuid4())
GENERAL = "generaljournalentry/GeneralJournalEntries"
BANK = "financialtransaction/BankEntries"


def general(api, **line):
    lines = [
        {"GLAccount": api.gl("400000"), "AmountFC": 10, **line},
        {"GLAccount": api.gl("499000"), "AmountFC": -10},
    ]
    values = {"JournalCode": "90", "GeneralJournalEntryLines": lines}
    return api.post(GENERAL, values)


def bank(api, journal="20", **line):
    lines = [{"GLAccount": api.gl("499000"), "AmountFC": 10, **line}]
    return api.post(BANK, {"JournalCode": journal, "BankEntryLines": lines})


@pytest.mark.parametrize("book", [general, bank])
@pytest.mark.parametrize(
    ("line", "text"),
    [
        ({"Account": NOBODY}, "Ongeldige referentie: Relatie"),
        (
            {"VATCode": "ZZ", "CostCenter": "NO"},
            "Ongeldige referentie: Btw-code\r\nOngeldige referentie: Kostenplaats",
        ),
    ],
)
def test_lines_refer_to_what_is_there(api, error_text, book, line, text):
    answer = book(api, **line)
    assert (answer.status_code, error_text(answer)) == (500, text)
    assert not list(api.admin.transaction_lines)


def test_a_bank_line_needs_its_cost_centre(api, error_text):
    answer = bank(api, GLAccount=api.gl("705000"))
    assert error_text(answer) == "Verplicht: Kostenplaats"
    assert bank(api, GLAccount=api.gl("705000"), CostCenter="HQ").status_code == 201


@pytest.mark.parametrize(
    ("code", "where"),
    [
        ("440000", "Boekingen"),
        ("570000", "Dagboeken"),
        ("451000", "Btw-codes"),
        ("499000", "Bedrijfsgegevens"),
        ("612000", "Boekingsregels"),
    ],
)
def test_a_ledger_account_in_use_stays(api, error_text, code, where):
    line = {"GLAccount": api.gl("612000"), "AmountFC": 10}
    made = api.post(
        "purchaseentry/PurchaseEntries",
        {"Supplier": api.account("3"), "Journal": "60", "PurchaseEntryLines": [line]},
    )
    assert made.status_code == 201, made.text
    answer = api.delete(f"financial/GLAccounts(guid'{api.gl(code)}')")
    text = f"Kan niet verwijderen: Grootboekrekening - Gebruikt in: {where}"
    assert (answer.status_code, error_text(answer)) == (500, text)


@pytest.mark.parametrize(
    ("table", "code", "path"),
    [
        ("vat_codes", "A21", "vat/VATCodes"),
        ("journals", "70", "financial/Journals"),
        ("cost_centers", "HQ", "hrm/Costcenters"),
    ],
)
def test_codes_in_use_stay(api, table, code, path):
    api.booked({"AmountFC": 10, "GLAccount": api.gl("705000"), "CostCenter": "HQ"})
    key = api.admin.coded(table, code)["ID"]
    assert api.delete(f"{path}(guid'{key}')").status_code == 500


def test_what_nobody_uses_goes(api):
    key = api.gl("604000")
    assert api.delete(f"financial/GLAccounts(guid'{key}')").status_code == 204


def test_a_sales_journal_needs_an_account(api, error_text):
    values = {"Code": "72", "Description": "x", "Type": 20}
    answer = api.post("financial/Journals", values)
    assert error_text(answer) == "Verplicht: Grootboekrekening"
    values["GLAccount"] = api.gl("400000")
    assert api.post("financial/Journals", values).status_code == 201
    assert api.sale(100, Journal="72").status_code == 201


@pytest.mark.parametrize("change", [{"Type": "Z"}, {"VATTransactionType": "Z"}])
def test_kinds_of_vat_that_do_not_exist(api, change):
    values = {"Code": "Q", "Description": "q", **change}
    assert api.post("vat/VATCodes", values).status_code == 500


def test_each_bank_journal_has_its_own_balance(api):
    values = {"Code": "21", "Description": "Spaar", "Type": 12}
    values["GLAccount"] = api.gl("550000")
    assert api.post("financial/Journals", values).status_code == 201
    assert bank(api).json["d"]["ClosingBalanceFC"] == 10
    assert bank(api, journal="21").json["d"]["OpeningBalanceFC"] == 0
    assert bank(api).json["d"]["OpeningBalanceFC"] == 10


def test_a_general_entry_in_a_vat_return_stays(api, error_text):
    made = api.post(
        GENERAL,
        {
            "JournalCode": "90",
            "GeneralJournalEntryLines": [
                {"GLAccount": api.gl("451000"), "AmountFC": -21},
                {"GLAccount": api.gl("499000"), "AmountFC": 21},
            ],
        },
    )
    api.admin.file_vat_return(2026, 6)
    key = made.json["d"]["EntryID"]
    answer = api.delete(f"{GENERAL}(guid'{key}')")
    assert error_text(answer) == "Reeds verwerkt"


def test_no_rate_for_a_payment_in_the_own_currency(api):
    from exact_sandbox.errors import Violation

    entry = api.booked(100)
    with pytest.raises(Violation):
        api.admin.pay(entry["EntryID"], rate="1.1")
    assert api.admin.balance(entry["EntryID"]) == 121
