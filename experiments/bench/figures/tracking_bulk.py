"""What noticing changes costs the program that makes them: one transaction of many rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from experiments.bench.data import INSERT, memories
from experiments.bench.figure import Measured
from experiments.bench.ground import Setting, World
from experiments.bench.timing import Candidate, Cost, check, in_process, in_turns


def measure(setting: Setting) -> Measured:
    pair = tracked_and_not(setting)
    rows = setting.scale.pulled
    candidates = {name: _write(path, rows) for name, path in pair.items()}
    turns = in_turns(candidates, setting.scale.rounds, setting.tick)
    rates = {name: [rows / each.wall for each in found] for name, found in turns.costs.items()}
    return Measured(values=rates, wrong=turns.wrong)


def tracked_and_not(setting: Setting) -> dict[str, Path]:
    """A live database, and a copy of it without its triggers."""
    laptop = World(setting.folder() / "world").begin("laptop")
    bare = setting.folder() / "bare.db"
    with closing(sqlite3.connect(laptop.live)) as source, closing(sqlite3.connect(bare)) as target:
        source.backup(target)
        (mode,) = source.execute("PRAGMA journal_mode").fetchone()
        target.execute(f"PRAGMA journal_mode={mode}")
        for (name,) in target.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            target.execute(f'DROP TRIGGER "{name}"')
        target.commit()
    return {"tracked": laptop.live, "not tracked": bare}


def _write(path: Path, count: int) -> Candidate:
    def write(number: int) -> Cost:
        rows = list(memories(count, seed=6000 + number))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_autocheckpoint=0")
            (before,) = connection.execute("SELECT count(*) FROM memories").fetchone()

            def work() -> None:
                with connection:
                    connection.executemany(INSERT, rows)

            cost = in_process(work)
            (after,) = connection.execute("SELECT count(*) FROM memories").fetchone()
            check(after - before == count, "rows are missing")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return cost

    return write
