"""Delete the cache: everything in it can be made again."""

import shutil

from .paths import cache
from .postgres import PrivateServer
from .say import say


def main(_arguments: list[str]) -> None:
    """Stop the private PostgreSQL and delete what `dev` has made."""
    PrivateServer().remove()
    folder = cache("x").parent
    shutil.rmtree(folder, ignore_errors=True)
    say(f"deleted {folder}")
