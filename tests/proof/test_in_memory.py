"""2,000 random sequences of the order of steps itself, without Odoo.

The order is the product's (``exact/intent.py``), Exact is the sandbox in this process,
and what Odoo keeps is kept in memory, where uncommitted work is lost at a death.
"""

import random
import time
import uuid
from contextlib import nullcontext
from datetime import UTC, date, datetime

from exact import documents, intent, odata, states
from exact.client import Client
from exact.errors import ExactError, NoAnswer, NotProcessed
from exact.transport import Response
from requests.structures import CaseInsensitiveDict
from werkzeug.test import Client as Caller

from exact_sandbox import Sandbox
from exact_sandbox.clock import Clock
from exact_sandbox.errors import AnswerLost
from tests import figures
from tests.proof.memory import Busy, Conflict, Crash, Database, Turns, Worker

SEQUENCES = 2000
FRESH = 20  # sequences on one sandbox: a new one takes longer than a sequence
ENTRIES = "salesentry/SalesEntries"
ACCOUNTS = "crm/Accounts"
INVOICES = 3
CUSTOMERS = 2
FILE = b"%PDF-1.4 what the customer got"
OPEN = {"state": "new", "guid": None, "since": None}  # as a row begins
# What faults happen to: mostly to bookings.
PATHS = (
    ENTRIES,
    ENTRIES,
    ENTRIES,
    ACCOUNTS,
    documents.DOCUMENTS,
    documents.ATTACHMENTS,
)
FAULTS = (
    ("lose_answer", {}),
    ("lose_answer", {}),
    ("lose_request", {}),
    ("book_late", {"seconds": 100}),
    ("book_late", {"seconds": 240}),
    ("too_many_requests", {}),
    ("server_error", {"body": "json"}),
    ("server_error", {"body": "html"}),
    ("maintenance", {}),
    ("truncate", {}),
)


class Exact:
    """The sandbox in this process: the transport, login and gate of a client."""

    def __init__(self):
        self.sandbox = Sandbox(
            minutely=0, daily=0, clock=Clock(datetime(2026, 6, 15, 10))
        )
        self.sandbox.limits.errors_per_hour = 0
        self.caller = Caller(self.sandbox)
        self.token = self.sandbox.authorise()["access_token"]
        self.books = self.sandbox.administrations[1001]
        self.ledger = self.books.coded("gl_accounts", "700000")["ID"]
        self.client = Client("http://localhost", 1001, self, self, self)

    def now(self):
        return self.sandbox.clock.now().replace(tzinfo=UTC)

    def access_token(self, rejected=""):
        if self.token == rejected:
            self.token = self.sandbox.authorise()["access_token"]
        return self.token

    def before(self, _call):
        self.turn()

    def after(self, _ticket, _response, error):
        if error:
            error.until = None
        self.turn()

    def send(self, request):
        try:
            answer = self.caller.open(
                request.url.removeprefix("http://localhost"),
                method=request.method,
                query_string=request.params or None,
                headers=request.headers,
                data=request.body,
            )
        except AnswerLost as error:
            raise NoAnswer() from error
        return Response(
            answer.status_code, CaseInsensitiveDict(answer.headers), answer.data
        )

    def turn(self):
        """Another worker may come in between; see ``Sequence``."""


class Kept:
    """What bookings and removals have in common: one row, one lock."""

    def __init__(self, worker, key, exact):
        self.worker, self.key, self.exact = worker, key, exact

    @property
    def row(self):
        return self.worker.main.read(self.key)

    def lock(self):
        return self.worker.lock(self.key)

    def commit(self):
        self.worker.commit()

    def write(self, event, transaction=None, **values):
        transaction = transaction or self.worker.main
        state = states.target(transaction.read(self.key)["state"], event)
        transaction.write(self.key, state=state, **values)

    def keep(self, event, **values):
        self.worker.side(lambda side: self.write(event, side, **values))

    def not_there(self, event, **values):
        asked = self.row["asked"] + 1
        if intent.is_final(asked, self.row["since"], self.exact.now()):
            self.write(event, **values)
        else:
            self.worker.main.write(self.key, asked=asked)

    def is_unknown(self):
        return self.row["since"] is not None


class Booking(Kept):
    """An invoice that becomes an entry in Exact.

    :param customer: the guid of its account
    """

    def __init__(self, worker, key, exact, customer=""):
        super().__init__(worker, key, exact)
        self.customer = customer

    def intend(self):
        try:
            row = self.worker.main.lock(self.key)
        except Busy:
            return None
        if row["state"] != states.QUEUED:
            return None
        self.write("send", sent=row["amount"], since=None, asked=0)
        line = {
            "GLAccount": self.exact.ledger,
            "AmountFC": row["amount"],
            "VATCode": "0",
        }
        return {
            "Customer": self.customer,
            "Journal": "70",
            "YourRef": row["number"],
            "SalesEntryLines": [line],
        }

    def call(self, client, payload):
        row = client.create(ENTRIES, payload)
        if not row.get("EntryID"):
            raise NoAnswer("answer_broken")
        return row

    def keep_done(self, row):
        self.keep("ok", guid=row["EntryID"])

    def keep_unprocessed(self, _error):
        self.keep("not_processed")

    def keep_refused(self, _error):
        self.keep("refused")

    def keep_unknown(self):
        self.keep("no_answer", since=self.exact.now())

    def is_open(self):
        return self.row["state"] in (states.SENDING, states.UNKNOWN)

    def ask(self, client):
        where = odata.eq("YourRef", self.row["number"])
        return list(client.rows(ENTRIES, ["EntryID", "YourRef", "AmountFC"], where))

    def resolve(self, rows):
        sent = float(self.row["sent"])

        def is_ours(row):
            return abs(float(row["AmountFC"]) - sent) < 0.005

        verdict, found = intent.judge(rows, [], is_ours)
        assert verdict != "other", f"{found} stands under the number of {self.row}"
        if verdict == "found":
            self.write("found", guid=found["EntryID"])
        else:
            self.not_there("not_there")


class Removal(Kept):
    """An entry that is taken out of Exact."""

    def intend(self):
        row = self.row
        if not states.takes(row["state"], "undo"):
            return None
        self.write("undo", since=None, asked=0)
        return row["guid"]

    def call(self, client, guid):
        client.delete(ENTRIES, guid)

    def keep_done(self, _answer):
        self.keep("gone", guid=None)

    def keep_unprocessed(self, _error):
        self.keep("still_there")

    def keep_refused(self, error):
        if error.code == "not_found":
            self.keep_unknown()
        else:
            self.keep("still_there")

    def keep_unknown(self):
        now = self.exact.now()
        self.worker.side(lambda side: side.write(self.key, since=now))

    def is_open(self):
        return self.row["state"] == states.UNDOING

    def ask(self, client):
        where = odata.eq("EntryID", uuid.UUID(self.row["guid"]))
        return list(client.rows(ENTRIES, ["EntryID"], where))

    def resolve(self, rows):
        if rows:
            self.not_there("still_there")
        else:
            self.write("gone", guid=None)


class Part(Kept):
    """What goes beside a booking; its lock is held by who brings what belongs to it."""

    def lock(self):
        return nullcontext(True)

    def keep_as(self, state, **values):
        self.worker.side(lambda side: side.write(self.key, state=state, **values))

    def keep_unprocessed(self, _error):
        self.keep_as("new")


class Creation(Part):
    """A new customer, of whom is looked first whether it is there."""

    def intend(self):
        now = self.exact.now()
        self.worker.main.write(self.key, state="creating", since=now)
        return {"Name": self.row["name"], "Status": "C"}

    def call(self, client, body):
        return client.create(ACCOUNTS, body)

    def keep_done(self, row):
        self.keep_as("linked", guid=row["ID"])

    def keep_refused(self, _error):
        self.keep_as("new")

    def keep_unknown(self):
        """``creating`` says already that nobody knows."""


class Attaching(Part):
    """The document of a booking, or the file on it."""

    def intend(self):
        row = self.row
        if row["state"] != "new":
            return None
        self.worker.main.write(self.key, state="sending", since=None)
        if row["kind"] == "file":
            document = self.worker.main.read(("document", row["of"]))
            return documents.attachment(document["guid"], row["name"], FILE)
        return documents.document(
            documents.Document(
                row["name"], row["entry"], "", date(2026, 6, 15), None, "EUR"
            )
        )

    @property
    def endpoint(self):
        document = self.key[0] == "document"
        return documents.DOCUMENTS if document else documents.ATTACHMENTS

    def call(self, client, payload):
        row = client.create(self.endpoint, payload)
        if not row.get("ID"):
            raise NoAnswer("answer_broken")
        return row

    def keep_done(self, row):
        self.keep_as("sent", guid=row["ID"])

    def keep_refused(self, _error):
        self.keep_as("refused")

    def keep_unknown(self):
        self.keep_as("unknown", since=self.exact.now())

    def is_open(self):
        return self.row["state"] in ("sending", "unknown")

    def ask(self, client):
        row = self.row
        name, of = "Subject", ("FinancialTransactionEntryID", row["entry"])
        if row["kind"] == "file":
            document = self.worker.main.read(("document", row["of"]))
            name, of = "FileName", ("Document", document["guid"])
        where = odata.eq(of[0], uuid.UUID(of[1]))
        rows = client.rows(self.endpoint, ["ID", name], where)
        return [there for there in rows if there[name] == row["name"]]

    def resolve(self, rows):
        if rows:
            self.worker.main.write(self.key, state="sent", guid=rows[0]["ID"])
        elif intent.is_final(intent.ASKED, self.row["since"], self.exact.now()):
            self.worker.main.write(self.key, state="new")


class Sequence:
    """One sequence; everything in it follows from its seed."""

    def __init__(self, exact, seed):
        self.exact, self.seed = exact, seed
        self.random = random.Random(seed)
        self.database = Database()
        self.keys = range(INVOICES)
        for key in self.keys:
            self.database.put(
                key,
                {
                    "number": f"INV/{seed}/{key}",
                    "amount": self.random.randint(100, 99999) / 100,
                    "state": states.NONE,
                    "sent": None,
                    "guid": None,
                    "since": None,
                    "asked": 0,
                    "customer": ("customer", key % CUSTOMERS),
                },
            )
            for kind, name in (("document", f"INV {seed} {key}"), ("file", "a.pdf")):
                row = {"kind": kind, "of": key, "name": name, "entry": None}
                self.database.put((kind, key), row | OPEN)
        for number in range(CUSTOMERS):
            row = {"name": f"Klant {seed} {number} BV"}
            self.database.put(("customer", number), row | OPEN)
        self.turn = lambda: None
        self.history = []

    def run(self):
        for _step in range(self.random.randint(3, 8)):
            if self.random.random() < 0.5:
                self.fault()
            self.random.choices((self.one, self.two, self.time), (5, 4, 2))[0]()
            self.check_safe()
        self.drain()
        self.check_end()

    # --- what people and jobs do ---------------------------------------------

    def recover(self, worker, key):
        """Ask about what is open; whether that was the matter."""
        state = worker.main.read(key)["state"]
        if state == states.UNDOING:
            intent.find_out(Removal(worker, key, self.exact), self.exact.client)
        elif state in (states.SENDING, states.UNKNOWN):
            intent.find_out(Booking(worker, key, self.exact), self.exact.client)
        else:
            return False
        return True

    def customer(self, worker, key):
        """The guid of the account of a customer, found or created; ``None``: later."""
        if worker.main.read(key)["guid"]:
            return worker.main.read(key)["guid"]
        with worker.lock(key) as free:
            worker.commit()
            row = worker.main.read(key)
            if row["guid"] or not free:
                return row["guid"]
            creation = Creation(worker, key, self.exact)
            where = odata.eq("Name", row["name"])
            for found in self.exact.client.rows(ACCOUNTS, ["ID"], where):
                creation.keep_as("linked", guid=found["ID"])
                return found["ID"]
            lost = row["state"] == "creating"
            if lost and intent.may_still_appear(row["since"], self.exact.now()):
                return None
            intent.carry_out(creation, self.exact.client)
            return creation.row["guid"]

    def send(self, worker, key):
        try:
            customer = self.customer(worker, worker.main.read(key)["customer"])
            worker.commit()
            if not customer:
                return
            booking = Booking(worker, key, self.exact, customer)
            intent.carry_out(booking, self.exact.client)
        except NoAnswer:
            worker.commit()
            self.recover(worker, key)
        self.attach(worker, key)

    def attach(self, worker, key):
        """The document of a booking, then its file, under the lock of the booking."""
        with worker.lock(key) as free:
            worker.commit()
            row = worker.main.read(key)
            if not free or row["state"] != states.EXPORTED:
                return
            for kind in ("document", "file"):
                attaching = Attaching(worker, (kind, key), self.exact)
                if attaching.row["entry"] != row["guid"]:
                    worker.main.write(attaching.key, **OPEN, entry=row["guid"])
                    worker.commit()
                if attaching.is_open():
                    intent.find_out(attaching, self.exact.client)
                if attaching.row["state"] == "new":
                    intent.carry_out(attaching, self.exact.client)
                if attaching.row["state"] != "sent":
                    return

    def queue(self, worker, key):
        if states.takes(worker.main.lock(key)["state"], "queue"):
            Booking(worker, key, self.exact).write("queue")
        worker.commit()

    def export(self, worker, key):
        self.queue(worker, key)
        if not self.recover(worker, key):
            self.send(worker, key)

    def double(self, worker, key):
        self.export(worker, key)
        worker.commit()
        self.export(worker, key)

    def undo(self, worker, key):
        removal = Removal(worker, key, self.exact)
        try:
            intent.carry_out(removal, self.exact.client)
        except NotProcessed:
            raise
        except ExactError:
            worker.commit()
        if removal.is_open():
            intent.find_out(removal, self.exact.client)

    def edit(self, worker, key):
        row = worker.main.lock(key)
        if row["state"] in states.AT_EXACT:
            return
        if states.takes(row["state"], "take_back"):
            Booking(worker, key, self.exact).write("take_back")
        worker.main.write(key, amount=self.random.randint(100, 99999) / 100)
        worker.commit()

    def job(self, worker, _key=None):
        for key in self.keys:
            worker.commit()
            if not self.recover(worker, key):
                worker.commit()
                if worker.main.read(key)["state"] == states.QUEUED:
                    self.send(worker, key)
            worker.commit()
            self.attach(worker, key)

    # --- steps ---------------------------------------------------------------

    def fault(self):
        kind, values = self.random.choice(FAULTS)
        values = values | {
            "path": self.random.choice(PATHS),
            "method": self.random.choice(("POST", "POST", "DELETE", "GET", "")),
            "count": self.random.choice((1, 1, 2)),
            "skip": self.random.choice((0, 0, 1)),
        }
        self.history.append(f"{kind} {values}")
        self.exact.sandbox.faults.add(kind, **values)

    def worker(self, turn):
        commits = self.random.choice((None, self.random.randrange(10)))
        return Worker(self.database, turn, commits, self.random.random() < 0.5)

    def work(self, turn, invoice=None):
        """One thing that somebody does, and how it may end."""
        key = self.random.choice(self.keys) if invoice is None else invoice
        name = self.random.choices(
            ("export", "double", "queue", "undo", "edit", "job"), (6, 2, 2, 4, 3, 4)
        )[0]
        worker = self.worker(turn)
        self.history.append(f"{name} {key} dies at {worker.commits} {worker.after}")

        def live():
            try:
                getattr(self, name)(worker, key)
                worker.commit()
            except (Crash, Conflict, Busy, ExactError):
                pass
            finally:
                worker.main.rollback()

        return live

    def one(self):
        self.work(lambda: None)()

    def two(self):
        self.history.append("at once:")
        turns = Turns(self.random)
        key = self.random.choice(self.keys)
        works = [self.work(turns.offer, key) for _worker in range(2)]
        self.exact.turn = turns.offer
        try:
            turns.run(works)
        finally:
            self.exact.turn = lambda: None

    def time(self):
        seconds = self.random.choice((30, 120, 200, 310, 500))
        self.history.append(f"{seconds} seconds pass")
        self.exact.sandbox.clock.advance(seconds)
        self.exact.sandbox.run_late()

    # --- the end -------------------------------------------------------------

    def drain(self):
        self.exact.sandbox.faults.clear()
        for _round in range(8):
            self.exact.sandbox.clock.advance(310)
            self.exact.sandbox.run_late()
            worker = Worker(self.database, lambda: None)
            self.job(worker)
            worker.commit()
            self.check_safe()
            for key in self.keys:
                self.send_again(worker, key)

    def send_again(self, worker, key):
        """What Exact refused, as a person does it."""
        if self.database.rows[key]["state"] == states.REJECTED:
            self.queue(worker, key)
        for of in (("document", key), ("file", key)):
            if self.database.rows[of]["state"] == "refused":
                worker.main.write(of, state="new")
                worker.commit()

    def there(self, row):
        return list(self.exact.books.entries(your_ref=row["number"]))

    def check_safe(self):
        for key in self.keys:
            row = self.database.rows[key]
            assert len(self.there(row)) <= 1, f"{row} stands twice in Exact"
        for number in range(CUSTOMERS):
            row = self.database.rows["customer", number]
            found = [a for a in self.exact.books.accounts if a["Name"] == row["name"]]
            assert len(found) <= 1, f"{row} is twice in Exact"
        for key in self.keys:
            for document in self.documents(self.database.rows[key]["guid"]):
                files = self.files(document)
                assert len(files) <= 1, f"{files} on {document}"
        assert not self.database.owners and not self.database.locks
        assert not self.exact.sandbox.failures, self.exact.sandbox.failures

    def check_end(self):
        for key in self.keys:
            row = self.database.rows[key]
            found = self.there(row)
            if row["state"] == states.NONE:
                assert not found, f"{row} stands in Exact"
                continue
            assert row["state"] == states.EXPORTED, f"{row} is stuck"
            assert len(found) == 1, f"{row} does not stand in Exact"
            assert found[0]["EntryID"] == row["guid"]
            assert abs(float(found[0]["AmountFC"]) - row["amount"]) < 0.005
            customer = self.database.rows[row["customer"]]
            assert found[0]["Customer"] == customer["guid"], f"{row} of another"
            self.check_files(key, row["guid"])

    def documents(self, entry):
        """Those of a booking; never more than one."""
        found = [
            document
            for document in self.exact.books.documents
            if entry and document["FinancialTransactionEntryID"] == entry
        ]
        assert len(found) <= 1, f"{found} for one booking"
        return found

    def files(self, document):
        return [
            file
            for file in self.exact.books.attachments
            if file["Document"] == document["ID"]
        ]

    def check_files(self, key, entry):
        """One document on the booking, with one file on it."""
        [document] = self.documents(entry)
        [file] = self.files(document)
        assert document["ID"] == self.database.rows["document", key]["guid"]
        assert file["ID"] == self.database.rows["file", key]["guid"]


def run(seeds):
    exact = None
    for number, seed in enumerate(seeds):
        if number % FRESH == 0:
            exact = Exact()
        exact.sandbox.faults.clear()
        sequence = Sequence(exact, seed)
        try:
            sequence.run()
        except BaseException:
            print(f"seed {seed}:", *sequence.history, sep="\n    ")
            raise


def test_each_invoice_is_booked_once_in_any_order_of_steps():
    started = time.monotonic()
    run(range(1, SEQUENCES + 1))
    seconds = time.monotonic() - started
    figures.note(f"{SEQUENCES} sequences in memory: {seconds:.0f} s")
