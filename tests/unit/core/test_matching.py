"""The first match of partners and accounts (product D6)."""

from time import process_time

import pytest
from exact import matching
from exact.matching import Side, match
from hypothesis import given
from hypothesis import strategies as st


def one(here, there):
    [pair] = match([Side("h", **here)], [Side("t", **there)])
    return pair.reason, pair.sure


BAKER = {"name": "Bakkerij Janssens BV", "postcode": "8000", "country": "BE"}


@pytest.mark.parametrize(
    ("here", "there", "reason", "sure"),
    [
        (
            {"vat_number": "BE0477472701"},
            {"vat_number": "0477.472.701", "country": "BE"},
            matching.VAT_NUMBER,
            True,
        ),
        (
            {"company_number": "0477 472 701"},
            {"company_number": "0477472701"},
            matching.COMPANY_NUMBER,
            True,
        ),
        (
            BAKER | {"code": "42"},
            {"name": "BAKKERIJ JANSSENS", "code": "42"},
            matching.CODE_AND_NAME,
            True,
        ),
        (
            BAKER,
            {"name": "Bakkerij Janssens", "postcode": "80 00"},
            matching.NAME_AND_POSTCODE,
            False,
        ),
        (BAKER, {"name": "Bakkerij Janssens"}, matching.NAME, False),
        ({"email": "A@b.be"}, {"email": "a@b.be "}, matching.EMAIL, False),
    ],
)
def test_what_speaks_for_a_pair(here, there, reason, sure):
    assert one(here, there) == (reason, sure)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ({"code": "42", "name": "Jan"}, {"code": "42", "name": "Piet"}),
        ({"name": "Jan", "postcode": "1"}, {"name": "Jan", "postcode": "2"}),
        (
            BAKER | {"vat_number": "BE0477472701"},
            BAKER | {"vat_number": "BE0403019261"},
        ),
        (BAKER | {"company_number": "1"}, BAKER | {"company_number": "2"}),
        ({}, {}),
    ],
)
def test_what_does_not_make_a_pair(here, there):
    assert not match([Side("h", **here)], [Side("t", **there)])


def test_several_with_one_number_ask():
    vat = {"vat_number": "BE0477472701"}
    pairs = match([Side("h", **vat)], [Side("t", **vat), Side("u", **vat)])
    assert [(p.there, p.sure, p.several) for p in pairs] == [
        ("t", False, True),
        ("u", False, True),
    ]


def test_a_sure_pair_leaves_no_weaker_one_beside_it():
    here = [
        Side("h", name="Jan", vat_number="BE0477472701", country="BE"),
        Side("i", name="Jan"),
    ]
    there = [Side("t", name="Jan", vat_number="BE0477472701")]
    assert [(p.here, p.sure, p.several) for p in match(here, there)] == [
        ("h", True, False)
    ]


def test_an_address_that_several_share_says_nothing():
    mail = {"email": "boekhouding@kantoor.be"}
    assert match([Side("h", **mail)], [Side("t", **mail)])
    assert not match([Side("h", **mail), Side("i", **mail)], [Side("t", **mail)])
    assert not match([Side("h", **mail)], [Side("t", **mail), Side("u", **mail)])


words = st.sampled_from(["", "Jan", "Jan BV", "Piet", "An", "Els NV"])
digit = st.sampled_from(["", "1", "2", "BE3"])
sides = st.lists(st.tuples(words, digit, digit, digit, digit, words), max_size=8).map(
    lambda rows: [
        Side(i, name, vat, company, code, postcode, "BE", mail)
        for i, (name, vat, company, code, postcode, mail) in enumerate(rows)
    ]
)


@given(sides, sides)
def test_whatever_is_matched(here, there):
    pairs = match(here, there)
    keys = [(p.here, p.there) for p in pairs]
    assert len(set(keys)) == len(keys), "a pair once"
    for pair in pairs:
        mine = [p for p in pairs if p.here == pair.here or p.there == pair.there]
        if pair.sure:
            assert mine == [pair], "a sure pair stands alone"
            assert pair.score >= matching.SURE
        assert pair.several == (len(mine) > 1)
    flipped = match(there, here)
    assert {(p.there, p.here, p.reason, p.sure) for p in flipped} == {
        (p.here, p.there, p.reason, p.sure) for p in pairs
    }, "both sides are alike"


def test_twenty_thousand_against_twenty_thousand():
    def many(prefix):
        # A third with a number, a third with name and postcode, a third all alike.
        for i in range(20_000):
            if i % 3 == 0:
                yield Side(f"{prefix}{i}", f"Firm {i}", f"BE{i:010}")
            elif i % 3 == 1:
                yield Side(f"{prefix}{i}", f"Firm {i}", postcode=str(i))
            else:
                yield Side(f"{prefix}{i}", "Jan Janssens", email="info@jan.be")

    started = process_time()
    pairs = match(many("h"), many("t"))
    assert process_time() - started < 20, "no quadratic work"
    assert sum(p.sure for p in pairs) == 6667
    assert len(pairs) == 6667 + 6667
