"""Odoo and the sandbox side by side, with the main job done before one's eyes."""

import importlib
import time
from collections.abc import Callable

from . import databases, template
from .environment import ready
from .paths import ROOT, cache
from .say import Stop, say, step
from .server import OdooServer, SandboxServer
from .stamp import lock

DATABASE = f"{template.PREFIX}demo"
ODOO_PORT = 8069
SANDBOX_PORT = 9700


def main(arguments: list[str]) -> int:
    """Do the main job on fresh data; then stay, unless told `--once`."""
    run_main_job = _main_job()
    with lock("demo"), ready(with_browser=True) as env:
        source = template.installed(env)
        databases.copy(source, DATABASE)
        state = cache("demo", "sandbox-state")
        state.unlink(missing_ok=True)
        odoo = OdooServer(env, DATABASE, ODOO_PORT, log="demo-odoo")
        exact = SandboxServer(SANDBOX_PORT, state, log="demo-sandbox")
        try:
            with step("starting Odoo and the sandbox"):
                exact.start()
                odoo.start()
            with step("the main job: export an invoice, pay it in Exact, see it paid"):
                run_main_job(odoo.url, exact.url)
            if "--once" not in arguments:
                _stay(odoo, exact)
        finally:
            odoo.stop()
            exact.stop()
    return 0


def _main_job() -> Callable[[str, str], None]:
    """What the demo shows; it raises when not all of it happened."""
    for needed in ("exact_sandbox", "optedo_exact", "dev/main_job.py"):
        if not (ROOT / needed).exists():
            raise Stop(f"{needed} is not written yet, and the demo needs it")
    return importlib.import_module("dev.main_job").run_main_job


def _stay(odoo: OdooServer, exact: SandboxServer) -> None:
    say("")
    say(f"Odoo:     {odoo.url}   login admin, password admin   log {odoo.log}")
    say(f"Sandbox:  {exact.url}   login demo, password demo   log {exact.log}")
    say("Both run until Ctrl-C.")
    try:
        while odoo.alive and exact.alive:
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("stopping …")
        return
    name = odoo.name if exact.alive else exact.name
    raise Stop(f"{name} ended by itself; see its log")
