"""The log of API calls, which tests count with."""

from collections import deque
from dataclasses import asdict, dataclass

#: Enough for a day at the full quota, several times over.
KEPT = 20000


@dataclass
class Call:
    """One call; ``outcome`` is "answered", or how the answer was lost."""

    number: int
    time: str
    method: str
    path: str
    query: str
    status: int
    outcome: str = "answered"
    milliseconds: float = 0.0

    def as_dict(self):
        return asdict(self)


class Calls:
    """The newest calls in order; behaves like a list for reading."""

    def __init__(self):
        self._records = deque(maxlen=KEPT)
        self.total = 0

    def add(self, **values):
        self.total += 1
        call = Call(number=self.total, **values)
        self._records.append(call)
        return call

    def clear(self):
        self._records.clear()

    def count(self, method=None, path=None):
        """Number of kept calls, by verb and by a part of the path."""
        return len(self.matching(method, path))

    def matching(self, method=None, path=None):
        """Kept calls by verb and by a part of the path."""
        return [
            call
            for call in self
            if (method is None or call.method == method)
            and (path is None or path in call.path)
        ]

    def __len__(self):
        return len(self._records)

    def __iter__(self):
        return iter(list(self._records))

    def __getitem__(self, index):
        return list(self._records)[index]
