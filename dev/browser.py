"""Chromium for tests and demo, wkhtmltopdf for Odoo's PDF files."""

from . import apt
from .run import have
from .say import Stop, step

PROGRAMS = ("chromium", "wkhtmltopdf")  # Debian's packages have the same names


def ensure() -> None:
    """Install what is missing where that is allowed, else say what to install."""
    missing = [program for program in PROGRAMS if not have(program)]
    if not missing:
        return
    names = " and ".join(missing)
    if not apt.can_install():
        raise Stop(f"{names} missing: install with apt-get install {' '.join(missing)}")
    with step(f"installing {names} with apt"):
        apt.install(*missing)
    if not have(*PROGRAMS):
        raise Stop(f"{names} cannot be found after installing: look at the PATH")
