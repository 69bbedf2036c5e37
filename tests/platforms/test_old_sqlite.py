"""The SQL that waifusync runs, run again by an older SQLite; JetPack 6 has 3.37.

The oldest that comes as a wheel is 3.38.5 for Python 3.10 and 3.39.4 for 3.11; what came later
is looked for by name.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import groupby
from pathlib import Path

import pytest

from waifusync.memory.live import LiveMemory
from waifusync.memory.terms import Choices, Sources

apsw = pytest.importorskip("apsw", reason="no wheel of apsw with an old SQLite for this Python")

# Functions and syntax that 3.37 lacks, in whatever spelling.
_TOO_NEW = (
    "->",
    "unixepoch(",
    "right join",
    "is distinct from",
    "contentless_delete",
    "jsonb",
    "format(",
    "concat(",
)


def _nothing(*_: object) -> None:
    return None


def _history(path: Path) -> list[str]:
    """Every statement of a device that makes, tracks, collects, compares and confirms."""
    choices = Choices(vectors={"memories.embeddings": "model_used"})
    LiveMemory.create(path, "aaaaaaaa", choices)
    statements: list[str] = []
    with LiveMemory.open(path, choices, lambda: 1_700_000_000_000) as memory:
        memory.connection.set_trace_callback(statements.append)
        run = memory.connection.execute
        run(
            "CREATE TABLE facts (id INTEGER PRIMARY KEY, memory INTEGER REFERENCES memories (id),"
            " name TEXT UNIQUE)"
        )
        run("CREATE TABLE settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID")
        run("INSERT INTO memories (user_input, model_used) VALUES ('tea', 'phi3')")
        memory.collect(Sources(_nothing, _nothing))
        run("INSERT INTO facts (memory, name) VALUES (1, 'likes tea')")
        run("INSERT OR REPLACE INTO settings VALUES ('theme', 'dark')")
        run("UPDATE memories SET user_input = 'green tea'")
        memory.collect(Sources(_nothing, _nothing))
        run("DELETE FROM facts")
        memory.collect(Sources(_nothing, _nothing), full=True)
        memory.outgoing()
        memory.confirm(99)
    # A trigger's own statements are traced as the one that fired it, once more.
    return [statement for statement, _ in groupby(statements)]


def test_every_statement_runs_on_an_older_sqlite(tmp_path: Path) -> None:
    assert tuple(map(int, apsw.sqlitelibversion().split(".")[:2])) <= (3, 39)
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    LiveMemory.create(second, "aaaaaaaa", Choices())
    old = apsw.Connection(str(second))
    old.setbusytimeout(5000)
    statements = _history(first)
    for statement in statements:
        list(old.cursor().execute(statement))
    assert len(statements) > 100
    for table in ("memories", "settings", "waifusync_records", "waifusync_touches", "waifusync_tables"):
        with closing(sqlite3.connect(first)) as new:
            expected = new.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
        assert list(old.cursor().execute(f"SELECT * FROM {table} ORDER BY 1")) == expected


def test_no_statement_uses_what_came_after_337(tmp_path: Path) -> None:
    for statement in _history(tmp_path / "memory.db"):
        if not statement.startswith("INSERT INTO waifusync_outbox"):
            assert not any(word in statement.lower() for word in _TOO_NEW), statement
