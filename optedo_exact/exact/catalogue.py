"""What Exact's own words mean: from the text of a refusal to its cause.

Exact answers in the language of its user, and mostly by a pattern: what is wrong, a
colon, and the field (exact-api 5). The cause is a code with parameters; its sentence
stands in ``models/issues.py``, and Exact's words are always shown beside it.
"""

import re
from dataclasses import dataclass, field

# Where a cause is mended; the kinds of a mapping, or another place in Odoo.
JOURNAL, TAX, ACCOUNT = "journal", "tax", "account"
PAYMENT_TERM, COST_CENTER, COST_UNIT = "payment_term", "cost_center", "cost_unit"
CUSTOMER, PERIOD, SETUP = "customer", "period", "setup"

# Refused for its period, which asks a person for a decision.
PERIOD_CLOSED = "exact_period_closed"


@dataclass(frozen=True)
class Cause:
    """Why Exact refused something.

    :param code: a key of the sentences
    :param place: where it is mended, empty where that is in Exact itself
    """

    code: str
    params: dict = field(default_factory=dict)
    place: str = ""


# What a field is called in Dutch, English (with Exact's odd terms) and French.
_FIELDS = {
    "journal": ("dagboek", "diary", "journal", "journals"),
    "customer": (
        "relatie",
        "klant",
        "debiteur",
        "factuur voor",
        "besteld door",
        "relationship",
        "account",
        "customer",
        "relation",
        "client",
    ),
    "customer_type": ("klant type", "factuur voor type", "customer type", "client type")
    + ("invoice to type",),
    "payment_condition": (
        "betalingsconditie",
        "payment condition",
        "condition de paiement",
    ),
    "year": ("boekjaar", "financial year", "exercice")
    + ("financial year period-date table",),
    "vat_code": ("btw-code", "vat-code", "vat code", "code tva"),
    "vat_percentage": ("btw-percentage", "vat percentage", "pourcentage de tva"),
    "gl_account": ("grootboekrekening", "g/l account", "compte général"),
    "gl_type": (
        "grootboekrekeningtype",
        "g/l account type",
        "type de compte général",
    ),
    "receivables": ("debiteurenrekening", "receivables account", "compte clients"),
    "entry_number": ("boekstuknummer", "entry number", "numéro d'écriture"),
    "cost_center": ("kostenplaats", "cost center", "cost centre", "centre de coûts"),
    "cost_unit": ("kostendrager", "cost unit", "unité d'œuvre"),
    "rate": ("wisselkoers", "exchange rate", "taux de change"),
    "currency": ("valuta", "currency", "devise"),
    "code": ("code",),
}
_NAMES = {word: name for name, words in _FIELDS.items() for word in words}

# Where the code of a field is chosen.
_PLACES = {
    "journal": JOURNAL,
    "vat_code": TAX,
    "gl_account": ACCOUNT,
    "payment_condition": PAYMENT_TERM,
    "cost_center": COST_CENTER,
    "cost_unit": COST_UNIT,
    "customer": CUSTOMER,
    "code": CUSTOMER,
    "currency": JOURNAL,
    "rate": JOURNAL,
}

# The patterns "what: field", each with the causes of known fields and of any other.
_KINDS = (
    (
        r"verplicht|mandatory|obligatoire|unknown|onbekend",
        {
            "year": "exact_year_missing",
            "payment_condition": "exact_condition_missing",
            "cost_center": "exact_cost_center_missing",
            "cost_unit": "exact_cost_unit_missing",
        },
        "exact_field_missing",
    ),
    (
        r"ongeldige referentie|invalid reference|référence non valide",
        {},
        "exact_reference",
    ),
    (
        r"ongeldig|invalid|non valide",
        {
            "customer_type": "exact_not_customer",
            "gl_type": "exact_gl_type",
            "vat_percentage": "exact_vat_percentage",
            "receivables": "exact_receivables_account",
        },
        "exact_field_invalid",
    ),
    (
        r"niet toegestaan|not allowed|non autorisé",
        {
            "vat_code": "exact_vat_not_allowed",
            "rate": "exact_rate_not_allowed",
            "currency": "exact_rate_not_allowed",
        },
        "exact_field_not_allowed",
    ),
    (
        r"in gebruik|in use|utilisé|already exists|bestaat reeds",
        {"entry_number": "exact_number_taken"},
        "exact_exists",
    ),
    (r"te lang|too long|trop long", {}, "exact_too_long"),
    (r"geblokkeerd|blocked|bloqué", {}, "exact_blocked"),
)
_KINDS = tuple(
    (re.compile(rf"^(?:{words})\s*[:-]\s*(?P<field>.+)$", re.I), causes, other)
    for words, causes, other in _KINDS
)

# Whole sentences, the most telling first.
_SENTENCES = tuple(
    (re.compile(pattern, re.I), code, place)
    for pattern, code, place in (
        (
            r"periode is afgesloten|period is closed|période est clôturée",
            PERIOD_CLOSED,
            PERIOD,
        ),
        (
            r"boekstuknummer in gebruik|already exists - entry number",
            "exact_number_taken",
            SETUP,
        ),
        (
            r"gegeven bestaat reeds|bestaat reeds$|data already exists|existe déjà",
            "exact_exists",
            CUSTOMER,
        ),
        (
            r"ongeldig dagboek|invalid journal\b|journal non valide",
            "exact_journal_type",
            JOURNAL,
        ),
        (
            r"ongeldig grootboekrekeningtype|invalid g/l account type",
            "exact_gl_type",
            ACCOUNT,
        ),
        (
            r"btw bedrag is niet toegestaan|vat amount is not allowed"
            r"|montant de tva n'est pas autorisé",
            "exact_vat_on_none",
            TAX,
        ),
        (
            r"btw regel met btw code|amount of the vat line",
            "exact_vat_differs",
            TAX,
        ),
        (
            r"niet in evenwicht|not in balance|pas en équilibre",
            "exact_out_of_balance",
            "",
        ),
        (
            r"boekjaar kan niet|financial year cannot|exercice ne peut pas",
            "exact_year_fixed",
            "",
        ),
        (r"reeds verwerkt|already processed|déjà traité", "exact_processed", ""),
        (
            r"kan niet verwijderen|cannot delete|impossible de supprimer",
            "exact_in_use",
            "",
        ),
        (
            r"objectverwijzing is niet|object reference not set|référence d'objet",
            "exact_fault_there",
            "",
        ),
        (
            r"guid-indeling|unrecognized guid|format de guid|request stream"
            r"|query syntax|\$select|\$filter|mandatory filtering",
            "exact_fault_here",
            "",
        ),
        (r"not allow to update in", "exact_licence", ""),
        # The reasons of a 403.
        (r"application scope violated", "exact_scope", SETUP),
        (r"blockeduser|inactiveuser", "exact_user_blocked", SETUP),
        (r"licenseexpired", "exact_licence_expired", ""),
        (
            r"divisionblocked|blockedcustomer",
            "exact_division_blocked",
            "",
        ),
        (r"nodivisionaccess|wrong division", "exact_no_division", SETUP),
    )
)
_PLACE_OF_CODE = {
    "exact_not_customer": "",  # only Exact has this status
    "exact_gl_type": ACCOUNT,
    "exact_vat_percentage": TAX,
    "exact_number_taken": SETUP,
    "exact_receivables_account": JOURNAL,
}

#: Every code that ``find`` gives.
CODES = frozenset(
    [code for _pattern, code, _place in _SENTENCES]
    + [other for _pattern, _causes, other in _KINDS]
    + [code for _pattern, causes, _other in _KINDS for code in causes.values()]
)


def find(text: str) -> Cause | None:
    """The cause that Exact's words tell, ``None`` where they are not known.

    Several violations stand on a line each; the first that is known counts, since the
    others are shown as well.
    """
    for line in (text or "").splitlines():
        cause = _of_line(line.strip())
        if cause:
            return cause
    return None


def _of_line(line: str) -> Cause | None:
    for pattern, code, place in _SENTENCES:
        if pattern.search(line):
            return Cause(code, {}, place)
    for pattern, causes, other in _KINDS:
        match = pattern.match(line)
        if match:
            return _of_field(match["field"], causes, other)
    return None


def _of_field(words: str, causes: dict, other: str) -> Cause:
    name = _NAMES.get(_plain(words), "")
    code = causes.get(name, other)
    params = {} if name in causes else {"field": words.strip()}
    return Cause(code, params, _PLACE_OF_CODE.get(code, _PLACES.get(name, "")))


def _plain(words: str) -> str:
    """A field as it is listed above: "Klant (Type)" becomes "klant type"."""
    words = re.sub(r"\[.*|\bmaxim\w*.*", "", words.lower())
    return " ".join(re.sub(r"[().:,]", " ", words).split())
