"""Every path, verb, property and flag of the metadata that the sandbox serves."""

import json
from pathlib import Path

import pytest

import exact_sandbox
from exact_sandbox.entities import REGISTRY

METADATA = Path(exact_sandbox.__file__).with_name("metadata")
VERBS = ("GET", "POST", "PUT", "DELETE")
UNKNOWN = "00000000-0000-4000-8000-000000000000"
#: What the issue asks to be served.
WANTED = """
current/Me hrm/Divisions system/Divisions hrm/Costcenters hrm/Costunits
vat/VatPercentages crm/Accounts crm/Addresses crm/Contacts crm/BankAccounts
financial/GLAccounts financial/Journals financial/FinancialPeriods
read/financial/JournalStatusList cashflow/PaymentConditions vat/VATCodes
salesentry/SalesEntries salesentry/SalesEntryLines purchaseentry/PurchaseEntries
purchaseentry/PurchaseEntryLines generaljournalentry/GeneralJournalEntries
generaljournalentry/GeneralJournalEntryLines documents/Documents
documents/DocumentAttachments documents/DocumentTypes read/financial/ReceivablesList
read/financial/PayablesList cashflow/Receivables cashflow/Payments bulk/CRM/Accounts
bulk/Financial/GLAccounts bulk/Financial/TransactionLines bulk/Cashflow/Receivables
bulk/Cashflow/Payments bulk/Documents/Documents bulk/Documents/DocumentAttachments
sync/Cashflow/PaymentTerms sync/Financial/TransactionLines sync/CRM/Accounts
sync/Financial/GLAccounts sync/Documents/Documents sync/Documents/DocumentAttachments
sync/Deleted read/sync/Sync/SyncTimestamp financialtransaction/TransactionLines
financialtransaction/BankEntries financialtransaction/BankEntryLines
webhooks/WebhookSubscriptions
""".split()


def raw_metadata():
    """The files again, read without the sandbox's own reader."""
    found = {}
    for file in METADATA.glob("*_*.json"):
        raw = json.loads(file.read_text("utf-8"))
        path = raw["uri"].split("/api/v1/")[1].removeprefix("{division}/")
        found[path] = raw
    return found


RAW = raw_metadata()
PATHS = sorted(REGISTRY)


def query_of(path):
    """What a plain question of a set needs."""
    raw = RAW[path]
    query = {}
    if raw.get("select_required") or path in (
        "cashflow/Receivables",
        "cashflow/Payments",
        "generaljournalentry/GeneralJournalEntries",
    ):
        query["$select"] = ",".join(p["name"] for p in raw["properties"])
    if raw.get("filterable_fields_mandatory_filter"):
        query["$filter"] = "Status ne 'X'"
    if path.endswith("ByAccount"):
        query["accountId"] = "guid'{account}'"
    if path == "read/sync/Sync/SyncTimestamp":
        query["modified"] = "datetime'2030-01-01'"
        query["endPoint"] = "'PaymentTerms'"
    return query


@pytest.fixture(scope="module")
def full():
    """An administration with at least one row in every set."""
    from datetime import datetime

    from tests.unit.sandbox.conftest import Api

    sandbox = exact_sandbox.Sandbox(
        minutely=0, daily=0, clock=datetime(2026, 6, 15, 10)
    )
    sandbox.limits.errors_per_hour = 0
    sandbox.webhooks.send = lambda address, data: 200
    api = Api(sandbox)
    customer, supplier = api.account("2"), api.account("3")
    sale = api.booked(100, 50, YourRef="A")
    api.booked(10)
    api.admin.pay(sale["EntryID"], 50)
    bill = api.post(
        "purchaseentry/PurchaseEntries",
        {
            "Supplier": supplier,
            "Journal": "60",
            "YourRef": "S1",
            "PurchaseEntryLines": [{"GLAccount": api.gl("612000"), "AmountFC": 10}],
        },
    ).json["d"]
    for path, values in {
        "crm/Addresses": {
            "Account": customer,
            "AddressLine1": "x",
            "City": "y",
            "Country": "BE",
            "Type": 1,
        },
        "crm/Contacts": {"Account": customer, "LastName": "Z"},
        "crm/BankAccounts": {"Account": customer, "BankAccount": "BE68539007547034"},
        "documents/DocumentAttachments": {
            "Document": bill["Document"],
            "FileName": "a.pdf",
            "Attachment": "JVBERg==",
        },
        "generaljournalentry/GeneralJournalEntries": {
            "JournalCode": "90",
            "GeneralJournalEntryLines": [
                {"GLAccount": api.gl("499000"), "AmountFC": 5},
                {"GLAccount": api.gl("550000"), "AmountFC": -5},
            ],
        },
        "webhooks/WebhookSubscriptions": {
            "CallbackURL": "https://example.com/hook",
            "Topic": "Accounts",
        },
    }.items():
        made = api.post(path, values)
        assert made.status_code == 201, made.text
    gone = api.booked(1)
    api.delete(f"salesentry/SalesEntries(guid'{gone['EntryID']}')")
    api.customer = customer
    return api


def first_rows(api, path):
    query = {k: v.format(account=api.customer) for k, v in query_of(path).items()}
    if "Payables" in path and "accountId" in query:
        query["accountId"] = f"guid'{api.account('3')}'"
    address = f"/api/v1/{path}" if path == "current/Me" else path
    answer = api.client.get(
        address if address.startswith("/") else f"/api/v1/1001/{address}",
        query_string=query,
        headers={"Authorization": f"Bearer {api.token}", "Accept": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json["d"]["results"]


def test_what_was_asked_is_served():
    assert set(WANTED) <= set(PATHS)
    assert set(PATHS) <= set(RAW)


JSON_TYPES = {
    "Edm.Guid": str,
    "Edm.String": str,
    "Edm.Int16": int,
    "Edm.Int32": int,
    "Edm.Byte": int,
    "Edm.Int64": str,
    "Edm.Double": float,
    "Edm.Boolean": bool,
    "bool": bool,
    "string": str,
    "string?": str,
    "Edm.DateTime": str,
    "Edm.Binary": str,
}


@pytest.mark.parametrize("path", PATHS)
def test_properties_and_types(full, path):
    rows = first_rows(full, path)
    assert rows, "the fixture has no row here"
    for row in rows:
        names = {prop["name"] for prop in RAW[path]["properties"]}
        assert set(row) == names | {"__metadata"}
        for prop in RAW[path]["properties"]:
            value = row[prop["name"]]
            kind = JSON_TYPES.get(prop["type"])
            if kind is None:
                assert set(value) == {"__deferred"}
            elif value is not None:
                assert type(value) is kind, prop["name"]
                if prop["type"] == "Edm.DateTime":
                    assert value.startswith("/Date(")
            if prop.get("key"):
                assert value is not None


@pytest.mark.parametrize("path", [p for p in PATHS if "Timestamp" not in p])
def test_the_own_address(full, path):
    row = first_rows(full, path)[0]
    address = row["__metadata"]["uri"].removeprefix("http://localhost")
    if path.endswith("ByAccount"):
        return  # function-style: no key access (exact-api 4.8)
    again = full.get(address)
    assert again.status_code == 200, again.text
    assert again.json["d"]["__metadata"] == row["__metadata"]


@pytest.mark.parametrize("path", PATHS)
def test_every_property_can_be_selected_and_filtered(full, path):
    raw = RAW[path]
    if raw.get("only_filter") or path == "read/sync/Sync/SyncTimestamp":
        return
    allowed = raw.get("supported_filters") or raw.get(
        "filterable_fields_mandatory_filter"
    )
    for prop in raw["properties"]:
        if not prop["type"].startswith("Edm.") or path.endswith("ByAccount"):
            continue
        if allowed and prop["name"] not in allowed:
            continue
        answer = full.get(
            path if path != "current/Me" else "/api/v1/current/Me",
            filter=f"{prop['name']} eq null",
            select=prop["name"],
        )
        assert answer.status_code == 200, (prop["name"], answer.text)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("verb", VERBS)
def test_verbs(full, path, verb):
    kind = {p["name"]: p for p in RAW[path]["properties"]}
    keys = [p for p in kind.values() if p.get("key")]
    if len(keys) != 1 or keys[0]["type"] != "Edm.Guid":
        address = path
    else:
        address = path if verb in ("GET", "POST") else f"{path}(guid'{UNKNOWN}')"
    if path == "current/Me":
        address = "/api/v1/current/Me"
    answer = full.call(verb, address, json=None if verb == "GET" else {})
    if verb not in RAW[path]["methods"]:
        assert answer.status_code == 405
    else:
        assert answer.status_code != 405 or address == path


@pytest.mark.parametrize("path", [p for p in PATHS if "POST" in RAW[p]["methods"]])
def test_mandatory_properties(full, path, error_text):
    names = [p["name"] for p in RAW[path]["properties"] if p.get("mandatory_on_post")]
    answer = full.post(path, {})
    if path == "crm/Contacts":
        names = ["Account", "LastName"]  # one of the two names will do
    if not names and path not in ("crm/Addresses", "financial/Journals"):
        assert answer.status_code == 201
        return
    assert answer.status_code == 500
    lines = error_text(answer).split("\r\n")
    assert all(line.startswith("Verplicht: ") for line in lines)
    if names:
        assert len(lines) == len(names)


@pytest.mark.parametrize("path", [p for p in PATHS if "POST" in RAW[p]["methods"]])
def test_read_only_properties_are_no_reason_to_refuse(full, path, error_text):
    values = {p["name"]: "?" for p in RAW[path]["properties"] if p.get("read_only")}
    values = {
        name: value
        for name, value in values.items()
        if REGISTRY[path].type.properties[name].scalar
    }
    if path in ("crm/Addresses", "financial/Journals") or any(
        p.get("mandatory_on_post") for p in RAW[path]["properties"]
    ):
        text = error_text(full.post(path, values))
        assert text.startswith("Verplicht: ")


def test_sets_of_modules_the_licence_lacks(full, error_text):
    lacking = {p for p in RAW if "nvoice" in p.replace("OutstandingInvoices", "")}
    lacking |= {"logistics/Items"}
    for path in set(RAW) - set(PATHS):
        answer = full.get(path)
        if path in lacking:
            assert (answer.status_code, error_text(answer)) == (403, "Forbidden")
        else:
            assert answer.status_code == 404
