"""Anything a client can send gets an answer of Exact's shape, never a traceback."""

import json
from functools import cache
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exact_sandbox import Sandbox
from exact_sandbox.entities import REGISTRY

UNKNOWN = "00000000-0000-4000-8000-000000000000"
PATHS = sorted(REGISTRY)
WRITABLE = [p for p in PATHS if {"POST", "PUT"} & set(REGISTRY[p].type.methods)]
REQUESTS = 10  # in each example
EXAMPLES = 1000

_WORDS = st.sampled_from(
    f"""
    eq ne gt and or not ( ) , 'a' '' 1 -1 1L 1.5 0 null true add div desc asc * / $ %
    guid'x' guid'{UNKNOWN}' datetime'2026-01-01' substringof( trim( year( length(
    """.split()
)
_ODD_TEXT = st.text(max_size=12)
_YES_OR_NO = st.booleans()
_IN_10, _IN_20, _IN_30, _IN_40 = (st.integers(0, n - 1) for n in (10, 20, 30, 40))

# Strategies are made once and kept: to make them costs more than to draw from them.


@cache
def names(path):
    return st.sampled_from(sorted(REGISTRY[path].type.properties))


@cache
def option_texts(path):
    """Query options made of the set's own names and the dialect's words."""
    parts = st.lists(names(path) | _WORDS, max_size=7)
    texts = st.builds(str.join, st.sampled_from([" ", ","]), parts)
    return st.one_of(*[texts] * 9, _ODD_TEXT)


_LITERALS = {
    "Edm.String": st.sampled_from(["'a'", "''", "null", "'   2'"]),
    "Edm.Guid": st.just(f"guid'{UNKNOWN}'"),
    "Edm.DateTime": st.just("datetime'2026-06-15'"),
    "Edm.Boolean": st.sampled_from(["true", "false", "null"]),
}
_NUMBERS = st.sampled_from(["1", "0L", "-2.5"])
_OPERATORS = st.sampled_from(["eq", "ne", "gt", "le"])


@cache
@st.composite
def comparisons(draw, path):
    """Filters that are well formed more often than not."""
    name = draw(names(path))
    value = draw(_LITERALS.get(REGISTRY[path].type.properties[name].type, _NUMBERS))
    return f"{name} {draw(_OPERATORS)} {value}"


_A_PATH = st.sampled_from(PATHS)
_KEYS = st.sampled_from(
    [
        "",
        "",
        "",
        f"(guid'{UNKNOWN}')",
        "(1)",
        "('a')",
        "()",
        "(guid'x')",
        "/$count",
    ]
) | _ODD_TEXT.map(lambda text: f"({text})")
_OPTIONS = st.lists(
    st.sampled_from("filter select orderby top skip skiptoken expand".split()),
    max_size=4,
    unique=True,
)
_COUNTS = st.integers(-1, 99).map(str)


@cache
def lists_of_names(path):
    return st.lists(names(path), min_size=1, max_size=4).map(",".join)


@st.composite
def gets(draw):
    path = draw(_A_PATH)
    key = draw(_KEYS)
    query = {}
    for option in draw(_OPTIONS):
        if option == "filter" and draw(_YES_OR_NO):
            query["$filter"] = draw(comparisons(path))
        elif option in ("select", "orderby") and draw(_YES_OR_NO):
            query[f"${option}"] = draw(lists_of_names(path))
        elif option in ("top", "skip") and draw(_YES_OR_NO):
            query[f"${option}"] = draw(_COUNTS)
        else:
            query[f"${option}"] = draw(option_texts(path))
    return "GET", path + key, query, None


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | _ODD_TEXT
    | st.sampled_from([UNKNOWN, "2026-06-15", "/Date(0)/", "12.34", "1e999", "70", "C"])
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_ODD_TEXT, inner, max_size=3)
    ),
    max_leaves=4,
)


#: What makes a write get past the first checks, by property.
_SENSIBLE = {
    "Account": ["customer", "supplier"],
    "AmountFC": [0, 1, -1, 100, "12.345", 1e12],
    "Code": ["X1", "X2", "3", " 70 ", "9" * 18],
    "Country": ["BE", "NL ", "QQ"],
    "Currency": ["EUR", "USD", "XXX"],
    "Customer": ["customer"],
    "CallbackURL": ["https://example.com/x"],
    "Document": ["document"],
    "EntryID": ["entry", UNKNOWN],
    "EntryDate": ["2026-06-15", "2026-05-01", "2025-12-31", "2040-01-01"],
    "GLAccount": ["gl", "gl", "bank", "receivable"],
    "Journal": ["70", "60", "71", "20"],
    "JournalCode": ["90", "20", "70"],
    "Rate": [1, 0.5, 0, -1],
    "Status": ["C", "A", "Z"],
    "Supplier": ["supplier"],
    "Topic": ["Accounts", "SalesEntries", "x"],
    "Type": [20, 10, 1, 3, 90, 110],
    "VATCode": ["3", "A21", "N", "3I", "", "AMC", "LOG"],
    "VATPercentage": [0.21, 0.06, 0, -1],
}


_SENSIBLY = {name: st.sampled_from(values) for name, values in _SENSIBLE.items()}
_BY_TYPE = {
    "Edm.String": st.sampled_from(
        ["", "a", "70", "20", "60", "90", "3", "C", "x" * 99]
    ),
    "Edm.Guid": st.sampled_from([UNKNOWN, "customer", "supplier", "gl", "bank"]),
    "Edm.DateTime": st.sampled_from(["2026-06-15", "0001-01-01", "9999-12-31"]),
    "Edm.Boolean": _YES_OR_NO,
    "Edm.Double": st.sampled_from([0, -1, 100, 0.01, 1e15, -1e-9, "12.345"]),
    "Edm.Binary": st.sampled_from(["", "JVBERg=="]),
}
_WHOLE = st.sampled_from([0, 1, 6, -1, 20, 2026, 32767])


@cache
@st.composite
def fitting(draw, name, kind):
    """A value of the property's own type, often an edge of it."""
    if name in _SENSIBLY and draw(_IN_10):
        return draw(_SENSIBLY[name])
    return draw(_BY_TYPE.get(kind, _WHOLE))


@cache
def some_properties(path):
    properties = list(REGISTRY[path].type.properties.values())
    return st.lists(st.sampled_from(properties), max_size=4)


@cache
def lines(path):
    return st.lists(bodies(path, depth=1), min_size=1, max_size=3)


@cache
@st.composite
def bodies(draw, path, depth=0):
    kind = REGISTRY[path].type
    mandatory = [p for p in kind.properties.values() if p.mandatory]
    body = {}
    for prop in mandatory + draw(some_properties(path)):
        navigation = REGISTRY[path].navigation.get(prop.name)
        if navigation and depth == 0:
            body[prop.name] = draw(lines(navigation[0]))
        elif prop.scalar and draw(_IN_30):
            body[prop.name] = draw(fitting(prop.name, prop.type))
        else:
            body[prop.name] = draw(_VALUES)
    if draw(_IN_40) == 0:
        body[draw(_ODD_TEXT)] = draw(_VALUES)
    return body


_A_WRITABLE_PATH = st.sampled_from(WRITABLE)
_WHICH = st.sampled_from(["known", "last", UNKNOWN])


@cache
def methods(path):
    allowed = set(REGISTRY[path].type.methods) & {"POST", "PUT", "DELETE"}
    return st.sampled_from(sorted(allowed) + ["POST"])


@st.composite
def writes(draw):
    path = draw(_A_WRITABLE_PATH)
    method = draw(methods(path))
    key = "" if method == "POST" else draw(_WHICH)
    body = draw(bodies(path) if draw(_IN_20) else _VALUES)
    return method, path, key, body


def fill_in(value, keys):
    """Put real keys where a body says "customer", "gl" and so on."""
    if isinstance(value, dict):
        return {name: fill_in(inner, keys) for name, inner in value.items()}
    if isinstance(value, list):
        return [fill_in(inner, keys) for inner in value]
    return keys.get(value, value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def world():
    from tests.unit.sandbox.conftest import NOW, Api

    sandbox = Sandbox(minutely=0, daily=0, clock=NOW)
    sandbox.limits.errors_per_hour = 0
    sandbox.webhooks.send = lambda address, data: 200
    api = Api(sandbox)
    api.booked(100)
    api.keys = {
        "customer": api.account("2"),
        "supplier": api.account("3"),
        "gl": api.gl("700000"),
        "bank": api.gl("550000"),
        "receivable": api.gl("400000"),
        "document": api.post(
            "documents/Documents", {"Subject": "Bill", "Type": 20}
        ).json["d"]["ID"],
    }
    api.first = {key for table in api.admin.tables.values() for key in table.rows}
    return api


def send(api, method, path, query, body):
    if method != "GET":
        place = {"known": 0, "last": -1}.get(query)
        known = some_key(api, path, place)
        path += f"(guid'{known}')" if query else ""
        query = {}
    entries = list(api.admin.sales_entries.rows)
    api.keys["entry"] = entries[-1] if entries else UNKNOWN
    data = None if body is None else json.dumps(fill_in(body, api.keys))
    return api.client.open(
        "/api/v1/1001/" + quote(path, safe="/()',=$"),
        method=method,
        query_string=query,
        data=data,
        content_type="application/json",
        headers={
            "Authorization": f"Bearer {api.token}",
            "Accept": "application/json",
            "Prefer": "return=representation",
        },
    )


def some_key(api, path, place):
    """The first or last key of a set that was not there at the start."""
    rows = api.admin.tables[REGISTRY[path].table].rows
    keys = [key for key in rows if key not in api.first]
    return UNKNOWN if place is None or not keys else keys[place]


def has_the_shape(answer):
    if answer.status_code == 204:
        return answer.data == b""
    if answer.status_code < 300:
        return answer.content_type.startswith("text/plain") or "d" in answer.json
    error = answer.json["error"]
    return error["code"] == "" and isinstance(error["message"]["value"], str)


def balanced(admin):
    totals = {}
    for row in admin.transaction_lines:
        totals[row["EntryID"]] = totals.get(row["EntryID"], 0) + row["AmountDC"]
    return not any(totals.values())


def agree(admin):
    """Open items and the ledger's party accounts say the same."""
    kinds = {row["ID"]: row["Type"] for row in admin.gl_accounts}
    ledger = sum(
        row["AmountDC"]
        for row in admin.transaction_lines
        if kinds[row["GLAccount"]] in (20, 22)
    )
    return ledger == sum(term["DebitDC"] for term in admin.open_items())


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(gets() | writes(), min_size=REQUESTS, max_size=REQUESTS))
def test_any_request(world, requests):
    for request in requests:
        world.sandbox.failures.clear()
        answer = send(world, *request)
        assert answer.status_code < 500 or "error" in answer.json
        assert has_the_shape(answer), request
        assert not world.sandbox.failures, (request, world.sandbox.failures)
    assert balanced(world.admin)
    assert agree(world.admin)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_as_a_body(world, data):
    answer = world.client.post(
        "/api/v1/1001/crm/Accounts",
        data=data,
        headers={
            "Authorization": f"Bearer {world.token}",
            "Accept": "application/json",
        },
    )
    assert answer.status_code in (400, 500) and has_the_shape(answer)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_path(world, text):
    world.sandbox.failures.clear()
    answer = world.client.get(
        "/api/v1/" + text.replace("?", "").replace("#", ""),
        headers={
            "Authorization": f"Bearer {world.token}",
            "Accept": "application/json",
        },
    )
    assert answer.status_code < 500 and not world.sandbox.failures
