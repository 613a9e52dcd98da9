"""Figures of the link against Odoo's own work, in the same run.

Written to `build/bench.json`. Times are CPU time of Odoo's process: the wait for Exact
is Exact's own, and is counted as calls.
"""

import json
import sys

from exact_sandbox.bench import ITEMS, measure

from . import databases, template
from .environment import ready
from .paths import ROOT, log_file
from .run import quietly
from .say import say, step
from .server import SandboxServer

DATABASE = f"{template.PREFIX}bench"
RESULT = ROOT / "build" / "bench.json"
SCRIPT = ROOT / "dev" / "bench_export.py"


def main(_arguments: list[str]) -> int:
    """Measure exports and payments, and print the figures."""
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.unlink(missing_ok=True)
    with ready() as env:
        databases.copy(template.installed(env), DATABASE)
        options = ("--minutely", "100000", "--daily", "1000000")
        try:
            with SandboxServer(options=options) as exact, step("measuring"):
                variables = env.variables() | {
                    "EXACT_URL": exact.url,
                    "BENCH_RESULT": str(RESULT),
                }
                command = env.odoo("shell", "-d", DATABASE, "--log-level=warn")
                quietly(
                    [*command, "--no-http"],
                    log_file("bench"),
                    "the benchmark",
                    env=variables,
                    stdin=SCRIPT.read_text(),
                )
        finally:
            databases.drop(DATABASE)
    parts = json.loads(RESULT.read_text())
    with step("measuring the sandbox alone"):
        parts["sandbox"] = measure(ITEMS)
    RESULT.write_text(json.dumps(parts, indent=1) + "\n")
    for part, figures in parts.items():
        for name, value in figures.items():
            say(f"{part}.{name}: {value}")
    sys.stdout.flush()
    return 0
