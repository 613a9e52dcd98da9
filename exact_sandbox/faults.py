"""Faults a test or the page can switch on, by path and count."""

from dataclasses import asdict, dataclass

#: name → what it does, as the page shows it
KINDS = {
    "lose_answer": "Do the work, then cut the connection without an answer",
    "lose_request": "Cut the connection before anything is done",
    "book_late": "Cut the connection now, do the work after a time",
    "delay": "Answer later, by a number of seconds",
    "lapse_login": "All tokens die; only a new login helps",
    "too_many_requests": "429 for the minute limit (daily: for the day limit)",
    "server_error": "5xx with the error as JSON, as HTML, or empty",
    "maintenance": "An HTML page with status 200 instead of the answer",
    "truncate": "Cut the body of the answer in the middle",
}
#: Seconds a delay or a late booking may take.
LONGEST = 31 * 24 * 3600
BODIES = ("json", "html", "empty")


@dataclass
class Fault:
    """One active fault.

    ``path``: part of the path (empty: any call); ``method``: a verb or any; ``count``:
    how many calls it hits (0: until cleared); ``skip``: how many matching calls pass
    first (the n-th page of a list); ``seconds``: for delay and book_late;
    ``status``/``body``: for server_error; ``daily``: for too_many_requests.
    """

    id: int
    fault: str
    path: str = ""
    method: str = ""
    count: int = 1
    skip: int = 0
    seconds: float = 0.0
    status: int = 500
    body: str = "json"
    daily: bool = False
    hits: int = 0

    def as_dict(self):
        return asdict(self)


class Faults:
    """The active faults, in order of entry."""

    def __init__(self):
        self._active = []
        self._last = 0

    def add(self, fault, **values):
        """Switch a fault on; ValueError names what is wrong with it."""
        if fault not in KINDS:
            raise ValueError(f"unknown fault: {fault}")
        self._last += 1
        try:
            made = Fault(id=self._last, fault=fault, **values)
        except TypeError as error:
            raise ValueError(str(error)) from error
        _check(made)
        self._active.append(made)
        return made

    def active(self):
        return list(self._active)

    def clear(self, fault_id=None):
        """Switch one fault off, or all."""
        self._active = [
            fault
            for fault in self._active
            if fault_id is not None and fault.id != fault_id
        ]

    def take(self, method, path, kinds=frozenset(KINDS)):
        """The faults that hit this call, used up by it: at most one of each kind."""
        hit = {}
        for fault in list(self._active):
            if fault.fault not in kinds or fault.fault in hit:
                continue
            if not _matches(fault, method, path):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.hits += 1
            hit[fault.fault] = fault
            if fault.count and fault.hits >= fault.count:
                self._active.remove(fault)
        return hit


def _matches(fault, method, path):
    return fault.path in path and fault.method in ("", method)


_NUMBERS = {"count": int, "skip": int, "status": int, "seconds": (int, float)}


def _check(fault):
    for name, kind in _NUMBERS.items():
        value = getattr(fault, name)
        if isinstance(value, bool) or not isinstance(value, kind) or value < 0:
            raise ValueError(f"{name} must be a number of at least 0")
    if not fault.seconds <= LONGEST:
        raise ValueError("seconds must be at most a month")
    for name in ("path", "method"):
        if not isinstance(getattr(fault, name), str):
            raise ValueError(f"{name} must be text")
    if not 500 <= fault.status <= 599:
        raise ValueError("status must be from 500 to 599")
    if fault.body not in BODIES:
        raise ValueError("body must be one of " + ", ".join(BODIES))
    fault.method = fault.method.upper()
