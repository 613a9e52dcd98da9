"""Run programs whose output goes to a log; show its end only on failure."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from .paths import ROOT
from .say import Stop, Terminated, say

STILL_AT_IT = 30  # seconds between signs of life
PATIENCE = 30  # seconds to clean up after an interruption


def quietly(
    command: Sequence[str | Path],
    log: Path,
    what: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
) -> None:
    """Run a command to its end; `what` names it should it fail."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as output:
        output.write(f"\n$ {' '.join(map(str, command))}\n")
        output.flush()
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            text=True,
        )
        try:
            if stdin is not None:
                process.stdin.write(stdin)
                process.stdin.close()
            status = _wait(process, what)
        except BaseException:
            end(process)
            raise
    if status:
        raise Stop(
            f"{what} failed (exit status {status}). The end of {log}:\n{tail(log)}"
        )


def _wait(process: subprocess.Popen, what: str) -> int:
    started = time.monotonic()
    while True:
        try:
            return process.wait(timeout=STILL_AT_IT)
        except subprocess.TimeoutExpired:
            say(f"    {what}: {time.monotonic() - started:.0f} s …")


def foreground(
    command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> int:
    """Run a command that talks to the terminal; its exit status."""
    process = subprocess.Popen(command, env=env and dict(env), cwd=cwd)
    try:
        return process.wait()
    except KeyboardInterrupt as interrupt:
        # Let it clean up too: pytest, for one, stops the servers of its fixtures.
        if isinstance(interrupt, Terminated):
            process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=PATIENCE)
        raise
    finally:
        end(process)


def end(process: subprocess.Popen, patience: float = 10) -> None:
    """Stop a process of ours: ask first, then insist."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, indented."""
    with log.open(errors="replace") as text:
        return "\n".join("    " + line.rstrip() for line in deque(text, lines))


def output(command: Sequence[str | Path], **kwargs) -> str | None:
    """What a command prints, or None when it is missing or fails."""
    try:
        return subprocess.run(
            list(map(str, command)),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            **kwargs,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def have(*programs: str) -> bool:
    """Whether all these programs are on the PATH."""
    return all(map(shutil.which, programs))


def is_root() -> bool:
    """Whether we may install packages into the system."""
    return os.geteuid() == 0
