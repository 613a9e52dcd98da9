"""Python environments in the cache, one for each requirements file."""

import os
import platform
import shutil
import sys
from pathlib import Path

from . import apt
from .paths import DEV, cache, log_file
from .run import output, quietly
from .say import Stop, step
from .stamp import key, lock, write

NEEDED = (3, 11)


def ensure(name: str = "dev") -> Path:
    """The Python of the environment for `requirements-<name>.txt`."""
    interpreter = _interpreter()
    files = [DEV / f"requirements-{name}.txt"]
    if name == "dev":
        files.append(DEV / "requirements-odoo.txt")
    # Not the exact version: an upgrade of Python leaves an environment as it is.
    wanted = key(*files, f"{NEEDED} {platform.machine()}")
    folder = cache("venv", f"{name}-{wanted}")
    python = folder / "bin" / "python"
    # A virtual environment cannot be moved, so a stamp says that it is whole.
    stamp = cache("venv", f"{name}-{wanted}.done")
    if stamp.exists() and python.exists():
        return python
    with lock(f"venv-{name}"):
        if not (stamp.exists() and python.exists()):
            stamp.unlink(missing_ok=True)
            _make(interpreter, folder, files[0], name)
            write(stamp, "")
            _forget_others(name, folder)
    return python


def _interpreter() -> str:
    if sys.version_info[:2] == NEEDED:
        return sys.executable
    other = shutil.which("python3.11")
    if not other:
        raise Stop("Python 3.11 is missing: install it (Debian: python3.11)")
    return other


def _make(interpreter: str, folder: Path, requirements: Path, name: str) -> None:
    if output([interpreter, "-c", "import ensurepip"]) is None:
        _install_venv()
    log = log_file(f"pip-{name}")
    shutil.rmtree(folder, ignore_errors=True)
    with step(f"installing the Python packages of {requirements.name}"):
        quietly([interpreter, "-m", "venv", folder], log, "python -m venv")
        quietly(
            # --no-deps: the files name everything, so nothing is left to chance
            [folder / "bin" / "pip", "install", "--no-deps", "-r", requirements],
            log,
            "pip install",
        )


def _install_venv() -> None:
    if not apt.can_install():
        raise Stop("Python's venv is missing: install it (Debian: python3-venv)")
    with step("installing python3-venv"):
        apt.install("python3-venv")


def _forget_others(name: str, keep: Path) -> None:
    """Drop environments of older requirements, all but the one before this."""
    stamps = sorted(
        keep.parent.glob(f"{name}-*.done"), key=lambda path: path.stat().st_mtime
    )
    for stamp in stamps[:-2]:
        stamp.unlink()
        shutil.rmtree(stamp.with_suffix(""), ignore_errors=True)


def enter() -> None:
    """Go on in the environment: the rest of `dev` may use its packages."""
    python = ensure()
    if Path(sys.prefix) == python.parent.parent:
        return
    sys.stdout.flush()
    os.execv(python, [str(python), "-m", "dev", *sys.argv[1:]])
