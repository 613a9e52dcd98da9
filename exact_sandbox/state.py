"""State in a file: written whole, atomically, soon after a change and at the end."""

import base64
import json
import os
import threading
from datetime import datetime
from decimal import Decimal
from pathlib import Path

VERSION = 1
#: Seconds between a change and its writing; changes in between go together.
PAUSE = 0.5


def _tag(value):
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$time": value.isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    raise TypeError(f"cannot save {type(value)}")


def _untag(item):
    if len(item) == 1:
        ((name, value),) = item.items()
        if name == "$decimal":
            return Decimal(value)
        if name == "$time":
            return datetime.fromisoformat(value)
        if name == "$bytes":
            return base64.b64decode(value)
    return item


def encode(value):
    """Plain data with Decimal, datetime and bytes as JSON text."""
    return json.dumps(value, default=_tag, ensure_ascii=False)


def decode(text):
    """The inverse of ``encode``."""
    return json.loads(text, object_hook=_untag)


class Store:
    """Saves a sandbox to a file where one is named; else does nothing."""

    def __init__(self, sandbox, path):
        self.sandbox = sandbox
        self.path = Path(path) if path else None
        self._timer = None
        self._guard = threading.Lock()
        #: held from reading the state to replacing the file: no old state comes last
        self._writing = threading.Lock()

    def changed(self):
        """Note a change; it is written within half a second."""
        if self.path is None:
            return
        with self._guard:
            if self._timer is None:
                self._timer = threading.Timer(PAUSE, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self):
        """Write now."""
        if self.path is None:
            return
        with self._guard:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        with self._writing:
            text = self.dump()
            temporary = self.path.with_name(self.path.name + ".new")
            temporary.write_text(text, "utf-8")
            os.replace(temporary, self.path)

    def dump(self):
        """The whole state as text."""
        sandbox = self.sandbox
        with sandbox.lock:
            state = {
                "version": VERSION,
                "clock": sandbox.clock.dump(),
                "divisions": {
                    name: user["division"] for name, user in sandbox.users.items()
                },
                "tokens": sandbox.tokens.dump(),
                "administrations": {
                    str(code): admin.dump()
                    for code, admin in sandbox.administrations.items()
                },
            }
        return encode(state)

    def load(self):
        """Take the saved state, where there is one."""
        if self.path is None or not self.path.exists():
            return
        saved = decode(self.path.read_text("utf-8"))
        if saved.get("version") != VERSION:
            raise ValueError(f"{self.path} was written by another version")
        if "clock" in saved and not self.sandbox.own_clock:
            # Tokens and entries are of that time; a step back would spoil both.
            self.sandbox.clock.load(saved["clock"])
        self._take(saved)

    def take(self, text):
        """Take a state that ``dump`` gave, save its clock."""
        self._take(decode(text))

    def _take(self, saved):
        for name, division in saved.get("divisions", {}).items():
            self.sandbox.users[name]["division"] = division
        self.sandbox.tokens.load(saved["tokens"])
        for code, admin in saved["administrations"].items():
            known = self.sandbox.administrations.get(int(code))
            country = admin["settings"]["country"]
            (known or self.sandbox.found(int(code), country)).load(admin)
