"""How a job keeps its run up to date, beside its own transaction."""

from datetime import timedelta
from time import monotonic, sleep

from odoo import fields

from . import issues
from .exact_run import ACTIVE, OPEN
from .side import in_own_transaction

EVERY = 1.0  # seconds between two updates
TELL_EVERY = 10.0  # seconds; each time takes three statements


class Progress:
    """The run that a job works on, if there is one.

    Read and written by side cursors: in the main transaction of the export they would
    vanish with a rollback, and collide with who presses Stop.
    """

    def __init__(self, administration):
        self.env = administration.env
        self.run_id = in_own_transaction(
            self.env,
            lambda env: env["exact.run"]._active(administration.with_env(env)).id,
        )
        self.client = None
        self._updated = self._begun = monotonic()
        self._told = float("-inf")
        self._calls_before = 0  # of earlier jobs
        self._paused = monotonic()
        self._customers = {"done": 0, "cursor": 0, "problems": []}

    def _write(self, work):
        """Do ``work(run)`` and tell who looks at it; returns what it returns.

        They are told at most once in ``EVERY``, and of each change of its state; its
        end tells itself. A run that a person stopped meanwhile stays so.
        """
        if not self.run_id:
            return None
        is_due = monotonic() - self._told >= EVERY

        def keep(env):
            run = env["exact.run"].browse(self.run_id)
            before = run.state
            if before not in ACTIVE:
                self._note(run)
                return None, False
            result = work(run)
            tells = run.state in ACTIVE and (is_due or run.state != before)
            if tells:
                run._exact_notify()
            return result, tells

        result, told = in_own_transaction(self.env, keep)
        if told:
            self._told = monotonic()
        return result

    def begin(self, client) -> None:
        """The job works from here on, with this client."""

        def begin(run):
            run._exact_begin()
            return run.calls

        self._calls_before = self._write(begin) or 0
        self.client = client

    def update(self) -> None:
        """Keep how far it is."""
        self._write(self._update)

    def goes_on(self) -> bool:
        """Whether the job should take the next invoice; updates now and then."""
        if not self.run_id or monotonic() - self._updated < EVERY:
            return True
        self._updated = monotonic()
        return bool(self._write(self._update))

    def _update(self, run) -> bool:
        self._note(run)
        if self.client:
            gate = self.client.gate
            seconds = (monotonic() - self._begun) / max(1, gate.calls)
            run._exact_expect(gate.quota, seconds)
        return True

    def _note(self, run) -> None:
        # May be repeated with its transaction: it sets, and adds nothing up.
        calls = self._calls_before + self.client.gate.calls if self.client else None
        run._exact_count(calls)
        if self._customers["cursor"]:
            run._exact_note_customers(**self._customers)

    def wait(self, issue: dict, until=None) -> None:
        """The job gives its place back; the run goes on by itself.

        :param until: naive, UTC; ``None`` where nobody knows
        """

        def wait(run):
            self._update(run)
            run._exact_wait(issue, until)

        self._write(wait)

    def stop(self, issue: dict) -> None:
        """The run waits for a person."""

        def stop(run):
            self._update(run)
            run._exact_stop(issue)

        self._write(stop)

    def finish(self) -> None:
        """Nothing is left to do."""

        def finish(run):
            self._update(run)
            run._exact_finish()

        self._write(finish)

    def open_entries(self) -> int:
        """How many invoices of the run are still to be done."""

        def count(run):
            self._update(run)
            domain = [
                ("run_id", "=", run.id),
                ("state", "in", OPEN),
                # A person has to look at those in Exact.
                ("issue_code", "not in", issues.FOR_A_PERSON),
            ]
            return run.env["exact.entry"].search_count(domain)

        return self._write(count) or 0

    def wait_for_recovery(self, minutes: int) -> None:
        """What is left needs some minutes: Exact is asked again then."""
        until = fields.Datetime.now() + timedelta(minutes=minutes)
        self.wait(issues.make("run_recheck"), until)

    # --- customers -----------------------------------------------------------

    def customer_cursor(self) -> int:
        """Up to which link earlier jobs looked at the customers."""

        def read(run):
            self._customers["done"] = run.customers_done
            self._customers["problems"] = list(run.customer_problems or [])
            return run.customer_cursor

        return self._write(read) or 0

    def customers_to_do(self, count: int) -> None:
        """How many are left to look at."""
        total = self._customers["done"] + count
        self._write(lambda run: run.write({"customers_total": total}))

    def customer_done(self, link_id: int, problem: dict | None) -> None:
        """One was looked at; kept with the next update."""
        self._customers["done"] += 1
        self._customers["cursor"] = link_id
        if problem:
            self._customers["problems"].append(problem)

    def pause(self) -> None:
        """Let the calls of the minute last until it ends.

        Called where no snapshot is open and no row is locked.
        """
        gate = self.client.gate
        now = monotonic()
        seconds = gate.pause(now - self._paused)
        if seconds:
            sleep(seconds)
        self._paused = monotonic()


class Told:
    """What Odoo's scheduler is told of how far a job is.

    Now and then, and not only at the end: the scheduler takes a job for failed that
    was ended by force three times and had not said that it did anything.

    :param commit_progress: of the job; commits the main transaction
    """

    def __init__(self, commit_progress):
        self._commit_progress = commit_progress
        self._done = 0
        self._at = monotonic()

    def one_more(self) -> None:
        """Another one was looked at, and what became of it is committed."""
        self._done += 1
        if monotonic() - self._at >= TELL_EVERY:
            self._commit_progress(self._done, remaining=1)
            self._done, self._at = 0, monotonic()

    def end(self, more: bool) -> None:
        """The job ends.

        :param more: it should be called again at once
        """
        self._commit_progress(max(1, self._done), remaining=int(more))
