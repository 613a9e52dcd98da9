"""Rows in memory: by key, in key order, in order of change, and by indexed fields.

Every table of an administration shares one row version, so that ``Timestamp`` grows
over the whole administration (exact-api 4.9).
"""

import uuid
from bisect import bisect_left, bisect_right, insort


def new_guid():
    """A key as Exact writes it: lower-case, with dashes."""
    return str(uuid.uuid4())


class RowVersion:
    """The counter behind ``Timestamp``, and the log that can undo changes."""

    def __init__(self, value=1000):
        self.value = value
        #: (undo function, its arguments) since the start of a unit of work, or None
        self.log = None

    def next(self):
        self.value += 1
        return self.value

    def note(self, undo, *arguments):
        if self.log is not None:
            self.log.append((undo, arguments))

    def roll_back(self):
        """Undo everything since the start of the unit of work, newest first."""
        log, self.log = self.log, None
        for undo, arguments in reversed(log):
            undo(*arguments)


class Table:
    """Rows (dicts) by key; ``Timestamp`` is set at each change.

    Paging must cost the same on the first page and on the thousandth, hence the kept
    order by key and by change instead of sorting per request.
    """

    def __init__(self, version, key="ID", indexed=(), serial=None):
        self.version = version
        self.key = key
        self.serial = serial
        self.rows = {}
        self._order = []
        self._changes = []
        self._serials = []
        self._index = {field: {} for field in indexed}

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        """All rows in key order."""
        return self.after(None)

    @property
    def indexes(self):
        """Names of the indexed fields."""
        return self._index.keys()

    def get(self, key):
        return self.rows.get(key)

    def add(self, row):
        key = row[self.key]
        if key in self.rows:
            raise ValueError(f"key exists: {key}")
        self.version.note(self._undo_add, key)
        self.rows[key] = row
        insort(self._order, key)
        if self.serial:
            row[self.serial] = self._serials[-1][0] + 1 if self._serials else 1
            self._serials.append((row[self.serial], key))
        for field in self._index:
            self._enter(field, row)
        self._stamp(row)
        return row

    def change(self, row, **values):
        """Write values into a row and give it a new Timestamp."""
        self.version.note(self._undo_change, row, dict(row))
        self._write(row, values)
        self._stamp(row)

    def _write(self, row, values):
        for field, index in self._index.items():
            if field in values and values[field] != row.get(field):
                self._leave(field, index, row)
                row[field] = values[field]
                self._enter(field, row)
        row.update(values)

    def remove(self, key):
        row = self.rows.pop(key)
        self.version.note(self._undo_remove, row)
        del self._order[bisect_right(self._order, key) - 1]
        for field, index in self._index.items():
            self._leave(field, index, row)
        return row

    def _undo_add(self, key):
        self.remove(key)
        if self._serials and self._serials[-1][1] == key:
            self._serials.pop()

    def _undo_change(self, row, former):
        for field in set(row) - set(former):
            former[field] = None
        self._write(row, former)
        self._keep_change(row)

    def _undo_remove(self, row):
        key = row[self.key]
        self.rows[key] = row
        insort(self._order, key)
        for field in self._index:
            self._enter(field, row)
        self._keep_change(row)

    def _keep_change(self, row):
        """Have a restored Timestamp in the order of changes, once."""
        entry = (row["Timestamp"], row[self.key])
        place = bisect_left(self._changes, entry)
        if self._changes[place : place + 1] != [entry]:
            self._changes.insert(place, entry)

    def after(self, key):
        """Rows whose key is greater than this one, in key order."""
        start = 0 if key is None else bisect_right(self._order, key)
        for position in range(start, len(self._order)):
            yield self.rows[self._order[position]]

    def after_serial(self, number):
        """Rows whose running number is greater, in its order."""
        start = bisect_right(self._serials, number or 0, key=lambda entry: entry[0])
        for position in range(start, len(self._serials)):
            row = self.rows.get(self._serials[position][1])
            if row is not None:
                yield row

    def changed_after(self, timestamp):
        """Rows in order of their last change, later than this Timestamp."""
        self._compact()
        start = bisect_right(self._changes, timestamp, key=lambda entry: entry[0])
        for position in range(start, len(self._changes)):
            stamp, key = self._changes[position]
            row = self.rows.get(key)
            if row is not None and row["Timestamp"] == stamp:
                yield row

    def by(self, field, value):
        """Rows with this value in an indexed field, in order of entry."""
        return [self.rows[key] for key in self._index[field].get(value, ())]

    def one(self, field, value):
        """The first row with this value in an indexed field, or None."""
        for key in self._index[field].get(value, ()):
            return self.rows[key]
        return None

    def _enter(self, field, row):
        keys = self._index[field].setdefault(row.get(field), {})
        keys[row[self.key]] = True

    def _leave(self, field, index, row):
        keys = index.get(row.get(field), {})
        keys.pop(row[self.key], None)
        if not keys:
            index.pop(row.get(field), None)

    def _stamp(self, row):
        row["Timestamp"] = self.version.next()
        self._changes.append((row["Timestamp"], row[self.key]))

    def _compact(self):
        if len(self._changes) > 2 * len(self.rows) + 1000:
            self._changes = [
                (stamp, key)
                for stamp, key in self._changes
                if key in self.rows and self.rows[key]["Timestamp"] == stamp
            ]

    def renumber(self):
        """New Timestamps for all rows, in the order of their changes."""
        rows = sorted(self.rows.values(), key=lambda row: row["Timestamp"])
        self._changes = []
        for row in rows:
            self._stamp(row)

    def dump(self):
        """Copies of the rows for saving, so that writing needs no lock."""
        return [dict(row) for row in self.rows.values()]

    def load(self, rows):
        """Take saved rows with the Timestamps they had."""
        self.rows = {row[self.key]: row for row in rows}
        self._order = sorted(self.rows)
        self._changes = sorted((row["Timestamp"], row[self.key]) for row in rows)
        if self.serial:
            self._serials = sorted((row[self.serial], row[self.key]) for row in rows)
        for field in self._index:
            self._index[field] = {}
            for row in rows:
                self._enter(field, row)
