"""What is sent agrees with Odoo to the cent."""

from datetime import date
from decimal import Decimal

import pytest
from exact import payloads
from exact.payloads import Invoice, Line, VatCode
from hypothesis import given
from hypothesis import strategies as st

CENT = Decimal("0.01")
cents = st.integers(-10_000_000, 10_000_000).map(lambda value: Decimal(value) * CENT)
ideal = st.lists(cents.map(lambda value: value * Decimal("0.21")), min_size=1)
HIGH = VatCode("21", rate=Decimal("0.21"))
LOW = VatCode("6", rate=Decimal("0.06"))
GL = "11111111-2222-3333-4444-555555555555"


def invoice(*lines, vat=None, total=None, **values):
    vat = vat or {}
    if total is None:
        total = sum((line.amount for line in lines), Decimal(0))
        total += sum(vat.values(), Decimal(0))
    defaults = {
        "number": "INV/2026/00042",
        "journal": "70",
        "customer": GL,
        "entry_date": date(2026, 3, 14),
        "due_date": date(2026, 4, 13),
        "currency": "EUR",
    }
    return Invoice(lines=lines, vat_totals=vat, total=total, **defaults | values)


@given(cents, ideal)
def test_spread_adds_up_to_the_total(total, shares):
    assert sum(payloads.spread(total, shares, CENT)) == total


@given(ideal)
def test_spread_moves_no_share_by_a_whole_unit_when_only_rounding_differs(shares):
    total = sum(shares).quantize(CENT)
    for share, rounded in zip(
        shares, payloads.spread(total, shares, CENT), strict=True
    ):
        assert abs(share - rounded) < CENT


@given(st.lists(st.tuples(cents, st.sampled_from([HIGH, LOW])), min_size=1))
def test_vat_per_code_is_that_of_odoo_whatever_the_lines(rows):
    lines = [Line(GL, amount, vat) for amount, vat in rows]
    totals = {}
    for line in lines:
        share = (line.amount * line.vat.rate).quantize(CENT)
        totals[line.vat.code] = totals.get(line.vat.code, Decimal(0)) + share
    entry = payloads.sales_entry(invoice(*lines, vat=totals))
    for code, total in totals.items():
        assert total == sum(
            line["VATAmountFC"]
            for line in entry["SalesEntryLines"]
            if line["VATCode"] == code
        )
    assert entry["VATAmountFC"] == sum(totals.values())


@given(st.lists(st.tuples(cents, st.sampled_from([HIGH, LOW])), min_size=1))
def test_grouping_keeps_every_total(rows):
    lines = [Line(GL, amount, vat) for amount, vat in rows]
    totals = {"21": Decimal("1.23"), "6": Decimal("-4.56")}
    used = {line.vat.code for line in lines}
    vat = {code: total for code, total in totals.items() if code in used}
    single = payloads.sales_entry(invoice(*lines, vat=vat))
    together = payloads.sales_entry(invoice(*payloads.grouped(lines), vat=vat))
    assert len(together["SalesEntryLines"]) == len(used)
    for code in used:
        for field in ("AmountFC", "VATAmountFC"):
            before, after = (
                sum(
                    line[field]
                    for line in entry["SalesEntryLines"]
                    if line["VATCode"] == code
                )
                for entry in (single, together)
            )
            assert before == after


@pytest.mark.parametrize(
    ("number", "expected"),
    [("FAC-2020-0001", "20200001"), ("KLANT-00001", "00001"), ("INV", "")],
)
def test_digits_of_a_number(number, expected):
    assert payloads.digits(number) == expected


def test_own_number_goes_along_only_where_it_is_given():
    line = Line(GL, Decimal("1"), LOW)
    assert "EntryNumber" not in payloads.sales_entry(invoice(line))
    entry = payloads.sales_entry(invoice(line, entry_number=20260042))
    assert entry["EntryNumber"] == 20260042


def test_two_lines_of_ten_cents_at_21_percent_carry_four_cents_not_five():
    lines = [Line(GL, Decimal("0.10"), HIGH)] * 2
    entry = payloads.sales_entry(invoice(*lines, vat={"21": Decimal("0.04")}))
    vat = [line["VATAmountFC"] for line in entry["SalesEntryLines"]]
    assert vat == [Decimal("0.02"), Decimal("0.02")]


def test_a_credit_note_is_an_entry_with_negative_amounts():
    line = Line(GL, Decimal("-100"), HIGH)
    entry = payloads.sales_entry(invoice(line, vat={"21": Decimal("-21")}))
    assert entry["SalesEntryLines"][0]["AmountFC"] == -100
    assert entry["SalesEntryLines"][0]["VATAmountFC"] == -21


def test_with_an_inclusive_code_the_amount_carries_its_vat():
    line = Line(GL, Decimal("100"), VatCode("21I", "I", Decimal("0.21")))
    entry = payloads.sales_entry(invoice(line, vat={"21I": Decimal("21")}))
    assert entry["SalesEntryLines"][0]["AmountFC"] == 121


def test_a_code_without_vat_carries_no_vat_amount():
    entry = payloads.sales_entry(invoice(Line(GL, Decimal("100"), VatCode("0", "N"))))
    assert "VATAmountFC" not in entry["SalesEntryLines"][0]


def test_our_number_travels_in_your_ref_and_long_text_is_shortened():
    line = Line(GL, Decimal("1"), LOW, "a very long text " * 10)
    entry = payloads.sales_entry(invoice(line, description="x " * 100))
    assert entry["YourRef"] == "INV/2026/00042"
    assert len(entry["Description"]) <= payloads.DESCRIPTION_LENGTH
    assert entry["SalesEntryLines"][0]["Description"].endswith("…")


@pytest.mark.parametrize(
    ("vat", "total", "agree"),
    [
        ({"21": Decimal("21")}, Decimal("121"), True),
        ({"21": Decimal("21")}, Decimal("121.01"), False),
        ({"6": Decimal("6")}, Decimal("106"), False),
    ],
)
def test_totals_that_disagree_are_seen_before_sending(vat, total, agree):
    line = Line(GL, Decimal("100"), HIGH)
    assert payloads.totals_agree(invoice(line, vat=vat, total=total)) is agree


def test_the_fingerprint_follows_every_value():
    line = Line(GL, Decimal("100"), HIGH)
    before = payloads.sales_entry(invoice(line, vat={"21": Decimal("21")}))
    after = payloads.sales_entry(
        invoice(line, vat={"21": Decimal("21")}, due_date=date(2026, 4, 14))
    )
    assert payloads.fingerprint(before) == payloads.fingerprint(dict(before))
    assert payloads.fingerprint(before) != payloads.fingerprint(after)


def test_a_customer_is_created_as_customer_and_without_empty_fields():
    body = payloads.account(payloads.Party(name="N" * 60, country="BE"))
    assert body["Status"] == "C"
    assert len(body["Name"]) == payloads.NAME_LENGTH
    assert "Email" not in body


fraction = st.decimals("0.0001", "1", places=4)
distribution = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["ANT", "GEN"]), st.none(), fraction),
        st.tuples(st.none(), st.sampled_from(["VAN", "CAR"]), fraction),
        st.tuples(
            st.sampled_from(["ANT", "GEN"]), st.sampled_from(["VAN", "CAR"]), fraction
        ),
    ),
    max_size=4,
)
NEARLY = Decimal("1E-20")


@given(distribution)
def test_the_places_of_a_line_are_the_whole_line(shares):
    found = payloads.places(shares)
    assert abs(sum(share for *_place, share in found) - 1) < NEARLY
    assert all(share > 0 for *_place, share in found)
    assert len({(center, unit) for center, unit, _share in found}) == len(found)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([], {("", ""): "1"}),
        ([("ANT", None, "0.4")], {("ANT", ""): "0.4", ("", ""): "0.6"}),
        # Two plans, each by itself: the line is on both.
        ([("ANT", None, "1"), (None, "VAN", "1")], {("ANT", "VAN"): "1"}),
        (
            [("ANT", None, "0.5"), ("GEN", None, "0.5"), (None, "VAN", "1")],
            {("ANT", "VAN"): "0.5", ("GEN", "VAN"): "0.5"},
        ),
        # Some of the line on both, the rest by itself.
        (
            [("ANT", "VAN", "0.5"), ("GEN", None, "0.5")],
            {("ANT", "VAN"): "0.5", ("GEN", ""): "0.5"},
        ),
        # Thirds, as Odoo keeps them.
        (
            [("ANT", None, "0.6667"), ("GEN", None, "0.3332")],
            {("ANT", ""): None, ("GEN", ""): None},
        ),
        (
            [("ANT", None, "0.9"), ("GEN", None, "0.9")],
            {("ANT", ""): "0.5", ("GEN", ""): "0.5"},
        ),
    ],
)
def test_places(shares, expected):
    found = payloads.places([(c, u, Decimal(share)) for c, u, share in shares])
    assert {(center, unit) for center, unit, _share in found} == set(expected)
    for center, unit, share in found:
        wanted = expected[center, unit]
        assert wanted is None or share == Decimal(wanted)


@given(cents, distribution)
def test_a_line_over_cost_centres_keeps_its_total(amount, shares):
    lines = payloads.divided(
        Line(GL, amount, HIGH, "Bread"), payloads.places(shares), CENT
    )
    assert sum(line.amount for line in lines) == amount


@given(st.lists(st.tuples(cents, distribution), min_size=1))
def test_groups_keep_the_total_of_each_cost_centre(rows):
    lines = [
        line
        for amount, shares in rows
        for line in payloads.divided(
            Line(GL, amount, HIGH), payloads.places(shares), CENT
        )
    ]

    def totals(some):
        found = {}
        for line in some:
            found[line.group] = found.get(line.group, Decimal(0)) + line.amount
        return found

    grouped = payloads.grouped(lines)
    assert totals(grouped) == totals(lines)
    assert len(grouped) == len(totals(lines))


def test_lines_of_nothing_stay_only_where_there_is_nothing_else():
    zero, bread = Line(GL, Decimal("0.00"), HIGH), Line(GL, Decimal(1), HIGH)
    assert payloads.without_zeros([zero, bread]) == (bread,)
    assert payloads.without_zeros([zero, zero]) == (zero, zero)


def test_days_of_deferral_and_cost_centre_go_along():
    line = Line(
        GL,
        Decimal(1),
        HIGH,
        cost_center="ANT",
        start=date(2026, 1, 1),
        end=date(2026, 12, 31),
    )
    [sent] = payloads.sales_entry(invoice(line))["SalesEntryLines"]
    assert sent["CostCenter"] == "ANT"
    assert "CostUnit" not in sent
    assert (sent["From"], sent["To"]) == (date(2026, 1, 1), date(2026, 12, 31))


def test_an_account_has_the_roles_of_its_party_and_an_update_changes_none():
    party = payloads.Party(name="Bakker", supplier=True, payment_condition="30")
    assert payloads.account(party) == {
        "Name": "Bakker",
        "PaymentConditionSales": "30",
        "Status": "C",
        "IsSupplier": True,
    }
    update = payloads.account_update(party)
    assert not {"Status", "IsSupplier", "Code"} & update.keys()
    assert update["PaymentConditionSales"] == "30"
    nothing = payloads.account_update(payloads.Party(name="Bakker"))
    assert "PaymentConditionSales" not in nothing, "Exact keeps its own"
    assert nothing["City"] == ""


def test_a_name_that_does_not_fit_is_told():
    assert payloads.shortened(payloads.Party(name="Bakker  Jan")) == []
    [(field, text)] = payloads.shortened(payloads.Party(name="B" * 51))
    assert (field, text) == ("Name", "B" * 49 + "…")


def test_a_period_other_than_that_of_the_date_goes_along():
    line = Line(GL, Decimal(1), HIGH)
    assert "ReportingYear" not in payloads.sales_entry(invoice(line))
    sent = payloads.sales_entry(invoice(line, period=(2026, 5)))
    assert (sent["ReportingYear"], sent["ReportingPeriod"]) == (2026, 5)
