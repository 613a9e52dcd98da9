"""Descriptions of coded properties (``StatusDescription``, ``TypeDescription``, …)."""

from ..texts import LANGUAGES

_STATUS = {
    5: ("Afgekeurd", "Rejected", "Rejeté"),
    20: ("Open", "Open", "Ouvert"),
    50: ("Verwerkt", "Processed", "Traité"),
}
_ENTRY_TYPE = {
    20: ("Verkoopboeking", "Sales entry", "Écriture de vente"),
    21: ("Verkoopcreditnota", "Sales credit note", "Note de crédit de vente"),
    30: ("Inkoopboeking", "Purchase entry", "Écriture d'achat"),
    31: ("Inkoopcreditnota", "Purchase credit note", "Note de crédit d'achat"),
    90: ("Diversen", "Other", "Divers"),
}
_GL_TYPE = {
    10: ("Kas", "Cash", "Caisse"),
    12: ("Bank", "Bank", "Banque"),
    20: ("Debiteuren", "Accounts receivable", "Clients"),
    22: ("Crediteuren", "Accounts payable", "Fournisseurs"),
    24: ("Btw", "VAT", "TVA"),
    30: ("Vaste activa", "Fixed assets", "Immobilisations"),
    32: ("Overige activa", "Other assets", "Autres actifs"),
    40: ("Voorraad", "Inventory", "Stock"),
    50: ("Eigen vermogen", "Capital stock", "Capital"),
    60: ("Kortlopende schulden", "Current portion of debt", "Dettes à court terme"),
    90: ("Algemeen", "General", "Général"),
    110: ("Omzet", "Revenue", "Chiffre d'affaires"),
    111: ("Kostprijs van de omzet", "Cost of goods", "Coût des marchandises"),
    120: ("Overige kosten", "Other costs", "Autres coûts"),
    121: (
        "Verkoop-, algemene en beheerskosten",
        "Sales, marketing and general expenses",
        "Frais de vente, généraux et administratifs",
    ),
    130: ("Uitzonderlijke lasten", "Exceptional costs", "Charges exceptionnelles"),
    140: ("Uitzonderlijke baten", "Exceptional income", "Produits exceptionnels"),
}
_JOURNAL_TYPE = {
    10: ("Kas", "Cash", "Caisse"),
    12: ("Bank", "Bank", "Banque"),
    20: ("Verkoop", "Sales", "Ventes"),
    22: ("Inkoop", "Purchase", "Achats"),
    90: ("Memoriaal", "General journal", "Journal général"),
}
_PERIOD_STATUS = {
    0: ("Open", "Open", "Ouvert"),
    1: ("Afgesloten", "Closed", "Clôturé"),
}
_DESCRIBED = {
    "StatusDescription": ("Status", _STATUS),
    "JournalTypeDescription": ("JournalType", _JOURNAL_TYPE),
}
_BY_PATH = {
    ("financial/GLAccounts", "TypeDescription"): ("Type", _GL_TYPE),
    ("bulk/Financial/GLAccounts", "TypeDescription"): ("Type", _GL_TYPE),
    ("sync/Financial/GLAccounts", "TypeDescription"): ("Type", _GL_TYPE),
    ("salesentry/SalesEntries", "TypeDescription"): ("Type", _ENTRY_TYPE),
    ("purchaseentry/PurchaseEntries", "TypeDescription"): ("Type", _ENTRY_TYPE),
    ("generaljournalentry/GeneralJournalEntries", "TypeDescription"): (
        "Type",
        _ENTRY_TYPE,
    ),
    ("read/financial/JournalStatusList", "StatusDescription"): (
        "Status",
        _PERIOD_STATUS,
    ),
    ("read/financial/JournalStatusByFinancialPeriod", "StatusDescription"): (
        "Status",
        _PERIOD_STATUS,
    ),
}


def description_of(path, name, row, language):
    """The text of a coded property, or None where there is no such text."""
    entry = _BY_PATH.get((path, name)) or _DESCRIBED.get(name)
    if entry is None:
        return None
    code, texts = entry
    forms = texts.get(row.get(code))
    return forms[LANGUAGES.index(language)] if forms else None
