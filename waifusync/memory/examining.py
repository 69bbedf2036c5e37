"""A look at the live database that costs little: triggers, counts and digests, and no row is compared.

Reads only, one moment of it; `verify` is the proof.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from waifusync.core.tables import quote
from waifusync.memory.catalog import Catalog
from waifusync.memory.connection import explained, open_foreign
from waifusync.memory.ledger import Ledger
from waifusync.memory.noticing import needs_look
from waifusync.memory.records import State
from waifusync.memory.schema import travelling_names
from waifusync.memory.verifying import Checked, check_digests
from waifusync.values import NamedTuple

_EVENTS = ("insert", "delete", "update")
# To count and add up more takes longer than somebody who only asks will wait.
MOST_RECORDS = 50_000


class Look(NamedTuple):
    """`untracked` tables lack a trigger; `miscounted` have other rows than records; `damaged` have a digest
    that is not that of their records. `is_partly`: there were too many to count and add up."""

    untracked: tuple[str, ...] = ()
    miscounted: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    is_partly: bool = False


def look_over(path: Path, exclude: Sequence[str]) -> Look:
    """Raises NotADatabase, DatabaseBusy; nothing is found in a database that is not ours."""
    connection = open_foreign(path)
    try:
        with explained(path):
            connection.execute("BEGIN")
            return _look(connection, exclude) if Ledger.is_present(connection) else Look()
    finally:
        connection.close()


def _look(connection: sqlite3.Connection, exclude: Sequence[str]) -> Look:
    names = set(travelling_names(connection, tuple(exclude)))
    tables = connection.execute("SELECT id, name FROM waifusync_tables ORDER BY name").fetchall()
    known = [(number, name) for number, name in tables if name in names]
    (records,) = connection.execute("SELECT count(*) FROM waifusync_records").fetchone()
    is_partly = records > MOST_RECORDS
    return Look(
        tuple(name for number, name in known if not _has_triggers(connection, number, name)),
        () if is_partly or needs_look(Ledger(connection)) else tuple(_miscounted(connection, known)),
        () if is_partly else _damaged(connection),
        is_partly,
    )


def _has_triggers(connection: sqlite3.Connection, number: int, name: str) -> bool:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (name,)
    )
    return {f"waifusync_{number}_{event}" for event in _EVENTS} <= {each for (each,) in rows}


def _miscounted(connection: sqlite3.Connection, known: Sequence[tuple[int, str]]) -> list[str]:
    """Tables in which a row came or went without a mark."""
    return [
        name
        for number, name in known
        if not _count(connection, f"waifusync_marks_{number}")
        and _count(connection, quote(name)) != _placed(connection, number)
    ]


def _placed(connection: sqlite3.Connection, number: int) -> int:
    return _count(connection, f"waifusync_records WHERE tbl = {number} AND state = {int(State.PLACED)}")


def _count(connection: sqlite3.Connection, what: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])


def _damaged(connection: sqlite3.Connection) -> tuple[str, ...]:
    checked = Checked()
    check_digests(Ledger(connection), Catalog({}), checked)
    return tuple(fault.table for fault in checked.faults)
