"""The schema first: `main` gets the merged tables, before any row is looked at.

A table that one side dropped is gone, unless the other side changed it; a table that one side made is kept.
Indexes, views and triggers are taken off, and put back when the rows are in (restoring.py).
"""

from __future__ import annotations

import functools
import re
import sqlite3
from collections.abc import Mapping, Sequence

from waifusync.core.definitions import Definition, Joined, Unreadable, join, parse
from waifusync.core.table_kinds import TableKind, listing, table_kinds
from waifusync.core.three_way import Action, Clash, Decision, Side
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.renaming import renamings_of
from waifusync.merging.sqlite.shape import Table, quote, read_table, read_tables
from waifusync.merging.sqlite.staying import reasons_to_stay
from waifusync.values import NamedTuple

SIDES = ("base", "ours", "theirs")


class Schema(NamedTuple):
    """Each side's tables and the merged ones of `main`; `renamed` is how their definitions were joined."""

    tables: Mapping[str, Mapping[str, Table]]
    renamed: Mapping[str, Joined]
    decisions: tuple[Decision, ...]

    @property
    def shared(self) -> list[str]:
        """Tables of the merged schema whose rows have to be merged: all that theirs has."""
        return [name for name in self.tables["main"] if name in self.tables["theirs"]]


def join_schemas(connection: sqlite3.Connection) -> Schema:
    """Raises CannotMerge, naming both definitions, for a table that cannot be both."""
    # In `main`, tables behind new full-text tables are made already.
    tables = {side: read_tables(connection, "main" if side == "ours" else side) for side in SIDES}
    behind, staying = _behind_virtual_tables(connection), reasons_to_stay(connection, tables)
    decisions: list[Decision] = []
    renamed: dict[str, Joined] = {}
    for name in sorted({*tables["base"], *tables["ours"], *tables["theirs"]}):
        base, ours, theirs = (tables[side].get(name) for side in SIDES)
        if ours is not None and theirs is not None:
            joined = _joined(connection, name, (base, ours, theirs))
            renamed[name] = joined
            decisions += _define(connection, name, ours, joined)
        elif ours is None and theirs is not None:
            decisions += _take_table(connection, name, base, theirs, staying.get(name))
        elif ours is not None and base is not None and name not in behind:
            decisions += _drop_table(connection, name, base, ours, staying.get(name))
    # What ours dropped and what stays all the same has nothing that ours could have deleted: all rows stay.
    there = read_tables(connection, "ours")
    tables["base"] = {name: table for name, table in tables["base"].items() if name in there}
    return Schema({**tables, "main": read_tables(connection, "main")}, renamed, tuple(decisions))


def _behind_virtual_tables(connection: sqlite3.Connection) -> set[str]:
    """Tables that come and go with the virtual one that made them."""
    kinds = table_kinds(connection.execute(listing()))
    return {name for name, kind in kinds.items() if kind is TableKind.BEHIND}


def _joined(connection: sqlite3.Connection, name: str, versions: tuple[Table | None, Table, Table]) -> Joined:
    base, ours, theirs = versions
    if ours.sql == theirs.sql and (base is None or base.sql == ours.sql):
        return Joined(_as_it_is(ours.sql), {}, {})
    sides = (("ours", ours), ("theirs", theirs))
    try:
        renamed = tuple(renamings_of(connection, side, base, table) for side, table in sides)
        joined = join(
            parse(base.sql) if base else None, parse(ours.sql), parse(theirs.sql), (renamed[0], renamed[1])
        )
    except Unreadable:
        joined = None
    if joined is None:
        raise CannotMerge(
            f"the table {name} is defined in two ways that cannot be one:"
            f"\nours:   {ours.sql}\ntheirs: {theirs.sql}",
            hint="give it one definition on one side, commit that, and merge again",
        )
    return joined


def _as_it_is(sql: str) -> Definition:
    return Definition(sql, (), "")


def _define(connection: sqlite3.Connection, name: str, ours: Table, joined: Joined) -> list[Decision]:
    definition = joined.definition
    if not definition.parts or definition.meaning == parse(ours.sql).meaning:
        return []
    _rebuild(connection, name, ours, definition, joined.renamed_theirs)
    return [Decision(name, None, Action.CHANGE, Side.THEIRS)]


def _rebuild(
    connection: sqlite3.Connection, name: str, ours: Table, definition: Definition, renamed: Mapping[str, str]
) -> None:
    """By SQLite's own recipe: the old one aside, the new one by its text, the rows over, the old one gone."""
    old = _free_name(connection, f"waifusync_old_{name}")
    connection.execute("PRAGMA legacy_alter_table=ON")
    for (index,) in connection.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'index' AND sql > '' AND tbl_name = ?", (name,)
    ).fetchall():
        connection.execute(f"DROP INDEX main.{quote(index)}")
    connection.execute(f"ALTER TABLE main.{quote(name)} RENAME TO {quote(old)}")
    execute_definition(connection, definition.sql)
    made = read_table(connection, "main", name)
    pairs = [
        (target, column.name)
        for column in ours.columns
        for target in [renamed.get(column.name.lower(), column.name)]
        if made.has(target)
    ]
    into, out = ([quote(pair[which]) for pair in pairs] for which in (0, 1))
    if not made.is_without_rowid and not made.alias and not ours.is_without_rowid:
        into, out = ["rowid", *into], ["rowid", *out]
    _copy_rows(connection, made, old, (into, out))
    connection.execute(f"DROP TABLE main.{quote(old)}")


def _copy_rows(
    connection: sqlite3.Connection, made: Table, old: str, columns: tuple[Sequence[str], Sequence[str]]
) -> None:
    """`columns` as they are called now, and in the old table. Raises Broken."""
    into, out = map(", ".join, columns)
    insert = f"INTO main.{quote(made.name)} ({into}) SELECT {out} FROM main.{quote(old)}"
    try:
        connection.execute(f"INSERT OR ABORT {insert}")
    except sqlite3.IntegrityError as error:
        from waifusync.merging.sqlite.refusing import broken

        connection.execute(f"INSERT OR IGNORE {insert}")
        keys = [place for place, name in enumerate(columns[0]) if name in map(quote, made.key)]
        shown = ", ".join(columns[1][place] for place in keys) or "NULL"
        there = f"SELECT {', '.join(map(quote, made.key)) or 'NULL'} FROM main.{quote(made.name)}"
        lost = connection.execute(f"SELECT {shown} FROM main.{quote(old)} EXCEPT {there}").fetchmany(10)
        raise broken(connection, made.name, str(error), lost) from error


def _free_name(connection: sqlite3.Connection, wanted: str) -> str:
    taken = {name.lower() for (name,) in connection.execute("SELECT name FROM main.sqlite_master")}
    while wanted.lower() in taken:
        wanted += "_"
    return wanted


def _take_table(
    connection: sqlite3.Connection, name: str, base: Table | None, theirs: Table, reason: str | None
) -> list[Decision]:
    """New there, or dropped here; with a reason it stays, with a clash."""
    if base is not None and reason is None:
        return []
    execute_definition(connection, theirs.sql)
    if base is None:
        return [Decision(name, None, Action.ADD, Side.THEIRS)]
    clash = Clash(f"dropped by ours, {reason}; it stays", base.sql, None, theirs.sql)
    return [Decision(name, None, Action.KEEP, Side.THEIRS, clash=clash)]


def _drop_table(
    connection: sqlite3.Connection, name: str, base: Table, ours: Table, reason: str | None
) -> list[Decision]:
    if reason is None:
        connection.execute(f"DROP TABLE main.{quote(name)}")
        return [Decision(name, None, Action.REMOVE, Side.THEIRS)]
    clash = Clash(f"dropped by theirs, {reason}; it stays", base.sql, ours.sql, None)
    return [Decision(name, None, Action.KEEP, Side.OURS, clash=clash)]


def execute_definition(connection: sqlite3.Connection, sql: str, *, behind: str | None = None) -> None:
    """A definition out of a file: one statement, of a kind that only defines. Raises CannotMerge.

    `behind` is the name of a virtual table, which may write to the tables that it makes behind itself.
    """
    words = sql.split(None, 3)
    if len(words) < 3 or words[0].upper() != "CREATE":
        raise CannotMerge("a definition in the file is no CREATE statement")
    if re.search(r"printf|format", sql, re.IGNORECASE) and re.search(r"%[^a-z]*(\d{6}|\*)", sql):
        # One call that cannot be interrupted, and may count to 400 million.
        raise CannotMerge("a definition in the file asks printf for more than a text can hold")
    connection.set_authorizer(functools.partial(_only_defining, behind))
    try:
        connection.execute(sql)
    except sqlite3.DatabaseError as error:
        raise CannotMerge(f"a definition in the file cannot be carried over: {error}") from error
    finally:
        connection.set_authorizer(None)


_DEFINING = {
    getattr(sqlite3, name)
    for name in (
        *("SQLITE_CREATE_TABLE", "SQLITE_CREATE_INDEX", "SQLITE_CREATE_VIEW", "SQLITE_CREATE_TRIGGER"),
        *("SQLITE_CREATE_VTABLE", "SQLITE_REINDEX", "SQLITE_FUNCTION", "SQLITE_READ", "SQLITE_SELECT"),
        *("SQLITE_TRANSACTION", "SQLITE_PRAGMA", "SQLITE_RECURSIVE"),
    )
}


def _only_defining(
    behind: str | None, action: int, first: str | None, second: str | None, schema: str | None, by: str | None
) -> int:
    """CREATE TABLE … AS SELECT inserts into the new table, ATTACH attaches: neither is a definition."""
    if action in _DEFINING:
        return sqlite3.SQLITE_OK
    writes = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)
    own = ("sqlite_",) if behind is None else ("sqlite_", f"{behind}_")
    is_own = action in writes and first is not None and first.startswith(own)
    return sqlite3.SQLITE_OK if is_own else sqlite3.SQLITE_DENY
