"""current/Me and the lists of divisions (exact-api 2.1)."""

from ..errors import ApiError
from .base import ComputedSet, register
from .countries import country_name

#: Legislation of an administration as Exact numbers it, by country.
LEGISLATION = {"NL": 1, "BE": 2}


@register
class Me(ComputedSet):
    path = "current/Me"

    def rows(self, context):
        """A collection of one: the connected user."""
        user, now = context.user, context.sandbox.clock.now()
        admin = context.sandbox.administrations[user["division"]]
        return [
            {
                "UserID": user["ID"],
                "CurrentDivision": user["division"],
                "AccountingDivision": user["division"],
                "DivisionCustomerName": admin.settings["name"],
                "DivisionCustomerVatNumber": admin.settings["vat_number"],
                "Email": user["email"],
                "FirstName": user["first_name"],
                "FullName": user["full_name"],
                "IsClientUser": False,
                "IsEmployeeSelfServiceUser": False,
                "IsStarterUser": False,
                "Language": admin.settings["language"],
                "LanguageCode": f"{context.language}-{admin.settings['country']}",
                "LastName": user["last_name"],
                "Legislation": LEGISLATION[admin.settings["country"]],
                "ServerTime": now.strftime("%Y-%m-%dT%H:%M:%S"),
                "ServerUtcOffset": 0,
                "UserName": user["name"],
            }
        ]


class _Divisions(ComputedSet):
    def rows(self, context):
        """The companies the login was granted, in order of their code."""
        return [
            self._row(context, context.sandbox.administrations[code])
            for code in sorted(context.user["granted"])
        ]

    def _row(self, context, admin):
        settings = admin.settings
        return {
            "Code": admin.code,
            "HID": admin.code,
            "Hid": admin.code,
            "Description": settings["name"],
            "Country": settings["country"],
            "CountryDescription": country_name(settings["country"], context.language),
            "Currency": settings["currency"],
            "CurrencyDescription": "Euro",
            "CustomerName": settings["name"],
            "CustomerCode": str(admin.code),
            "Current": admin.code == context.user["division"],
            "Legislation": settings["country"],
            "VATNumber": settings["vat_number"],
            "ChamberOfCommerceNumber": settings["chamber_of_commerce"],
            "AddressLine1": settings["address"],
            "Postcode": settings["postcode"],
            "City": settings["city"],
            "Email": settings["email"],
            "Status": 1,
            "BlockingStatus": settings["blocking_status"],
            "Main": admin.code == min(context.sandbox.administrations),
            "IsMainDivision": admin.code == min(context.sandbox.administrations),
            "StartDate": settings["start"],
            "Created": settings["start"],
            "Modified": settings["start"],
            "Creator": settings["user"],
            "Modifier": settings["user"],
            "DivisionMoveDate": settings["moved"],
        }


@register
class HrmDivisions(_Divisions):
    path = "hrm/Divisions"


@register
class SystemDivisions(_Divisions):
    paths = ("system/Divisions", "system/AllDivisions")

    def remove(self, context, row):
        """The reference offers DELETE; nobody lets an app remove a company."""
        raise ApiError(403, "Forbidden")
