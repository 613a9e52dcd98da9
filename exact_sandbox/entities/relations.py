"""Addresses, contacts and bank accounts of an account (exact-api 4.1)."""

from ..errors import Violation, Violations
from .base import EntitySet, register
from .countries import country_name
from .sync import Sync


class _OfAccount(EntitySet):
    """Rows that belong to an account; the first of a kind is the main one."""

    main = ""

    def siblings(self, context, values):
        return context.admin.tables[self.table].by("Account", values["Account"])

    def require(self, values, names):
        missing = [
            Violation("mandatory", field=name) for name in names if not values.get(name)
        ]
        if missing:
            raise Violations(missing)

    def make_main(self, context, row):
        """Only one row can be the main one."""
        if not row.get(self.main):
            return
        for other in self.siblings(context, row):
            if other is not row and self.rivals(other, row) and other.get(self.main):
                context.admin.update(self.table, other, **{self.main: False})

    def rivals(self, other, row):
        return True

    def update(self, context, row, values):
        super().update(context, row, values)
        self.make_main(context, row)


class _Addresses(_OfAccount):
    table = "addresses"
    deleted_type = 3
    main = "Main"
    #: in practice needed, though not flagged (exact-api 4.1)
    needed = ("Account", "AddressLine1", "City", "Country", "Type")
    same = ("Account", "Type", "AddressLine1", "Postcode", "City", "Country")

    def get_CountryName(self, context, row):
        return country_name(row.get("Country"), context.language)

    def rivals(self, other, row):
        return other["Type"] == row["Type"]


@register
class Addresses(_Addresses):
    paths = ("crm/Addresses", "bulk/CRM/Addresses")

    def create(self, context, values, nested):
        """One that exists already is returned, not made again (exact-api 4.1)."""
        self.require(values, self.needed)
        if values["Type"] not in (1, 2, 3, 4):
            raise Violation("invalid", field="Type")
        self.check(context, values, None)
        values["Country"] = values["Country"].strip()
        siblings = self.siblings(context, values)
        for row in siblings:
            if all(row.get(name) == values.get(name) for name in self.same):
                return row
        first = not any(row["Type"] == values["Type"] for row in siblings)
        row = context.admin.insert(self.table, **{"Main": first, **values})
        self.make_main(context, row)
        return row


@register
class SyncAddresses(Sync, _Addresses):
    path = "sync/CRM/Addresses"


class _Contacts(_OfAccount):
    table = "contacts"
    deleted_type = 5
    main = "IsMainContact"

    def get_FullName(self, context, row):
        parts = (row.get("FirstName"), row.get("MiddleName"), row.get("LastName"))
        return " ".join(part for part in parts if part)


@register
class Contacts(_Contacts):
    paths = ("crm/Contacts", "bulk/CRM/Contacts")

    def check_mandatory(self, values, nested):
        """An account, and one of the two names (exact-api 4.1)."""
        names = ("FirstName", "LastName")
        needed = ["Account"]
        if not any(values.get(name) for name in names):
            needed.append("LastName")
        self.require(values, needed)

    def create(self, context, values, nested):
        self.check(context, values, None)
        first = not self.siblings(context, values)
        row = context.admin.insert(self.table, **{"IsMainContact": first, **values})
        if first:
            account = context.admin.accounts.get(values["Account"])
            context.admin.update("accounts", account, MainContact=row["ID"])
        return row


@register
class SyncContacts(Sync, _Contacts):
    path = "sync/CRM/Contacts"


@register
class BankAccounts(_OfAccount):
    path = "crm/BankAccounts"
    table = "bank_accounts"
    main = "Main"

    def create(self, context, values, nested):
        self.check(context, values, None)
        siblings = self.siblings(context, values)
        number = _plain(values["BankAccount"])
        if any(_plain(row["BankAccount"]) == number for row in siblings):
            raise Violation("exists")
        defaults = {"Type": "A", "Main": not siblings, "Blocked": False}
        row = context.admin.insert(self.table, **{**defaults, **values, "Type": "A"})
        self.make_main(context, row)
        return row

    def get_TypeDescription(self, context, row):
        return {"nl": "Relatie", "en": "Account", "fr": "Relation"}[context.language]


def _plain(number):
    return "".join(number.split()).upper()
