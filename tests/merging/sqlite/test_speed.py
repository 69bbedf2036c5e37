"""A merge costs what SQLite needs to copy the file, twice at most; WAIFUSYNC_MERGE_ROWS=100000 by hand.

Processor time, medians, both in one run; with fewer rows the fixed costs weigh more, and the limit is wider.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

from waifusync.core.three_way import Strategy
from waifusync.merging.files import Versions
from waifusync.merging.sqlite import merge

_ROWS = int(os.environ.get("WAIFUSYNC_MERGE_ROWS", "30000"))
_CHANGED = _ROWS // 100
_MOST_TIMES = 2.0 if _ROWS >= 100_000 else 3.0
_MOST_MEBIBYTES = 200
_ROUNDS = 7
_TRIES = 3  # what else a machine does can only add
_SCHEMA = """CREATE TABLE memories (
    id INTEGER PRIMARY KEY, timestamp TEXT, device_id TEXT, conversation_id TEXT,
    user_input TEXT, ai_response TEXT, model_used TEXT, facts_extracted TEXT, embeddings BLOB)"""
_INSERT = """INSERT INTO memories (timestamp, device_id, conversation_id, user_input, ai_response, model_used)
    VALUES (?, ?, ?, ?, ?, 'phi3')"""


def _text(chance: random.Random, least: int, most: int) -> str:
    return chance.randbytes(chance.randint(least, most) // 2).hex()


def _write(connection: sqlite3.Connection, chance: random.Random, name: str, count: int) -> None:
    rows = (
        (f"2026-01-01 {number}", name, f"{number // 20}", _text(chance, 40, 160), _text(chance, 160, 640))
        for number in range(count)
    )
    connection.executemany(_INSERT, rows)


def _change(path: Path, base: Path, chance: random.Random) -> Path:
    """As many new rows as edited ones, and a tenth of that deleted."""
    path.write_bytes(base.read_bytes())
    with closing(sqlite3.connect(path)) as connection, connection:
        for _ in range(_CHANGED):
            update = "UPDATE memories SET ai_response = ? WHERE id = ?"
            connection.execute(update, (_text(chance, 160, 640), chance.randint(1, _ROWS)))
        _write(connection, chance, path.stem, _CHANGED)
        for _ in range(_CHANGED // 10):
            connection.execute("DELETE FROM memories WHERE id = ?", (chance.randint(1, _ROWS),))
    return path


def _versions(folder: Path) -> Versions:
    base, chance = folder / "base.db", random.Random(1)
    with closing(sqlite3.connect(base)) as connection, connection:
        connection.execute(_SCHEMA)
        _write(connection, chance, "laptop", _ROWS)
    return Versions.of(base, *(_change(folder / name, base, chance) for name in ("ours.db", "theirs.db")))


def _vacuum_into(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def _cost(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def test_a_merge_takes_at_most_twice_as_long_as_copying_the_file_by_sqlite(tmp_path: Path) -> None:
    versions, out = _versions(tmp_path), tmp_path / "out.db"
    for _ in range(_TRIES):
        costs = [
            (
                _cost(lambda: _vacuum_into(versions.ours, tmp_path / "copy.db")),
                _cost(lambda: merge(versions, out, Strategy.MANUAL_REVIEW)),
            )
            for _ in range(_ROUNDS)
        ]
        copy, merged = (median(each) for each in zip(*costs, strict=True))
        if merged <= _MOST_TIMES * copy:
            break
    with closing(sqlite3.connect(out)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM memories WHERE device_id <> 'laptop'").fetchone()
    assert count >= 2 * _CHANGED * 0.99
    print(f"{_ROWS:,} rows: VACUUM INTO {copy:.3f} s, merge {merged:.3f} s, {merged / copy:.2f} times")
    assert merged <= _MOST_TIMES * copy


def test_a_merge_needs_little_memory(tmp_path: Path) -> None:
    versions = _versions(tmp_path)
    program = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=False);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    files = [str(versions.base), str(versions.ours), str(versions.theirs)]
    command = [
        str(Path(sys.executable).parent / "waifusync"),
        "merge-file",
        *files,
        "-o",
        str(tmp_path / "o.db"),
    ]
    done = subprocess.run(
        [sys.executable, "-c", program, *command], check=True, capture_output=True, text=True
    )
    peak = int(done.stdout.splitlines()[-1])
    assert (tmp_path / "o.db").exists()
    print(f"{_ROWS:,} rows: {peak} MiB")
    assert peak < _MOST_MEBIBYTES


def _many_tables(folder: Path, count: int) -> Versions:
    """New ones of theirs, each with a row and with a reference to the one before."""
    for name in ("base", "ours", "theirs"):
        with closing(sqlite3.connect(folder / f"{name}{count}.db")) as connection, connection:
            connection.execute("CREATE TABLE first (id INTEGER PRIMARY KEY, name TEXT)")
            for number in range(count if name == "theirs" else 0):
                parent = f"t{number - 1}" if number else "first"
                connection.execute(
                    f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, up INTEGER REFERENCES {parent} (id))"
                )
                connection.execute(f"INSERT INTO t{number} VALUES (1, 1)")
    return Versions.of(*(folder / f"{name}{count}.db" for name in ("base", "ours", "theirs")))


def test_four_times_as_many_new_tables_cost_less_than_nine_times_as_much(tmp_path: Path) -> None:
    """SQLite looks through all tables for each that is made: with ten for each it was fourteen times."""
    few, many = (_many_tables(tmp_path, count) for count in (150, 600))
    costs = [
        [_cost(lambda each=each: merge(each, tmp_path / "out.db")) for each in (few, many)]  # type: ignore[misc]  # bound
        for _ in range(3)
    ]
    one, other = (min(each) for each in zip(*costs, strict=True))
    print(f"150 tables: {one:.2f} s, 600 tables: {other:.2f} s, {other / one:.1f} times")
    assert other < 9 * one
