"""Where things lie: the checkout, and the cache outside of it."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / "dev"


def cache(*parts: str) -> Path:
    """A path in the cache folder; its parent exists afterwards."""
    chosen = os.environ.get("OPTEDO_EXACT_CACHE")
    base = Path(chosen) if chosen else Path.home() / ".cache" / "optedo_exact"
    path = base.absolute().joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def log_file(name: str) -> Path:
    """The file in the cache that takes the output of `name`."""
    return cache("logs", f"{name}.log")


def checkout_id() -> str:
    """A short name for this checkout: several may share one cache."""
    return hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
