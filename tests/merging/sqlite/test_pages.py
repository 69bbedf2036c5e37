"""Where to look is only a hint: with it and without it, the same rows are found to be changed."""

from __future__ import annotations

import random
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from waifusync.merging.files import Versions
from waifusync.merging.sqlite.changes import list_changes
from waifusync.merging.sqlite.hints import Hints
from waifusync.merging.sqlite.joining import join_schemas
from waifusync.merging.sqlite.opening import workbench
from waifusync.merging.sqlite.plan import make_plan

_TABLES = {
    "numbered": "(id INTEGER PRIMARY KEY, a TEXT, b)",
    "named": "(name TEXT PRIMARY KEY, a TEXT, b)",
    "counted": "(name TEXT, a TEXT, b)",
    "without": "(name TEXT PRIMARY KEY, a TEXT, b) WITHOUT ROWID",
}
_ROWS = 1500


def _make(path: Path, chance: random.Random, pragmas: str, *, long: bool) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(pragmas)
        for table, columns in _TABLES.items():
            connection.execute(f"CREATE TABLE {table} {columns}")
            connection.execute(f"CREATE INDEX {table}_a ON {table} (a)")
            first = "name" if table != "numbered" else "id"
            rows = [(number * 3, _text(chance), number) for number in range(_ROWS)]
            rows += [(5000 + number, "long" * 3000, -1) for number in range(3 * long)]
            connection.executemany(f"INSERT INTO {table} ({first}, a, b) VALUES (?, ?, ?)", rows)
    return path


def _text(chance: random.Random) -> str:
    return "x" * chance.choice([0, 5, 40, 40, 40, 300]) + str(chance.random())


def _change(path: Path, chance: random.Random, *, long: bool) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA secure_delete=OFF")  # else freed pages are written over
        for _ in range(chance.randint(0, 25)):
            table = chance.choice(sorted(_TABLES))
            first = "name" if table != "numbered" else "id"
            start = chance.randrange(_ROWS * 3)
            text = "long" * 3000 if long and chance.random() < 0.5 else _text(chance)
            kind = chance.choice(["insert", "update", "delete", "delete many", "key", "end of a long one"])
            if chance.random() < 0.02:
                kind = "delete all"  # SQLite frees whole pages, and does not touch what is written on them
            if kind == "insert":
                row = (start * 7 + 100_000, text, None)
                connection.execute(f"INSERT OR IGNORE INTO {table} ({first}, a, b) VALUES (?, ?, ?)", row)
            elif kind == "update":
                connection.execute(f"UPDATE {table} SET a = ? WHERE {first} = ?", (text, str(start // 3 * 3)))
            elif kind == "key" and table != "numbered":
                connection.execute(
                    f"UPDATE OR IGNORE {table} SET name = ? WHERE name = ?", (text, str(start // 3 * 3))
                )
            elif kind == "end of a long one":
                end = f"{start:010}"
                connection.execute(
                    f"UPDATE {table} SET a = substr(a, 1, 11990) || ? WHERE length(a) = 12000", (end,)
                )
            elif kind == "delete all":
                connection.execute(f"DELETE FROM {table}")
            else:
                few = 300 if kind == "delete many" else 1
                connection.execute(
                    f"DELETE FROM {table} WHERE b BETWEEN ? AND ?", (start // 3, start // 3 + few)
                )


def _changes(versions: Versions, target: Path, *, use_hints: bool) -> tuple[dict[str, list[object]], int]:
    found: dict[str, list[object]] = {}
    given = 0
    with workbench(versions, target) as connection, ExitStack() as stack:
        schema = join_schemas(connection)
        hints = Hints(connection, schema, stack)
        for joint in make_plan(schema):
            for side in ("ours", "theirs"):
                near = hints.of(joint.name, side) if use_hints else None
                given += near is not None
                list_changes(connection, joint, side, near)
                rows = connection.execute(f"SELECT * FROM {joint.changes(side)}").fetchall()
                found[f"{joint.name} {joint.place} {side}"] = sorted(rows, key=repr)
    return found, given


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("pragmas", ["", "PRAGMA page_size=1024;", "PRAGMA auto_vacuum=FULL;"])
def test_changes_found_by_pages_are_all_the_changes(tmp_path: Path, seed: int, pragmas: str) -> None:
    chance = random.Random(seed)
    base = _make(tmp_path / "base.db", chance, pragmas, long=seed % 4 == 0)
    sides = []
    for name in ("ours.db", "theirs.db"):
        path = tmp_path / name
        path.write_bytes(base.read_bytes())
        _change(path, chance, long=seed % 4 == 0)
        if seed % 5 == 0:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("VACUUM")
        sides.append(path)
    versions = Versions.of(base, *sides)
    with_hints, given = _changes(versions, tmp_path / "one.db", use_hints=True)
    without, _ = _changes(versions, tmp_path / "two.db", use_hints=False)
    assert with_hints == without
    assert given or pragmas or seed % 4 == 0 or seed % 5 == 0
