"""The sandbox of Exact Online alone, in the foreground.

make sandbox PORT=9700 ARGS="--minutely 60"
"""

import sys

from .run import foreground


def main(arguments: list[str]) -> int:
    """Run it until Ctrl-C; the arguments are its own."""
    return foreground([sys.executable, "-m", "exact_sandbox", *arguments])
