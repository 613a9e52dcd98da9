"""Which accounts of Exact are which partners of Odoo, at the start (product D6).

A number decides, and a code whose name agrees; these are sure where they point from one
to one. All else is a suggestion for a person. The work grows with the number of
partners and accounts, never with their product: every kind of evidence is looked up in
an index, and what many share is no evidence.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .numbers import compact, name_key, vat_key
from .payloads import NAME_LENGTH

VAT_NUMBER = "vat_number"
COMPANY_NUMBER = "company_number"
CODE_AND_NAME = "code_and_name"
NAME_AND_POSTCODE = "name_and_postcode"
NAME = "name"
EMAIL = "email"
# What each kind of evidence is worth; the order is that in which it is tried.
SCORES = {
    VAT_NUMBER: 100,
    COMPANY_NUMBER: 95,
    CODE_AND_NAME: 90,
    NAME_AND_POSTCODE: 70,
    NAME: 50,
    EMAIL: 30,
}
SURE = 90
# A number or name that more of them have says nothing about any of them.
SHARED = 10


@dataclass(frozen=True)
class Side:
    """A partner of Odoo or an account of Exact, in what can be compared.

    :param key: of the caller, to find it again
    """

    key: object
    name: str = ""
    vat_number: str = ""
    company_number: str = ""
    code: str = ""
    postcode: str = ""
    country: str = ""
    email: str = ""


@dataclass(frozen=True)
class Match:
    """A partner that may be an account.

    :param sure: nothing else claims either of them, and a number or code says so
    :param several: the partner or the account has other candidates as good
    """

    here: object
    there: object
    score: int
    reason: str
    sure: bool = False
    several: bool = False


@dataclass(frozen=True)
class _Keys:
    """The evidence of one side."""

    key: object
    vat: str
    company: str
    code: str
    name: str
    postcode: str
    email: str


def _keys(side: Side) -> _Keys:
    return _Keys(
        side.key,
        vat_key(side.vat_number, side.country),
        compact(side.company_number),
        compact(side.code),
        name_key(side.name, NAME_LENGTH),
        compact(side.postcode),
        side.email.strip().lower(),
    )


def _evidence(keys: _Keys) -> Iterator[tuple[str, tuple]]:
    """(kind, what has to be equal), the best first."""
    if keys.vat:
        yield VAT_NUMBER, (keys.vat,)
    if keys.company:
        yield COMPANY_NUMBER, (keys.company,)
    if keys.code and keys.name:
        yield CODE_AND_NAME, (keys.code, keys.name)
    if keys.name and keys.postcode:
        yield NAME_AND_POSTCODE, (keys.name, keys.postcode)
    if keys.name:
        yield NAME, (keys.name,)
    if keys.email:
        yield EMAIL, (keys.email,)


def _contradicts(here: _Keys, there: _Keys, kind: str) -> bool:
    """Whether something else says that these are two."""
    if kind == VAT_NUMBER:
        return False
    if here.vat and there.vat and here.vat != there.vat:
        return True
    if kind == COMPANY_NUMBER:
        return False
    if here.company and there.company and here.company != there.company:
        return True
    other_place = here.postcode and there.postcode and here.postcode != there.postcode
    return bool(kind == NAME and other_place)


def match(here: Iterable[Side], there: Iterable[Side]) -> list[Match]:
    """All pairs that may be one, the best reason of each; sure ones stand alone.

    A pair that is sure leaves no weaker pair with one of the two.

    :param here: partners of Odoo that have no account yet
    :param there: accounts of Exact that no partner has yet
    """
    found = sorted(
        _pairs([_keys(side) for side in here], [_keys(side) for side in there]),
        key=lambda pair: -pair.score,
    )
    best_here = Counter(pair.here for pair in found if pair.score >= SURE)
    best_there = Counter(pair.there for pair in found if pair.score >= SURE)
    sure = {
        (pair.here, pair.there)
        for pair in found
        if pair.score >= SURE
        and best_here[pair.here] == 1
        and best_there[pair.there] == 1
    }
    settled_here = {pair[0] for pair in sure}
    settled_there = {pair[1] for pair in sure}
    rest = [
        pair
        for pair in found
        if (pair.here, pair.there) in sure
        or (pair.here not in settled_here and pair.there not in settled_there)
    ]
    many_here = Counter(pair.here for pair in rest)
    many_there = Counter(pair.there for pair in rest)
    return [
        Match(
            pair.here,
            pair.there,
            pair.score,
            pair.reason,
            (pair.here, pair.there) in sure,
            many_here[pair.here] > 1 or many_there[pair.there] > 1,
        )
        for pair in rest
    ]


def _pairs(here: list[_Keys], there: list[_Keys]) -> Iterator[Match]:
    """Every pair once, with its best reason."""
    index: dict[tuple, list[_Keys]] = defaultdict(list)
    for keys in there:
        for evidence in _evidence(keys):
            index[evidence].append(keys)
    held = Counter(evidence for keys in here for evidence in _evidence(keys))
    for keys in here:
        seen = set()
        for evidence in _evidence(keys):
            kind = evidence[0]
            candidates = index.get(evidence, ())
            # An address of several is that of an office or a family, and of nobody.
            most = 1 if kind == EMAIL else SHARED
            if len(candidates) > most or held[evidence] > most:
                continue
            for other in candidates:
                if other.key in seen or _contradicts(keys, other, kind):
                    continue
                seen.add(other.key)
                yield Match(keys.key, other.key, SCORES[kind], kind)
