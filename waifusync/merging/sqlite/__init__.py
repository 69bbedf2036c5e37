"""Three SQLite databases into one: the schema, then decisions, then rows, then what hangs on the tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from waifusync.core.three_way import Decision, Difference, Side, Strategies, Strategy
from waifusync.merging.files import CannotMerge, Merged, Versions
from waifusync.merging.sqlite import keys, opening

__all__ = ["differences", "merge"]

_Decided: TypeAlias = "tuple[list[Decision], list[str]]"


def merge(
    versions: Versions,
    out: Path,
    strategy: Strategy = Strategy.MANUAL_REVIEW,
    *,
    tables: Mapping[str, Strategy] = MappingProxyType({}),
) -> Merged:
    """`tables`: of single tables and fields. Raises CannotMerge; until the very end, `out` is as it was."""
    made = out.with_name(f".{out.name}.merging")
    try:
        decisions, notes = _make(versions, made, Strategies(strategy, tables))
        opening.put_in_place(made, out)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter for a message that quotes a broken name
        raise CannotMerge(f"cannot merge: {error}", hint="ours was left as it is") from error
    finally:
        opening.remove(made)
    return Merged("sqlite", strategy, tuple(decisions), tuple(notes))


def _make(versions: Versions, made: Path, strategies: Strategies) -> _Decided:
    """Where ours breaks a constraint that theirs has added, from the side of theirs: its rows fit."""
    from waifusync.merging.sqlite.refusing import Broken

    try:
        return _merge_by_keys(versions, made, strategies)
    except Broken:
        if not opening.are_alike(versions.ours, versions.theirs):
            raise
        turned = Versions(versions.base, versions.theirs, versions.ours)
        with suppress(CannotMerge):
            decisions, notes = _merge_by_keys(turned, made, strategies.turned())
            opening.keep_journal_mode(made, versions.ours)
            return [decision.turned() for decision in decisions], notes
        raise


def _merge_by_keys(versions: Versions, made: Path, strategies: Strategies) -> _Decided:
    """As the files are, unless they say which record each row is."""
    with opening.workbench(versions, made) as connection:
        tables = keys.keyed_tables(connection)
        if not tables:
            return _merge(connection, strategies)
    with keys.aligned(versions, tables, made) as copies, opening.workbench(copies, made) as connection:
        decisions, notes = _merge(connection, strategies, keyed=tables)
        return [each for each in decisions if each.table != keys.KEYS], notes


def _merge(
    connection: sqlite3.Connection, strategies: Strategies, *, keyed: Collection[str] = ()
) -> _Decided:
    from waifusync.merging.sqlite import joining, restoring, searching
    from waifusync.merging.sqlite.dropped import tell_dropped_columns
    from waifusync.merging.sqlite.rows import merge_rows

    connection.execute("BEGIN")
    restoring.take_parts_off(connection)
    decisions = list(searching.join_virtual_tables(connection))
    schema = restoring.put_shared_uniques_on(connection, joining.join_schemas(connection))
    decisions += schema.decisions
    decisions += tell_dropped_columns(connection, schema)
    decisions += merge_rows(connection, schema, strategies, keyed=keyed)
    is_touched = any(each.side is Side.THEIRS for each in decisions)
    notes = searching.rebuild_full_text(connection) if is_touched else []
    _merge_facts(connection)
    # Last of all: a trigger can stand on a table behind a full-text table, which writes when it is committed.
    connection.execute("COMMIT")
    connection.execute("BEGIN")
    decisions += restoring.put_parts_on(connection, schema)
    connection.execute("COMMIT")
    return decisions, notes


def _merge_facts(connection: sqlite3.Connection) -> None:
    """Numbers in the file's header: the side that changed it has it, the greater of two."""
    for pragma in ("user_version", "application_id"):
        base, ours, theirs = (
            connection.execute(f"PRAGMA {side}.{pragma}").fetchone()[0] for side in ("base", "ours", "theirs")
        )
        merged = ours if theirs in (base, ours) else theirs if ours == base else max(ours, theirs)
        connection.execute(f"PRAGMA main.{pragma} = {int(merged)}")
    if all(_has_sequence(connection, side) for side in ("main", "theirs")):
        connection.execute(
            "UPDATE main.sqlite_sequence SET seq = max(seq, coalesce("
            "(SELECT t.seq FROM theirs.sqlite_sequence AS t WHERE t.name = main.sqlite_sequence.name), seq))"
        )


def _has_sequence(connection: sqlite3.Connection, side: str) -> bool:
    found = connection.execute(f"SELECT 1 FROM {side}.sqlite_master WHERE name = 'sqlite_sequence'")
    return found.fetchone() is not None


def differences(one: Path, other: Path) -> Iterator[Difference]:
    """What the second has otherwise: the schema first, then rows by table. Raises CannotMerge."""
    from waifusync.merging.sqlite.comparing import compare

    try:
        with opening.side_by_side(one, other) as connection:
            yield from compare(connection)
    except sqlite3.Error as error:
        raise CannotMerge(f"cannot compare: {error}") from error
