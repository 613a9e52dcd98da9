"""crm/Accounts (exact-api 4.1)."""

from ..errors import Violation
from .base import EntitySet, register
from .countries import COUNTRIES, STATES, country_name

ACCOUNT_CODE = {"Code": (18, "left"), "SearchCode": (20, "right")}


class _Accounts(EntitySet):
    table = "accounts"
    pads = ACCOUNT_CODE
    label = "Account"
    deleted_type = 2

    def get_IsSales(self, context, row):
        """Read-only today: a customer is what has Status C."""
        return row.get("Status") == "C"

    def get_StateName(self, context, row):
        states = STATES.get(row.get("Country"), {})
        return states.get(row.get("State"), row.get("State"))

    def get_CountryName(self, context, row):
        return country_name(row.get("Country"), context.language)


@register
class Accounts(_Accounts):
    path = "crm/Accounts"
    navigation = {"BankAccounts": ("crm/BankAccounts", "Account")}

    def create(self, context, values, nested):
        defaults = {
            "Status": "A",
            "Type": "A",
            "Blocked": False,
            "IsSupplier": False,
            "Country": context.admin.settings["country"],
            "Language": context.admin.settings["language"],
            "StartDate": context.admin.clock.today(),
            "StatusSince": context.admin.clock.today(),
        }
        values = {**defaults, **values}
        self.check(context, values, None)
        if not values.get("Code"):
            values["Code"] = self._next_code(context)
        values.setdefault("SearchCode", values["Name"][:20].upper())
        return context.admin.insert(self.table, **values)

    def _next_code(self, context):
        """Highest used code plus one."""
        used = [
            int(row["Code"]) for row in context.admin.accounts if row["Code"].isdigit()
        ]
        return str(max(used, default=0) + 1)

    def check(self, context, values, row):
        super().check(context, values, row)
        name = values.get("Name")
        if name is not None and len(name) > 50:
            raise Violation("too_long", field="Name", maximum=50)
        if "Name" in values and not (name or "").strip():
            raise Violation("mandatory", field="Name")
        if values.get("Status") not in (None, "A", "S", "P", "C"):
            raise Violation("invalid", field="Status")
        self._check_place(values, row)

    def _check_place(self, values, row):
        country = values.get("Country")
        if country:
            values["Country"] = country.strip().upper()
            if values["Country"] not in COUNTRIES:
                raise Violation("reference", field="Country")
        if values.get("State"):
            values["State"] = values["State"].strip().upper()
            country = values.get("Country") or (row or {}).get("Country")
            if values["State"] not in STATES.get(country, {values["State"]: ""}):
                raise Violation("reference", field="State")
        if values.get("Language"):
            values["Language"] = values["Language"].strip()

    def check_code(self, context, values, row):
        code = values.get("Code")
        if code is not None and len(code.strip()) > 18:
            raise Violation("too_long", field="Code", maximum=18)
        super().check_code(context, values, row)

    def update(self, context, row, values):
        if values.get("Status") and values["Status"] != row.get("Status"):
            values["StatusSince"] = context.admin.clock.today()
        super().update(context, row, values)

    def remove(self, context, row):
        super().remove(context, row)
        for table, kind in (("addresses", 3), ("contacts", 5), ("bank_accounts", None)):
            for part in context.admin.tables[table].by("Account", row["ID"]):
                context.admin.delete(table, part["ID"], kind)


@register
class BulkAccounts(_Accounts):
    path = "bulk/CRM/Accounts"
