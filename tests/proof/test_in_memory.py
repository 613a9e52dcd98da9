"""2,000 random sequences of the order of steps itself, without Odoo.

The order is the product's (``exact/intent.py``), Exact is the sandbox in this process,
and what Odoo keeps is kept in memory, where uncommitted work is lost at a death.
"""

import random
import time
import uuid
from datetime import UTC, datetime

from exact import intent, odata, states
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
INVOICES = 3
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
        self.customer = self.books.accounts.one("Code", "2")["ID"]
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
    """An invoice that becomes an entry in Exact."""

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
            "Customer": self.exact.customer,
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
                },
            )
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

    def send(self, worker, key):
        try:
            intent.carry_out(Booking(worker, key, self.exact), self.exact.client)
        except NoAnswer:
            worker.commit()
            self.recover(worker, key)

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

    # --- steps ---------------------------------------------------------------

    def fault(self):
        kind, values = self.random.choice(FAULTS)
        values = values | {
            "path": ENTRIES,
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
                if self.database.rows[key]["state"] == states.REJECTED:
                    self.queue(worker, key)

    def there(self, row):
        return list(self.exact.books.entries(your_ref=row["number"]))

    def check_safe(self):
        for row in self.database.rows.values():
            assert len(self.there(row)) <= 1, f"{row} stands twice in Exact"
        assert not self.database.owners and not self.database.locks
        assert not self.exact.sandbox.failures, self.exact.sandbox.failures

    def check_end(self):
        for row in self.database.rows.values():
            found = self.there(row)
            if row["state"] == states.NONE:
                assert not found, f"{row} stands in Exact"
                continue
            assert row["state"] == states.EXPORTED, f"{row} is stuck"
            assert len(found) == 1, f"{row} does not stand in Exact"
            assert found[0]["EntryID"] == row["guid"]
            assert abs(float(found[0]["AmountFC"]) - row["amount"]) < 0.005


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
