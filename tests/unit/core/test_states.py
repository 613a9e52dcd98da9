"""The state machine: the drawing in the addon is the code, no state is a dead end."""

import re
from pathlib import Path

import exact
import pytest
from exact import states

ENTRY = Path(exact.__file__).parents[1] / "models" / "exact_entry.py"
ARROW = re.compile(
    r"^ *# (?P<sources>[a-z, ]+?) ─(?P<event>\w+)→ (?P<target>\w+)$", re.M
)


def drawn():
    found = {}
    for match in ARROW.finditer(ENTRY.read_text()):
        for source in match["sources"].split(","):
            found[source.strip(), match["event"]] = match["target"]
    return found


def test_the_drawing_is_the_code():
    assert drawn() == states.ARROWS


def test_every_state_is_reached_from_none():
    reached, grown = set(), {states.NONE}
    while grown - reached:
        reached |= grown
        grown = {
            to for (source, _event), to in states.ARROWS.items() if source in reached
        }
    assert reached == set(states.STATES)


def test_what_may_be_booked_is_never_sent_again():
    for (state, _event), target in states.ARROWS.items():
        if state in (states.EXPORTED, states.UNDOING, states.DELIVERED):
            assert target not in (states.QUEUED, states.SENDING)


def test_only_a_queued_entry_is_sent():
    senders = {state for (state, event) in states.ARROWS if event == "send"}
    assert senders == {states.QUEUED}


def test_an_event_that_does_not_fit_is_an_error():
    assert not states.takes(states.EXPORTED, "queue")
    with pytest.raises(states.InvalidTransition):
        states.target(states.EXPORTED, "queue")
