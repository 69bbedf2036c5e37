"""Random databases in three versions: a schema of several kinds of tables, and what each side did to it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

SCHEMA = """
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, mood TEXT, friend INTEGER REFERENCES people (id));
CREATE TABLE facts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT, weight,
    person INTEGER REFERENCES people (id) ON DELETE CASCADE);
CREATE TABLE sources (id INTEGER PRIMARY KEY, url TEXT, fact INTEGER REFERENCES facts (id));
CREATE TABLE tags (
    person INTEGER REFERENCES people (id), tag TEXT, note TEXT, PRIMARY KEY (person, tag)) WITHOUT ROWID;
CREATE TABLE profile (person INTEGER PRIMARY KEY REFERENCES people (id), colour TEXT);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE codes (id INTEGER PRIMARY KEY, code TEXT UNIQUE, what TEXT);
CREATE TABLE diary (line TEXT, person INTEGER REFERENCES people (id));
CREATE TABLE fired (what TEXT);
CREATE TRIGGER watch AFTER INSERT ON facts BEGIN INSERT INTO fired VALUES ('insert'); END;
CREATE TRIGGER gone AFTER DELETE ON people BEGIN DELETE FROM facts WHERE person = old.id; END;
"""
# Table to its columns beside the row number, and which of them refers to which table.
COLUMNS = {
    "people": {"name": "", "mood": "", "friend": "people"},
    "facts": {"text": "", "weight": "", "person": "people"},
    "sources": {"url": "", "fact": "facts"},
    "tags": {"person": "people", "tag": "", "note": ""},
    "profile": {"person": "people", "colour": ""},
    "settings": {"name": "", "value": ""},
    "codes": {"code": "", "what": ""},
    "diary": {"line": "", "person": "people"},
}
NUMBERED = ("people", "facts", "sources", "codes")
_WORDS = st.sampled_from(["a", "b", "c", "d", "é", ""])
_VALUES = st.one_of(_WORDS, st.none(), st.sampled_from([1, 1.0, 2, b"\x00\xff"]))


@dataclass(frozen=True)
class Step:
    """One statement of a program; `row` picks one of those that are there, so that it always means one."""

    what: str
    table: str
    values: tuple[object, ...]
    row: int
    column: int


steps = st.builds(
    Step,
    st.sampled_from(["insert", "insert", "update", "update", "delete"]),
    st.sampled_from(sorted(COLUMNS)),
    st.tuples(_VALUES, _VALUES, _VALUES),
    st.integers(0, 30),
    st.integers(0, 2),
)
histories = st.lists(steps, min_size=4, max_size=30)


def write(path: Path, history: list[Step], *, after: Path | None = None) -> Path:
    """A database with the schema, or a copy of `after`, to which the steps were done."""
    if after is not None:
        path.write_bytes(after.read_bytes())
    with closing(sqlite3.connect(path)) as connection, connection:
        if after is None:
            connection.executescript(SCHEMA)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA recursive_triggers=OFF")
        for step in history:
            _do(connection, step)
        connection.execute("DELETE FROM fired")
    return path


def _do(connection: sqlite3.Connection, step: Step) -> None:
    columns = list(COLUMNS[step.table])
    values = [_value(connection, step, column, place) for place, column in enumerate(columns)]
    rowid = {"tags": "(person, tag)", "profile": "person"}.get(step.table, "rowid")
    try:
        if step.what == "insert":
            marks = ", ".join("?" * len(columns))
            connection.execute(f"INSERT INTO {step.table} ({', '.join(columns)}) VALUES ({marks})", values)
            return
        picked = f"(SELECT {rowid.strip('()')} FROM {step.table} ORDER BY 1 LIMIT 1 OFFSET ?)"
        (count,) = connection.execute(f"SELECT count(*) FROM {step.table}").fetchone()
        offset = step.row % max(1, count)
        if step.what == "delete":
            connection.execute(f"DELETE FROM {step.table} WHERE {rowid} = {picked}", [offset])
        else:
            place = step.column % len(columns)
            connection.execute(
                f"UPDATE {step.table} SET {columns[place]} = ? WHERE {rowid} = {picked}",
                [values[place], offset],
            )
    except sqlite3.IntegrityError:
        pass  # a program that was refused goes on


def _value(connection: sqlite3.Connection, step: Step, column: str, place: int) -> object:
    parent = COLUMNS[step.table][column]
    if not parent:
        return step.values[place]
    rows = connection.execute(f"SELECT id FROM {parent} ORDER BY id").fetchall()
    return rows[step.row % len(rows)][0] if rows else None


def contents(path: Path) -> dict[str, Counter[object]]:
    """The rows by table, counted, with references as what the parent holds; local numbers do not show."""
    with closing(sqlite3.connect(path)) as connection:
        return {table: Counter(_rows(connection, table)) for table in (*COLUMNS, "fired")}


def _rows(connection: sqlite3.Connection, table: str) -> list[object]:
    columns = COLUMNS.get(table, {"what": ""})
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    return [_resolved(connection, columns, row, 4) for row in rows]


def _resolved(
    connection: sqlite3.Connection, columns: dict[str, str], row: tuple[object, ...], depth: int
) -> object:
    return tuple(
        _parent(connection, parent, value, depth) if parent else (type(value).__name__, value)
        for parent, value in zip(columns.values(), row, strict=True)
    )


def _parent(connection: sqlite3.Connection, parent: str, value: object, depth: int) -> object:
    if value is None or depth == 0:
        return value is None
    columns = COLUMNS[parent]
    row = connection.execute(f"SELECT {', '.join(columns)} FROM {parent} WHERE id = ?", [value]).fetchone()
    return ("nowhere",) if row is None else _resolved(connection, columns, row, depth - 1)


def problems(path: Path) -> list[object]:
    """What SQLite itself finds wrong."""
    with closing(sqlite3.connect(path)) as connection:
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        found = [text for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
        return [*broken, *found]
