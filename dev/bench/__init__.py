"""Figures of the link against Odoo's own work, in the same run.

    make bench                          all parts
    make bench ARGS="export --small"    one of them, with fewer records

Each part is a file of its own here with a function `measure(bench)`. It runs inside
Odoo, on a database and with a sandbox of its own, and compares with Odoo's own work in
that same process. The figures go to `build/bench.json`, by part and name; parts that
were not asked for keep theirs.
"""

import argparse
import json
import os
import sys

from exact_sandbox.bench import ITEMS
from exact_sandbox.bench import measure as measure_sandbox

from .. import databases, template
from ..environment import Environment, ready
from ..paths import ROOT, log_file
from ..run import quietly
from ..say import say, step
from ..server import SandboxServer

# Of its own, so that two at once do not take it from each other.
DATABASE = f"{template.PREFIX}bench_{os.getpid()}"
RESULT = ROOT / "build" / "bench.json"
# Each a file here; what it measures stands at its top.
INSIDE_ODOO = ("export", "pace", "button", "poll", "bills", "lists", "locations")
# Whose figures stand with those of another.
UNDER = {"pace": "export"}
MINUTELY = 60  # Exact's limit, at which the pace is measured
AT_PACE = ("pace", "locations")
NO_LIMIT = 100_000
SANDBOX = "sandbox"
SCRIPT = """
from dev.bench import inside
inside.run(env, {part!r}, {url!r}, {result!r}, small={small!r})
"""


def main(arguments: list[str]) -> int:
    """Measure the parts named, all by default, and print the figures."""
    options = _options(arguments)
    RESULT.parent.mkdir(exist_ok=True)
    with ready() as env:
        for part in options.parts:
            if part == SANDBOX:
                with step("measuring the sandbox alone"):
                    _keep(measure_sandbox(ITEMS), part)
            else:
                with step(f"measuring: {part}"):
                    _inside_odoo(env, part, options.small)
    figures = json.loads(RESULT.read_text())
    for place in dict.fromkeys(UNDER.get(part, part) for part in options.parts):
        for name, value in figures[place].items():
            say(f"{place}.{name}: {value}")
    sys.stdout.flush()
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parts = (*INSIDE_ODOO, SANDBOX)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument(
        "--small", action="store_true", help="fewer records: sooner, and less exact"
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(parts):
        parser.error(f"no part {unknown.pop()}: say one of {' '.join(parts)}")
    options.parts = options.parts or parts
    return options


def _inside_odoo(env: Environment, part: str, small: bool) -> None:
    databases.copy(template.installed(env), DATABASE)
    result = RESULT.with_name(f"bench-{part}.json")
    result.unlink(missing_ok=True)
    try:
        minutely = MINUTELY if part in AT_PACE else NO_LIMIT
        limits = ("--minutely", str(minutely), "--daily", str(10 * NO_LIMIT))
        with SandboxServer(options=limits) as exact:
            command = env.odoo("shell", "-d", DATABASE, "--log-level=warn")
            quietly(
                [*command, "--no-http"],
                log_file("bench"),
                "the benchmark",
                env=env.variables(),
                cwd=ROOT,
                stdin=SCRIPT.format(
                    part=part, url=exact.url, result=str(result), small=small
                ),
            )
        _keep(json.loads(result.read_text()), part)
    finally:
        result.unlink(missing_ok=True)
        databases.drop(DATABASE)


def _keep(figures: dict, part: str) -> None:
    """Put the figures of a part into the file, beside those of the others."""
    known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    place = UNDER.get(part, part)
    known[place] = known.get(place, {}) | figures
    RESULT.write_text(json.dumps(known, indent=1) + "\n")
