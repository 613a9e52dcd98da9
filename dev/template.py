"""Database templates: made once, copied for every run, made anew when inputs change.

base       Odoo with accounting, a Belgian and a Dutch company, demo data
installed  base and the addon
tested     installed and the test addon
queued     installed, OCA's queue_job, and so the addon for it
"""

from pathlib import Path

from . import databases, queue_job
from .environment import Environment
from .paths import DEV, ROOT, cache, log_file
from .run import quietly
from .say import step
from .stamp import key, lock, write

PREFIX = "optedo_exact_"
ADDON = ROOT / "optedo_exact"
QUEUE_ADDON = ROOT / "optedo_exact_queue_job"
TEST_ADDON = ROOT / "tests" / "test_optedo_exact"
COMPANIES = DEV / "template_base.py"
ASSETS = DEV / "template_assets.py"
KEPT = 12  # of each kind: other checkouts and branches share the cache


def base(env: Environment) -> str:
    """The name of the template with accounting and companies."""
    requirements = DEV / "requirements-odoo.txt"
    inputs = key(env.source.version, COMPANIES, ASSETS, requirements)

    def build(name: str) -> None:
        log = log_file("template_base")
        _odoo(env, log, "-d", name, "-i", "base", "--with-demo")
        _shell(env, log, name, COMPANIES)
        _shell(env, log, name, ASSETS)

    return _ensure("base", inputs, build, "building the database template (2 minutes)")


def installed(env: Environment) -> str:
    """The name of the template that has the addon too."""
    return _with_addon("installed", env, base, ADDON)


def tested(env: Environment) -> str:
    """The name of the template that has the addon and its test addon."""
    return _with_addon("tested", env, installed, TEST_ADDON)


def queued(env: Environment) -> str:
    """The name of the template where exports are jobs of queue_job."""
    with_queue_job = queue_job.added(env)
    template = installed(env)
    inputs = key(template, queue_job.REQUIREMENTS, QUEUE_ADDON)

    def build(name: str) -> None:
        databases.copy(template, name)
        # Ours installs itself beside it.
        _odoo(
            with_queue_job, log_file("template_queued"), "-d", name, "-i", "queue_job"
        )

    return _ensure("queued", inputs, build, "installing queue_job into a template")


def _with_addon(kind: str, env: Environment, lower, addon: Path) -> str:
    template = lower(env)
    if not (addon / "__manifest__.py").exists():
        return template
    inputs = key(template, addon)

    def build(name: str) -> None:
        log = log_file(f"template_{kind}")
        databases.copy(template, name)
        _odoo(env, log, "-d", name, "-i", addon.name)
        if (addon / "static" / "src").is_dir():
            _shell(env, log, name, ASSETS)

    return _ensure(kind, inputs, build, f"installing {addon.name} into a template")


def _odoo(env: Environment, log: Path, *arguments: str) -> None:
    command = env.odoo(*arguments, "--stop-after-init", "--no-http", "--log-level=warn")
    quietly(command, log, "Odoo", env.variables())


def _shell(env: Environment, log: Path, name: str, script: Path) -> None:
    command = env.odoo("shell", "-d", name, "--no-http", "--log-level=warn")
    what = f"{script.name} in Odoo"
    quietly(command, log, what, env.variables(), stdin=script.read_text())


def _ensure(kind: str, inputs: str, build, text: str) -> str:
    name = f"{PREFIX}{kind}_{inputs}"
    stamp = cache("templates", name)
    if stamp.exists() and databases.exists(name):
        stamp.touch()
        return name
    with lock(f"template-{kind}"):
        if not (stamp.exists() and databases.exists(name)):
            unfinished = f"{PREFIX}{kind}_unfinished"
            databases.drop(unfinished)
            with step(text):
                build(unfinished)
            databases.rename(unfinished, name)
            write(stamp, "")
            _forget_others(kind)
    return name


def _forget_others(kind: str) -> None:
    stamps = sorted(
        cache("templates", "x").parent.glob(f"{PREFIX}{kind}_*"),
        key=lambda path: path.stat().st_mtime,
    )
    for stamp in stamps[:-KEPT]:
        stamp.unlink()
    known = {stamp.name for stamp in stamps[-KEPT:]}
    for name in databases.named(f"{PREFIX}{kind}_"):
        if name not in known:
            databases.drop(name)
