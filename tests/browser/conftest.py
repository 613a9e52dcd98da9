import os

import pytest

from dev import databases, template
from dev.environment import ready
from dev.flow import Accountant, OdooUser, browser_page
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


@pytest.fixture
def page():
    with browser_page() as page:
        yield page


@pytest.fixture
def user(page, servers):
    return OdooUser(page, servers[0].url)


@pytest.fixture
def accountant(page, servers):
    return Accountant(page, servers[1].url)
