"""The state machine of an entry: which words, which arrows, which actions.

The drawing stands above the selection in ``models/exact_entry.py``; a test compares the
two. Every button, cron and wizard asks here.
"""

NONE = "none"
QUEUED = "queued"
BLOCKED = "blocked"
SENDING = "sending"
EXPORTED = "exported"
REJECTED = "rejected"
UNKNOWN = "unknown"
WAITING = "waiting"
CLOSED = "closed"
MARKED = "marked"
UNDOING = "undoing"
DELIVERED = "delivered"
IMPORTED = "imported"

STATES = (
    NONE,
    QUEUED,
    BLOCKED,
    SENDING,
    EXPORTED,
    REJECTED,
    UNKNOWN,
    WAITING,
    CLOSED,
    MARKED,
    UNDOING,
    DELIVERED,
    IMPORTED,
)

# An answer may come after somebody already took it for lost.
_ASKED = (SENDING, UNKNOWN)
_MARKABLE = (NONE, QUEUED, BLOCKED, REJECTED, WAITING, CLOSED, UNKNOWN)
_RETURNABLE = (QUEUED, BLOCKED, REJECTED, WAITING, CLOSED)

# (from, event) → to
ARROWS = {
    (NONE, "queue"): QUEUED,
    (QUEUED, "send"): SENDING,
    **{(state, "ok"): EXPORTED for state in _ASKED},
    (QUEUED, "check_fails"): BLOCKED,
    (BLOCKED, "queue"): QUEUED,
    **{(state, "refused"): REJECTED for state in _ASKED},
    (REJECTED, "queue"): QUEUED,
    **{(state, "not_processed"): QUEUED for state in _ASKED},
    **{(state, "no_answer"): UNKNOWN for state in _ASKED},
    (UNKNOWN, "found"): EXPORTED,
    (UNKNOWN, "not_there"): QUEUED,
    (QUEUED, "stands_there"): BLOCKED,
    (QUEUED, "period_not_open"): WAITING,
    (WAITING, "period_opens"): QUEUED,
    (WAITING, "queue"): QUEUED,
    (QUEUED, "period_closed"): CLOSED,
    (CLOSED, "queue"): QUEUED,
    (CLOSED, "keep_out"): MARKED,
    **{(state, "mark"): MARKED for state in _MARKABLE},
    (MARKED, "unmark"): NONE,
    **{(state, "adopt"): EXPORTED for state in (*_MARKABLE, MARKED)},
    (EXPORTED, "let_go"): NONE,
    (EXPORTED, "untie"): MARKED,
    **{(state, "take_back"): NONE for state in _RETURNABLE},
    (EXPORTED, "undo"): UNDOING,
    (UNDOING, "gone"): NONE,
    (UNDOING, "still_there"): EXPORTED,
    **{(state, "delivered"): DELIVERED for state in _ASKED},
    (DELIVERED, "booked"): EXPORTED,
    (DELIVERED, "undo"): NONE,
    (DELIVERED, "remove"): UNDOING,
    (UNDOING, "kept"): DELIVERED,
    (NONE, "import"): IMPORTED,
}

# What was, or may have been, handed to Exact: Odoo must not change it behind its back.
AT_EXACT = frozenset({SENDING, UNKNOWN, EXPORTED, UNDOING, DELIVERED})

# What stands in Exact, or came from there: it stays in its administration. So does
# what is being removed: that administration is asked whether it is gone.
STAYS = (EXPORTED, DELIVERED, UNDOING, IMPORTED)
# What goes to another administration with its company, but for what nobody asked for.
GOES_ALONG = tuple(state for state in STATES if state not in (*STAYS, NONE))

# A request is under way, or its outcome is open.
PENDING = frozenset({SENDING, UNKNOWN, UNDOING})


class InvalidTransition(Exception):
    """An event that the state does not take; a mistake of the caller."""


def target(state: str, event: str) -> str:
    """The state after ``event``.

    :raises InvalidTransition: ``state`` does not take ``event``
    """
    try:
        return ARROWS[state, event]
    except KeyError:
        raise InvalidTransition(f"{state} does not take {event}") from None


def takes(state: str, event: str) -> bool:
    """Whether ``event`` is valid in ``state``: the question of every button."""
    return (state, event) in ARROWS


def sources(event: str) -> frozenset[str]:
    """The states that take ``event``."""
    return frozenset(state for state, known in ARROWS if known == event)
