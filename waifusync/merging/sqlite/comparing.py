"""What one database has that another has not, for `diff-file`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from waifusync.core.three_way import Action, Difference
from waifusync.core.values import to_travel
from waifusync.merging.sqlite.binding import key_text
from waifusync.merging.sqlite.changes import ADDED, EDITED, REMOVED, list_changes
from waifusync.merging.sqlite.joining import Schema
from waifusync.merging.sqlite.plan import Joint, Kind, make_plan
from waifusync.merging.sqlite.shape import Table, quote, read_tables

_WITHOUT_KEY = "a row without a key"
_ACTIONS = {ADDED: Action.ADD, EDITED: Action.CHANGE, REMOVED: Action.REMOVE}


def compare(connection: sqlite3.Connection) -> Iterator[Difference]:
    """From `base` to `theirs`."""
    yield from _schema_differences(connection)
    tables = {side: read_tables(connection, side) for side in ("base", "theirs")}
    shared = {name: table for name, table in tables["theirs"].items() if name in tables["base"]}
    for joint in make_plan(Schema({**tables, "main": shared}, {}, ())):
        list_changes(connection, joint, "theirs")
        yield from _row_differences(connection, joint)
    for side, action in (("base", Action.REMOVE), ("theirs", Action.ADD)):
        for name in sorted(set(tables[side]) - set(shared)):
            yield from _all_rows(connection, side, tables[side][name], action)


def _schema_differences(connection: sqlite3.Connection) -> Iterator[Difference]:
    before, after = (
        dict(
            connection.execute(
                f"SELECT type || ' ' || name, sql FROM {side}.sqlite_master"
                " WHERE sql > '' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            ).fetchall()
        )
        for side in ("base", "theirs")
    )
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was != now:
            action = Action.ADD if was is None else Action.REMOVE if now is None else Action.CHANGE
            yield Difference(name, None, action, {"sql": (was, now)})


def _row_differences(connection: sqlite3.Connection, joint: Joint) -> Iterator[Difference]:
    rows = connection.execute(f"SELECT * FROM {joint.changes('theirs')} ORDER BY what, k0").fetchall()
    for *key, what, mask in rows:
        sides = [side for side in ("base", "theirs") if what != (ADDED if side == "base" else REMOVED)]
        told = {side: _row(connection, joint, side, key) for side in sides}
        fields = {
            field.name: (told.get("base", {}).get(field.name), told.get("theirs", {}).get(field.name))
            for place, field in enumerate(joint.fields)
            if what != EDITED or mask[place] == "1"
        }
        name = _WITHOUT_KEY if joint.kind is Kind.COUNTED else key_text(key)
        yield Difference(joint.name, name, _ACTIONS[what], fields)


def _all_rows(
    connection: sqlite3.Connection, side: str, table: Table, action: Action
) -> Iterator[Difference]:
    """Of a table that the other has not."""
    names = [column.name for column in table.columns]
    values = ", ".join(quote(name) for name in names)
    for row in connection.execute(f"SELECT {values} FROM {side}.{quote(table.name)}"):
        key = key_text([row[names.index(name)] for name in table.key]) if table.key else _WITHOUT_KEY
        travelling = [to_travel(value) for value in row]
        pairs = ((None, value) if action is Action.ADD else (value, None) for value in travelling)
        yield Difference(table.name, key, action, dict(zip(names, pairs)))


def _row(connection: sqlite3.Connection, joint: Joint, side: str, key: list[object]) -> dict[str, object]:
    if joint.kind is Kind.COUNTED:
        where = f"s.{joint.rowids[side]} = ?"
        key = key[:1]
    else:
        where = " AND ".join(f"{field.on(side, 's')} = ?" for field in joint.key)
    values = ", ".join(field.on(side, "s") for field in joint.fields)
    found = connection.execute(
        f"SELECT {values} FROM {joint.source(side)} AS s WHERE {where}", key
    ).fetchone()
    return {field.name: to_travel(value) for field, value in zip(joint.fields, found or ())}
