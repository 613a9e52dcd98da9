"""OData dialect of exact-api 2: shapes, options, keys, writes."""

import pytest

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def many(api, number):
    for index in range(number):
        api.admin.insert("cost_centers", Code=f"C{index}", Description="x")


def test_a_collection(api):
    answer = api.get("vat/VATCodes", select="ID,Code,Percentage")
    assert set(answer.json) == {"d"} and set(answer.json["d"]) == {"results"}
    row = answer.json["d"]["results"][0]
    assert set(row) == {"__metadata", "ID", "Code", "Percentage"}
    assert row["__metadata"]["type"] == "Exact.Web.Api.Models.VATCode"
    assert row["__metadata"]["uri"].endswith(f"/vat/VATCodes(guid'{row['ID']}')")


def test_me_is_a_collection_of_one(api):
    rows = api.rows("/api/v1/current/Me", select="CurrentDivision")
    assert [row["CurrentDivision"] for row in rows] == [1001]


def test_me_with_a_division_works_like_without(api):
    assert api.get("/api/v1/current/Me").status_code == 200


def test_single_by_key(api):
    found = api.get(f"crm/Accounts(guid'{api.account('2')}')").json["d"]
    assert found["Name"] == "Jurimmo BV"
    assert found["Code"] == "                 2"
    assert found["Country"] == "BE "
    assert found["Language"] == "NL        "
    assert "/BankAccounts" in found["BankAccounts"]["__deferred"]["uri"]


def test_int_and_composite_keys(api):
    assert api.get("hrm/Divisions(1001)").json["d"]["Code"] == 1001
    path = "read/financial/JournalStatusList(Journal='70',Period=6,Year=2026)"
    assert api.get(path).json["d"]["Status"] == 0


@pytest.mark.parametrize(
    "path, status, part",
    [
        (f"crm/Accounts(guid'{UNKNOWN}')", 404, "Resource not found"),
        ("crm/Accounts(guid'12')", 400, "GUID-indeling"),
        ("crm/Accounts('2')", 400, "GUID-indeling"),
        ("crm/Accounts(", 404, "Resource not found"),
        ("hrm/Divisions(x)", 400, "query syntax"),
        ("crm/Nothing", 404, "Resource not found for the segment 'Nothing'"),
        ("webhooks/WebhookTopics", 404, "Resource not found"),
        ("financial/GLAccounts?$select=Nam", 400, "Could not find a property"),
        ("financial/GLAccounts?$filter=Code eq", 400, "query syntax"),
        ("financial/GLAccounts?$orderby=Code sideways", 400, "query syntax"),
        ("financial/GLAccounts?$top=x", 400, "$top"),
        ("financial/GLAccounts?$apply=x", 400, "query syntax"),
        ("financial/GLAccounts?$filter=ID eq guid'x'", 400, "GUID-indeling"),
        ("financial/GLAccounts?$select=Code&$select=ID", 400, "query syntax"),
        ("financial/GLAccounts?$skiptoken=x(", 400, "query syntax"),
        ("financial/GLAccounts?$inlinecount=some", 400, "query syntax"),
        ("salesentry/SalesEntries?$expand=Customer", 400, "query syntax"),
        ("salesentry/SalesEntries?$select=SalesEntryLines/ID", 400, "query syntax"),
        ("bulk/Financial/GLAccounts", 400, "Please add a $select"),
        ("cashflow/Receivables", 400, "Please add a $select"),
        ("bulk/Financial/GLAccounts?$select=ID&$skip=1", 400, "$skip"),
        (
            "bulk/Financial/GLAccounts?$select=ID&$filter=Description eq 'a'",
            400,
            "Filtering on these fields is not supported: Description",
        ),
        (
            "sync/Cashflow/PaymentTerms?$filter=Status eq 20",
            400,
            "This $filter parameter is not supported for this resource",
        ),
        ("crm/Accounts", 400, "mandatory filtering applied"),
        ("crm/Accounts?$filter=Remarks eq 'a'", 400, "mandatory filtering applied"),
    ],
)
def test_questions_that_are_refused(api, error_text, path, status, part):
    answer = api.get(path)
    assert answer.status_code == status
    assert part in error_text(answer)


def test_top_gives_a_bare_list(api):
    assert isinstance(api.get("vat/VATCodes", top="2").json["d"], list)
    counted = api.get("vat/VATCodes", top="2", inlinecount="allpages").json["d"]
    assert len(counted["results"]) == 2
    assert counted["__count"] == str(len(api.admin.vat_codes))


def test_top_without_bare_list_by_switch(make, api_of):
    api = api_of(make(switches={"top_bare_list": False}))
    assert set(api.get("vat/VATCodes", top="2").json["d"]) == {"results"}


def test_select_or_top_one_on_bulk(api):
    assert api.get("bulk/Financial/GLAccounts", top="1").status_code == 200
    assert api.get("bulk/Financial/GLAccounts", select="*").status_code == 200


def test_pages_of_sixty(api):
    many(api, 130)
    seen, address, sizes = [], "hrm/Costcenters?$select=ID,Code", []
    while address:
        page = api.get(address).json["d"]
        sizes.append(len(page["results"]))
        seen += [row["ID"] for row in page["results"]]
        address = page.get("__next", "").removeprefix("http://localhost")
    assert sizes == [60, 60, 13]
    assert len(set(seen)) == len(seen) == 133


def test_pages_follow_an_order(api):
    many(api, 70)
    address, codes = "hrm/Costcenters?$orderby=Description desc,Code&$select=Code", []
    while address:
        page = api.get(address).json["d"]
        codes += [row["Code"] for row in page["results"]]
        address = page.get("__next", "").removeprefix("http://localhost")
    assert codes[:70] == sorted(f"C{index}" for index in range(70))
    assert len(codes) == 73


def test_a_page_survives_the_deletion_of_its_last_row(api):
    many(api, 70)
    page = api.get("hrm/Costcenters", select="ID").json["d"]
    api.delete(f"hrm/Costcenters(guid'{page['results'][-1]['ID']}')")
    following = api.get(page["__next"].removeprefix("http://localhost")).json["d"]
    assert len(following["results"]) == 13


def test_skip_and_top(api):
    codes = [row["Code"] for row in api.rows("vat/VATCodes", orderby="Code")]
    some = api.rows("vat/VATCodes", orderby="Code", skip="2", top="3")
    assert [row["Code"] for row in some] == codes[2:5]


def test_top_above_the_page_size_goes_on(api):
    many(api, 70)
    page = api.get("hrm/Costcenters", top="65", select="Code").json["d"]
    assert len(page["results"]) == 60
    rest = api.get(page["__next"].removeprefix("http://localhost")).json["d"]
    assert len(rest) == 5


def test_count(api):
    answer = api.call("GET", "vat/VATCodes/$count", headers={"Accept": "*/*"})
    assert answer.content_type.startswith("text/plain")
    assert answer.text == str(len(api.admin.vat_codes))
    assert api.get("vat/VATCodes/$count").status_code == 415


def test_expand_and_deferred(api):
    entry = api.booked(100, 50)
    path = f"salesentry/SalesEntries(guid'{entry['EntryID']}')"
    plain = api.get(path).json["d"]["SalesEntryLines"]
    lines = api.get(plain["__deferred"]["uri"].removeprefix("http://localhost"))
    assert [row["AmountFC"] for row in lines.json["d"]["results"]] == [100, 50]
    expanded = api.get(
        path, select="EntryID,SalesEntryLines", expand="SalesEntryLines"
    ).json["d"]
    assert len(expanded["SalesEntryLines"]["results"]) == 2
    assert api.get(path, select="EntryID", expand="SalesEntryLines").status_code == 400


def test_expanded_lines_that_are_cut_name_the_rest(api):
    api.sandbox.switches.change(nested_page=2)
    entry = api.booked(100, 50, 25)
    path = f"salesentry/SalesEntries(guid'{entry['EntryID']}')"
    shown = api.get(path, select="EntryID,SalesEntryLines", expand="SalesEntryLines")
    lines = shown.json["d"]["SalesEntryLines"]
    assert [line["AmountFC"] for line in lines["results"]] == [100, 50]
    rest = api.get(lines["__next"].removeprefix("http://localhost"))
    assert [line["AmountFC"] for line in rest.json["d"]["results"]] == [25]


def test_int64_as_string_by_switch(make, api_of):
    for as_string, kind in ((True, str), (False, int)):
        api = api_of(make(switches={"int64_as_string": as_string}))
        row = api.rows(
            "sync/CRM/Accounts", filter="Timestamp gt 1L", select="Timestamp"
        )
        assert isinstance(row[0]["Timestamp"], kind)


def test_case_by_switch(make, api_of):
    for ignore, number in ((True, 1), (False, 0)):
        api = api_of(make(switches={"ignore_case": ignore}))
        assert len(api.rows("crm/Accounts", filter="Name eq 'JURIMMO BV'")) == number


# --- writes -------------------------------------------------------------------------


def test_post_gives_201_and_location(api):
    answer = api.post("crm/Accounts", {"Name": "New"})
    assert answer.status_code == 201
    assert answer.headers["Location"] == answer.json["d"]["__metadata"]["uri"]


def test_without_prefer_computed_fields_are_null(api):
    values = {
        "Customer": api.account("2"),
        "Journal": "70",
        "YourRef": "X1",
        "SalesEntryLines": [{"GLAccount": api.gl("700000"), "AmountFC": 10}],
    }
    short = api.post("salesentry/SalesEntries", values, full=False).json["d"]
    assert short["EntryID"] and short["YourRef"] == "X1"
    for name in ("AmountDC", "Status", "EntryNumber", "DueDate", "Currency"):
        assert short[name] is None
    assert short["Customer"] == values["Customer"]
    full = api.post("salesentry/SalesEntries", values).json["d"]
    assert full["AmountDC"] == 12.1 and full["EntryNumber"] == 26700002


@pytest.mark.parametrize(
    "body, part",
    [
        ("", "valid top-level resource object"),
        ("[]", "valid top-level resource object"),
        ("{", "valid top-level resource object"),
        ('{"Name": NaN}', "valid top-level resource object"),
        ("[" * 100000, "valid top-level resource object"),
        ('{"Nam": "x"}', "The property name 'Nam' specified for type"),
        ('{"Name": true}', "property 'Name' to type 'String'"),
        ('{"Parent": "x"}', "property 'Parent' to type 'Guid'"),
        ('{"Blocked": "maybe"}', "property 'Blocked' to type 'Boolean'"),
        ('{"InvoicingMethod": 99999999999}', "to type 'Int32'"),
        ('{"InvoicingMethod": 1.5}', "to type 'Int32'"),
        ('{"DiscountSales": "1e400"}', "to type 'Double'"),
        ('{"EndDate": "soon"}', "to type 'DateTime'"),
        ('{"Logo": "%%%"}', "to type 'Binary'"),
    ],
)
def test_bodies_that_do_not_fit(api, error_text, body, part):
    answer = api.client.post(
        "/api/v1/1001/crm/Accounts",
        data=body,
        headers={"Authorization": f"Bearer {api.token}", "Accept": "application/json"},
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert error_text(answer).startswith("Error processing request stream. ")
    assert part in error_text(answer)


@pytest.mark.parametrize("lines", ["x", 5, {"a": 1}, [1], ["x"]])
def test_lines_must_be_objects(api, lines):
    values = {"Customer": api.account("2"), "Journal": "70", "SalesEntryLines": lines}
    answer = api.post("salesentry/SalesEntries", values)
    if lines == {"a": 1}:
        assert answer.status_code == 500  # no lines: mandatory
    else:
        assert answer.status_code == 400


def test_decimal_strings_and_both_dates_are_taken(api):
    entry = api.booked(
        {"AmountFC": "12.34"}, EntryDate="2026-05-01T00:00:00Z", DueDate="2026-05-20"
    )
    assert entry["AmountFC"] == 14.93
    assert entry["DueDate"] == "/Date(1779235200000)/"
    again = api.booked(1, EntryDate=entry["EntryDate"])
    assert again["EntryDate"] == entry["EntryDate"]


def test_read_only_properties_are_ignored(api):
    entry = api.booked(100, AmountDC=9999, Status=50)
    assert (entry["AmountDC"], entry["Status"]) == (121, 20)


def test_read_only_properties_refused_by_switch(make, api_of):
    api = api_of(make(switches={"read_only_ignored": False}))
    assert api.sale(100, AmountDC=9999).status_code == 400


def test_the_client_key_by_switch(make, api_of):
    key = "11111111-2222-4333-8444-555555555555"
    for keep in (False, True):
        api = api_of(make(switches={"keep_client_key": keep}))
        assert (api.booked(1, EntryID=key)["EntryID"] == key) == keep


def test_put_is_partial_and_silent(api):
    path = f"crm/Accounts(guid'{api.account('2')}')"
    answer = api.put(path, {"City": "Mechelen"})
    assert (answer.status_code, answer.data) == (204, b"")
    shown = api.get(path).json["d"]
    assert (shown["City"], shown["Name"]) == ("Mechelen", "Jurimmo BV")


def test_lines_in_a_header_put(api, error_text):
    entry = api.booked(100)
    answer = api.put(
        f"salesentry/SalesEntries(guid'{entry['EntryID']}')",
        {"SalesEntryLines": [{"GLAccount": api.gl("700000"), "AmountFC": 1}]},
    )
    assert answer.status_code == 400
    assert error_text(answer).startswith(
        "Error processing request stream. Binding to new entities"
    )


def test_second_delete_is_forbidden(api, error_text):
    made = api.post("crm/Accounts", {"Name": "Gone"}).json["d"]
    path = f"crm/Accounts(guid'{made['ID']}')"
    assert api.delete(path).status_code == 204
    again = api.delete(path)
    assert (again.status_code, error_text(again)) == (403, "Forbidden")


@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", "financial/FinancialPeriods"),
        ("DELETE", f"cashflow/PaymentConditions(guid'{UNKNOWN}')"),
        ("PUT", "crm/Accounts"),
        ("POST", f"crm/Accounts(guid'{UNKNOWN}')"),
        ("PATCH", f"crm/Accounts(guid'{UNKNOWN}')"),
        ("MERGE", f"crm/Accounts(guid'{UNKNOWN}')"),
    ],
)
def test_verbs_not_offered(api, error_text, method, path):
    answer = api.call(method, path, json={})
    assert answer.status_code == 405
    assert error_text(answer)


def test_a_body_that_is_too_large(api, error_text):
    answer = api.client.post(
        "/api/v1/1001/crm/Accounts",
        data=b"{}",
        headers={"Authorization": f"Bearer {api.token}", "Accept": "application/json"},
        environ_overrides={"CONTENT_LENGTH": str(10**9)},
    )
    assert answer.status_code == 413
    assert error_text(answer)
    assert api.sandbox.failures == []


def test_a_start_for_a_sync(api):
    """``read/sync/Sync/SyncTimestamp`` gives a Timestamp to begin with."""
    api.booked(100)
    api.sandbox.clock.advance(days=2)
    api.token = api.sandbox.authorise()["access_token"]
    api.booked(100, YourRef="new")
    path = "read/sync/Sync/SyncTimestamp?endPoint='PaymentTerms'&modified="
    (row,) = api.get(path + "datetime'2026-06-16'").json["d"]["results"]
    rows = api.rows(
        "sync/Cashflow/PaymentTerms", filter=f"Timestamp gt {row['TimeStampAsBigInt']}L"
    )
    assert [term["YourRef"] for term in rows] == ["new"]
    assert api.get(path + "soon").status_code == 400
    assert api.get("read/sync/Sync/SyncTimestamp").status_code == 400
