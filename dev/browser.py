"""Chromium for tests and demo, wkhtmltopdf for Odoo's PDF files."""

from . import apt
from .run import have
from .say import Stop, step

PROGRAMS = {"chromium": "chromium", "wkhtmltopdf": "wkhtmltopdf"}


def ensure() -> None:
    """Install what is missing where that is allowed, else say what to install."""
    missing = [package for program, package in PROGRAMS.items() if not have(program)]
    if not missing:
        return
    names = " and ".join(missing)
    if not apt.can_install():
        raise Stop(f"{names} missing: install with apt-get install {' '.join(missing)}")
    with step(f"installing {names} with apt"):
        apt.install(*missing)
