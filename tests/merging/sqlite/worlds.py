"""Random databases in three versions: a schema, one of ours or a random one, and what each side did to it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

_DEPTH = 4


@dataclass(frozen=True)
class World:
    """Tables with their columns beside the row number, and what each column refers to: "" for nothing."""

    sql: str
    columns: Mapping[str, Mapping[str, str]]
    keys: Mapping[str, str]  # how a statement picks a row of the table
    never_one: tuple[str, ...]  # tables in which two new rows are one only if they are equal


SAMPLE = World(
    """
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
""",
    {
        "people": {"name": "", "mood": "", "friend": "people"},
        "facts": {"text": "", "weight": "", "person": "people"},
        "sources": {"url": "", "fact": "facts"},
        "tags": {"person": "people", "tag": "", "note": ""},
        "profile": {"person": "people", "colour": ""},
        "settings": {"name": "", "value": ""},
        "codes": {"code": "", "what": ""},
        "diary": {"line": "", "person": "people"},
    },
    {"tags": "(person, tag)", "profile": "person"},
    ("people", "facts", "sources", "diary"),
)

_KINDS = {
    "numbered": ("id INTEGER PRIMARY KEY, {columns}", ""),
    "autoincrement": ("id INTEGER PRIMARY KEY AUTOINCREMENT, {columns}", ""),
    "text": ("{columns}, PRIMARY KEY (c0)", ""),
    "composite": ("{columns}, PRIMARY KEY (c0, c1)", ""),
    "without": ("{columns}, PRIMARY KEY (c0, c1)", " WITHOUT ROWID"),
    "counted": ("{columns}", ""),
}
_TYPES = ("TEXT", "INTEGER", "REAL", "BLOB", "", "NUMERIC", "TEXT COLLATE NOCASE", "TEXT DEFAULT 'd'")
_UNIQUES = {
    "inside": (),
    "whole": ("(c{last})",),
    "partial": ("(c{last}) WHERE c0 IS NOT NULL",),
    "expression": ("(lower(c{last}), c0)",),
    "two": ("(c{last})", "(c0)"),
}
_table = st.tuples(
    st.sampled_from(sorted(_KINDS)),
    st.lists(st.tuples(st.sampled_from(_TYPES), st.booleans()), min_size=2, max_size=4),
    st.sampled_from(["", "", *sorted(_UNIQUES)]),
)


def _world(tables: list[tuple[str, list[tuple[str, bool]], str]]) -> World:
    """Columns marked so refer to the last numbered table before, or to their own; some are unique."""
    sql, columns, keys, never_one, parent = "", {}, {}, [], ""
    for number, (kind, types, unique) in enumerate(tables):
        if kind == "text" and types[0][0] == "INTEGER":
            types = [("INT", types[0][1]), *types[1:]]  # else it would be a row number, which is local
        name = f"t{number}"
        own = name if kind in ("numbered", "autoincrement") else ""
        refers = {f"c{place}": (own or parent) if marked else "" for place, (_, marked) in enumerate(types)}
        parts = [
            f"{column} INTEGER REFERENCES {target} (id)" if target else f"{column} {type_}"
            for (column, target), (type_, _) in zip(refers.items(), types, strict=True)
        ]
        body, options = _KINDS[kind]
        last = len(types) - 1
        inside = f", UNIQUE (c{last})" if unique == "inside" else ""
        sql += f"CREATE TABLE {name} ({body.format(columns=', '.join(parts))}{inside}){options};\n"
        for place, watched in enumerate(_UNIQUES.get(unique, ())):
            sql += f"CREATE UNIQUE INDEX {name}u{place} ON {name} {watched.format(last=last)};\n"
        columns[name] = refers
        keys[name] = "(c0, c1)" if options else "rowid"
        never_one += [name] if not unique and (own or kind == "counted") else []
        parent = own or parent
    return World(sql + "CREATE TABLE fired (what TEXT);", columns, keys, tuple(never_one))


worlds = st.one_of(st.just(SAMPLE), st.lists(_table, min_size=1, max_size=4).map(_world))

_WORDS = st.sampled_from(["a", "A", "b", "c", "d", "é", ""])
_VALUES = st.one_of(_WORDS, st.none(), st.sampled_from([1, 1.0, 2, b"\x00\xff"]))


@dataclass(frozen=True)
class Step:
    """One statement of a program; `table` and `row` pick one of those that are there."""

    what: str
    table: int
    values: tuple[object, ...]
    row: int
    column: int


steps = st.builds(
    Step,
    st.sampled_from(["insert", "insert", "insert", "update", "update", "update", "delete", "column"]),
    st.integers(0, 7),
    st.tuples(_VALUES, _VALUES, _VALUES, _VALUES),
    st.integers(0, 30),
    st.integers(0, 3),
)
histories = st.lists(steps, min_size=4, max_size=30)


def write(path: Path, world: World, history: list[Step], *, after: Path | None = None) -> Path:
    """A database with the schema, or a copy of `after`, to which the steps were done."""
    if after is not None:
        path.write_bytes(after.read_bytes())
    with closing(sqlite3.connect(path)) as connection, connection:
        if after is None:
            connection.executescript(world.sql)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA recursive_triggers=OFF")
        for step in history:
            _do(connection, world, step)
        connection.execute("DELETE FROM fired")
    return path


def _do(connection: sqlite3.Connection, world: World, step: Step) -> None:
    table = sorted(world.columns)[step.table % len(world.columns)]
    columns = list(world.columns[table])
    values = [
        _value(connection, world.columns[table][name], step, place) for place, name in enumerate(columns)
    ]
    key = world.keys.get(table, "rowid")
    picked = f"(SELECT {key.strip('()')} FROM {table} ORDER BY 1 LIMIT 1 OFFSET ?)"
    (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    offset, place = step.row % max(1, count), step.column % len(columns)
    try:
        if step.what == "insert":
            marks = ", ".join("?" * len(columns))
            connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)
        elif step.what == "delete":
            connection.execute(f"DELETE FROM {table} WHERE {key} = {picked}", [offset])
        elif step.what == "update":
            change = f"UPDATE {table} SET {columns[place]} = ? WHERE {key} = {picked}"
            connection.execute(change, [values[place], offset])
        elif step.row == 0:  # seldom, and of one definition wherever it comes from
            connection.execute(f"ALTER TABLE {table} ADD COLUMN later{place} TEXT DEFAULT 'late'")
    except (sqlite3.IntegrityError, sqlite3.OperationalError):
        pass  # a program that was refused goes on


def _value(connection: sqlite3.Connection, parent: str, step: Step, place: int) -> object:
    if not parent:
        return step.values[place]
    rows = connection.execute(f"SELECT id FROM {parent} ORDER BY id").fetchall()
    return rows[step.row % len(rows)][0] if rows else None


def contents(path: Path, world: World) -> dict[str, Counter[object]]:
    """The rows by table, counted, with references as what the parent holds; local numbers do not show."""
    with closing(sqlite3.connect(path)) as connection:
        return {table: Counter(_rows(connection, world, table)) for table in (*world.columns, "fired")}


def _rows(connection: sqlite3.Connection, world: World, table: str) -> list[object]:
    columns = _columns(connection, table)
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    return [_resolved(connection, world, table, columns, row, _DEPTH) for row in rows]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    names = connection.execute("SELECT name FROM pragma_table_info(?) ORDER BY name", (table,))
    return [name for (name,) in names if name != "id"]


def _resolved(
    connection: sqlite3.Connection,
    world: World,
    table: str,
    columns: list[str],
    row: tuple[object, ...],
    depth: int,
) -> object:
    parents = world.columns.get(table, {})
    return tuple(
        (column, _parent(connection, world, parents[column], value, depth))
        if parents.get(column)
        else (column, type(value).__name__, value)
        for column, value in zip(columns, row, strict=True)
    )


def _parent(connection: sqlite3.Connection, world: World, parent: str, value: object, depth: int) -> object:
    if value is None or depth == 0:
        return value is None
    columns = _columns(connection, parent)
    row = connection.execute(f"SELECT {', '.join(columns)} FROM {parent} WHERE id = ?", [value]).fetchone()
    return ("nowhere",) if row is None else _resolved(connection, world, parent, columns, row, depth - 1)


def problems(path: Path) -> list[object]:
    """What SQLite itself finds wrong."""
    with closing(sqlite3.connect(path)) as connection:
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        found = [text for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
        return [*broken, *found]
