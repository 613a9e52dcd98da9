"""The accountant's pages, as a browser without scripts uses them."""

import io
import re
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from exact_sandbox import postbox

PAGES = (
    "/",
    "/1001/purchases",
    "/1001/documents",
    "/faults",
    "/calls",
    "/1001/entries",
    "/1001/open-items",
    "/1001/periods",
)


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
    api.booked(-20)
    postbox.deliver(api.sandbox, api.admin, "a@b.example", b"Subject: <b>&\n\n")
    postbox.allow(api.admin, "c@d.example")
    values = {"Subject": "Bill", "Type": 20}
    document = api.post("documents/Documents", values).json["d"]
    own = (
        f"/1001/entries/{entry['EntryID']}",
        f"/1001/documents/{document['ID']}",
    )
    for path in (*PAGES, *own):
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


def entry_page(entry):
    return f"/1001/entries/{entry['EntryID']}"


def on_entry(browser, entry, target, **form):
    """Send a form of an entry's page."""
    page = entry_page(entry)
    form = {"entry": entry["EntryID"], "back": page, **form}
    return send(browser, page, f"/1001/{target}", **form)


def test_overpay_keep_and_write_off(api, browser):
    entry = api.booked(100)
    on_entry(browser, entry, "pay", amount="150")
    assert "received, not matched" in browser.get("/1001/open-items").text
    (match,) = api.admin.settlements
    on_entry(browser, entry, "take-back", match=match["ID"], keep_receipt="1")
    assert float(api.admin.balance(entry["EntryID"])) == 121
    (option,) = re.findall(
        r'<option value="([0-9a-f-]{36})">2620', browser.get(entry_page(entry)).text
    )
    assert "nothing open" in on_entry(browser, entry, "match", other=option).text
    other = api.booked(100)
    done = on_entry(browser, other, "write-off", reason="discount", amount="1")
    assert "120.00 still open" in done.text
    assert "reason must be" in on_entry(browser, other, "write-off", reason="x").text


def test_match_a_credit_note(api, browser):
    entry, credit = api.booked(100), api.booked(-100)
    assert str(credit["EntryNumber"]) in browser.get(entry_page(entry)).text
    text = on_entry(browser, entry, "match", other=credit["EntryID"]).text
    assert "nothing open any more" in text


def test_receive_and_transit(api, browser):
    form = {"account": api.account("2"), "amount": "50", "date": "2026-06-01"}
    text = send(browser, "/1001/open-items", "/1001/receive", **form).text
    assert "50.00 booked on Jurimmo BV, not matched" in text
    entry = api.booked(100)
    for action, word in (("select", "selected"), ("process", "in transit")):
        assert word in on_entry(browser, entry, "transit", action=action).text
    assert "in transit" in browser.get("/1001/open-items").text
    assert "released" in on_entry(browser, entry, "transit", action="release").text
    assert "Unknown step" in on_entry(browser, entry, "transit", action="x").text


def test_edit(api, browser):
    entry = api.booked(100, YourRef="A")
    on_entry(browser, entry, "edit-entry", YourRef="B", DueDate="2026-08-01")
    row = api.admin.entry(entry["EntryID"])
    assert (row["YourRef"], row["DueDate"].month) == ("B", 8)
    line = entry["SalesEntryLines"]["results"][0]["ID"]
    on_entry(browser, entry, "edit-line", line=line, AmountFC="50,00")
    assert float(api.admin.entry(entry["EntryID"])["AmountFC"]) == 60.5
    assert "needs an amount" in on_entry(browser, entry, "edit-line", line=line).text
    assert "processed" in on_entry(browser, entry, "process-entry").text
    refused = on_entry(browser, entry, "edit-line", line=line, AmountFC="1")
    assert "Reeds verwerkt" in refused.text


def test_a_vat_return_from_the_page(api, browser):
    api.booked(100, EntryDate="2026-03-01")
    form = {"year": "2026", "period": "3", "action": "file", "back": "/1001/periods"}
    text = send(browser, "/1001/periods", "/1001/period", **form).text
    assert "VAT return up to 2026-03 filed" in text and "VAT return 2026-03" in text
    assert (
        "Reeds verwerkt" in send(browser, "/1001/periods", "/1001/period", **form).text
    )


def upload(browser, name="bill.pdf", content=b"%PDF-1"):
    form = {
        "token": token_of(browser, "/1001/documents"),
        "back": "/1001/documents",
        "subject": "Bill 7",
        "file": (io.BytesIO(content), name),
    }
    return browser.post("/1001/upload", data=form, follow_redirects=True)


def test_book_a_received_bill(api, browser):
    answer = upload(browser)
    assert "Document 1 received" in answer.text
    path = answer.request.path
    file = next(iter(api.admin.attachments))
    assert browser.get(f"/1001/attachments/{file['ID']}").data == b"%PDF-1"
    form = {
        "document": path.rpartition("/")[2],
        "supplier": api.account("3"),
        "gl_account": api.gl("612000"),
        "amount": "100",
        "your_ref": "F7",
        "back": path,
    }
    wrong = send(browser, path, "/1001/book", **{**form, "amount": ""})
    assert "amount without VAT is needed" in wrong.text
    done = send(browser, path, "/1001/book", **form)
    assert "Purchase entry 26600001 booked" in done.text and "bill.pdf" in done.text
    assert "26600001" in browser.get("/1001/purchases").text


def test_a_file_never_runs_as_a_page(api, browser):
    upload(browser, "x.html", b"<script>alert(1)</script>")
    file = next(iter(api.admin.attachments))
    answer = browser.get(f"/1001/attachments/{file['ID']}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_postbox_page(api, browser):
    mail = b"From: x@y.example\nSubject: Hello\n\n"
    postbox.deliver(api.sandbox, api.admin, "", mail)
    text = browser.get("/1001/documents").text
    assert "Hello" in text and "x@y.example" in text
    row = next(iter(api.admin.mails))
    send(browser, "/1001/documents", "/1001/release-mail", mail=row["ID"])
    assert len(api.admin.documents) == 1
    send(browser, "/1001/documents", "/1001/forbid-sender", sender="x@y.example")
    assert postbox.senders(api.admin) == []
    form = {"sender": "nobody", "back": "/1001/documents"}
    wrong = send(browser, "/1001/documents", "/1001/allow-sender", **form)
    assert "no mail address" in wrong.text
    form["sender"] = "@optedo.example"
    send(browser, "/1001/documents", "/1001/allow-sender", **form)
    assert postbox.senders(api.admin) == ["@optedo.example"]


TARGETS = """
pay take-back write-off match receive transit edit-entry edit-line process-entry
delete-entry period book upload allow-sender forbid-sender release-mail
""".split()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_any_form(api, browser, data):
    """Whatever a form carries, a page comes back and the books stay true."""
    entry = api.booked(100)
    names = (
        "amount date rate reason match other account action YourRef DueDate line "
        "AmountFC year period journal document supplier gl_account sender mail"
    ).split()
    odd = st.text(max_size=8) | st.sampled_from(
        ["1", "-1", "1e9999", "NaN", "2026-06-01", "close", "file", "70", "3"]
    )
    form = data.draw(st.dictionaries(st.sampled_from(names), odd, max_size=5))
    target = data.draw(st.sampled_from(TARGETS))
    form.update(token=token_of(browser, "/"), entry=entry["EntryID"])
    answer = browser.post(f"/1001/{target}", data=form, follow_redirects=True)
    assert answer.status_code in (200, 404)
    assert api.sandbox.failures == []
