"""The accountant's pages, as a browser without scripts uses them."""

import re
from html.parser import HTMLParser

import pytest
from werkzeug.test import Client

PAGES = ("/", "/faults", "/calls", "/1001/entries", "/1001/open-items", "/1001/periods")


class Reader(HTMLParser):
    """Collects what accessibility needs: labels, controls, their names."""

    def __init__(self, text):
        super().__init__()
        self.labels, self.controls, self.buttons, self.links = set(), [], [], []
        self.headings, self._button = [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "label":
            self.labels.add(values.get("for"))
        if tag in ("input", "select") and values.get("type") not in (
            "hidden",
            "checkbox",
        ):
            self.controls.append(values.get("id"))
        if tag == "button":
            self._button = values.get("aria-label") or ""
        if tag in ("a", "link", "script", "img"):
            self.links.append(values.get("href") or values.get("src") or "")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)

    def handle_data(self, data):
        if self._button is not None:
            self._button += data

    def handle_endtag(self, tag):
        if tag == "button":
            self.buttons.append(self._button.strip())
            self._button = None


@pytest.fixture
def browser(api):
    return Client(api.sandbox)


def token_of(browser, path):
    return re.search(r'name="token" value="(\w+)"', browser.get(path).text)[1]


def send(browser, page, target, **form):
    form["token"] = token_of(browser, page)
    return browser.post(target, data=form, follow_redirects=True)


def test_every_page_is_whole(api, browser):
    entry = api.booked(100, YourRef="<b>&")
    api.admin.pay(entry["EntryID"], 10)
    for path in (*PAGES, f"/1001/entries/{entry['EntryID']}"):
        answer = browser.get(path)
        assert answer.status_code == 200
        page = Reader(answer.text)
        assert set(page.controls) <= page.labels, path
        assert all(page.buttons), path
        assert page.headings.count("h1") == 1
        assert not any(link.startswith(("http", "//")) for link in page.links)
        assert "<b>&" not in answer.text
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("exact_sandbox_session=") and "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/9999/entries", "/1001/entries/00000000-0000-4000-8000-000000000000"],
)
def test_pages_that_do_not_exist(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 404 and "does not exist" in answer.text


def test_pay(api, browser):
    entry = api.booked(100)
    answer = send(browser, "/1001/open-items", "/1001/pay", entry=entry["EntryID"])
    assert "nothing open any more" in answer.text
    assert api.admin.balance(entry["EntryID"]) == 0


def test_pay_part_and_take_back(api, browser):
    entry = api.booked(100)
    form = {"entry": entry["EntryID"], "amount": "50,25", "date": "2026-06-10"}
    answer = send(browser, "/1001/open-items", "/1001/pay", **form)
    assert "70.75 still open" in answer.text
    match = next(iter(api.admin.settlements))
    assert match["Date"].day == 10
    answer = send(
        browser,
        "/1001/open-items",
        "/1001/take-back",
        entry=entry["EntryID"],
        match=match["ID"],
    )
    assert "taken back" in answer.text
    assert float(api.admin.balance(entry["EntryID"])) == 121


@pytest.mark.parametrize(
    "form, text",
    [
        ({"amount": "much"}, "is no amount"),
        ({"amount": "-5"}, "more than zero"),
        ({"amount": "NaN"}, "more than zero"),
        ({"date": "soon"}, "is no date"),
        ({"date": "2031-01-01"}, "Verplicht: Boekjaar"),
    ],
)
def test_forms_that_make_no_sense(api, browser, form, text):
    entry = api.booked(100)
    answer = send(
        browser,
        "/1001/open-items",
        "/1001/pay",
        entry=entry["EntryID"],
        back="/1001/open-items",
        **form,
    )
    assert answer.status_code == 200 and text in answer.text
    assert float(api.admin.balance(entry["EntryID"])) == 121


def test_a_form_for_an_entry_that_is_gone(api, browser):
    answer = send(browser, "/", "/1001/pay", entry="x")
    assert answer.status_code == 404


def test_periods_and_delete(api, browser):
    entry = api.booked(100)
    page = f"/1001/entries/{entry['EntryID']}"
    form = {"year": "2026", "period": "6", "journal": "70", "action": "close"}
    assert (
        "2026-06 closed" in send(browser, "/1001/periods", "/1001/period", **form).text
    )
    refused = send(
        browser, page, "/1001/delete-entry", entry=entry["EntryID"], back=page
    )
    assert "Periode is afgesloten" in refused.text
    form["action"] = "open"
    send(browser, "/1001/periods", "/1001/period", **form)
    done = send(browser, page, "/1001/delete-entry", entry=entry["EntryID"], back=page)
    assert "deleted" in done.text
    assert not len(api.admin.sales_entries)


def test_search(api, browser):
    api.booked(100, YourRef="INV/1")
    api.booked(100, YourRef="INV/2")
    text = browser.get("/1001/entries?q=inv/2").text
    assert "INV/2" in text and "INV/1" not in text


def test_faults_and_clock(api, browser):
    form = {"fault": "lose_answer", "path": "SalesEntries", "count": "2"}
    assert "lose answer" in send(browser, "/faults", "/faults/add", **form).text
    (fault,) = api.sandbox.faults.active()
    assert (fault.path, fault.count) == ("SalesEntries", 2)
    send(browser, "/faults", "/faults/clear", id=str(fault.id))
    assert api.sandbox.faults.active() == []
    wrong = {"fault": "lose_answer", "count": "many", "back": "/faults"}
    assert "must be a number" in send(browser, "/faults", "/faults/add", **wrong).text
    send(browser, "/faults", "/faults/lapse")
    assert api.get("vat/VATCodes").status_code == 401
    assert "0 late bookings" in send(browser, "/faults", "/faults/late").text
    assert "16-06-2026" in send(browser, "/", "/clock", hours="24").text


def test_forms_are_protected(api, browser):
    entry = api.booked(100)
    form = {"entry": entry["EntryID"]}
    assert browser.post("/1001/pay", data=form).status_code == 403
    form["token"] = token_of(browser, "/")
    other = {"Origin": "http://evil.example"}
    assert browser.post("/1001/pay", data=form, headers=other).status_code == 403
    assert float(api.admin.balance(entry["EntryID"])) == 121


def test_a_way_back_stays_here(api, browser):
    form = {"fault": "x", "back": "//evil.example", "token": token_of(browser, "/")}
    answer = browser.post("/faults/add", data=form)
    assert answer.headers["Location"] in ("/", "http://localhost/")
