"""Odoo's own command line on a working copy of the template.

    python3 -m dev odoo                     a server
    python3 -m dev odoo shell               a Python shell
    python3 -m dev odoo -u optedo_exact --stop-after-init

The database `optedo_exact_work` is made on first use and then kept; say `--fresh`
first to make it anew.
"""

from . import databases, template
from .environment import ready
from .run import foreground

DATABASE = f"{template.PREFIX}work"


def main(arguments: list[str]) -> int:
    """Run Odoo in the foreground."""
    with ready() as env:
        fresh = arguments[:1] == ["--fresh"]
        arguments = arguments[fresh:]
        if fresh or not databases.exists(DATABASE):
            databases.copy(template.installed(env), DATABASE)
        subcommand = ["server"]
        if arguments and not arguments[0].startswith("-"):
            subcommand = [arguments.pop(0)]
        command = env.odoo(*subcommand, "-d", DATABASE, *arguments)
        return foreground(command, env.variables())
