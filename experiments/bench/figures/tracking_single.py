"""The same for a chat that commits each turn, to a disk that is waited for (synchronous=FULL)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from experiments.bench.data import INSERT, memories
from experiments.bench.figure import Measured
from experiments.bench.figures.tracking_bulk import tracked_and_not
from experiments.bench.ground import Setting
from experiments.bench.timing import Candidate, Cost, check, in_process, in_turns

_COMMITS = 200


def measure(setting: Setting) -> Measured:
    candidates = {name: _write(path) for name, path in tracked_and_not(setting).items()}
    measured = Measured.of_turns(in_turns(candidates, setting.scale.rounds, setting.tick))
    measured.notes.append(f"{_COMMITS} commits of one memory each, together")
    return measured


def _write(path: Path) -> Candidate:
    def write(number: int) -> Cost:
        rows = list(memories(_COMMITS, seed=7000 + number))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            (before,) = connection.execute("SELECT count(*) FROM memories").fetchone()

            def work() -> None:
                for row in rows:
                    with connection:
                        connection.execute(INSERT, row)

            cost = in_process(work)
            (after,) = connection.execute("SELECT count(*) FROM memories").fetchone()
            check(after - before == _COMMITS, "rows are missing")
        return cost

    return write
