"""`python3 -m dev COMMAND`: enter the Python environment, then do the command."""

import importlib
import sys
from importlib.util import find_spec

from . import venv
from .say import Stop, run_main

COMMANDS = {
    "test": "dev.test",
    "lint": "dev.lint",
    "demo": "dev.demo",
    "bench": "dev.bench",
    "pictures": "dev.pictures",
    "odoo": "dev.odoo",
    "sandbox": "dev.sandbox",
    "postgres": "dev.postgres",
    "clean": "dev.clean",
}


def main() -> int | None:
    """Run the command named by the first argument, with the others."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        raise Stop(f"say one of: {' '.join(COMMANDS)}")
    if find_spec(COMMANDS[sys.argv[1]]) is None:
        raise Stop(f"{COMMANDS[sys.argv[1]]} is not written yet")
    if sys.argv[1] != "clean":
        venv.enter()
    module = importlib.import_module(COMMANDS[sys.argv[1]])
    return module.main(sys.argv[2:])


run_main(main)
