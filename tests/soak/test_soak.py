"""T2, T12: programs of three kinds write, are killed, and beside them syncs run and somebody's git."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.real_git.history import IN_MEMORY
from tests.soak.report import MOST_BUSY_SHARE, MOST_CROWDING, MOST_WAL_BYTES
from tests.soak.soaking import MODES, soak
from tests.soak.turns import lacking

# In rollback mode, where whoever reads keeps writers out, it is three on average, and chance adds to half
# a minute. `python -m tests.soak` holds 5 in both.
HELD = {"wal": MOST_BUSY_SHARE, "delete": 0.08}
SECONDS = float(os.environ.get("WAIFUSYNC_SOAK_SECONDS", "60"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where that is possible: how fast a disk is says nothing of who holds a lock."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as found:
        yield Path(found)


@pytest.mark.parametrize("mode", MODES)
def test_nothing_acknowledged_is_lost_and_nobody_waits_much_longer_than_without_us(
    folder: Path, mode: str
) -> None:
    """Each row that a program was told is stored, on both devices; and what every program saw of locks."""
    report = soak(folder, mode, seconds=SECONDS / len(MODES), seed=1)
    print(f"\n{report}")
    assert report.wrong == [] and report.integrity == "ok"
    assert report.expected.acknowledged > 100
    assert report.syncs >= 2 and report.seen_by_all
    assert report.beside_us.greatest_wal < MOST_WAL_BYTES
    late = report.late(most_busy=HELD[mode])
    if late and report.crowding > MOST_CROWDING:
        pytest.skip(f"other programs had the cores, so of time nothing can be said: {late}")
    assert late == []


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the apsw of the tests is for Python 3.10 and 3.11")
def test_all_three_kinds_of_programs_write_here() -> None:
    if "shell" in lacking():
        pytest.skip("the sqlite3 shell is not installed")
    assert lacking() == []
