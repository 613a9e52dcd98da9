"""Doing a thing once: keys over inputs, locks, folders that appear whole."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from .paths import cache
from .say import say

IGNORED = {"__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis"}


def key(*inputs: str | bytes | Path) -> str:
    """A short hash over texts and the contents of files and folders."""
    digest = hashlib.sha256()
    for item in inputs:
        if isinstance(item, Path):
            for path in _files(item):
                _add(digest, str(path.relative_to(item.parent)).encode())
                _add(digest, path.read_bytes())
        else:
            _add(digest, item if isinstance(item, bytes) else item.encode())
    return digest.hexdigest()[:12]


def _add(digest, data: bytes) -> None:
    digest.update(str(len(data)).encode() + b":" + data)


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.is_file()
        and file.suffix != ".pyc"
        and not IGNORED.intersection(file.parts)
    )


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """Let one process at a time do `name`; the lock ends with the process."""
    with cache("locks", name).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that works on {name} …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Fill a temporary folder that becomes `target` only when all went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for stale in target.parent.glob(f".{target.name}.*"):
        shutil.rmtree(stale, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    temporary.replace(path)
