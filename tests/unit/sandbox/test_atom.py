"""Atom XML, the default, and ``$metadata`` (exact-api 2.2, 2.3)."""

from xml.etree import ElementTree as ET

import pytest

A = "{http://www.w3.org/2005/Atom}"
D = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
M = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
EDM = "{http://schemas.microsoft.com/ado/2009/11/edm}"
PLAIN = {"Accept": "*/*"}


def values(entry):
    shown = entry.find(f"{A}content/{M}properties")
    return {child.tag.removeprefix(D): child for child in shown}


def test_xml_unless_json_is_asked(api):
    answer = api.call("GET", "vat/VATCodes", headers=PLAIN)
    assert answer.content_type.startswith("application/atom+xml")
    assert answer.text.startswith('<?xml version="1.0"')
    as_json = api.client.get(
        "/api/v1/1001/vat/VATCodes?$format=json",
        headers={"Authorization": f"Bearer {api.token}"},
    )
    assert as_json.content_type.startswith("application/json")


def test_a_feed(api):
    api.booked(100)
    answer = api.call(
        "GET",
        "salesentry/SalesEntries",
        headers=PLAIN,
        expand="SalesEntryLines",
        inlinecount="allpages",
    )
    root = ET.fromstring(answer.text)
    assert root.tag == f"{A}feed"
    assert root.find(f"{M}count").text == "1"
    (entry,) = root.findall(f"{A}entry")
    assert entry.find(f"{A}category").get("term") == "Exact.Web.Api.Models.SalesEntry"
    shown = values(entry)
    assert shown["AmountFC"].text == "121.0"
    assert shown["AmountFC"].get(f"{M}type") == "Edm.Double"
    assert shown["EntryDate"].text == "2026-06-15T00:00:00"
    assert shown["YourRef"].get(f"{M}null") == "true"
    inline = entry.findall(f"{A}link/{M}inline/{A}feed/{A}entry")
    assert [values(line)["AmountFC"].text for line in inline] == ["100.0"]


def test_one_entry_and_the_next_page(api):
    one = api.call("GET", f"crm/Accounts(guid'{api.account('2')}')", headers=PLAIN)
    root = ET.fromstring(one.text)
    assert root.tag == f"{A}entry"
    assert values(root)["Name"].text == "Jurimmo BV"
    assert values(root)["Code"].text == "                 2"
    for index in range(70):
        api.admin.insert("cost_centers", Code=f"C{index}", Description="\x01 & <é")
    page = ET.fromstring(api.call("GET", "hrm/Costcenters", headers=PLAIN).text)
    following = [
        link.get("href")
        for link in page.findall(f"{A}link")
        if link.get("rel") == "next"
    ]
    rest = api.call("GET", following[0].removeprefix("http://localhost"), headers=PLAIN)
    assert len(ET.fromstring(rest.text).findall(f"{A}entry")) == 13


def test_errors_in_xml(api):
    answer = api.call("GET", "crm/Accounts", headers=PLAIN)
    assert answer.status_code == 400
    root = ET.fromstring(answer.text)
    assert root.tag == f"{M}error"
    assert "mandatory filtering" in root.find(f"{M}message").text


def test_a_post_answers_in_xml_too(api):
    answer = api.call("POST", "crm/Accounts", json={"Name": "X"}, headers=PLAIN)
    assert answer.status_code == 201
    assert values(ET.fromstring(answer.text))["Name"].text == "X"


def test_formats_that_do_not_exist(api):
    assert api.get("vat/VATCodes?$format=csv").status_code == 415
    xml = api.client.post(
        "/api/v1/1001/crm/Accounts",
        data="<entry/>",
        content_type="application/atom+xml",
        headers={"Authorization": f"Bearer {api.token}"},
    )
    assert xml.status_code == 415


def test_metadata(api):
    root = ET.fromstring(api.get("vat/$metadata").text)
    kinds = {node.get("Name"): node for node in root.iter(f"{EDM}EntityType")}
    assert {"VATCode", "VatPercentage"} <= set(kinds)
    types = {
        p.get("Name"): p.get("Type") for p in kinds["VATCode"].iter(f"{EDM}Property")
    }
    assert types["Percentage"] == "Edm.Double"
    key = kinds["VATCode"].find(f"{EDM}Key/{EDM}PropertyRef")
    assert key.get("Name") == "ID"
    sets = {node.get("Name") for node in root.iter(f"{EDM}EntitySet")}
    assert {"VATCodes", "VatPercentages"} <= sets


@pytest.mark.parametrize(
    "service", ["crm", "salesentry", "read/financial", "bulk/CRM", "sync/Cashflow"]
)
def test_metadata_of_every_service(api, service):
    assert api.get(f"{service}/$metadata").status_code == 200
    names = api.get(service).json["d"]["EntitySets"]
    assert names


def test_metadata_of_nothing(api):
    assert api.get("nothing/$metadata").status_code == 404


def test_languages_of_descriptions(api):
    def shown(language):
        headers = {"CustomDescriptionLanguage": language} if language else {}
        answer = api.call(
            "GET", "financial/GLAccounts", headers=headers, filter="Code eq '700000'"
        )
        return answer.json["d"]["results"][0]["Description"]

    assert shown(None) == shown("NL-BE") == "Verkopen van handelsgoederen"
    assert shown("EN") == "Sales of goods"
    assert shown("FR-BE") == "Ventes de marchandises"
    assert shown("XX") == "Verkopen van handelsgoederen"


@pytest.mark.parametrize("most, status", [(0, 200), (5, 408)])
def test_a_query_that_is_too_broad(make, api_of, most, status):
    api = api_of(make(switches={"broad_query_rows": most}))
    answer = api.get("financial/GLAccounts", filter="Description eq 'nothing'")
    assert answer.status_code == status
    assert api.get("financial/GLAccounts").status_code == 200
