"""Documents, downloads, the postbox, parts of accounts, webhooks (4.1, 4.6, 4.10)."""

import smtplib
import socket
from base64 import b64encode
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exact_sandbox import Sandbox, postbox, smtp

PDF = b"%PDF-1.4 test"
_HEADERS = [
    b"From: x@y.example",
    b"Subject: =?utf-8?q?=C3=A9?=",
    b"Content-Type: multipart/mixed; boundary=b",
    b"--b",
    b"--b--",
    b"Content-Disposition: attachment; filename*=utf-8''%E2%82%AC.pdf",
    b"Content-Disposition: attachment; filename==?x?=.pdf",
    b"Content-Transfer-Encoding: base64",
    b"JVBERi0=",
    b"",
]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def document(api, **values):
    answer = api.post("documents/Documents", {"Subject": "Bill", "Type": 55, **values})
    assert answer.status_code == 201, answer.text
    return answer.json["d"]


def attach(api, to, name="a.pdf", content=PDF):
    values = {
        "Document": to["ID"],
        "FileName": name,
        "Attachment": b64encode(content).decode(),
    }
    return api.post("documents/DocumentAttachments", values)


def test_a_document(api):
    made = document(api, Type=20, Account=api.account("3"))
    assert made["TypeDescription"] == "Inkoopfactuur"
    assert made["HID"] == 1
    assert made["DocumentDate"] == "/Date(1781481600000)/"
    assert made["AccountName"] == "Drukkerij Peeters NV"


@pytest.mark.parametrize(
    "values, text",
    [
        ({"Subject": ""}, "Verplicht: Onderwerp"),
        ({"Type": None}, "Verplicht: Type"),
        ({"Type": 999}, "Documenttype niet toegestaan"),
        ({"Type": 35}, "Documenttype niet toegestaan"),
        ({"Account": UNKNOWN}, "Ongeldige referentie: Relatie"),
        ({"FinancialTransactionEntryID": UNKNOWN}, "Ongeldige referentie: Boeking"),
    ],
)
def test_documents_that_are_refused(api, error_text, values, text):
    base = {"Subject": "Bill", "Type": 55}
    answer = api.post("documents/Documents", {**base, **values})
    assert answer.status_code == 500
    assert text in error_text(answer)


@pytest.mark.parametrize("way", ["document", "entry"])
def test_linking_a_document_to_a_sale(api, way):
    entry = api.booked(100)
    path = f"salesentry/SalesEntries(guid'{entry['EntryID']}')"
    if way == "document":
        made = document(api, Type=10, FinancialTransactionEntryID=entry["EntryID"])
    else:
        made = document(api, Type=10)
        assert api.put(path, {"Document": made["ID"]}).status_code == 204
    assert api.get(path).json["d"]["DocumentSubject"] == "Bill"


def test_download(api):
    made = attach(api, document(api), name="fac tuur.pdf").json["d"]
    assert made["FileSize"] == len(PDF) and made["Attachment"] is None
    url = made["Url"].removeprefix("http://localhost")
    assert url.startswith("/docs/SysAttachment.aspx?ID=")
    answer = api.get(url + "&Download=1")
    assert answer.data == PDF
    assert answer.content_type == "application/pdf"
    assert "fac%20tuur.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert api.client.get(url).status_code == 401
    assert api.get(url.replace(made["ID"], UNKNOWN)).status_code == 404
    assert api.get("/docs/SysAttachment.aspx?ID=x&_Division_=1001").status_code == 404
    assert api.get("/docs/SysAttachment.aspx").status_code in (403, 404)


@pytest.mark.parametrize(
    "change", [{"Attachment": "%%%"}, {"Document": UNKNOWN}, {"FileName": None}]
)
def test_attachments_that_are_refused(api, change):
    values = {
        "Document": document(api)["ID"],
        "FileName": "a.pdf",
        "Attachment": b64encode(PDF).decode(),
    }
    status = 400 if "Attachment" in change else 500
    answer = api.post("documents/DocumentAttachments", {**values, **change})
    assert answer.status_code == status


def test_deleting_documents(api, error_text):
    made = document(api, Account=api.account("2"))
    attachment = attach(api, made).json["d"]
    refused = api.delete(f"crm/Accounts(guid'{api.account('2')}')")
    assert error_text(refused) == (
        "Kan niet verwijderen: Relatie - Gebruikt in: Documenten"
    )
    assert api.delete(f"documents/Documents(guid'{made['ID']}')").status_code == 204
    log = api.rows("sync/Deleted", filter="Timestamp gt 1L")
    assert {(row["EntityType"], row["EntityKey"]) for row in log} == {
        (4, attachment["ID"]),
        (6, made["ID"]),
    }
    assert api.delete(f"crm/Accounts(guid'{api.account('2')}')").status_code == 204


def test_bulk_filters_of_documents(api):
    made = document(api, Subject="One bill")
    rows = api.rows(
        "bulk/Documents/Documents",
        select="ID,Subject",
        filter="substringof('one', Subject)",
    )
    assert [row["ID"] for row in rows] == [made["ID"]]
    attach(api, made)
    found = api.rows(
        "bulk/Documents/DocumentAttachments",
        select="ID,Url",
        filter=f"Document eq guid'{made['ID']}'",
    )
    assert len(found) == 1


# --- parts of an account ------------------------------------------------------------


def address(api, **values):
    base = {
        "Account": api.account("2"),
        "AddressLine1": "Meir 1",
        "City": "Antwerpen",
        "Country": "BE",
        "Type": 3,
    }
    return api.post("crm/Addresses", {**base, **values})


def test_addresses(api, error_text):
    first = address(api).json["d"]
    assert first["Main"] is True and first["Country"] == "BE "
    assert address(api).json["d"]["ID"] == first["ID"]
    second = address(api, AddressLine1="Meir 2", Main=True).json["d"]
    assert not api.get(f"crm/Addresses(guid'{first['ID']}')").json["d"]["Main"]
    assert second["Main"]
    assert error_text(address(api, Type=9)) == "Ongeldig: Type"
    assert error_text(address(api, City=None)) == "Verplicht: City"


def test_contacts(api, error_text):
    values = {"Account": api.account("2"), "FirstName": "An", "LastName": "Aerts"}
    first = api.post("crm/Contacts", values).json["d"]
    assert (first["FullName"], first["IsMainContact"]) == ("An Aerts", True)
    second = api.post("crm/Contacts", {"Account": api.account("2"), "LastName": "B"})
    assert second.json["d"]["IsMainContact"] is False
    missing = api.post("crm/Contacts", {"Account": api.account("2")})
    assert error_text(missing) == "Verplicht: Achternaam"
    account = api.get(f"crm/Accounts(guid'{api.account('2')}')").json["d"]
    assert account["MainContact"] == first["ID"]


def test_bank_accounts(api, error_text):
    values = {"Account": api.account("3"), "BankAccount": "BE68 5390 0754 7034"}
    first = api.post("crm/BankAccounts", values).json["d"]
    assert (first["Main"], first["Type"]) == (True, "A")
    again = api.post("crm/BankAccounts", {**values, "BankAccount": "BE68539007547034"})
    assert error_text(again) == "Gegeven bestaat reeds."
    shown = api.rows(
        "crm/Accounts",
        filter="trim(Code) eq '3'",
        select="Name,BankAccounts",
        expand="BankAccounts",
    )
    assert [b["ID"] for b in shown[0]["BankAccounts"]["results"]] == [first["ID"]]
    refused = api.post("crm/Accounts", {"Name": "X", "BankAccounts": [values]})
    assert refused.status_code == 400


def test_deleting_an_account_takes_its_parts(api):
    made = api.post("crm/Accounts", {"Name": "X"}).json["d"]
    address(api, Account=made["ID"])
    api.delete(f"crm/Accounts(guid'{made['ID']}')")
    assert not len(api.admin.addresses)
    log = api.rows("sync/Deleted", filter="Timestamp gt 1L")
    assert {row["EntityType"] for row in log} == {2, 3}


# --- the postbox --------------------------------------------------------------------


@pytest.fixture
def mailbox(sandbox):
    server = smtp.start(sandbox)
    yield server
    server.shutdown()
    server.server_close()


def mail(sender="bills@optedo.example", subject="Invoice 7", files=(("F7.pdf", PDF),)):
    made = EmailMessage()
    made["From"] = f"Odoo <{sender}>"
    made["To"] = "inkoop-1001@postbox.exact.example"
    made["Subject"] = subject
    made.set_content("See the file.\n.\n..two dots")
    for name, content in files:
        made.add_attachment(
            content, maintype="application", subtype="pdf", filename=name
        )
    return made


def send(server, message, **kwargs):
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        return client.send_message(message, **kwargs)


def test_mail_of_an_allowed_sender(api, mailbox):
    postbox.allow(api.admin, "@optedo.example")
    send(mailbox, mail())
    (row,) = api.rows("documents/Documents")
    assert (row["Type"], row["Subject"]) == (20, "Invoice 7")
    (file,) = api.rows("documents/DocumentAttachments")
    assert file["FileName"] == "F7.pdf"
    url = file["Url"].removeprefix("http://localhost")
    assert api.get(url + "&Download=1").data == PDF


def test_mail_of_anyone_else_is_blocked(api, mailbox):
    send(mailbox, mail())
    assert api.rows("documents/Documents") == []
    (row,) = api.admin.mails
    assert row["Blocked"] and row["Sender"] == "bills@optedo.example"
    postbox.release(api.sandbox, api.admin, row["ID"])
    assert len(api.rows("documents/Documents")) == 1
    send(mailbox, mail())
    assert len(api.rows("documents/Documents")) == 2


def test_the_subject_by_switch(make, api_of):
    for subject, expected in (("mail", "Invoice 7"), ("file", "F7")):
        api = api_of(make(switches={"postbox_subject": subject}))
        postbox.allow(api.admin, "bills@optedo.example")
        postbox.deliver(api.sandbox, api.admin, "x@y.example", mail().as_bytes())
        assert [row["Subject"] for row in api.rows("documents/Documents")] == [expected]


def test_one_document_a_file(api):
    postbox.allow(api.admin, "bills@optedo.example")
    files = [("a.pdf", PDF), ("b.xml", b"<a/>"), ("c.exe", b"x")]
    row = postbox.deliver(api.sandbox, api.admin, "", mail(files=files).as_bytes())
    assert len(row["Documents"]) == 2
    names = {file["FileName"] for file in api.admin.attachments}
    assert names == {"a.pdf", "b.xml"}
    empty = postbox.deliver(api.sandbox, api.admin, "", mail(files=()).as_bytes())
    assert len(empty["Documents"]) == 1


def test_the_supplier_by_mail_address(api):
    supplier = api.account("3")
    api.put(f"crm/Accounts(guid'{supplier}')", {"Email": "bills@optedo.example"})
    postbox.allow(api.admin, "bills@optedo.example")
    postbox.deliver(api.sandbox, api.admin, "", mail().as_bytes())
    assert api.rows("documents/Documents")[0]["Account"] == supplier


def test_an_unknown_postbox(mailbox):
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(mailbox, mail(), to_addrs=["nobody@postbox.exact.example"])


@pytest.mark.parametrize("address", ["", "x", "a b@c", "@", "a@"])
def test_senders_that_are_none(api, address):
    with pytest.raises(ValueError, match="no mail address"):
        postbox.allow(api.admin, address)


def test_bytes_that_are_no_mail(api):
    postbox.allow(api.admin, "x@y.example")
    for data in (b"", b"\x00\xff", b"Subject: =?utf-8?q?=ff?=\n\nx", b"From: <\n\n"):
        row = postbox.deliver(api.sandbox, api.admin, "x@y.example", data)
        assert row["ID"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_HEADERS) | st.binary(max_size=30), max_size=8))
def test_any_mail(lines):
    sandbox = Sandbox()
    admin = sandbox.administrations[1001]
    postbox.allow(admin, "x@y.example")
    postbox.deliver(sandbox, admin, "x@y.example", b"\n".join(lines))
    assert len(admin.mails) == 1


def test_the_protocol(mailbox):
    with socket.create_connection(("127.0.0.1", mailbox.port), timeout=5) as raw:
        file = raw.makefile("rb")
        assert file.readline().startswith(b"220")
        for said, code in (
            (b"NONSENSE", b"500"),
            (b"DATA", b"503"),
            (b"RCPT TO:<a@b>", b"503"),
            (b"MAIL FROM:nobody", b"501"),
            (b"MAIL FROM:<a@b>", b"250"),
            (b"RCPT TO:x", b"501"),
            (b"RSET", b"250"),
            (b"NOOP", b"250"),
            (b"VRFY x", b"252"),
            (b"HELO x", b"250"),
            (b"\xff\xfe", b"500"),
            (b"QUIT", b"221"),
        ):
            raw.sendall(said + b"\r\n")
            assert file.readline().startswith(code), said


def test_lines_in_base64_are_taken(api):
    document = api.post("documents/Documents", {"Subject": "s", "Type": 10}).json["d"]
    values = {"Document": document["ID"], "FileName": "a.pdf"}
    values["Attachment"] = "JVBERi0x\nLjQ=\r\n"
    assert api.post("documents/DocumentAttachments", values).status_code == 201
    assert next(iter(api.admin.attachments))["Content"] == b"%PDF-1.4"


@pytest.mark.parametrize("way", ["POST", "PUT"])
def test_the_document_of_a_sale_knows_the_sale(api, way):
    document = api.post("documents/Documents", {"Subject": "s", "Type": 10}).json["d"]
    named = {"Document": document["ID"]}
    entry = api.booked(100, **(named if way == "POST" else {}))
    if way == "PUT":
        path = f"salesentry/SalesEntries(guid'{entry['EntryID']}')"
        assert api.put(path, named).status_code == 204
    shown = api.get(f"documents/Documents(guid'{document['ID']}')").json["d"]
    assert shown["FinancialTransactionEntryID"] == entry["EntryID"]


def test_a_supplier_is_known_by_any_spelling(api, mailbox):
    key = api.account("3")
    api.put(f"crm/Accounts(guid'{key}')", {"Email": "Facturen@Peeters.example"})
    postbox.allow(api.admin, "@peeters.example")
    message = EmailMessage()
    message["From"], message["Subject"] = "FACTUREN@peeters.example", "Bill"
    postbox.deliver(api.sandbox, api.admin, "x@y.example", message.as_bytes())
    assert [row["Account"] for row in api.admin.documents] == [key]
