"""Chromium for tests and demo, wkhtmltopdf for Odoo's PDF files."""

from importlib.util import find_spec
from pathlib import Path

from . import apt
from .run import have, output
from .say import Stop, step


def ensure() -> None:
    """Install what is missing where that is allowed, else say what to install."""
    missing = _missing()
    if not missing:
        return
    names = " and ".join(missing)
    if not apt.can_install():
        raise Stop(f"{names} missing: install with apt-get install {' '.join(missing)}")
    with step(f"installing {names} with apt"):
        apt.install(*missing)
    if _missing():
        raise Stop(f"{' and '.join(_missing())} cannot be found after installing")


def _missing() -> list[str]:
    """The Debian packages to install; the programs have the same names."""
    missing = [name for name in ("chromium", "wkhtmltopdf") if not have(name)]
    # Playwright brings a program that needs a library which a small Debian lacks.
    driver = Path(find_spec("playwright").origin).parent / "driver" / "node"
    if output([driver, "--version"]) is None:
        missing.append("libatomic1")
    return missing
