"""Random sequences of steps on a real Odoo: each invoice is booked exactly once.

    python -m tests.proof.on_odoo DATABASE FIRST COUNT

Runs the sequences of the seeds FIRST, FIRST + 1, … and ends with what it found. One
seed replays one sequence; what two workers do at once is only as much the same as the
machine makes it.
"""

import random
import sys
import threading
import time
import traceback
from collections import Counter

from tests.proof.world import MOVING, World

CUSTOMERS, EACH = 3, 3
FAULTS = (
    ("lose_answer", {}),
    ("lose_answer", {}),
    ("lose_request", {}),
    ("book_late", {"seconds": 100}),
    ("book_late", {"seconds": 240}),
    ("too_many_requests", {}),
    ("server_error", {"body": "json"}),
    ("server_error", {"body": "html"}),
    ("server_error", {"body": "empty", "status": 503}),
    ("maintenance", {}),
    ("truncate", {}),
)
ENTRIES = "salesentry/SalesEntries"
PATHS = (ENTRIES, ENTRIES, ENTRIES, "crm/Accounts", "documents/", "")
METHODS = ("POST", "POST", "DELETE", "GET", "")


class Sequence:
    """One sequence; everything it does follows from its seed."""

    def __init__(self, world, seed):
        self.world = world
        self.random = random.Random(seed)
        self.invoices = self.random.sample(world.invoices, 3)
        self.with_files = self.random.random() < 0.4
        self.history = []
        self.counts = Counter()
        self.died = False  # somebody did, in this step
        self.left = set()  # what the dead left without an outcome

    def run(self):
        self.world.reset(self.with_files)
        for _step in range(self.random.randint(3, 7)):
            self.step()
            self.check_outcomes()
            self.check_safe()
        self.drain()
        self.check_end()

    def note(self, *words):
        self.history.append(" ".join(map(str, words)))
        self.counts[words[0].partition(":")[0]] += 1

    # --- steps ---------------------------------------------------------------

    def step(self):
        self.died = False
        random = self.random
        if random.random() < 0.45:
            self.fault()
        kind = random.choices(
            ("one", "double", "two", "time", "restart"), (8, 2, 6, 3, 1)
        )[0]
        getattr(self, f"do_{kind}")()

    def fault(self):
        kind, values = self.random.choice(FAULTS)
        values = values | {
            "path": self.random.choice(PATHS),
            "method": self.random.choice(METHODS),
            "count": self.random.choice((1, 1, 2)),
            "skip": self.random.choice((0, 0, 1)),
        }
        self.note(kind, values)
        self.world.sandbox.faults.add(kind, **values)

    def action(self, invoice=None):
        """A step of a user or a job, with its name."""
        world, random = self.world, self.random
        invoice = invoice or random.choice(self.invoices)
        name = random.choices(
            ("export", "queue", "undo", "edit", "job"), (8, 3, 4, 3, 5)
        )[0]
        if name == "job":
            return name, world.job
        if name == "edit":
            price = random.randint(1000, 99999) / 100
            return f"edit {invoice} {price}", lambda: world.edit(invoice, price)
        return f"{name} {invoice}", lambda: getattr(world, name)(invoice)

    def death(self):
        """Where a step ends: mostly not at all, else at a commit."""
        if self.random.random() < 0.5:
            return {}
        commits = int(self.random.triangular(0, 30, 8))
        return {"commits": commits, "after": self.random.random() < 0.5}

    def do_one(self):
        name, step = self.action()
        death = self.death()
        end = self.world.attempt(step, **death)
        self.died = end == "died"
        self.note(end, name, death)

    def do_double(self):
        name, step = self.action()
        ends = [self.world.attempt(step) for _time in range(2)]
        self.note("double", name, ends)

    def do_two(self):
        """Two workers at once, mostly on the same invoice."""
        invoice = self.random.choice(self.invoices)
        names, attempts = [], []
        for _worker in range(2):
            same = invoice if self.random.random() < 0.8 else None
            name, step = self.action(same)
            names.append(name)
            jitter = self.random.randrange(2**30)
            attempts.append({"step": step, "jitter": jitter, **self.death()})
        if self.random.random() < 0.5:
            self.world.sandbox.faults.add("delay", path=ENTRIES, seconds=0.05)
        ends = self.world.at_once(attempts)
        self.died = "died" in ends
        deaths = [(a.get("commits"), a.get("after")) for a in attempts]
        self.note("two", names, ends, deaths)

    def do_time(self):
        seconds = self.random.choice((30, 120, 200, 310, 500))
        self.world.pass_time(seconds)
        self.note("time", seconds)

    def do_restart(self):
        self.world.restart()
        self.note("restart")

    # --- the end -------------------------------------------------------------

    def drain(self):
        """Let the job run and time pass until nothing moves any more."""
        world = self.world
        world.sandbox.faults.clear()
        for _round in range(12):
            world.pass_time(480)
            world.attempt(world.job)
            self.check_safe()
            rows = world.read(self.invoices).values()
            for row in rows:
                if row["state"] in ("blocked", "rejected"):
                    world.attempt(lambda move=row["id"]: world.export(move))
            waiting = [row for row in rows if row["state"] in MOVING]
            if not waiting and not any(row["files"] == "todo" for row in rows):
                return

    # --- invariants ----------------------------------------------------------

    def there(self, row):
        return list(self.world.books.entries(your_ref=row["name"]))

    def check_outcomes(self):
        """Who lives leaves no call without its outcome, be it that nobody knows it."""
        rows = self.world.read(self.invoices).values()
        sending = {row["id"] for row in rows if row["state"] == "sending"}
        if self.died:
            self.left |= sending
        assert sending <= self.left, f"{sending - self.left} have no outcome"
        self.left &= sending

    def check_safe(self):
        """Nothing stands twice in Exact, whatever happened."""
        world = self.world
        with world.sandbox.lock:
            for row in world.read(self.invoices).values():
                assert len(self.there(row)) <= 1, f"{row} stands twice in Exact"
            whom = Counter(account["Name"] for account in world.books.accounts)
            for number in range(CUSTOMERS):
                name = f"Klant {number} BV"
                assert whom[name] <= 1, f"{name} stands twice in Exact"
            files = Counter(
                (file["Document"], file["FileName"]) for file in world.books.attachments
            )
            assert not files or max(files.values()) == 1, "a file stands twice in Exact"
            documents = Counter(
                document["FinancialTransactionEntryID"]
                for document in world.books.documents
                if document["FinancialTransactionEntryID"]
            )
            assert not documents or max(documents.values()) == 1, "two documents"
        assert not world.unexpected.texts, world.unexpected.texts
        assert not world.sandbox.failures, world.sandbox.failures

    def check_end(self):
        """Nothing is open, and Exact has what Odoo says it has."""
        world = self.world
        for row in world.read(self.invoices).values():
            entries = self.there(row)
            assert row["state"] in ("none", "exported"), f"{row} is stuck"
            if row["state"] == "none":
                assert not entries, f"{row} stands in Exact"
                continue
            assert len(entries) == 1, f"{row} does not stand in Exact"
            [entry] = entries
            assert entry["EntryID"] == row["guid"], f"{row} is tied to another"
            assert abs(float(entry["AmountFC"]) - float(row["total"])) < 0.005, (
                f"{row} stands with {entry['AmountFC']} in Exact"
            )
            if row["files"]:
                assert row["files"] == "done", f"the files of {row} do not come"
                documents = [
                    document["ID"]
                    for document in world.books.documents
                    if document["FinancialTransactionEntryID"] == row["guid"]
                ]
                files = [
                    file
                    for file in world.books.attachments
                    if file["Document"] in documents
                ]
                assert len(documents) == len(files) == 1, f"files of {row}: {files}"


def check_made_meanwhile(world):
    """The job books what was queued first after it began to look.

    It reads the queue beside its own transaction, which does not see the new row yet.
    """
    world.reset(with_files=False)
    invoice = world.invoices[0]
    service = world.registry["exact.export"]
    look = service._open_ends

    def look_and_queue(self, administration):
        found = look(self, administration)
        world.queue(invoice)
        return found

    service._open_ends = look_and_queue
    try:
        world.job()
    finally:
        service._open_ends = look
    [row] = world.read([invoice]).values()
    assert row["state"] == "exported", row


def check_changed_meanwhile(world, step):
    """What Exact answered is kept, and Exact is not asked again.

    Another transaction holds the row of the entry at that moment: who writes then fails
    to serialize, and has to write again without calling again. Kept in the main
    transaction, the outcome would be lost with it, and found again by a question.

    :param step: given the world and an invoice that is queued
    """
    from odoo.addons.optedo_exact.models.exact_export import Booking

    world.reset(with_files=False)
    known, invoice, *_others = world.invoices
    world.export(known)  # of the same customer, so that the job reads it with its batch
    world.sandbox.calls.clear()
    world.queue(invoice)
    call, holders = Booking.call, []

    def hold(ready):
        with world.registry.cursor() as cr:
            cr.execute(
                "UPDATE exact_entry SET write_date = write_date WHERE move_id = %s",
                (invoice,),
            )
            ready.set()
            time.sleep(0.5)

    def call_and_hold(booking, *arguments):
        answer = call(booking, *arguments)
        ready = threading.Event()
        holders.append(threading.Thread(target=hold, args=(ready,)))
        holders[-1].start()
        assert ready.wait(10), "the row is held over the call"
        return answer

    Booking.call = call_and_hold
    try:
        step(world, invoice)
    finally:
        Booking.call = call
        for holder in holders:
            holder.join()
    [row] = world.read([invoice]).values()
    assert row["state"] == "exported", row
    asked = [call.method for call in world.sandbox.calls if ENTRIES in call.path]
    assert asked == ["POST"], f"{row}: {asked}"


def main(database, first, count):
    world, counts, failed = World(database), Counter(), 0
    with world.sandbox.serve() as url:
        world.set_up(url, CUSTOMERS, EACH)
        check_made_meanwhile(world)
        check_changed_meanwhile(world, lambda world, _invoice: world.job())
        check_changed_meanwhile(world, World.export)
        started = time.monotonic()
        for seed in range(first, first + count):
            sequence = Sequence(world, seed)
            try:
                sequence.run()
            except Exception:
                failed += 1
                print(f"seed {seed} fails:", *sequence.history, sep="\n    ")
                traceback.print_exc(file=sys.stdout)
            counts += sequence.counts
    seconds = time.monotonic() - started
    print(f"{count} sequences, {failed} failed, in {seconds:.0f} s: {dict(counts)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
