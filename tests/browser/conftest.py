import os

import pytest

from dev import databases, template
from dev.environment import ready
from dev.flow import Accountant, OdooUser, chromium
from dev.server import OdooServer, SandboxServer

# Not to wait for the next minute: a file makes more calls than one allows.
LIMITS = ("--minutely", "6000", "--daily", "60000")


@pytest.fixture(scope="module")
def servers():
    """Odoo on a database of its own and a sandbox, both as real processes."""
    database = f"{template.PREFIX}browser_{os.getpid()}"
    with ready(with_browser=True) as env:
        databases.copy(template.installed(env), database)
        try:
            with (
                SandboxServer(options=LIMITS) as exact,
                OdooServer(env, database) as odoo,
            ):
                yield odoo, exact
        finally:
            databases.drop(database)


@pytest.fixture(scope="module")
def browser():
    """A browser that keeps Odoo's scripts from test to test."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser):
    """A page in which nobody is logged in."""
    browser.clear_cookies()
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def user(page, servers):
    return OdooUser(page, servers[0].url)


@pytest.fixture
def accountant(page, servers):
    return Accountant(page, servers[1].url)
