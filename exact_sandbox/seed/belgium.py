"""1001: a Belgian company, ledger after the Belgian minimum chart (MAR/PCMN)."""

import sys
from datetime import datetime

from . import build as b

_CENTRE = {"UseCostcenter": 1}
_GOODS, _SERVICES, _ASSETS = (
    {"VATGLAccountType": "G"},
    {"VATGLAccountType": "S"},
    {"VATGLAccountType": "I"},
)

GL_ACCOUNTS = [
    ("100000", "Geplaatst kapitaal", 50, None, {}),
    ("140000", "Overgedragen resultaat", 50, None, {}),
    ("240000", "Meubilair en kantoormaterieel", 30, "A21", _ASSETS),
    ("400000", "Handelsdebiteuren", 20, None, {}),
    ("411000", "Terug te vorderen btw", 24, None, {}),
    ("440000", "Leveranciers", 22, None, {}),
    ("451000", "Te betalen btw", 24, None, {}),
    ("499000", "Wachtrekening", 90, None, {}),
    ("550000", "Bank", 12, None, {}),
    ("570000", "Kas", 10, None, {}),
    ("580000", "Interne overboekingen", 90, None, {}),
    ("604000", "Aankopen van handelsgoederen", 111, "A21", _GOODS),
    ("610000", "Huur en huurlasten", 121, "A21", _SERVICES),
    ("612000", "Leveringen en kantoorbenodigdheden", 121, "A21", _GOODS),
    ("613200", "Erelonen", 121, "A21", _SERVICES),
    (
        "615000",
        "Autokosten",
        121,
        "A21",
        {**_SERVICES, "VATNonDeductiblePercentage": b.HALF},
    ),
    ("650000", "Financiële kosten", 120, None, {}),
    ("654000", "Wisselkoersverschillen (kost)", 120, None, {}),
    ("657000", "Betalingsverschillen (kost)", 120, None, {}),
    ("659000", "Rekenverschillen", 120, None, {}),
    ("700000", "Verkopen van handelsgoederen", 110, "3", {}),
    ("700100", "Verkopen van handelsgoederen 6 %", 110, "1", {}),
    ("700600", "Verkopen binnen de EU", 110, "ICG", {}),
    ("700700", "Verkopen buiten de EU", 110, "EXP", {}),
    ("701000", "Diensten", 110, "3", {}),
    ("701600", "Diensten binnen de EU", 110, "ICD", {}),
    ("705000", "Projectomzet (kostenplaats verplicht)", 110, "3", _CENTRE),
    ("708000", "Toegekende kortingen", 110, "3", {}),
    ("709000", "Oude omzetrekening", 110, "3", {"IsBlocked": True}),
    ("746000", "Diverse bedrijfsopbrengsten", 110, "3", {}),
    ("754000", "Wisselkoersverschillen (opbrengst)", 140, None, {}),
    ("757000", "Betalingsverschillen (opbrengst)", 140, None, {}),
]

JOURNALS = [
    ("10", "Kas", 10, "570000", False),
    ("20", "Bank", 12, "550000", True),
    ("60", "Aankopen", 22, "440000", True),
    ("70", "Verkopen", 20, "400000", True),
    ("71", "Verkopen webshop", 20, "400000", False),
    ("90", "Diverse verrichtingen", 90, None, True),
]

_LODGING = [
    (6, None, datetime(2026, 2, 28)),
    (12, datetime(2026, 3, 1), None),
]
_CHARGED = {"Charged": True}

VAT_CODES = [
    ("0", "0 % binnenland", 0, "E", "S", {}),
    ("1", "6 % verkoop", 6, "E", "S", {}),
    ("2", "12 % verkoop", 12, "E", "S", {}),
    ("3", "21 % verkoop", 21, "E", "S", {}),
    ("3I", "21 % verkoop, inclusief", 21, "I", "S", {}),
    ("LOG", "Logies (6 %, vanaf 1 maart 2026 12 %)", _LODGING, "E", "S", {}),
    ("N", "Geen btw", 0, "N", "B", {}),
    ("MC", "Medecontractant (verkoop)", 0, "E", "S", _CHARGED),
    (
        "ICG",
        "Intracommunautaire levering goederen",
        0,
        "E",
        "S",
        {"EUSalesListing": "L"},
    ),
    ("ICD", "Intracommunautaire diensten", 0, "E", "S", {"EUSalesListing": "S"}),
    ("ICT", "Driehoeksverkeer", 0, "E", "S", {"EUSalesListing": "T"}),
    ("EXP", "Uitvoer buiten de EU", 0, "E", "S", {}),
    ("MAR", "Margeregeling", 0, "B", "S", {"VatMargin": 1}),
    ("OFR", "OSS Frankrijk 20 %", 20, "E", "S", {"OssCountry": "FR"}),
    ("A0", "0 % aankoop", 0, "E", "P", {}),
    ("A6", "6 % aankoop", 6, "E", "P", {}),
    ("A12", "12 % aankoop", 12, "E", "P", {}),
    ("A21", "21 % aankoop", 21, "E", "P", {}),
    ("AMC", "21 % medecontractant (aankoop)", 21, "E", "P", _CHARGED),
    ("AIG", "21 % intracommunautaire verwerving", 21, "E", "P", _CHARGED),
    ("AID", "21 % intracommunautaire dienst (aankoop)", 21, "E", "P", _CHARGED),
    ("AIM", "21 % invoer, verlegd", 21, "E", "P", _CHARGED),
]

VAT_ACCOUNTS = ("451000", "411000")
DIRECT_DEBIT = ("DD", "Domiciliëring 14 dagen", 14, 0, "I", {})
CENTRES = [("ANT", "Antwerpen"), ("GEN", "Gent"), ("HQ", "Hoofdkantoor")]

ACCOUNTS = [
    ("1", "FOD Financiën", {"City": "Brussel", "Postcode": "1030"}),
    (
        "2",
        "Jurimmo BV",
        {
            "Status": "C",
            "AddressLine1": "Meir 12",
            "Postcode": "2000",
            "City": "Antwerpen",
            "VATNumber": "BE0403019261",
            "Email": "boekhouding@jurimmo.example",
        },
    ),
    (
        "3",
        "Drukkerij Peeters NV",
        {
            "IsSupplier": True,
            "AddressLine1": "Industrielaan 4",
            "Postcode": "9000",
            "City": "Gent",
            "VATNumber": "BE0428759497",
        },
    ),
]


def build(admin):
    """Fill an empty administration."""
    b.settings(
        admin,
        name="Optedo Demo BV (BE)",
        country="BE",
        language="NL",
        vat_number="BE0477472701",
        chamber_of_commerce="0477472701",
        address="Kortrijksesteenweg 1",
        postcode="9000",
        city="Gent",
        email="be@example.com",
        condition="30",
        vat_differences="659000",
        vat_return="499000",
        loss="657000",
        gain="757000",
        exchange_loss="654000",
        exchange_gain="754000",
    )
    b.fill(admin, sys.modules[__name__])
