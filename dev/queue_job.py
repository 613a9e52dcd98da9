"""OCA's queue_job, in a folder that only its own tests put on Python's path."""

import sys
from dataclasses import replace
from pathlib import Path

from .environment import Environment
from .paths import DEV, cache, log_file
from .run import quietly
from .say import step
from .stamp import key, lock, new_folder

REQUIREMENTS = DEV / "requirements-queue_job.txt"
#: For Odoo's command line: where the runner of the jobs is to start.
WITH_RUNNER = "--load=base,web,queue_job"


def added(env: Environment) -> Environment:
    """The environment of an Odoo that can install queue_job."""
    return replace(env, packages=_folder())


def _folder() -> Path:
    folder = cache("queue_job", key(REQUIREMENTS))
    with lock("queue_job"):
        if not folder.exists():
            with step("getting OCA's queue_job"), new_folder(folder) as new:
                command = [sys.executable, "-m", "pip", "install", "--no-deps"]
                target = ["--target", new, "-r", REQUIREMENTS]
                quietly([*command, *target], log_file("pip-queue_job"), "pip install")
    return folder
