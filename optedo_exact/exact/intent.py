"""One write in Exact, exactly once: the order of its steps, over any store.

    log in → lock → look → intend → commit → call → keep the outcome beside → look
    lock → look → ask → found, not there twice, or several

What is about to be written is committed before the call, its outcome after it, beside
the main transaction. What dies in between leaves an intent without an outcome, which is
resolved by asking Exact, never by writing again.

Who may die where:

- before the commit of the intent: nothing was sent, nothing is kept;
- between that commit and the outcome: the lock goes with the process, and who gets it
  then asks Exact;
- after the outcome was kept: nothing is open.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

from .client import Client
from .errors import Forbidden, NotProcessed, Refused

# How long after a lost request its work may still appear in Exact, in minutes.
LATE_MINUTES = 5
# How long what is lost of an account may: the time-out of its call on top of that.
LATE_ADDITION = timedelta(minutes=LATE_MINUTES + 2)
ASKED = 2  # how often Exact has to say "not there" before it is believed


class Write(Protocol):
    """One write, and how it is kept.

    ``keep_…`` write in a transaction of their own, which stays whatever becomes of the
    main one. They read nothing of the main transaction: a snapshot taken between the
    commit of the intent and its outcome would make the next write of it fail.
    """

    def lock(self) -> AbstractContextManager[bool]:
        """Hold it alone, over commits, until the process ends; yields if it was
        free."""

    def commit(self) -> None:
        """Commit the main transaction, and see all as it is from here on."""

    def intend(self) -> Any:
        """Write what is about to be sent, and return it; ``None``: it must not go."""

    def call(self, client: Client, request: Any) -> Any:
        """Make the one call; returns what Exact answered."""

    def keep_done(self, answer: Any) -> None:
        """Exact did it."""

    def keep_unprocessed(self, error: NotProcessed) -> None:
        """Nothing happened in Exact; it may go again."""

    def keep_refused(self, error: Refused) -> None:
        """Exact read it and said no."""

    def keep_unknown(self) -> None:
        """Nobody knows whether Exact did it."""


class Intent(Write, Protocol):
    """A write that is found out by itself, where its outcome was lost."""

    def is_open(self) -> bool:
        """Whether it was intended and has no outcome."""

    def is_unknown(self) -> bool:
        """Whether it is open, and noted as such: its request has ended."""

    def ask(self, client: Client) -> Any:
        """What Exact has of it."""

    def resolve(self, found: Any) -> None:
        """Write down what follows from that, in the main transaction."""


def carry_out(intent: Write, client: Client) -> None:
    """Write once.

    :raises NotProcessed: nothing happened there, and the intent is given back
    :raises Forbidden: as ``Refused``, but it concerns all that would follow
    :raises NoAnswer: it is open, and Exact has to be asked
    """
    client.log_in()  # before the intent: a login that fails leaves nothing open
    with intent.lock() as free:
        intent.commit()  # look at it as it is now, under the lock
        request = intent.intend() if free else None
        if request is not None:
            intent.commit()
            _call(intent, client, request)
    # The outcome was written beside this transaction: see it from here on.
    intent.commit()


def _call(intent: Write, client: Client, request: Any) -> None:
    """Make the call of a committed intent and keep its outcome."""
    try:
        answer = intent.call(client, request)
    except NotProcessed as error:
        intent.keep_unprocessed(error)
        raise
    except Refused as error:
        intent.keep_refused(error)
        if isinstance(error, Forbidden):
            raise
    except Exception:
        # No answer, or a fault of our own after the request may have left.
        intent.keep_unknown()
        raise
    else:
        intent.keep_done(answer)


def find_out(intent: Intent, client: Client) -> None:
    """Find out what became of a write whose outcome was lost.

    Leaves alone what somebody holds the lock of: that call is still under way.

    :raises ExactError: Exact could not be asked
    """
    with intent.lock() as free:
        intent.commit()  # look at it as it is now, under the lock
        if not free or not intent.is_open():
            return
        if not intent.is_unknown():  # the process that sent it died
            intent.keep_unknown()
            intent.commit()
        intent.resolve(intent.ask(client))
        intent.commit()


def is_final(asked: int, since: datetime, now: datetime) -> bool:
    """Whether a "not there" is believed.

    Work can still appear minutes after its request was lost, so a single early "no" is
    not enough.

    :param asked: how often Exact said so, this time included
    :param since: when the request had ended for certain
    """
    return asked >= ASKED and now >= since + timedelta(minutes=LATE_MINUTES)


def may_still_appear(sent_at: datetime, now: datetime) -> bool:
    """Whether an account or its bank account may still appear, whose answer was lost.

    :param sent_at: when its intent was written
    """
    return now < sent_at + LATE_ADDITION


def judge(rows: Iterable[dict], others: Iterable[str], is_ours) -> tuple:
    """What the entries with the number of an invoice say about its booking.

    :param rows: of Exact, with ``EntryID``
    :param others: those of which a person said that they are something else
    :param is_ours: whether a row is what was sent
    :return: ``("found", row)``, ``("other", rows)`` for a person, or ``("absent", [])``
    """
    others = set(others)
    rows = [row for row in rows if row["EntryID"] not in others]
    if len(rows) == 1 and is_ours(rows[0]):
        return "found", rows[0]
    return ("other" if rows else "absent"), rows
