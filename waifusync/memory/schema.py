"""Reading a database's tables into TableShapes, and telling which of them travel."""

from __future__ import annotations

import fnmatch
import re
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING

from waifusync.core.table_kinds import TableKind, listing, options_of, table_kinds

if TYPE_CHECKING:
    from waifusync.core.tables import Computed, ForeignKey, TableShape

_OURS = "waifusync_"
# What a person keeps on this device alone lies in here, and this name never travels (memory/private.py).
PRIVATE = "private_memories"


def travelling_tables(connection: sqlite3.Connection, exclude: Iterable[str] = ()) -> list[str]:
    """User tables, parents before children; not views, virtual, shadow or SQLite's own tables."""
    names = travelling_names(connection, exclude)
    return _parents_first(names, {name: _parents(connection, name) for name in names})


def travelling_names(connection: sqlite3.Connection, exclude: Iterable[str] = ()) -> list[str]:
    """The same by name."""
    kinds = table_kinds(connection.execute(listing()))
    return sorted(
        name
        for name, kind in kinds.items()
        if kind is TableKind.ORDINARY
        and not name.lower().startswith(("sqlite_", _OURS))
        and not is_kept_here(name)
        and not any(fnmatch.fnmatchcase(name, pattern) for pattern in exclude)
    )


def is_kept_here(name: str) -> bool:
    """Whether a table of this name stays on its device whatever anybody chooses."""
    return name.lower() == PRIVATE


def kept_here(connection: sqlite3.Connection) -> list[str]:
    """The tables that no copy for others may hold, as they are spelt."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return [name for (name,) in tables if is_kept_here(name)]


def _parents(connection: sqlite3.Connection, name: str) -> set[str]:
    rows = connection.execute('SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)', (name,))
    return {parent.lower() for (parent,) in rows}


def _parents_first(names: list[str], parents: dict[str, set[str]]) -> list[str]:
    ordered: list[str] = []
    waiting = list(names)
    while waiting:
        left = {name.lower() for name in waiting}
        ready = [name for name in waiting if not (parents[name] - {name.lower()}) & left] or waiting[:1]
        ordered += ready
        waiting = [name for name in waiting if name not in ready]
    return ordered


def read_shape(connection: sqlite3.Connection, name: str) -> TableShape:
    """The table as it stands."""
    from waifusync.core.expression import checks
    from waifusync.core.tables import Column, TableShape

    rows = connection.execute(
        'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid',
        (name,),
    ).fetchall()
    (sql,) = connection.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)
    ).fetchone()
    options = options_of(sql)
    return TableShape(
        name=name,
        columns=tuple(
            Column(column, kind, bool(not_null), default, primary)
            for column, kind, not_null, default, primary, hidden in rows
            if not hidden
        ),
        foreign_keys=_foreign_keys(connection, name),
        uniques=_uniques(connection, name),
        generated=tuple(row[0] for row in rows if row[5]),
        computed=_computed(sql, {row[0]: row[1] for row in rows if row[5]}),
        checks=checks(sql),
        is_strict="strict" in options,
        is_without_rowid="without rowid" in options,
        is_autoincrement="AUTOINCREMENT" in sql.upper(),
    )


def _computed(sql: str, types: dict[str, str]) -> tuple[Computed, ...]:
    from waifusync.core.expression import generated_columns
    from waifusync.core.tables import Computed

    told = generated_columns(sql)
    # SQLite gives "GENERATED ALWAYS" as part of the type where that is how it was written.
    plain = {
        name: re.sub(r"\s*GENERATED ALWAYS$", "", kind, flags=re.IGNORECASE) for name, kind in types.items()
    }
    return tuple(Computed(name, plain[name], *told[name]) for name in types if name in told)


def _foreign_keys(connection: sqlite3.Connection, name: str) -> tuple[ForeignKey, ...]:
    from waifusync.core.tables import ForeignKey

    rows = connection.execute(
        'SELECT id, "table", "from", "to", on_delete FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq',
        (name,),
    )
    grouped: dict[int, list[tuple[str, str, str | None, str]]] = {}
    for number, parent, column, target, action in rows:
        grouped.setdefault(number, []).append((parent, column, target, action))
    return tuple(
        ForeignKey(
            tuple(part[1] for part in parts),
            parts[0][0],
            tuple(part[2] for part in parts if part[2] is not None),
            parts[0][3],
        )
        for parts in grouped.values()
    )


def _uniques(connection: sqlite3.Connection, name: str) -> tuple[tuple[str, ...], ...]:
    """UNIQUE constraints declared with the table; CREATE UNIQUE INDEX stays a matter of each device."""
    indexes = connection.execute(
        "SELECT name FROM pragma_index_list(?) WHERE origin = 'u' ORDER BY seq DESC", (name,)
    )
    found = []
    for (index,) in indexes.fetchall():
        columns = connection.execute(
            "SELECT name FROM pragma_index_info(?) ORDER BY seqno", (index,)
        ).fetchall()
        found.append(tuple(column for (column,) in columns))
    return tuple(found)


def schema_version(connection: sqlite3.Connection) -> int:
    """SQLite's own counter of schema changes; VACUUM moves it too."""
    return int(connection.execute("PRAGMA schema_version").fetchone()[0])
