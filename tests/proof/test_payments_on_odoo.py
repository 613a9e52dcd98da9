"""100 random sequences of payments on a real Odoo, in a process of their own."""

import os
import re
import subprocess
import sys

from dev.paths import ROOT
from tests import figures

SEQUENCES = 100
SECONDS = 2400  # on a machine that is busy with other things; else a fifth
PLAY = "tests/test_optedo_exact/tests/test_payment_play.py"


def test_payments_follow_exact_whatever_happens():
    done = subprocess.run(
        [sys.executable, "-m", "dev", "test", "--suite", "odoo", PLAY, "-q"],
        cwd=ROOT,
        env=os.environ | {"OPTEDO_EXACT_SEQUENCES": str(SEQUENCES)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    last = done.stdout.splitlines()[-1]
    assert re.search(rf"\b{SEQUENCES} subtests passed", last), done.stdout
    figures.note(f"payments on Odoo: {SEQUENCES} sequences, 0 failed")
