import contextlib
import os
import shutil
import sys

import pytest
from xdist.scheduler import LoadFileScheduling

from dev import databases
from tests.figures import FIGURES


def pytest_configure(config):
    """One of several processes: its database gets files of its own too."""
    if hasattr(config, "workerinput") and "pytest_odoo" in sys.modules:
        sys.modules["pytest_odoo"]._shared_filestore = own_filestore


# Where a browser or several processes are at work, beside other tests.
REAL_PROCESSES = (
    "tests/browser/",
    "tests/queue_job/",
    "tests/unit/sandbox/test_browser",
)


def pytest_collection_modifyitems(items):
    """Where the machine was too busy for the patience of a test, it is tried once more;
    the summary counts it as rerun."""
    for item in items:
        if item.nodeid.startswith(REAL_PROCESSES):
            item.add_marker(pytest.mark.flaky(reruns=1))


class Groups(LoadFileScheduling):
    """Several processes: each takes a file at a time, save what waits for servers.

    Those wait more than they work, so the other files are run beside them; but two
    flows in browsers at once are too slow for their patience.
    """

    TOGETHER = ("tests/browser/", "tests/queue_job/")

    def _split_scope(self, nodeid):
        for folder in self.TOGETHER:
            if nodeid.startswith(folder):
                return folder
        return super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    """How the tests are shared out among several processes."""
    return Groups(config, log)


@contextlib.contextmanager
def own_filestore(original, name):
    """Files for a copy of a database: shared ones are written and cleaned up by
    several processes at once."""
    folder = databases.filestore(name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(databases.filestore(original), folder, copy_function=os.link)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pytest_sessionfinish(session):
    """One of several processes: hand its figures to the one that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = FIGURES


def pytest_testnodedown(node):
    """A process has ended: take over its figures."""
    FIGURES.extend(getattr(node, "workeroutput", {}).get("figures", []))


def pytest_terminal_summary(terminalreporter):
    """Print the figures that tests noted."""
    if FIGURES:
        terminalreporter.section("figures")
        for figure in FIGURES:
            terminalreporter.write_line(figure)
