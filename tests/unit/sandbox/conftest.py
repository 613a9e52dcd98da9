"""A sandbox with a standing clock, and a client that speaks its API."""

from datetime import datetime

import pytest
from werkzeug.test import Client

from exact_sandbox import Sandbox

NOW = datetime(2026, 6, 15, 10, 0, 0)


class Api:
    """Calls of one logged-in app on one administration."""

    def __init__(self, sandbox, division=1001):
        self.sandbox = sandbox
        self.division = division
        self.client = Client(sandbox)
        self.token = sandbox.authorise()["access_token"]

    @property
    def admin(self):
        return self.sandbox.administrations[self.division]

    def call(self, method, path, json=None, headers=None, **query):
        if not path.startswith("/"):
            path = f"/api/v1/{self.division}/{path}"
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            **(headers or {}),
        }
        arguments = {f"${name}": value for name, value in query.items()}
        return self.client.open(
            path,
            method=method,
            json=json,
            headers=sent,
            query_string=arguments or None,
        )

    def get(self, path, **query):
        return self.call("GET", path, **query)

    def rows(self, path, **query):
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        data = answer.json["d"]
        return data if isinstance(data, list) else data["results"]

    def post(self, path, values, full=True):
        headers = {"Prefer": "return=representation"} if full else {}
        return self.call("POST", path, json=values, headers=headers)

    def put(self, path, values):
        return self.call("PUT", path, json=values)

    def delete(self, path):
        return self.call("DELETE", path)

    def account(self, code):
        return self.admin.accounts.one("Code", code)["ID"]

    def gl(self, code):
        return self.admin.coded("gl_accounts", code)["ID"]

    def sale(self, *lines, **header):
        """A sales entry to customer 2; a line is an amount or a dict."""
        shown = []
        for line in lines or (100,):
            line = dict(line) if isinstance(line, dict) else {"AmountFC": line}
            if "GLAccount" not in line:
                line["GLAccount"] = self.gl("700000")
            shown.append(line)
        values = {"Customer": self.account("2"), "Journal": "70", **header}
        return self.post(
            "salesentry/SalesEntries", {**values, "SalesEntryLines": shown}
        )

    def booked(self, *lines, **header):
        """A sales entry that must succeed; its JSON."""
        answer = self.sale(*lines, **header)
        assert answer.status_code == 201, answer.text
        return answer.json["d"]


def text_of(answer):
    """The text of an error answer, whose whole shape is checked."""
    error = answer.json["error"]
    assert set(answer.json) == {"error"}
    assert error["code"] == ""
    assert error["message"]["lang"] == ""
    return error["message"]["value"]


@pytest.fixture
def make():
    """Builds sandboxes with a standing clock and without limits."""

    def build(**options):
        options = {"minutely": 0, "daily": 0, "clock": NOW, **options}
        made = Sandbox(**options)
        made.limits.errors_per_hour = 0
        return made

    return build


@pytest.fixture
def sandbox(make):
    return make()


@pytest.fixture
def api(sandbox):
    return Api(sandbox)


@pytest.fixture
def api_of():
    return Api


@pytest.fixture
def error_text():
    return text_of
