"""A sample of the crash points; `python -m tests.crashing --points 1500` tries many more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crashing.stopping import why_not
from tests.crashing.verbs import NOT_HERE, VERBS
from waifusync.cli.commands import COMMANDS

ROOT = Path(__file__).parents[2]
SEED = os.environ.get("WAIFUSYNC_CRASH_SEED", "1")


def test_every_command_is_tried_or_said_to_change_nothing() -> None:
    tried = {name for name in COMMANDS for verb in VERBS if f"{verb.words} ".startswith(f"{name} ")}
    others = [name for names in NOT_HERE.values() for name in names]
    assert tried | set(others) == set(COMMANDS)
    assert not tried & set(others)
    assert len(others) == len(set(others))
    assert len({verb.words for verb in VERBS}) == len(VERBS)


@pytest.mark.skipif(why_not() is not None, reason=why_not() or "")
def test_a_run_that_dies_or_is_refused_at_any_change_is_whole_after_the_next() -> None:
    """T20: T14: T5: killed, cut from its power, or refused by its disk; nothing acknowledged is lost."""
    layout = ("log", "database")[int(SEED) % 2]
    words = ("--points", "22", "--verbs", "6", "--seed", SEED, "--jobs", "1", "--layout", layout)
    command = [sys.executable, "-m", "tests.crashing", *words]
    tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    print(tried.stdout)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    found = re.search(r"^(\d+) crash points of (\d+) verbs, 0 failed$", tried.stdout, re.M)
    assert found is not None, tried.stdout
    assert int(found[1]) >= 20
    assert found[2] == "6"
