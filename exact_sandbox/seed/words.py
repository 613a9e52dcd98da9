"""Descriptions of ledger accounts in other languages (CustomDescriptionLanguage).

Exact keeps them as terms; here the Dutch text is the term.
"""

_WORDS = """
Geplaatst kapitaal | Issued capital | Capital souscrit
Overgedragen resultaat | Retained earnings | Résultat reporté
Meubilair en kantoormaterieel | Furniture and office equipment | Mobilier et matériel de bureau
Handelsdebiteuren | Trade debtors | Clients
Terug te vorderen btw | VAT recoverable | TVA à récupérer
Leveranciers | Suppliers | Fournisseurs
Te betalen btw | VAT payable | TVA à payer
Wachtrekening | Suspense account | Compte d'attente
Bank | Bank | Banque
Kas | Cash | Caisse
Interne overboekingen | Internal transfers | Virements internes
Aankopen van handelsgoederen | Purchases of goods | Achats de marchandises
Huur en huurlasten | Rent and charges | Loyers et charges locatives
Leveringen en kantoorbenodigdheden | Office supplies | Fournitures de bureau
Erelonen | Professional fees | Honoraires
Autokosten | Car expenses | Frais de véhicules
Financiële kosten | Financial charges | Charges financières
Rekenverschillen | Calculation differences | Différences de calcul
Verkopen van handelsgoederen | Sales of goods | Ventes de marchandises
Verkopen binnen de EU | Sales within the EU | Ventes intracommunautaires
Verkopen buiten de EU | Sales outside the EU | Ventes hors UE
Diensten | Services | Prestations de services
Diensten binnen de EU | Services within the EU | Services intracommunautaires
Toegekende kortingen | Discounts allowed | Remises accordées
Diverse bedrijfsopbrengsten | Other operating income | Produits d'exploitation divers
Inventaris | Equipment | Matériel
Aandelenkapitaal | Share capital | Capital social
Debiteuren | Accounts receivable | Clients
Crediteuren | Accounts payable | Fournisseurs
Af te dragen btw | VAT payable | TVA à payer
Te vorderen btw | VAT recoverable | TVA à récupérer
Tussenrekening | Clearing account | Compte de passage
Huur | Rent | Loyer
Kantoorkosten | Office expenses | Frais de bureau
Algemene kosten | General expenses | Frais généraux
Inkoopwaarde van de omzet | Cost of sales | Coût des ventes
Omzet hoog tarief | Revenue, standard rate | Chiffre d'affaires, taux normal
Omzet laag tarief | Revenue, reduced rate | Chiffre d'affaires, taux réduit
Omzet binnen de EU | Revenue within the EU | Chiffre d'affaires intracommunautaire
Omzet buiten de EU | Revenue outside the EU | Chiffre d'affaires hors UE
Omzet verlegd | Revenue, reverse charge | Chiffre d'affaires, autoliquidation
Overige opbrengsten | Other income | Autres produits
Betalingsverschillen | Payment differences | Différences de paiement
Koersverschillen | Exchange differences | Différences de change
Afrondingsverschillen | Rounding differences | Différences d'arrondi
"""  # noqa: E501  one term a line

TERMS = {}
for _line in _WORDS.strip().splitlines():
    _nl, _en, _fr = (_part.strip() for _part in _line.split(" | "))
    TERMS[_nl] = {"nl": _nl, "en": _en, "fr": _fr}


def translated(text, language):
    """A description in a language; as it stands where it is no term."""
    return TERMS.get(text, {}).get(language, text)
