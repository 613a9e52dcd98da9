"""Exact's own words in Dutch, English and French (exact-api 5).

Dutch and English forms are those seen in the wild where one is known; "[t]" marks a
translation by analogy, since no real text was published.
"""

LANGUAGES = ("nl", "en", "fr")

_MESSAGES = {
    "mandatory": ("Verplicht: {field}", "Mandatory: {field}", "Obligatoire : {field}"),
    "reference": (
        "Ongeldige referentie: {field}",
        "Invalid reference: {field}",
        "Référence non valide : {field}",
    ),
    "invalid": ("Ongeldig: {field}", "Invalid: {field}", "Non valide : {field}"),
    "not_allowed": (
        "Niet toegestaan: {field}",
        "Not allowed: {field}",
        "Non autorisé : {field}",
    ),
    "in_use": ("In gebruik: {field}", "In use: {field}", "Utilisé : {field}"),
    "exists": (
        "Gegeven bestaat reeds.",
        "Data already exists.",  # [t]
        "La donnée existe déjà.",  # [t]
    ),
    "too_long": (
        "Te lang: {field} (maximaal {maximum})",  # [t]
        "Too long: {field} (maximum {maximum})",  # [t]
        "Trop long : {field} (maximum {maximum})",  # [t]
    ),
    "blocked": ("Geblokkeerd: {field}", "Blocked: {field}", "Bloqué : {field}"),
    "journal_type": (
        "Ongeldig dagboek. Het dagboek moet een {kind} zijn.",  # [t]
        "Invalid journal. The journal must be a {kind}.",
        "Journal non valide. Le journal doit être un {kind}.",  # [t]
    ),
    "period_closed": (
        "Periode is afgesloten: {year} – {period}",
        "Period is closed: {year} – {period}",
        "La période est clôturée : {year} – {period}",  # [t]
    ),
    "year_fixed": (
        "Het boekjaar kan niet worden gewijzigd.",  # [t]
        "The financial year cannot be changed.",
        "L'exercice ne peut pas être modifié.",  # [t]
    ),
    "vat_percentage": (
        "Ongeldig: Btw-percentage []",
        "Invalid: VAT percentage []",
        "Non valide : Pourcentage de TVA []",
    ),
    "vat_on_none": (
        "Een btw bedrag is niet toegestaan als u gebruikmaakt van een btw-code van het "
        "type 'geen btw'",
        "A VAT amount is not allowed if you use a VAT code of type 'no VAT'",
        "Un montant de TVA n'est pas autorisé avec un code TVA de type « pas de TVA »",
    ),
    "balance": (
        "De boeking is niet in evenwicht op: {year} / {period} (Type: {kind}) - "
        "Verschil: {currency} {amount}",
        "The entry is not in balance on: {year} / {period} (Type: {kind}) - "
        "Difference: {currency} {amount}",
        "L'écriture n'est pas en équilibre au : {year} / {period} (Type : {kind}) - "
        "Différence : {currency} {amount}",
    ),
    "bank_balance": (
        "Beginsaldo plus alle regels moet het eindsaldo geven",  # [t]
        "Opening balance plus all bank entry lines should result in the closing "
        "balance",
        "Le solde d'ouverture plus les lignes doit donner le solde final",  # [t]
    ),
    "processed": ("Reeds verwerkt", "Already processed", "Déjà traité"),
    "gl_type": (
        "Ongeldig: Grootboekrekeningtype",
        "Invalid: G/L account type",
        "Non valide : Type de compte général",
    ),
    "cannot_delete": (
        "Kan niet verwijderen: {field} - Gebruikt in: {used}",
        "Cannot delete: {field} - Used in: {used}",
        "Impossible de supprimer : {field} - Utilisé dans : {used}",
    ),
    "guid": (
        "Niet herkende GUID-indeling.",
        "Unrecognized Guid format.",
        "Format de Guid non reconnu.",
    ),
    "server_bug": (
        "De objectverwijzing is niet op een exemplaar ingesteld.",
        "Object reference not set to an instance of an object.",
        "La référence d'objet n'est pas définie à une instance d'un objet.",
    ),
    "document_type": (
        "Documenttype niet toegestaan",  # [t]
        "Document Type not allowed",
        "Type de document non autorisé",  # [t]
    ),
    "forbidden": ("Forbidden", "Forbidden", "Forbidden"),
}

#: Names of things in error texts. English has Exact's odd terms where they were seen.
_FIELDS = {
    "Account": ("Relatie", "Account", "Relation"),
    "AmountFC": ("Bedrag", "Amount", "Montant"),
    "Attachment": ("Bijlage", "Attachment", "Pièce jointe"),
    "BankAccount": ("Bankrekening", "Bank account", "Compte bancaire"),
    "CallbackURL": ("Callback URL", "Callback URL", "Callback URL"),
    "Code": ("Code", "Code", "Code"),
    "CostCenter": ("Kostenplaats", "Cost center", "Centre de coûts"),
    "CostUnit": ("Kostendrager", "Cost unit", "Unité d'œuvre"),
    "Country": ("Land", "Country", "Pays"),
    "Currency": ("Valuta", "Currency", "Devise"),
    "Customer": ("Relatie", "Relationship", "Relation"),
    "CustomerType": ("Klant (Type)", "Customer (Type)", "Client (Type)"),
    "SupplierType": (
        "Leverancier (Type)",
        "Supplier (Type)",
        "Fournisseur (Type)",
    ),
    "Description": ("Omschrijving", "Description", "Description"),
    "Document": ("Document", "Document", "Document"),
    "DocumentType": ("Documenttype", "Document type", "Type de document"),
    "DueDate": ("Vervaldatum", "Due date", "Date d'échéance"),
    "EntryID": ("Boeking", "Entry", "Écriture"),
    "EntryNumber": ("Boekstuknummer", "Entry number", "Numéro d'écriture"),
    "FileName": ("Bestandsnaam", "File name", "Nom de fichier"),
    "FinancialYear": ("Boekjaar", "Financial year", "Exercice"),
    "FirstName": ("Voornaam", "First name", "Prénom"),
    "LastName": ("Achternaam", "Last name", "Nom"),
    "GLAccount": ("Grootboekrekening", "G/L account", "Compte général"),
    "GLAR": ("Debiteurenrekening", "Receivables account", "Compte clients"),
    "GLAP": ("Crediteurenrekening", "Payables account", "Compte fournisseurs"),
    "Journal": ("Dagboek", "Diary", "Journal"),
    "JournalReference": ("Journals", "Journals", "Journals"),
    "Language": ("Taal", "Language", "Langue"),
    "Lines": ("Regels", "Lines", "Lignes"),
    "Name": ("Naam", "Name", "Nom"),
    "PaymentCondition": (
        "Betalingsconditie",
        "Payment condition",
        "Condition de paiement",
    ),
    "Rate": ("Wisselkoers", "Exchange rate", "Taux de change"),
    "State": ("Provincie", "State", "Province"),
    "Subject": ("Onderwerp", "Subject", "Objet"),
    "Supplier": ("Relatie", "Relationship", "Relation"),
    "Topic": ("Topic", "Topic", "Topic"),
    "Type": ("Type", "Type", "Type"),
    "VATCode": ("Btw-code", "VAT-code", "Code TVA"),
    "VATNonDeductiblePercentage": (
        "Percentage niet-aftrekbare btw",
        "Non-deductible VAT percentage",
        "Pourcentage TVA non déductible",
    ),
    "YourRef": ("Uw ref.", "Your ref.", "Votre réf."),
    "Entries": ("Boekingen", "Entries", "Écritures"),
    "Documents": ("Documenten", "Documents", "Documents"),
    "Accounts": ("Relaties", "Accounts", "Relations"),
    "Company": ("Bedrijfsgegevens", "Company data", "Données de la société"),
    "G/L accounts": ("Grootboekrekeningen", "G/L accounts", "Comptes généraux"),
    "Journals": ("Dagboeken", "Journals", "Journaux"),
    "VAT codes": ("Btw-codes", "VAT codes", "Codes TVA"),
    "Lines of entries": ("Boekingsregels", "Entry lines", "Lignes d'écriture"),
    "cash journal": ("kasboek", "cash journal", "journal de caisse"),
    "bank journal": ("bankboek", "bank journal", "journal de banque"),
    "sales journal": ("verkoopboek", "sales journal", "journal de ventes"),
    "purchase journal": ("inkoopboek", "purchase journal", "journal d'achats"),
    "general journal": ("memoriaal", "general journal", "journal général"),
    "sales": ("Verkoopboeking", "Sales entry", "Écriture de vente"),
    "purchase": ("Inkoopboeking", "Purchase entry", "Écriture d'achat"),
    "general": ("Memoriaalboeking", "General journal entry", "Écriture diverse"),
}

#: Properties that share a name in the texts.
_ALIASES = {
    "JournalCode": "Journal",
    "PaymentConditionSales": "PaymentCondition",
    "PaymentConditionPurchase": "PaymentCondition",
    "SalesVATCode": "VATCode",
    "PurchaseVATCode": "VATCode",
    "GLAccountSales": "GLAccount",
    "GLAccountPurchase": "GLAccount",
    "SalesEntryLines": "Lines",
    "PurchaseEntryLines": "Lines",
    "GeneralJournalEntryLines": "Lines",
    "BankEntryLines": "Lines",
    "CashEntryLines": "Lines",
    "FinancialTransactionEntryID": "EntryID",
}


def _pick(forms, language):
    return forms[LANGUAGES.index(language)]


def field_name(name, language):
    """A property's name as the user of Exact sees it."""
    name = _ALIASES.get(name, name)
    forms = _FIELDS.get(name)
    return _pick(forms, language) if forms else name


def message(violation, language):
    """The sentence for one violation in the language of the Exact user."""
    params = dict(violation.params)
    for name in ("field", "used", "kind"):
        if name in params:
            params[name] = field_name(params[name], language)
    return _pick(_MESSAGES[violation.key], language).format(**params)
