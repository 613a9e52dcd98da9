"""All tests in one pytest run, so that its last line counts them all."""

import argparse
import os
import sys

from . import databases, lint, postgres, template
from .environment import Environment, ready
from .paths import ROOT, checkout_id
from .run import foreground
from .say import say

SUITES = {
    "unit": ROOT / "tests" / "unit",
    "odoo": ROOT / "tests" / "test_optedo_exact",
    "proof": ROOT / "tests" / "proof",
    "browser": ROOT / "tests" / "browser",
    "queue": ROOT / "tests" / "queue_job",
}
# Three processes, one more than the cores of a small machine since some tests wait most
# of their time; they take groups of tests in the order given (tests/conftest.py).
AT_ONCE = ("-n", "3", "--no-loadscope-reorder")
PREFIX = f"{template.PREFIX}test_{checkout_id()}_"


def main(arguments: list[str]) -> int:
    """Run the suites named, all of them by default; more arguments are pytest's."""
    parser = argparse.ArgumentParser(prog="make test", allow_abbrev=False)
    parser.add_argument("--suite", action="append", choices=SUITES)
    parser.add_argument("--lint", action="store_true")
    options, rest = parser.parse_known_args(arguments)
    suites = options.suite or list(SUITES)
    lint_failed = options.lint and lint.main([])
    chosen = [argument for argument in rest if (ROOT / argument).exists()]
    if not chosen:
        paths = [SUITES[suite] for suite in suites if SUITES[suite].is_dir()]
        if not options.suite and not any(word.startswith("-n") for word in rest):
            rest = [*AT_ONCE, *rest]
            paths.reverse()  # what takes longest first
        rest = [*rest, *(str(path.relative_to(ROOT)) for path in paths)]
    status = _unit(rest) if suites == ["unit"] else _with_odoo(rest)
    if lint_failed:
        # Before pytest's summary, which is the last line, this was far up.
        print("lint failed too, see above", file=sys.stderr, flush=True)
    return status or lint_failed


def _unit(arguments: list[str]) -> int:
    return _pytest(["-p", "no:odoo", *arguments], None)


def _with_odoo(arguments: list[str]) -> int:
    with ready(with_browser=True) as env:
        _drop_leftovers()
        database = f"{PREFIX}{os.getpid()}"
        databases.copy(template.tested(env), database)
        try:
            return _pytest(
                [f"--odoo-database={database}", "--odoo-http", *arguments], env
            )
        finally:
            databases.drop(database)


def _drop_leftovers() -> None:
    """Drop the databases of runs that were killed."""
    for name in databases.named(PREFIX):
        number, _dash, _process = name.removeprefix(PREFIX).partition("-")
        if not os.path.exists(f"/proc/{number}"):
            databases.drop(name)


def _pytest(arguments: list[str], env: Environment | None) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    say(f"$ pytest {' '.join(arguments)}")
    variables = env.variables() if env else None
    if env:  # each process makes its database with `createdb`
        path = [variables["PATH"], str(postgres.clients())]
        variables["PATH"] = os.pathsep.join(path)
    return foreground(command, variables)
