"""Open items and payments, with properties that always hold (exact-api 4.8, 4.9)."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from exact_sandbox import Sandbox
from exact_sandbox.errors import Violation

TERMS = "sync/Cashflow/PaymentTerms"
FIELDS = (
    "ID,EntryID,Status,AmountDC,AmountFC,TransactionAmountDC,TransactionEntryID,"
    "IsFullyPaid,LastPaymentDate,Timestamp,TransactionType,LineType,YourRef"
)


def feed(api, after=1):
    return api.rows(TERMS, filter=f"Timestamp gt {after}L", select=FIELDS)


def of_sale(rows):
    return [row for row in rows if row["TransactionType"] in (20, 21)]


def test_a_new_term(api):
    entry = api.booked(100, YourRef="A1")
    (term,) = feed(api)
    assert term["TransactionEntryID"] == entry["EntryID"]
    assert term["EntryID"] != entry["EntryID"]
    assert (term["Status"], term["LineType"]) == (20, 20)
    assert (term["AmountDC"], term["TransactionAmountDC"]) == (-121, 121)
    assert (term["YourRef"], term["IsFullyPaid"]) == ("A1", False)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_sign_by_switch(make, api_of, sign):
    api = api_of(make(switches={"receivable_sign": sign}))
    api.booked(100)
    assert feed(api)[0]["AmountDC"] == sign * 121
    row = api.rows("bulk/Cashflow/Receivables", select="AmountDC,AmountFC")[0]
    assert row["AmountDC"] == sign * 121


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_sign_of_the_list_by_switch(make, api_of, sign):
    api = api_of(make(switches={"receivables_list_sign": sign}))
    api.booked(100)
    assert api.rows("read/financial/ReceivablesList")[0]["Amount"] == sign * 121


def test_full_payment(api):
    entry = api.booked(100)
    start = int(feed(api)[0]["Timestamp"])
    api.admin.pay(entry["EntryID"])
    changed = feed(api, start)
    (term,) = of_sale(changed)
    assert (term["Status"], term["IsFullyPaid"]) == (50, True)
    assert term["LastPaymentDate"] == "/Date(1781481600000)/"
    (receipt,) = [row for row in changed if row["TransactionType"] == 40]
    assert (receipt["Status"], receipt["AmountDC"]) == (50, 121)
    assert api.rows("read/financial/ReceivablesList") == []
    assert (
        api.rows("bulk/Cashflow/Receivables", select="ID", filter="Status eq 20") == []
    )


@pytest.mark.parametrize("keeps_open", [True, False])
def test_part_payment_splits(make, api_of, keeps_open):
    api = api_of(make(switches={"split_keeps_open_id": keeps_open}))
    entry = api.booked(100)
    first = feed(api)[0]
    api.admin.pay(entry["EntryID"], "50")
    rows = of_sale(feed(api))
    assert sorted(row["AmountDC"] for row in rows) == [-71, -50]
    assert {row["TransactionEntryID"] for row in rows} == {entry["EntryID"]}
    assert len({row["EntryID"] for row in rows}) == 2
    kept = next(row for row in rows if row["ID"] == first["ID"])
    assert kept["Status"] == (20 if keeps_open else 50)
    assert float(api.admin.balance(entry["EntryID"])) == 71


@pytest.mark.parametrize("zero, amount", [(False, -121), (True, 0)])
def test_a_matched_amount_by_switch(make, api_of, zero, amount):
    api = api_of(make(switches={"matched_amount_zero": zero}))
    api.admin.pay(api.booked(100)["EntryID"])
    assert of_sale(feed(api))[0]["AmountDC"] == amount


def test_overpayment_is_a_receipt_not_matched(api):
    entry = api.booked(100)
    api.admin.pay(entry["EntryID"], 150)
    (left,) = api.rows("read/financial/ReceivablesList")
    assert (left["Amount"], left["YourRef"]) == (-29, None)
    (term,) = [row for row in feed(api) if row["Status"] == 20]
    assert (term["TransactionType"], term["AmountDC"]) == (40, 29)


def test_receipts_are_no_terms_by_switch(make, api_of):
    api = api_of(make(switches={"receipt_terms": False}))
    api.admin.pay(api.booked(100)["EntryID"], 150)
    assert [row["TransactionType"] for row in feed(api)] == [20]
    assert api.rows("read/financial/ReceivablesList") == []


def test_a_payment_books_the_bank(api):
    entry = api.booked(100, YourRef="A1")
    match = api.admin.pay(entry["EntryID"], 50)
    lines = api.admin.transaction_lines.by("EntryID", match["BankEntry"])
    lines.sort(key=lambda row: row["LineNumber"])
    assert [row["Type"] for row in lines] == [40, 40]
    assert [float(row["AmountDC"]) for row in lines] == [50, -50]
    assert lines[0]["GLAccount"] == api.gl("550000")
    assert lines[1]["Account"] == api.account("2")
    assert lines[1]["OffsetID"] == lines[0]["ID"]


@pytest.mark.parametrize("points", [True, False])
def test_the_offset_by_switch(make, api_of, points):
    api = api_of(make(switches={"offset_to_settlement": points}))
    entry = api.booked(100)
    match = api.admin.pay(entry["EntryID"])
    lines = api.admin.transaction_lines.by("EntryID", entry["EntryID"])
    offset = next(row for row in lines if row["LineNumber"] == 0)["OffsetID"]
    bank = api.admin.transaction_lines.by("EntryID", match["BankEntry"])
    if points:
        assert offset == next(row["ID"] for row in bank if row["LineNumber"] == 1)
    else:
        assert offset is None
    api.admin.take_back(entry["EntryID"])
    assert all(row["OffsetID"] is None for row in lines)


@pytest.mark.parametrize("joins, parts", [(True, 1), (False, 2)])
def test_take_back(make, api_of, joins, parts):
    api = api_of(make(switches={"take_back_joins": joins}))
    entry = api.booked(100)
    api.admin.pay(entry["EntryID"], 50)
    api.admin.take_back(entry["EntryID"])
    rows = feed(api)
    assert len(rows) == parts
    assert sum(row["AmountDC"] for row in rows) == -121
    assert {row["Status"] for row in rows} == {20}
    gone = api.rows("sync/Deleted", filter="Timestamp gt 1L")
    assert sum(row["EntityType"] == 10 for row in gone) == (2 if joins else 1)


def test_take_back_and_keep_the_money(api):
    entry = api.booked(100)
    api.admin.pay(entry["EntryID"])
    api.admin.take_back(entry["EntryID"], keep_receipt=True)
    assert sorted(row["AmountDC"] for row in feed(api)) == [-121, 121]
    assert {row["Status"] for row in feed(api)} == {20}


def test_take_back_one_of_two(api):
    entry = api.booked(100)
    first = api.admin.pay(entry["EntryID"], 50)
    api.admin.pay(entry["EntryID"], 30)
    api.admin.take_back(entry["EntryID"], first["ID"])
    assert float(api.admin.balance(entry["EntryID"])) == 91


def test_paying_what_is_paid(api):
    entry = api.booked(100)
    api.admin.pay(entry["EntryID"])
    with pytest.raises(Violation):
        api.admin.pay(entry["EntryID"])
    with pytest.raises(Violation):
        api.admin.pay(api.booked(1)["EntryID"], 0)


def test_paying_in_a_closed_period_leaves_nothing_behind(api):
    entry = api.booked(100)
    api.admin.close_period(2026, 6, "20")
    before = feed(api)
    with pytest.raises(Violation):
        api.admin.pay(entry["EntryID"], 10)
    assert feed(api) == before
    assert not len(api.admin.settlements)


def test_a_refund(api):
    entry = api.booked(-100)
    assert float(api.admin.balance(entry["EntryID"])) == -121
    api.admin.pay(entry["EntryID"], 21)
    assert float(api.admin.balance(entry["EntryID"])) == -100


def test_instalments_are_paid_in_order(api):
    entry = api.booked(100, PaymentCondition="3T")
    api.admin.pay(entry["EntryID"], 60)
    left = api.admin.open_items(entry["EntryID"])
    assert [float(term["DebitFC"]) for term in left] == [20.67, 40.33]


def test_the_feed_is_ordered_and_pages(api):
    number = 1005
    terms = [
        {"DueDate": api.sandbox.clock.today(), "LineType": 20, "TransactionType": 20}
        for _ in range(number)
    ]
    from exact_sandbox.books.settle import new_term

    for term in terms:
        new_term(
            api.admin,
            DebitDC=Decimal(1),
            DebitFC=Decimal(1),
            TransactionEntryID=None,
            Account=None,
            OriginalDC=Decimal(1),
            OriginalFC=Decimal(1),
            **term,
        )
    page = api.get(TERMS, filter="Timestamp gt 1L", select="Timestamp").json["d"]
    stamps = [int(row["Timestamp"]) for row in page["results"]]
    assert len(stamps) == 1000 and stamps == sorted(stamps)
    rest = api.get(page["__next"].removeprefix("http://localhost")).json["d"]
    assert len(rest["results"]) == 5 and "__next" not in rest


# --- what always holds -------------------------------------------------------------

AMOUNTS = st.decimals("-999", "999", places=2)
CODES = st.sampled_from(["3", "2", "1", "0", "3I", "N", "MC", "LOG", "MAR", ""])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(AMOUNTS, CODES), min_size=1, max_size=6),
    st.sampled_from(["30", "3T"]),
    st.sampled_from([("EUR", None), ("USD", None), ("USD", "0.8731")]),
)
def test_an_entry_balances(lines, condition, currency):
    sandbox = Sandbox()
    admin = sandbox.administrations[1001]
    from exact_sandbox.books import entries
    from exact_sandbox.books.kinds import SALES

    gl = admin.coded("gl_accounts", "700000")["ID"]
    values = {
        "Customer": admin.accounts.one("Code", "2")["ID"],
        "Journal": "70",
        "PaymentCondition": condition,
        "Currency": currency[0],
        "Rate": Decimal(currency[1]) if currency[1] else None,
    }
    raw = [{"GLAccount": gl, "AmountFC": a, "VATCode": code} for a, code in lines]
    entry = entries.create(admin, SALES, values, raw)
    postings = admin.transaction_lines.by("EntryID", entry["EntryID"])
    assert sum(row["AmountDC"] for row in postings) == 0
    assert sum(row["AmountFC"] for row in postings) == 0
    stored = admin.sales_lines.by("EntryID", entry["EntryID"])
    assert entry["VATAmountFC"] == sum(row["VATAmountFC"] for row in stored)
    assert entry["AmountFC"] == sum(
        row["VATBaseAmountFC"] + row["VATAmountFC"] for row in stored
    )
    terms = admin.open_items(entry["EntryID"])
    assert sum(term["DebitFC"] for term in terms) == entry["AmountFC"]
    assert sum(term["DebitDC"] for term in terms) == entry["AmountDC"]


class Settling(RuleBasedStateMachine):
    """Pay and take back in any order; the books stay true."""

    def __init__(self):
        super().__init__()
        self.sandbox = Sandbox(switches={"take_back_joins": True})
        self.admin = self.sandbox.administrations[1001]
        self.paid = {}
        self.order = []

    def one_of(self, data, choices):
        """Draw by place: keys differ from run to run."""
        place = data.draw(st.integers(0, len(choices) - 1))
        return choices[place]

    @rule(
        amount=st.decimals("1", "500", places=2),
        condition=st.sampled_from(["30", "3T"]),
        credit=st.booleans(),
    )
    def book(self, amount, condition, credit):
        from exact_sandbox.books import entries
        from exact_sandbox.books.kinds import SALES

        values = {
            "Customer": self.admin.accounts.one("Code", "2")["ID"],
            "Journal": "70",
            "PaymentCondition": condition,
        }
        line = {
            "GLAccount": self.admin.coded("gl_accounts", "700000")["ID"],
            "AmountFC": -amount if credit else amount,
        }
        entry = entries.create(self.admin, SALES, values, [line])
        self.paid[entry["EntryID"]] = {}
        self.order.append(entry["EntryID"])

    @precondition(lambda self: self.paid)
    @rule(data=st.data(), amount=st.none() | st.decimals("0.01", "600", places=2))
    def pay(self, data, amount):
        entry_id = self.one_of(data, self.order)
        if not self.admin.balance(entry_id):
            return
        match = self.admin.pay(entry_id, amount)
        self.paid[entry_id][match["ID"]] = match["AmountFC"]

    @precondition(lambda self: any(self.paid.values()))
    @rule(data=st.data(), keep=st.booleans())
    def take_back(self, data, keep):
        entry_id = self.one_of(data, [k for k in self.order if self.paid[k]])
        match_id = self.one_of(data, list(self.paid[entry_id]))
        self.admin.take_back(entry_id, match_id, keep)
        del self.paid[entry_id][match_id]

    @rule()
    def change_the_switches(self):
        switches = self.sandbox.switches
        switches.split_keeps_open_id = not switches.split_keeps_open_id

    @invariant()
    def terms_add_up_to_the_entry(self):
        for entry_id, paid in self.paid.items():
            entry = self.admin.entry(entry_id)
            terms = self.admin.terms.by("TransactionEntryID", entry_id)
            assert sum(term["DebitFC"] for term in terms) == entry["AmountFC"]
            assert sum(term["DebitDC"] for term in terms) == entry["AmountDC"]
            settled = abs(entry["AmountFC"]) - abs(self.admin.balance(entry_id))
            assert settled == sum(paid.values())

    @invariant()
    def every_entry_balances(self):
        totals = {}
        for row in self.admin.transaction_lines:
            totals[row["EntryID"]] = totals.get(row["EntryID"], 0) + row["AmountDC"]
        assert not any(totals.values())

    @invariant()
    def open_terms_are_the_ledger_balance(self):
        receivable = self.admin.coded("gl_accounts", "400000")["ID"]
        ledger = sum(
            row["AmountDC"]
            for row in self.admin.transaction_lines
            if row["GLAccount"] == receivable
        )
        assert sum(term["DebitDC"] for term in self.admin.open_items()) == ledger

    @invariant()
    def timestamps_are_one_series(self):
        stamps = [
            row["Timestamp"] for table in self.admin.tables.values() for row in table
        ]
        assert len(set(stamps)) == len(stamps)
        assert max(stamps) <= self.admin.version.value


TestSettling = Settling.TestCase
TestSettling.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
