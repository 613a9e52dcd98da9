"""Everything that running Odoo takes, put together."""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import browser, odoo_source, postgres
from .odoo_source import OdooSource
from .paths import ROOT, cache, checkout_id
from .stamp import write

# Not `python -m odoo`: a server that forks starts another of its processes by the name
# of its script, and a module's file is none. The benchmark runs code of this folder.
SCRIPT = """\
import os
import sys

import odoo.cli

sys.path.insert(0, os.getcwd())
odoo.cli.main()
"""


@dataclass(frozen=True)
class Environment:
    """Where Odoo is and how its processes are started."""

    source: OdooSource
    config: Path
    packages: Path | None = None  # more, on Python's path

    def variables(self) -> dict[str, str]:
        """The environment for a process that runs Odoo."""
        path = [str(Path(sys.executable).parent), os.environ["PATH"]]
        python = [str(folder) for folder in (self.source.path, self.packages) if folder]
        return dict(
            os.environ,
            PATH=os.pathsep.join(path),
            PYTHONPATH=os.pathsep.join(python),
            ODOO_RC=str(self.config),
            # The sandbox is plain http on loopback, which oauthlib refuses else.
            OAUTHLIB_INSECURE_TRANSPORT="1",
        )

    def odoo(self, *arguments: str) -> list[str]:
        """The command line of Odoo."""
        return [sys.executable, str(self.script), *arguments]

    @property
    def script(self) -> Path:
        """Odoo's command, beside its configuration."""
        return self.config.with_name("odoo")


@contextlib.contextmanager
def ready(with_browser: bool = False) -> Iterator[Environment]:
    """Get what is missing, and have PostgreSQL running meanwhile."""
    if with_browser:
        browser.ensure()
    source = odoo_source.ensure()
    config = cache("conf", checkout_id(), "odoo.conf")
    write(config, _configuration(source))
    write(config.with_name("odoo"), SCRIPT)
    with postgres.running():
        yield Environment(source, config)


def _configuration(source: OdooSource) -> str:
    addons = ",".join(map(str, (source.addons, ROOT, ROOT / "tests")))
    # Odoo's limit on memory is one on address space: Chromium, started by a process
    # that has Odoo in it, needs more of that.
    return f"""[options]
addons_path = {addons}
data_dir = {cache("data")}
http_interface = 127.0.0.1
limit_memory_hard = 0
list_db = False
proxy_mode = False
server_wide_modules = base,web
"""
