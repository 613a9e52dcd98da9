"""The ledger under any order of booking, settling, undoing, deleting and saving."""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from exact_sandbox import Sandbox
from exact_sandbox.books import entries
from exact_sandbox.books.kinds import PURCHASE, SALES
from exact_sandbox.errors import Violation
from exact_sandbox.state import decode, encode

AMOUNTS = st.decimals("0.01", "900", places=2)
PARTY_TYPES = (20, 22)


class Books(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.sandbox = Sandbox()
        self.admin = self.sandbox.administrations[1001]
        self.entries = []
        self.receipts = []
        self.filed = False
        for amount, sign, kind in ((100, 1, SALES), (40, -1, SALES), (70, 1, PURCHASE)):
            self.enter(Decimal(amount), sign, kind, "30", "EUR", None)

    def pick(self, data, choices):
        """By place, since keys differ from run to run."""
        return choices[data.draw(st.integers(0, len(choices) - 1))]

    def attempt(self, method, *args, **kwargs):
        """What Exact refuses must leave no trace; the invariants look after that."""
        try:
            return method(*args, **kwargs)
        except Violation:
            return None

    @rule(
        amount=AMOUNTS,
        sign=st.sampled_from([1, 1, -1]),
        kind=st.sampled_from([SALES, SALES, PURCHASE]),
        condition=st.sampled_from(["30", "3T"]),
        currency=st.sampled_from(["EUR", "EUR", "USD"]),
        code=st.sampled_from([None, "N"]),
    )
    def book(self, amount, sign, kind, condition, currency, code):
        self.enter(amount, sign, kind, condition, currency, code)

    def enter(self, amount, sign, kind, condition, currency, code):
        party = "2" if kind is SALES else "3"
        gl = "700000" if kind is SALES else "615000"
        values = {
            kind.party: self.admin.accounts.one("Code", party)["ID"],
            "Journal": "70" if kind is SALES else "60",
            "PaymentCondition": condition,
            "Currency": currency,
        }
        line = {
            "GLAccount": self.admin.coded("gl_accounts", gl)["ID"],
            "AmountFC": sign * amount,
            "VATCode": code,
        }
        with self.admin.atomic():
            entry = entries.create(self.admin, kind, values, [line])
        self.entries.append(entry["EntryID"])

    @precondition(lambda self: self.entries)
    @rule(
        data=st.data(), amount=st.none() | AMOUNTS, rate=st.sampled_from([None, "0.8"])
    )
    def pay(self, data, amount, rate):
        entry_id = self.pick(data, self.entries)
        if self.admin.entry(entry_id)["Currency"] == "EUR":
            rate = None
        self.attempt(self.admin.pay, entry_id, amount, rate=rate)

    @precondition(lambda self: self.entries)
    @rule(
        data=st.data(),
        amount=st.none() | AMOUNTS,
        reason=st.sampled_from(["discount", "difference", "write_off"]),
    )
    def write_off(self, data, amount, reason):
        entry_id = self.pick(data, self.entries)
        self.attempt(self.admin.write_off, entry_id, amount, reason=reason)

    @precondition(lambda self: len(self.entries) > 1)
    @rule(data=st.data())
    def match(self, data):
        one, other = self.pick(data, self.entries), self.pick(data, self.entries)
        if one != other:
            self.attempt(self.admin.match_entries, one, other)

    @rule(amount=AMOUNTS, supplier=st.booleans())
    def receive(self, amount, supplier):
        account = self.admin.accounts.one("Code", "3" if supplier else "2")["ID"]
        made = self.admin.receive(account, amount, supplier=supplier)
        self.receipts.append(made["EntryID"])

    @precondition(lambda self: self.entries and self.receipts)
    @rule(data=st.data())
    def match_receipt(self, data):
        entry_id = self.pick(data, self.entries)
        self.attempt(self.admin.match_receipt, entry_id, self.pick(data, self.receipts))

    def settled(self):
        return [one for one in self.entries if self.admin.matches(one)]

    @precondition(lambda self: self.settled())
    @rule(data=st.data(), keep=st.booleans())
    def take_back(self, data, keep):
        entry_id = self.pick(data, self.settled())
        self.attempt(self.admin.take_back, entry_id, keep_receipt=keep)

    @precondition(lambda self: self.settled())
    @rule(data=st.data())
    def take_back_an_older_one(self, data):
        entry_id = self.pick(data, self.settled())
        match = self.pick(data, self.admin.matches(entry_id))
        self.attempt(self.admin.take_back, entry_id, match["ID"])

    @precondition(lambda self: self.entries)
    @rule(
        data=st.data(), step=st.sampled_from(["select", "process_selected", "release"])
    )
    def transit(self, data, step):
        self.attempt(getattr(self.admin, step), self.pick(data, self.entries))

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def delete(self, data):
        entry_id = self.pick(data, self.entries)
        try:
            self.admin.delete_entry(entry_id)
        except Violation:
            return
        self.entries.remove(entry_id)

    @precondition(lambda self: not self.filed)
    @rule(month=st.integers(1, 12))
    def file_vat(self, month):
        self.filed = True
        year = self.sandbox.clock.now().year
        self.attempt(self.admin.file_vat_return, year, month)

    @rule(joins=st.booleans(), keeps=st.booleans())
    def switch(self, joins, keeps):
        self.sandbox.switches.change(take_back_joins=joins, split_keeps_open_id=keeps)

    @rule()
    def save_and_load(self):
        self.admin.load(decode(encode(self.admin.dump())))

    @invariant()
    def every_entry_balances(self):
        totals = {}
        for row in self.admin.transaction_lines:
            totals[row["EntryID"]] = totals.get(row["EntryID"], 0) + row["AmountDC"]
        assert not any(totals.values())

    @invariant()
    def open_items_are_the_ledger(self):
        kinds = {row["ID"]: row["Type"] for row in self.admin.gl_accounts}
        for kind in PARTY_TYPES:
            ledger = sum(
                row["AmountDC"]
                for row in self.admin.transaction_lines
                if kinds[row["GLAccount"]] == kind
            )
            items = [t for t in self.admin.open_items() if t["LineType"] == kind]
            assert sum(term["DebitDC"] for term in items) == ledger

    @invariant()
    def terms_of_an_entry_are_the_entry(self):
        for entry_id in self.entries:
            kind, entry = entries.header(self.admin, entry_id)
            terms = self.admin.terms.by("TransactionEntryID", entry_id)
            total = sum(term["DebitFC"] for term in terms)
            assert total == kind.sign * entry["AmountFC"]
            assert sum(t["DebitDC"] for t in terms) == kind.sign * entry["AmountDC"]

    @invariant()
    def every_match_is_even(self):
        for match in self.admin.settlements:
            terms = self.admin.terms.by("MatchID", match["ID"])
            assert sum(term["DebitDC"] for term in terms) == Decimal(0)
            assert sum(term["DebitFC"] for term in terms) == Decimal(0)

    @invariant()
    def the_bank_is_its_ledger_account(self):
        bank = self.admin.coded("gl_accounts", "550000")["ID"]
        ledger = sum(
            row["AmountFC"]
            for row in self.admin.transaction_lines
            if row["GLAccount"] == bank
        )
        assert self.admin.settings.get("bank_balance/20", 0) == ledger

    @invariant()
    def timestamps_are_one_series(self):
        stamps = [
            row["Timestamp"] for table in self.admin.tables.values() for row in table
        ]
        assert len(set(stamps)) == len(stamps)
        for name in ("terms", "transaction_lines"):
            table = self.admin.tables[name]
            rows = list(table.changed_after(0))
            assert len(rows) == len(table)
            assert sorted(r["Timestamp"] for r in rows) == [
                r["Timestamp"] for r in rows
            ]


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
