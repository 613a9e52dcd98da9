"""150 random sequences on a real Odoo, in a process and on a database of their own."""

import os
import subprocess
import sys

from dev import databases, template
from dev.environment import ready
from dev.paths import ROOT
from tests import figures

SEQUENCES = 150
SECONDS = 1200  # on a machine that is busy with other things; else a fifth


def test_each_invoice_is_booked_once_whatever_happens():
    database = f"{template.PREFIX}proof_{os.getpid()}"
    with ready() as env:
        databases.copy(template.installed(env), database)
        try:
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "tests.proof.on_odoo"),
                    *(database, "1", str(SEQUENCES)),
                ],
                cwd=ROOT,
                env=env.variables(),
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
        finally:
            databases.drop(database)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"{SEQUENCES} sequences, 0 failed"), done.stdout
    figures.note(f"on Odoo: {last}")
