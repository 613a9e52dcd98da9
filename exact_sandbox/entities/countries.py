"""ISO 3166 codes that an account may have, and the names of the nearest ones."""

from ..texts import LANGUAGES

COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM
    BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX
    CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG
    GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV
    LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE
    NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
    RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF
    WS XK YE YT ZA ZM ZW
    """.split()
)
_NAMES = {
    "BE": ("België", "Belgium", "Belgique"),
    "DE": ("Duitsland", "Germany", "Allemagne"),
    "ES": ("Spanje", "Spain", "Espagne"),
    "FR": ("Frankrijk", "France", "France"),
    "GB": ("Verenigd Koninkrijk", "United Kingdom", "Royaume-Uni"),
    "IT": ("Italië", "Italy", "Italie"),
    "LU": ("Luxemburg", "Luxembourg", "Luxembourg"),
    "NL": ("Nederland", "The Netherlands", "Pays-Bas"),
    "US": ("Verenigde Staten", "United States", "États-Unis"),
}


def country_name(code, language):
    """Name of a country in a language; its code where the name is not kept here."""
    forms = _NAMES.get(code)
    return forms[LANGUAGES.index(language)] if forms else code


#: Provinces of the two home countries (ISO 3166-2); of others none are kept here.
STATES = {
    "BE": {
        "BRU": "Brussel",
        "VAN": "Antwerpen",
        "VBR": "Vlaams-Brabant",
        "VLI": "Limburg",
        "VOV": "Oost-Vlaanderen",
        "VWV": "West-Vlaanderen",
        "WBR": "Brabant wallon",
        "WHT": "Hainaut",
        "WLG": "Liège",
        "WLX": "Luxembourg",
        "WNA": "Namur",
    },
    "NL": {
        "DR": "Drenthe",
        "FL": "Flevoland",
        "FR": "Friesland",
        "GD": "Gelderland",
        "GR": "Groningen",
        "LB": "Limburg",
        "NB": "Noord-Brabant",
        "NH": "Noord-Holland",
        "OV": "Overijssel",
        "UT": "Utrecht",
        "ZH": "Zuid-Holland",
        "ZL": "Zeeland",
    },
}
