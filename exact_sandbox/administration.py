"""One administration ("division"): its tables and settings.

The bookkeeping itself is in ``books``; what an accountant does is in ``accountant``.
"""

from contextlib import contextmanager

from .accountant import Accountant
from .store import RowVersion, Table, new_guid
from .webhooks import SOURCES

#: table → (key, indexed fields, field of a running number)
TABLES = {
    "accounts": ("ID", ("Code",), None),
    "addresses": ("ID", ("Account",), None),
    "attachments": ("ID", ("Document",), None),
    "bank_accounts": ("ID", ("Account",), None),
    "bank_entries": ("EntryID", ("NumberKey",), None),
    "bank_lines": ("ID", ("EntryID",), None),
    "contacts": ("ID", ("Account",), None),
    "cost_centers": ("ID", ("Code",), None),
    "cost_units": ("ID", ("Code",), None),
    "currencies": ("Code", (), None),
    "deleted": ("ID", (), None),
    "documents": ("ID", ("Account", "FinancialTransactionEntryID"), "HID"),
    "exchange_rates": ("ID", ("SourceCurrency",), None),
    "general_entries": ("EntryID", ("NumberKey",), None),
    "general_lines": ("ID", ("EntryID", "GLAccount"), None),
    "gl_accounts": ("ID", ("Code",), None),
    "journals": ("ID", ("Code", "Type"), None),
    "mails": ("ID", (), None),
    "settlements": ("ID", ("Entry", "Other"), None),
    "payment_conditions": ("ID", ("Code",), None),
    "periods": ("ID", ("FinYear",), None),
    "purchase_entries": (
        "EntryID",
        ("NumberKey", "Supplier", "Document"),
        None,
    ),
    "purchase_lines": ("ID", ("EntryID", "GLAccount"), None),
    "sales_entries": (
        "EntryID",
        ("NumberKey", "Customer", "Document"),
        None,
    ),
    "sales_lines": ("ID", ("EntryID", "GLAccount"), None),
    "subscriptions": ("ID", (), None),
    "terms": ("ID", ("TransactionEntryID", "MatchID", "Account"), "HID"),
    "transaction_lines": ("ID", ("EntryID", "Account"), None),
    "vat_codes": ("ID", ("Code",), None),
    "vat_percentages": ("ID", ("VATCodeID",), None),
}


class Administration(Accountant):
    """State of one company.

    ``settings`` holds what Exact keeps in its company data: name, country, currency,
    VAT number, and the codes of the accounts used for postings.
    """

    def __init__(self, code, settings, *, clock, switches, lock):
        self.code = code
        self.settings = settings
        self.clock = clock
        self.switches = switches
        self.lock = lock
        self.version = RowVersion()
        self.tables = {
            name: Table(self.version, key, indexed, serial)
            for name, (key, indexed, serial) in TABLES.items()
        }
        #: "journal/year/period" of what is closed or not opened yet
        self.closed = set()
        self.counters = {}
        self.actor = settings.get("user")
        #: called with the changes of each unit of work: {(table, key): action}
        self.on_change = None
        self._changes = {}

    def __getattr__(self, name):
        tables = self.__dict__.get("tables", {})
        if name in tables:
            return tables[name]
        raise AttributeError(name)

    @contextmanager
    def atomic(self):
        """A unit of work: what is refused half way leaves nothing behind."""
        if self.version.log is not None:
            yield
            return
        self.version.log, self._changes = [], {}
        former = dict(self.settings), set(self.closed), dict(self.counters)
        try:
            yield
        except BaseException:
            self.version.roll_back()
            self.settings, self.closed, self.counters = former
            raise
        finally:
            self.version.log = None
        if self._changes and self.on_change:
            self.on_change(self, self._changes)

    def _note(self, table, key, action):
        """Remember one change for webhooks: what was made stays a Create."""
        if table not in SOURCES:
            return
        before = self._changes.get((table, key))
        if action == "Delete" and before == "Create":
            del self._changes[(table, key)]
        elif action == "Delete" or before is None:
            self._changes[(table, key)] = action

    # --- helpers of the bookkeeping ---------------------------------------------

    def coded(self, table, code):
        """A row by its code, blanks around it not counting; None when unknown."""
        if not isinstance(code, str):
            return None
        return self.tables[table].one("Code", code.strip())

    def setting_account(self, name):
        """The G/L account a setting names by code, or None where it is not set."""
        return self.coded("gl_accounts", self.settings.get(name))

    def count(self, name, start=1):
        """Next number of a series."""
        number = self.counters.get(name, start - 1) + 1
        self.counters[name] = number
        return number

    def stamps(self):
        """Created, Creator, Modified and Modifier of a new row."""
        now = self.clock.now().replace(microsecond=0)
        return {
            "Created": now,
            "Creator": self.actor,
            "Modified": now,
            "Modifier": self.actor,
            "Division": self.code,
        }

    def insert(self, table, **values):
        """Add a row with a new key (unless given) and its stamps."""
        rows = self.tables[table]
        values.setdefault(rows.key, new_guid())
        self._note(table, values[rows.key], "Create")
        return rows.add({**self.stamps(), **values})

    def update(self, table, row, **values):
        """Change a row; Modified and Timestamp follow."""
        now = self.clock.now().replace(microsecond=0)
        stamps = {"Modified": now, "Modifier": self.actor}
        self._note(table, row[self.tables[table].key], "Update")
        self.tables[table].change(row, **stamps, **values)

    def delete(self, table, key, entity_type=None):
        """Remove a row; with an EntityType it goes into the log (exact-api 4.9)."""
        row = self.tables[table].remove(key)
        self._note(table, key, "Delete")
        if entity_type:
            self.insert(
                "deleted",
                EntityKey=row[self.tables[table].key],
                EntityType=entity_type,
                DeletedBy=self.actor,
                DeletedDate=self.clock.now().replace(microsecond=0),
            )
        return row

    # --- saving -------------------------------------------------------------------

    def dump(self):
        """State for the file."""
        return {
            "settings": dict(self.settings),
            "version": self.version.value,
            "closed": sorted(self.closed),
            "counters": dict(self.counters),
            "tables": {name: table.dump() for name, table in self.tables.items()},
        }

    def load(self, state):
        """Take a saved state."""
        self.settings = state["settings"]
        self.version.value = state["version"]
        self.closed = set(state["closed"])
        self.counters = state["counters"]
        for name, rows in state["tables"].items():
            self.tables[name].load(rows)
