"""How many jobs the runner of queue_job starts at once, as it was configured."""

import json
import subprocess
import sys

import pytest

from dev import queue_job
from dev.environment import ready
from dev.paths import ROOT

# In a process of its own: here is no queue_job.
START = """
import json, sys
import odoo.addons
odoo.addons.__path__.append(sys.argv[1])
from odoo.addons.queue_job.jobrunner.channels import ChannelManager
import odoo.addons.optedo_exact_queue_job
manager = ChannelManager()
manager.simple_configure(sys.argv[2])
for administration in (1, 2, 3):
    for number in range(4):
        uuid = f"{administration}-{number}"
        channel = f"root.exact.{administration}"
        manager.notify("db", channel, uuid, number, 0, 10, None, "pending")
started = sorted(job.uuid for job in manager.get_jobs_to_run(100))
manager.notify("db", "root.exact.1", "1-0", 0, 0, 10, None, "done")
then = sorted(job.uuid for job in manager.get_jobs_to_run(100))
print(json.dumps([started, then]))
"""


@pytest.fixture(scope="module")
def started():
    """What is started first, and what once a job of the first administration is done,
    of three administrations with four jobs each."""
    with ready() as env:
        env = queue_job.added(env)

        def start(channels):
            answer = subprocess.run(
                [sys.executable, "-c", START, str(ROOT), channels],
                env=env.variables(),
                capture_output=True,
                check=True,
                text=True,
            )
            return json.loads(answer.stdout)

        yield start


def test_each_administration_has_one_job_at_a_time(started):
    assert started("root:8") == [["1-0", "2-0", "3-0"], ["1-1"]]


def test_all_of_them_have_the_room_that_was_kept_for_them(started):
    first, then = started("root:8,root.exact:2")
    assert len({uuid[0] for uuid in first}) == len(first) == 2
    assert len(then) == (1 if "1-0" in first else 0)


def test_who_gives_a_channel_more_room_gets_it(started):
    assert started("root:8,root.exact.1:2")[0] == ["1-0", "1-1", "2-0", "3-0"]
