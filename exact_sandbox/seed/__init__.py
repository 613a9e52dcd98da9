"""The two administrations and the users the sandbox starts with."""

from . import belgium, dutch
from .build import USER_ID

ADMINISTRATIONS = {1001: belgium.build, 1002: dutch.build}
#: what another company of a country starts with
COUNTRIES = {"BE": belgium.build, "NL": dutch.build}


def users():
    """Users by name; the password is for the login page only."""
    return {
        "demo": {
            "ID": USER_ID,
            "name": "demo",
            "password": "demo",
            "first_name": "Demo",
            "last_name": "Koppeling",
            "full_name": "Demo Koppeling",
            "email": "demo@example.com",
            "division": 1001,
        }
    }


__all__ = ["ADMINISTRATIONS", "COUNTRIES", "users"]
