"""Numbers of companies: how they are compared, and when they cannot be right.

Exact and Odoo keep a number as it was typed, with or without points, blanks and
country. A number is never shortened or mended on its way; one that cannot be right is
named before any call (product D7).
"""

import re
import unicodedata

# Odoo's own sign for "not subject to tax".
NO_NUMBER = "/"
CODE_LENGTH = 18  # of an account (exact-api 4.1)
# The European VAT numbers behind their prefix, as the Commission publishes them.
VAT_FORMS = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}|[2-9]\d{8}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-Z0-9]{2}\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"\d{7}[A-Z]{1,2}|\d[A-Z+*]\d{5}[A-Z]",
    "IT": r"\d{11}",
    "LT": r"\d{9}|\d{12}",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"\d{9}|\d{12}|(GD|HA)\d{3}",
}
COMPANY_FORMS = {"BE": r"(BE)?([01]\d{9}|[2-9]\d{8})", "NL": r"\d{8}(\d{4})?"}
LEGAL_FORMS = frozenset(
    "BV BVBA CV CVBA CVOHA NV VOF VZW IVZW MAATSCHAP EENMANSZAAK SRL SPRL SA SC SCRL "
    "ASBL SNC SAS SARL SCI GMBH AG KG UG OHG EV LTD LIMITED PLC LLC LLP INC CORP CO "
    "SPA SL".split()
)
# The words that stand behind the name in Exact where it did not fit.
ELLIPSIS = "…"


def compact(text: str | None) -> str:
    """A number or postcode without blanks, points and case.

    >>> compact("BE 0477.472.701")
    'BE0477472701'
    """
    return "".join(c for c in text or "" if c.isalnum()).upper()


def vat_number(text: str | None) -> str:
    """A VAT number of Odoo as it is sent: without blanks, nothing for none."""
    number = "".join((text or "").split())
    return "" if number == NO_NUMBER else number


def _prefix(country: str) -> str:
    return "EL" if country == "GR" else country


def vat_key(number: str | None, country: str = "") -> str:
    """What two ways to write one VAT number have in common.

    >>> vat_key("0477.472.701", "BE") == vat_key("BE0477472701", "BE")
    True
    """
    key = compact(number)
    if not key or key[:2].isalpha():
        return key
    prefix = _prefix(country)
    if prefix == "BE" and len(key) == 9:
        key = f"0{key}"
    return prefix + key


def vat_forms(number: str, country: str = "") -> set[str]:
    """The ways in which a VAT number may stand in Exact, to look for all in one call.

    >>> sorted(vat_forms("BE 0477.472.701", "BE"))
    ['0477472701', 'BE 0477.472.701', 'BE0477472701']
    """
    if not number:
        return set()
    key, prefix = vat_key(number, country), _prefix(country)
    return {number, compact(number), key} | (
        {key.removeprefix(prefix)} if prefix and key.startswith(prefix) else set()
    )


def is_vat_number(number: str, country: str) -> bool:
    """Whether a VAT number may be one, by its form.

    Its country decides, and its own prefix where that is another's: a company may be
    registered abroad. Outside the Union any number with a digit may be one.
    """
    key, prefix = compact(number), _prefix(country)
    if key.startswith(prefix) and prefix in VAT_FORMS:
        key = key.removeprefix(prefix)
    elif key[:2] in VAT_FORMS and not re.fullmatch(VAT_FORMS.get(prefix, "$"), key):
        prefix, key = key[:2], key[2:]
    form = VAT_FORMS.get(prefix)
    if form:
        return bool(re.fullmatch(form, key))
    return any(c.isdigit() for c in key)


def is_company_number(number: str, country: str) -> bool:
    """Whether a company number may be one, by its form.

    A company of one of these countries may have moved from the other.
    """
    key = compact(number)
    return country not in COMPANY_FORMS or any(
        re.fullmatch(form, key) for form in COMPANY_FORMS.values()
    )


def name_key(name: str | None, length: int) -> str:
    """What two ways to write one name have in common.

    Without accents, signs and legal form; a name that did not fit in ``length``
    characters, and was cut there, has the same key as the whole.

    >>> name_key("Bakkerij Janssens B.V.", 50) == name_key("BAKKERIJ JANSSENS", 50)
    True
    """
    text = " ".join((name or "").split())
    if text.endswith(ELLIPSIS) or len(text) >= length:
        text = text.removesuffix(ELLIPSIS)[: length - 1].rstrip()
    text = unicodedata.normalize("NFKD", text.replace(".", "")).upper()
    text = "".join(c if c.isalnum() else " " for c in text if not _is_accent(c))
    words = text.split()
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words)


def _is_accent(character: str) -> bool:
    return unicodedata.combining(character) > 0
