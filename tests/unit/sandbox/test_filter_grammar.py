"""The filter language: grammar, types, and an independent evaluation of trees."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exact_sandbox.errors import ApiError, BadRequest
from exact_sandbox.odata import parser
from exact_sandbox.odata.compiler import Compiler
from exact_sandbox.odata.lexer import FilterGuid, FilterSyntax, quoted
from exact_sandbox.odata.parser import Binary, Literal, Name, Unary
from exact_sandbox.schema import entity_types

ACCOUNTS = entity_types()["crm/Accounts"]
GUID = "b59f9aa3-3f13-5857-b390-a0b82030ed9e"


def holds(text, **row):
    predicate = Compiler(ACCOUNTS).predicate(parser.parse(text))
    return bool(predicate(row.get))


@pytest.mark.parametrize(
    "text, row",
    [
        ("Code eq '                25'", {"Code": "                25"}),
        ("trim(Code) eq '25'", {"Code": "                25"}),
        ("Name eq 'O''Neil'", {"Name": "O'Neil"}),
        (f"ID eq guid'{GUID}'", {"ID": GUID}),
        (f"ID eq guid'{GUID.upper()}'", {"ID": GUID}),
        ("Created ge datetime'2026-01-01'", {"Created": datetime(2026, 1, 1)}),
        (
            "Created lt datetime'2026-01-01T12:00:00'",
            {"Created": datetime(2026, 1, 1)},
        ),
        ("InvoicingMethod gt 1L", {"InvoicingMethod": 2}),
        ("Blocked eq false and not (Status eq 'A')", {"Blocked": False, "Status": "C"}),
        ("Email eq null", {}),
        ("Email ne null", {"Email": "a@b.example"}),
        ("substringof('vast', Name)", {"Name": "Van der Meer Vastgoed"}),
        ("startswith(Name, 'Van') eq true", {"Name": "Van der Meer"}),
        ("endswith(Name,'BV')", {"Name": "Jurimmo BV"}),
        ("tolower(Name) eq 'jurimmo bv'", {"Name": "Jurimmo BV"}),
        ("length(Name) eq 4", {"Name": "abcd"}),
        ("indexof(Name, 'c') eq 2", {"Name": "abcd"}),
        ("substring(Name, 1, 2) eq 'bc'", {"Name": "abcd"}),
        ("replace(Name, 'b', 'x') eq 'axcd'", {"Name": "abcd"}),
        ("concat(Name, City) eq 'ab'", {"Name": "a", "City": "b"}),
        (
            "year(Created) eq 2026 and month(Created) eq 8",
            {"Created": datetime(2026, 8, 14)},
        ),
        ("DiscountSales mul 2 add 1 eq 1.5", {"DiscountSales": Decimal("0.25")}),
        ("-DiscountSales eq -0.25", {"DiscountSales": Decimal("0.25")}),
        ("round(DiscountSales) eq 3", {"DiscountSales": Decimal("2.5")}),
        (
            "Status eq 'A' or Status eq 'C' and Blocked eq true",
            {"Status": "A", "Blocked": False},
        ),
        ("Country eq 'BE'", {"Country": "BE "}),
        ("Name eq 'JURIMMO'", {"Name": "Jurimmo"}),
    ],
)
def test_filters_that_hold(text, row):
    assert holds(text, **row)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Name eq",
        "eq 'a'",
        "Name = 'a'",
        "Name eq 'a",
        "(Name eq 'a'",
        "Name eq 'a')",
        "Name eq 'a' and",
        "Name like 'a%'",
        "Name eq 'a' eq 'b'",
        "datetime'yesterday' eq Created",
        "trim(Name",
        "Name eq 12abc",
        "(" * 70 + "true" + ")" * 70,
    ],
)
def test_no_filters(text):
    with pytest.raises(FilterSyntax):
        parser.parse(text)


def test_a_guid_literal_must_hold_a_guid():
    with pytest.raises(FilterGuid):
        parser.parse("ID eq guid'nonsense'")


@pytest.mark.parametrize(
    "text, part",
    [
        ("Nam eq 'a'", "No property 'Nam' exists in type"),
        ("BankAccounts eq 'a'", "No property 'BankAccounts'"),
        ("ID eq 'a'", "incompatible with operand types 'Edm.Guid' and 'Edm.String'"),
        ("Name eq 1", "incompatible with operand types"),
        ("Name", "must evaluate to a single boolean"),
        ("not Name", "incompatible with operand type 'Edm.String'"),
        ("Name and true", "incompatible with operand type 'Edm.String'"),
        ("shout(Name) eq 'a'", "Unknown function 'shout'"),
        ("trim(ID) eq 'a'", "No applicable function"),
    ],
)
def test_types_are_checked(text, part):
    with pytest.raises(BadRequest, match=part.replace("(", r"\(")) as caught:
        holds(text)
    assert caught.value.status == 400


def test_division_by_zero_is_null():
    assert not holds("DiscountSales div 0 gt 1", DiscountSales=Decimal(1))


# --- trees made at random, written as text, parsed back and evaluated twice ---------

_NAMES = {
    "Name": st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=5),
    "DiscountSales": st.decimals(-99, 99, places=2),
    "Blocked": st.booleans(),
}
_ROWS = st.fixed_dictionaries({name: s | st.none() for name, s in _NAMES.items()})


@st.composite
def comparisons(draw):
    name = draw(st.sampled_from(["Name", "DiscountSales"]))
    operator = draw(st.sampled_from(parser.COMPARISONS))
    kind = "string" if name == "Name" else "number"
    return Binary(operator, Name(name), Literal(kind, draw(_NAMES[name])))


_TREES = st.recursive(
    comparisons() | st.just(Name("Blocked")),
    lambda inner: (
        st.builds(Unary, st.just("not"), inner)
        | st.builds(Binary, st.sampled_from(["and", "or"]), inner, inner)
    ),
    max_leaves=8,
)


def written(tree):
    if isinstance(tree, Literal):
        negative = tree.kind == "number" and tree.value < 0
        text = quoted(abs(tree.value) if negative else tree.value)
        return f"-{text}" if negative else text
    if isinstance(tree, Name):
        return tree.name
    if isinstance(tree, Unary):
        return f"not ({written(tree.operand)})"
    return f"({written(tree.left)}) {tree.operator} ({written(tree.right)})"


def expected(tree, row):
    """A second, plain evaluation."""
    if isinstance(tree, Literal):
        return tree.value
    if isinstance(tree, Name):
        return row[tree.name]
    if isinstance(tree, Unary):
        return not expected(tree.operand, row)
    left, right = expected(tree.left, row), expected(tree.right, row)
    if tree.operator in ("and", "or"):
        return bool(left and right) if tree.operator == "and" else bool(left or right)
    if isinstance(left, str):
        left = left.rstrip(" ").casefold()
    if isinstance(right, str):
        right = right.rstrip(" ").casefold()
    if tree.operator in ("eq", "ne"):
        return (left == right) == (tree.operator == "eq")
    if left is None or right is None:
        return False
    return {
        "gt": left > right,
        "ge": left >= right,
        "lt": left < right,
        "le": left <= right,
    }[tree.operator]


@given(_TREES, _ROWS)
def test_text_and_tree_mean_the_same(tree, row):
    assert holds(written(tree), **row) == bool(expected(tree, row))


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_refused(text):
    try:
        holds(text)
    except (FilterSyntax, FilterGuid, ApiError):
        pass


@given(
    st.lists(
        st.sampled_from(
            "Name eq ne and or not ( ) , 'a' 1L guid'x' null true trim( - add".split()
        ),
        max_size=12,
    )
)
def test_any_mix_of_tokens_is_a_filter_or_refused(parts):
    try:
        holds(" ".join(parts))
    except (FilterSyntax, FilterGuid, ApiError):
        pass
