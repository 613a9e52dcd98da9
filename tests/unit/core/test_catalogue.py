"""Exact's own words get a cause, in each language that Exact speaks."""

import ast
from pathlib import Path

import exact
import pytest
from exact import catalogue
from hypothesis import given
from hypothesis import strategies as st

from exact_sandbox import texts
from exact_sandbox.errors import Violation

# Texts of real users, by exact-api 5, 6 and 11.
SEEN = {
    "Verplicht: Boekjaar": "exact_year_missing",
    "Unknown: Financial year (Period-date table)": "exact_year_missing",
    "Verplicht: Betalingsconditie": "exact_condition_missing",
    "Mandatory: Payment condition": "exact_condition_missing",
    "Verplicht: Dagboek": "exact_field_missing",
    "Mandatory: Diary": "exact_field_missing",
    "Mandatory: Relationship": "exact_field_missing",
    "Verplicht: Factuur voor\r\nVerplicht: Besteld door": "exact_field_missing",
    "Ongeldige referentie: Journals": "exact_reference",
    "Ongeldige referentie: Btw-code": "exact_reference",
    "Invalid reference: Cost unit": "exact_reference",
    "Invalid journal. The journal must be a cash journal.": "exact_journal_type",
    "Periode is afgesloten: 2026 – 3": "exact_period_closed",
    "Periode is afgesloten": "exact_period_closed",
    "Period is closed": "exact_period_closed",
    "The financial year cannot be changed.": "exact_year_fixed",
    "In gebruik: Boekstuknummer": "exact_number_taken",
    "Boekstuknummer in gebruik": "exact_number_taken",
    "Already exists - Entry number: 26700001, Journal: 700": "exact_number_taken",
    "Gegeven bestaat reeds.": "exact_exists",
    "Verkoopordernummer: Bestaat reeds": "exact_exists",
    "Bestaat reeds: Mandaat referentie": "exact_exists",
    "Ongeldig: Klant (Type)": "exact_not_customer",
    "Ongeldig: Factuur voor (Type)": "exact_not_customer",
    "Invalid: Customer (Type)": "exact_not_customer",
    "Not allowed: VAT-code": "exact_vat_not_allowed",
    "Ongeldig: Btw-percentage []": "exact_vat_percentage",
    "De boeking is niet in evenwicht op: 2022 / 4 (Type: Inkoopboeking) - Verschil: "
    "EUR -0,01": "exact_out_of_balance",
    "Invoer 17: Het bedrag van de BTW regel met BTW code 4 komt niet overeen met het "
    "totaal aan BTW-bedragen in de grondslagregels.": "exact_vat_differs",
    "Ongeldig grootboekrekeningtype": "exact_gl_type",
    "Ongeldig: Grootboekrekeningtype": "exact_gl_type",
    "Reeds verwerkt": "exact_processed",
    "Kan niet verwijderen: Relatie - Gebruikt in: Documenten": "exact_in_use",
    "Niet herkende GUID-indeling.": "exact_fault_here",
    "Error processing request stream. The request should be a valid top-level "
    "resource object.": "exact_fault_here",
    "De objectverwijzing is niet op een exemplaar ingesteld.": "exact_fault_there",
    "Not allow to update in Basic : Warehouse": "exact_licence",
    "Niet toegestaan: Wisselkoers": "exact_rate_not_allowed",
    "Een btw bedrag is niet toegestaan als u gebruikmaakt van een btw-code van het "
    "type 'geen btw'": "exact_vat_on_none",
    "Forbidden - Application Scope Violated. Cannot read "
    "'organization.administration' scope.": "exact_scope",
    "Forbidden - BlockedUser": "exact_user_blocked",
    "Forbidden - LicenseExpired": "exact_licence_expired",
    "Forbidden - DivisionBlocked": "exact_division_blocked",
    "Forbidden - NoDivisionAccess": "exact_no_division",
    "Wrong Division": "exact_no_division",
}
# What a refused sales entry or customer can say; the rest is about other records.
ABOUT_SALES = (
    Violation("mandatory", field="PaymentCondition"),
    Violation("mandatory", field="FinancialYear"),
    Violation("mandatory", field="CostCenter"),
    Violation("reference", field="VATCode"),
    Violation("reference", field="GLAccount"),
    Violation("invalid", field="CustomerType"),
    Violation("invalid", field="GLAR"),
    Violation("not_allowed", field="Rate"),
    Violation("in_use", field="EntryNumber"),
    Violation("too_long", field="YourRef", maximum=30),
    Violation("blocked", field="Customer"),
    Violation("exists"),
    Violation("journal_type", kind="sales journal"),
    Violation("period_closed", year=2026, period=3),
    Violation("vat_percentage"),
    Violation("vat_on_none"),
    Violation(
        "balance", year=2026, period=3, kind="sales", currency="EUR", amount="0,01"
    ),
    Violation("processed"),
    Violation("gl_type"),
    Violation("cannot_delete", field="Accounts", used="Documents"),
    Violation("guid"),
    Violation("server_bug"),
)


@pytest.mark.parametrize("text, code", SEEN.items())
def test_what_users_saw_is_known(text, code):
    assert catalogue.find(text).code == code


@pytest.mark.parametrize("violation", ABOUT_SALES, ids=lambda v: f"{v.key}{v.params}")
def test_the_cause_is_the_same_in_each_language(violation):
    causes = [
        catalogue.find(texts.message(violation, language))
        for language in texts.LANGUAGES
    ]
    assert all(causes)
    assert len({(cause.code, cause.place) for cause in causes}) == 1


def test_the_field_is_named_where_the_cause_does_not_say_it():
    assert catalogue.find("Verplicht: Dagboek").params == {"field": "Dagboek"}
    assert not catalogue.find("Verplicht: Boekjaar").params


def test_the_place_is_where_the_code_is_chosen():
    assert catalogue.find("Ongeldige referentie: Btw-code").place == catalogue.TAX
    assert catalogue.find("Verplicht: Kostenplaats").place == catalogue.COST_CENTER
    assert catalogue.find("Ongeldige referentie: Klant").place == catalogue.CUSTOMER
    # The status of an account is given in Exact alone.
    assert catalogue.find("Ongeldig: Klant (Type)").place == ""
    assert catalogue.find("Reeds verwerkt").place == ""


def test_the_first_known_of_several_violations_counts():
    cause = catalogue.find("Iets anders\nReeds verwerkt\nVerplicht: Boekjaar")
    assert cause.code == "exact_processed"


@pytest.mark.parametrize(
    "text", ["", None, "Iets anders", "HTTP 500", ":", "Forbidden"]
)
def test_what_is_not_known_has_no_cause(text):
    assert catalogue.find(text) is None


words = st.sampled_from(
    [*catalogue._NAMES, "verplicht", "invalid", ":", "-", "[]", "("]
)


@given(st.one_of(st.text(), st.lists(words).map(" ".join)))
def test_any_text_has_a_known_cause_or_none(text):
    cause = catalogue.find(text)
    assert cause is None or cause.code in catalogue.CODES


@given(st.text(), st.sampled_from(sorted(SEEN)))
def test_what_stands_around_a_known_line_does_not_hide_it(text, seen):
    around = "\n".join(line for line in text.splitlines() if not catalogue.find(line))
    assert catalogue.find(f"{around}\n{seen}\n{around}").code == SEEN[seen]


def test_every_cause_has_a_sentence():
    issues = Path(exact.__file__).parents[1] / "models" / "issues.py"
    keys = {
        key.value
        for node in ast.walk(ast.parse(issues.read_text()))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    }
    assert catalogue.CODES <= keys
