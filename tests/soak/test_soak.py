"""T2, T12: programs of three kinds write, are killed, and beside them syncs run and somebody's git."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from tests.simulation.real_git.history import IN_MEMORY
from tests.soak.report import Report
from tests.soak.soaking import MODES, soak
from tests.soak.turns import lacking

SECONDS = float(os.environ.get("WAIFUSYNC_SOAK_SECONDS", "60"))


def _soaked(mode: str, *, seconds: float, seed: int) -> tuple[Report, list[str]]:
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        report = soak(Path(folder), mode, seconds=seconds, seed=seed)
        print(f"\n{report}")
        return report, report.broken()


@pytest.mark.parametrize("mode", MODES)
def test_nothing_acknowledged_is_lost_and_nobody_waits_much_longer_than_without_us(mode: str) -> None:
    """Each row that a program was told is stored, on both devices; and what every program saw of locks."""
    report, broken = _soaked(mode, seconds=SECONDS / len(MODES), seed=1)
    assert report.wrong == [] and report.integrity == "ok"
    assert report.expected.acknowledged > 100
    assert report.syncs >= 2 and report.seen_by_all
    if broken:  # other tests on the same cores can do that once
        print(f"once more, because of {broken}")
        _, broken = _soaked(mode, seconds=SECONDS / len(MODES), seed=2)
    assert broken == []


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the apsw of the tests is for Python 3.10 and 3.11")
def test_all_three_kinds_of_programs_write_here() -> None:
    if "shell" in lacking():
        pytest.skip("the sqlite3 shell is not installed")
    assert lacking() == []
