"""What hangs on tables: triggers, views and indexes are merged as texts, carried over, never fired or read.

Triggers come off before the first row is written, and everything is put on when the last one is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from waifusync.core.definitions import meaning
from waifusync.core.sql_text import quote
from waifusync.core.three_way import Action, Clash, Decision, Side, which
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.joining import execute_definition

_ORDER = ("index", "view", "trigger")


class Part(NamedTuple):
    kind: str
    table: str
    sql: str

    @property
    def meaning(self) -> tuple[str, ...]:
        return meaning(self.sql)


def read_parts(connection: sqlite3.Connection, schema: str) -> dict[str, Part]:
    """Indexes that were made by a statement, views and triggers, by name."""
    rows = connection.execute(
        f"SELECT name, type, tbl_name, sql FROM {schema}.sqlite_master"
        " WHERE type IN ('index', 'view', 'trigger') AND sql > ''"
    )
    return {name: Part(kind, table, sql) for name, kind, table, sql in rows}


def take_triggers_off(connection: sqlite3.Connection) -> None:
    for name, part in read_parts(connection, "main").items():
        if part.kind == "trigger":
            connection.execute(f"DROP TRIGGER main.{quote(name)}")


def put_parts_on(connection: sqlite3.Connection) -> Iterator[Decision]:
    """The merged set, in `main`, whose tables and rows are as they will be."""
    sides = {side: read_parts(connection, side) for side in ("base", "ours", "theirs")}
    wanted: dict[str, Part] = {}
    for name in sorted({*sides["base"], *sides["ours"], *sides["theirs"]}):
        base, ours, theirs = (sides[side].get(name) for side in ("base", "ours", "theirs"))
        part, decision = _decide(name, base, ours, theirs)
        if part is not None:
            wanted[name] = part
        if decision is not None:
            yield decision
    yield from _make(connection, wanted)


def _decide(
    name: str, base: Part | None, ours: Part | None, theirs: Part | None
) -> tuple[Part | None, Decision | None]:
    meanings = [part and part.meaning for part in (base, ours, theirs)]
    side = which(*meanings)
    if side is Side.OURS:
        return ours, None
    if side is Side.THEIRS:
        action = Action.REMOVE if theirs is None else Action.ADD if ours is None else Action.CHANGE
        return theirs, Decision(name, None, action, side)
    # A definition costs nothing to keep, so an edit wins over a removal; of two edits, the greater text.
    winner = Side.OURS if (meanings[1] or ()) >= (meanings[2] or ()) else Side.THEIRS
    told = [part and part.sql for part in (base, ours, theirs)]
    clash = Clash.of("defined in two ways", told)
    return (ours if winner is Side.OURS else theirs), Decision(name, None, Action.CHANGE, winner, clash=clash)


def _make(connection: sqlite3.Connection, wanted: Mapping[str, Part]) -> Iterator[Decision]:
    present = read_parts(connection, "main")
    tables = {
        name
        for (name,) in connection.execute(
            "SELECT name FROM main.sqlite_master WHERE type IN ('table', 'view')"
        )
    }
    for name, part in present.items():
        if name not in wanted or wanted[name].meaning != part.meaning:
            connection.execute(f"DROP {part.kind} main.{quote(name)}")
    missing = {
        name: part
        for name, part in wanted.items()
        if name not in present or present[name].meaning != part.meaning
    }
    for kind in _ORDER:
        for name, part in missing.items():
            if part.kind != kind or (kind != "view" and part.table not in tables):
                continue
            try:
                execute_definition(connection, part.sql)
                tables.add(name)
            except CannotMerge as error:
                clash = Clash(f"cannot stand on the merged tables: {error.message}", None, part.sql, part.sql)
                yield Decision(name, None, Action.REMOVE, Side.BASE, clash=clash)
