"""Progress lines, and errors that are one sentence instead of a traceback."""

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator


class Stop(Exception):
    """Something a person has to mend; its text is all that is shown."""


def say(text: str) -> None:
    """Print one line at once, also when the output goes into a pipe."""
    print(text, flush=True)


class Terminated(KeyboardInterrupt):
    """SIGTERM: to us alone, while Ctrl-C reaches our children as well."""


def _terminated(_number, _frame) -> None:
    raise Terminated


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Announce work that takes a while, and say how long it took."""
    say(f"{text} …")
    started = time.monotonic()
    yield
    say(f"    done in {time.monotonic() - started:.0f} s")


def run_main(function: Callable[[], int | None]) -> None:
    """Run a command line's function and turn its end into an exit status."""
    # make, CI and service managers stop with SIGTERM: clean up as for Ctrl-C.
    signal.signal(signal.SIGTERM, _terminated)
    # A shell that starts us in the background lets us ignore Ctrl-C: do not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.exit(function() or 0)
    except Stop as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted; it can be run again", file=sys.stderr, flush=True)
        sys.exit(130)
