"""What hangs on tables: triggers, views and indexes are merged as texts, carried over, never fired or read.

Triggers come off before the first row is written, and everything is put on when the last one is.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator, Mapping

from waifusync.core.sql_text import quote
from waifusync.core.three_way import Action, Clash, Decision, Side, which
from waifusync.merging.files import CannotMerge
from waifusync.merging.sqlite.joining import Schema, execute_definition
from waifusync.merging.sqlite.parts import Part, read_parts
from waifusync.merging.sqlite.shape import read_tables

_ORDER = ("index", "view", "trigger")


def take_parts_off(connection: sqlite3.Connection) -> None:
    """Triggers, and unique indexes that theirs has not: a row of theirs that breaks one is worth more."""
    theirs = read_parts(connection, "theirs")
    for name, part in read_parts(connection, "main").items():
        if part.kind == "trigger" or (part.is_unique and not part.is_same(theirs.get(name))):
            connection.execute(f"DROP {part.kind} main.{quote(name)}")


def put_shared_uniques_on(connection: sqlite3.Connection, schema: Schema) -> Schema:
    """Of both sides, where the table was made anew and they went with it: rows are known by them."""
    ours, theirs = (_as_merged(connection, schema, side) for side in ("ours", "theirs"))
    present = read_parts(connection, "main")
    missing = [
        part
        for name, part in ours.items()
        if part.is_unique and part.is_same(theirs.get(name)) and name not in present
    ]
    for part in missing:
        with contextlib.suppress(CannotMerge):  # put_parts_on says why
            execute_definition(connection, part.sql)
    if not missing:
        return schema
    return schema._replace(tables={**schema.tables, "main": read_tables(connection, "main")})


def put_parts_on(connection: sqlite3.Connection, schema: Schema) -> Iterator[Decision]:
    """The merged set, in `main`, whose tables and rows are as they will be."""
    sides = {side: _as_merged(connection, schema, side) for side in ("base", "ours", "theirs")}
    homes = {side: _homes(connection, side) for side in ("main", "ours", "theirs")}
    wanted: dict[str, Part] = {}
    for name in sorted({*sides["base"], *sides["ours"], *sides["theirs"]}):
        base, ours, theirs = (sides[side].get(name) for side in ("base", "ours", "theirs"))
        if base is not None and base.kind != "view":  # what went with its table was not dropped itself
            ours = base if ours is None and base.table not in homes["ours"] else ours
            theirs = base if theirs is None and base.table not in homes["theirs"] else theirs
        part, decision = _decide(name, base, ours, theirs)
        if part is not None:
            wanted[name] = part
        if decision is not None:
            yield decision
    standing = homes["main"] | {name for name, part in wanted.items() if part.kind == "view"}
    for name, part in list(wanted.items()):
        if part.kind != "view" and part.table not in standing:
            del wanted[name]
            if part != sides["base"].get(name):
                yield _left_out(name, part, f"{part.table} is gone")
    yield from _make(connection, wanted, schema, standing)


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


def _make(
    connection: sqlite3.Connection, wanted: Mapping[str, Part], schema: Schema, standing: Collection[str]
) -> Iterator[Decision]:
    present = read_parts(connection, "main")
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
            if part.kind != kind:
                continue
            lacking = _lacking(schema, standing, part)
            if lacking is not None:
                yield _left_out(name, part, lacking)
                continue
            try:
                execute_definition(connection, part.sql)
            except CannotMerge as error:
                yield _left_out(name, part, error.message)


def _lacking(schema: Schema, standing: Collection[str], part: Part) -> str | None:
    if part.kind != "trigger":
        return None
    from waifusync.merging.sqlite.following import missing_for

    return missing_for(part, schema.tables["main"], standing)


def _as_merged(connection: sqlite3.Connection, schema: Schema, side: str) -> dict[str, Part]:
    """The side's parts; following.py is asked only where a column was renamed."""
    if not any(joined.renamed_ours or joined.renamed_theirs for joined in schema.renamed.values()):
        return read_parts(connection, side)
    from waifusync.merging.sqlite.following import parts_as_merged

    return parts_as_merged(connection, schema, side)


def _left_out(name: str, part: Part, reason: str) -> Decision:
    clash = Clash(f"cannot stand on the merged tables: {reason}", None, part.sql, part.sql)
    return Decision(name, None, Action.REMOVE, Side.BASE, clash=clash)


def _homes(connection: sqlite3.Connection, schema: str) -> set[str]:
    """What an index or a trigger can stand on."""
    rows = connection.execute(f"SELECT name FROM {schema}.sqlite_master WHERE type IN ('table', 'view')")
    return {name for (name,) in rows}
