"""1002: a Dutch company; no account for calculation differences is set there."""

import sys
from datetime import datetime

from . import build as b
from .belgium import _ASSETS, _CENTRE, _CHARGED, _GOODS, _SERVICES

GL_ACCOUNTS = [
    ("0200", "Inventaris", 30, "21", _ASSETS),
    ("0500", "Aandelenkapitaal", 50, None, {}),
    ("1000", "Kas", 10, None, {}),
    ("1100", "Bank", 12, None, {}),
    ("1300", "Debiteuren", 20, None, {}),
    ("1500", "Af te dragen btw", 24, None, {}),
    ("1520", "Te vorderen btw", 24, None, {}),
    ("1600", "Crediteuren", 22, None, {}),
    ("2000", "Tussenrekening", 90, None, {}),
    ("4000", "Huur", 121, "21", _SERVICES),
    ("4300", "Kantoorkosten", 121, "21", _GOODS),
    ("4500", "Autokosten", 121, "21", _SERVICES),
    ("4900", "Algemene kosten", 121, "21", _SERVICES),
    ("7000", "Inkoopwaarde van de omzet", 111, "21", _GOODS),
    ("8000", "Omzet hoog tarief", 110, "2", {}),
    ("8010", "Omzet laag tarief", 110, "1", {}),
    ("8020", "Omzet binnen de EU", 110, "6", {}),
    ("8030", "Omzet buiten de EU", 110, "8", {}),
    ("8040", "Omzet verlegd", 110, "5", {}),
    ("8050", "Diensten", 110, "2", {}),
    ("8090", "Projectomzet (kostenplaats verplicht)", 110, "2", _CENTRE),
    ("8099", "Oude omzetrekening", 110, "2", {"IsBlocked": True}),
    ("8900", "Overige opbrengsten", 110, "2", {}),
    ("9100", "Betalingsverschillen", 120, None, {}),
    ("9110", "Koersverschillen", 120, None, {}),
    ("9120", "Afrondingsverschillen", 120, None, {}),
]

JOURNALS = [
    ("10", "Kas", 10, "1000", False),
    ("20", "Bank", 12, "1100", True),
    ("60", "Inkoopboek", 22, "1600", True),
    ("70", "Verkoopboek", 20, "1300", True),
    ("71", "Verkoopboek webshop", 20, "1300", False),
    ("90", "Memoriaal", 90, None, True),
]

_LODGING = [
    (9, None, datetime(2025, 12, 31)),
    (21, datetime(2026, 1, 1), None),
]

VAT_CODES = [
    ("0", "0 % verkoop", 0, "E", "S", {}),
    ("1", "Btw laag 9 %", 9, "E", "S", {}),
    ("2", "Btw hoog 21 %", 21, "E", "S", {}),
    ("2I", "Btw hoog 21 %, inclusief", 21, "I", "S", {}),
    ("1I", "Btw laag 9 %, inclusief", 9, "I", "S", {}),
    ("LOG", "Logies (9 %, vanaf 1 januari 2026 21 %)", _LODGING, "E", "S", {}),
    ("5", "Btw verlegd binnenland (verkoop)", 0, "E", "S", _CHARGED),
    ("6", "Intracommunautaire levering goederen", 0, "E", "S", {"EUSalesListing": "L"}),
    ("7", "Intracommunautaire diensten", 0, "E", "S", {"EUSalesListing": "S"}),
    ("8", "Uitvoer buiten de EU", 0, "E", "S", {}),
    ("T", "ABC-levering", 0, "E", "S", {"EUSalesListing": "T"}),
    ("N", "Geen btw", 0, "N", "B", {}),
    ("MAR", "Margeregeling", 0, "B", "S", {"VatMargin": 1}),
    ("ODE", "OSS Duitsland 19 %", 19, "E", "S", {"OssCountry": "DE"}),
    ("20", "0 % inkoop", 0, "E", "P", {}),
    ("21", "Btw hoog 21 % inkoop", 21, "E", "P", {}),
    ("22", "Btw laag 9 % inkoop", 9, "E", "P", {}),
    ("23", "Btw verlegd binnenland (inkoop)", 21, "E", "P", _CHARGED),
    ("24", "Intracommunautaire verwerving goederen", 21, "E", "P", _CHARGED),
    ("25", "Intracommunautaire verwerving diensten", 21, "E", "P", _CHARGED),
    ("26", "Invoer, verlegd", 21, "E", "P", _CHARGED),
]

VAT_ACCOUNTS = ("1500", "1520")
DIRECT_DEBIT = ("IN", "Incasso 14 dagen", 14, 0, "I", {})
CENTRES = [("AMS", "Amsterdam"), ("RDM", "Rotterdam"), ("HQ", "Hoofdkantoor")]

ACCOUNTS = [
    ("1", "Belastingdienst", {"City": "Apeldoorn", "Postcode": "7300 GA"}),
    (
        "2",
        "Van der Meer Vastgoed BV",
        {
            "Status": "C",
            "AddressLine1": "Herengracht 100",
            "Postcode": "1015 BS",
            "City": "Amsterdam",
            "VATNumber": "NL001234567B01",
            "ChamberOfCommerce": "12345678",
            "Email": "administratie@vandermeer.example",
        },
    ),
    (
        "3",
        "Kantoorhandel De Vries",
        {
            "IsSupplier": True,
            "AddressLine1": "Stationsplein 5",
            "Postcode": "3511 ED",
            "City": "Utrecht",
            "VATNumber": "NL009876543B01",
        },
    ),
]


def build(admin):
    """Fill an empty administration."""
    b.settings(
        admin,
        name="Optedo Demo BV (NL)",
        country="NL",
        language="NL",
        vat_number="NL008521234B01",
        chamber_of_commerce="87654321",
        address="Coolsingel 40",
        postcode="3011 AD",
        city="Rotterdam",
        email="nl@example.com",
        condition="30",
        vat_differences=None,
        vat_return="2000",
        loss="9100",
        gain="9100",
        exchange_loss="9110",
        exchange_gain="9110",
    )
    b.fill(admin, sys.modules[__name__])
