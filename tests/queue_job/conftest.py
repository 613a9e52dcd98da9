import os

import pytest

from dev import databases, queue_job, template
from dev.environment import ready
from dev.server import OdooServer, SandboxServer
from tests.browser.remote import Exact, Odoo

LIMITS = ("--minutely", "6000", "--daily", "60000", "--latency", "100")


class Runner(OdooServer):
    """An Odoo that runs jobs, and no scheduled actions."""

    def variables(self):
        # Four at once, and no channel of an administration is named.
        return super().variables() | {"ODOO_QUEUE_JOB_CHANNELS": "root:4"}


@pytest.fixture(scope="module")
def servers(request, tmp_path_factory):
    """An Odoo for users and scheduled actions, one for jobs, and a sandbox.

    A file may say in ``WORKERS`` how many processes the one for jobs forks.
    """
    workers = getattr(request.module, "WORKERS", 0)
    database = f"{template.PREFIX}queue_{os.getpid()}"
    with ready() as env:
        databases.copy(template.queued(env), database)
        env = queue_job.added(env)
        options = (queue_job.WITH_RUNNER,)
        state = tmp_path_factory.mktemp("sandbox") / "state.json"
        try:
            with (
                SandboxServer(state=state, options=LIMITS) as exact,
                OdooServer(env, database) as odoo,
                Runner(
                    env, database, workers=workers, cron_threads=0, options=options
                ) as runner,
            ):
                yield odoo, runner, exact
        finally:
            databases.drop(database)


@pytest.fixture(scope="module")
def remote(servers):
    """A session of the administrator, connected to Exact."""
    odoo, _runner, exact = servers
    remote = Odoo(odoo.url, odoo.database)
    posted = [("state", "=", "posted"), ("move_type", "like", "out_%")]
    demo = remote.call("account.move", "search", posted)
    remote.call("account.move", "button_draft", demo)
    remote.connect(Exact(exact.url))
    return remote


@pytest.fixture
def exact(servers):
    """The sandbox, without what an earlier test broke."""
    *_odoo, server = servers
    exact = Exact(server.url)
    exact.clear_faults()
    return exact


@pytest.fixture(scope="module")
def customer(remote):
    """A customer that Exact knows already."""
    customer = remote.customer("Wachtrij BV")
    remote.book(remote.invoice(customer))
    return customer


@pytest.fixture(scope="module")
def administration(remote):
    [administration] = remote.call("exact.administration", "search", [])
    return administration
