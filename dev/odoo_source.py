"""Odoo 19 itself: named by the user, unpacked from Debian, or cloned."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import apt
from .paths import cache, log_file
from .run import have, output, quietly
from .say import Stop, say, step
from .stamp import lock, new_folder

SERIES = "19.0"
REPOSITORY = "https://github.com/odoo/odoo.git"
PACKAGE = "odoo-19"
# The package links to these packages' files by relative links.
LINKED = [
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-ocr-b",
]
# Debian leaves out this minified file (it blurs the background of video calls), and
# then every page logs an error, at which Odoo's browser tests fail.
LEFT_OUT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
# Odoo's icons need Font Awesome 4; sid has gone on to a later one.
ICONS = "fonts-font-awesome/bookworm"


@dataclass(frozen=True)
class OdooSource:
    """A tree that holds `odoo/` and `addons/`."""

    path: Path
    origin: str

    @property
    def addons(self) -> Path:
        """The folder of Odoo's addons: not the same in a package and a checkout."""
        return next(filter(_has_addons, _addons_folders(self.path)))

    @property
    def version(self) -> str:
        """What tells two trees apart: the release and, where known, the commit."""
        commit = output(["git", "-C", self.path, "rev-parse", "HEAD"])
        is_checkout = (self.path / ".git").exists()
        return (
            f"{_series(self.path)} {commit.strip() if commit and is_checkout else ''}"
        )


def ensure() -> OdooSource:
    """Get Odoo in the first way that works, and say which one it was."""
    named = os.environ.get("ODOO_SRC")
    if named:
        source = OdooSource(Path(named).expanduser().resolve(), "ODOO_SRC")
        _check(source.path)
    else:
        with lock("odoo"):
            source = _present() or _unpacked() or _cloned()
    say(f"Odoo {SERIES}: {source.path} ({source.origin})")
    return source


def _addons_folders(path: Path) -> list[Path]:
    # Debian's package has an `addons` too, but with nothing but Python in it.
    return [path / "addons", path / "odoo" / "addons"]


def _has_addons(folder: Path) -> bool:
    return (folder / "account" / "views").is_dir()


def _series(path: Path) -> str | None:
    """Read the release without importing it."""
    release = path / "odoo" / "release.py"
    if not release.exists():
        return None
    found = re.search(r"^version_info = \((\d+), (\d+),", release.read_text(), re.M)
    return f"{found[1]}.{found[2]}" if found else None


def _check(path: Path) -> None:
    series = _series(path)
    if series is None:
        raise Stop(f"{path} is no Odoo: it has no odoo/release.py")
    if series != SERIES or not any(map(_has_addons, _addons_folders(path))):
        raise Stop(f"{path} is Odoo {series}; needed is {SERIES} with its addons")


DEBIAN = (("odoo", "debian"), "usr/lib/python3/dist-packages", "Debian's package")
CLONE = (("odoo", "clone"), ".", "clone of Odoo's public repository")


def _source(kind: tuple) -> OdooSource:
    folders, inner, origin = kind
    return OdooSource(cache(*folders) / inner, origin)


def _present() -> OdooSource | None:
    for source in map(_source, (DEBIAN, CLONE)):
        if _series(source.path) == SERIES:
            return source
    return None


def _unpacked() -> OdooSource | None:
    try:
        with step(
            f"fetching Odoo {SERIES} (Debian's {PACKAGE}, unpacked, not installed)"
        ):
            suites = apt.Suites("sid", "bookworm")
            with new_folder(cache(*DEBIAN[0])) as folder:
                suites.unpack([PACKAGE, *LINKED, ICONS], folder)
                _check(folder / DEBIAN[1])
                _fill_gap(OdooSource(folder / DEBIAN[1], "").addons / LEFT_OUT)
    except Stop as reason:
        say(f"    Debian's {PACKAGE} cannot be used: {reason}")
        return None
    shutil.rmtree(cache("apt", "cache"), ignore_errors=True)
    return _source(DEBIAN)


def _fill_gap(file: Path) -> None:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("/* left out of the package */\n")


def _cloned() -> OdooSource:
    if not have("git"):
        raise Stop("git is missing: install it, or name a checkout in ODOO_SRC")
    with (
        step(f"cloning Odoo's public repository, branch {SERIES} (several minutes)"),
        new_folder(cache(*CLONE[0])) as folder,
    ):
        quietly(
            [
                "git",
                "clone",
                "-q",
                "--depth=1",
                f"--branch={SERIES}",
                REPOSITORY,
                folder,
            ],
            log_file("git"),
            "git clone",
            env=dict(os.environ, GIT_TERMINAL_PROMPT="0"),
        )
        _check(folder)
    return _source(CLONE)
