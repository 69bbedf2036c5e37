"""How the live database stands, read by plain SQL and nothing else: what `status` shows many times a day.

Reads only, and imports next to nothing: the classes that know how to change the database take longer to
import than all of this takes to run.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from waifusync.memory.connection import explained, open_foreign
from waifusync.values import NamedTuple

# As in ledger.py, which is not imported here; a test holds the two together.
FORMAT = SHELVING_FORMAT = 2
_SHELVED = 3
_MOST_LISTED = 100


class SetAside(NamedTuple):
    """A row that could not stand in its table, and why."""

    table: str
    key: str
    reason: str


class Standing(NamedTuple):
    """`marked` rows were touched and are not collected yet; `outbox` holds collected entries until the next
    exchange has seen them in git, and `last_line` is its last. `heads` tells for each device id how far its
    log was applied, `own_files` how this device's sessions were when they were last committed. `shelved`
    counts, by table, living rows that are in the log only."""

    device: str
    format: int
    digest: str
    rows: dict[str, int]
    heads: dict[str, int]
    changes: int
    pushed_changes: int
    applied: str | None
    marked: int
    outbox: int
    last_line: str | None
    clashes: dict[tuple[str, str], int]
    set_aside: list[SetAside]
    waiting: dict[str, int]
    shelved: dict[str, int]
    schema_changed: bool
    own_files: str


def read_standing(path: Path) -> Standing | None:
    """None for a database that is not waifusync's. Raises NotADatabase, DatabaseBusy or RefusedError."""
    connection = open_foreign(path)
    try:
        with explained(path):
            connection.execute("BEGIN")  # one moment of it, whatever programs write meanwhile
            return _read(connection) if _is_ours(connection) else None
    finally:
        connection.close()


def _is_ours(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'waifusync_meta'").fetchone()
    return found is not None


def _read(connection: sqlite3.Connection) -> Standing:
    meta = dict(connection.execute("SELECT name, value FROM waifusync_meta").fetchall())
    tables = connection.execute("SELECT name, digest, count FROM waifusync_tables ORDER BY name").fetchall()
    outbox, last = connection.execute("SELECT count(*), max(number) FROM waifusync_outbox").fetchone()
    line = connection.execute("SELECT line FROM waifusync_outbox WHERE number = ?", (last,)).fetchone()
    (version,) = connection.execute("PRAGMA schema_version").fetchone()
    return Standing(
        device=str(meta.get("device")),
        format=int(meta.get("format") or 0),
        digest=f"{sum(int(text, 16) for _, text, _ in tables) % (1 << 128):032x}",
        rows={name: count for name, _, count in tables if not name.startswith("waifusync:")},
        heads=dict(connection.execute("SELECT device, number FROM waifusync_devices").fetchall()),
        changes=int(meta.get("changes") or 0),
        pushed_changes=int(meta.get("pushed_changes") or 0),
        applied=meta.get("applied"),
        marked=_marked(connection),
        outbox=outbox,
        last_line=line[0] if line else None,
        clashes=_clashes(connection),
        set_aside=_set_aside(connection),
        waiting=_waiting(connection),
        shelved=_shelved(connection, int(meta.get("format") or 0)),
        schema_changed=meta.get("schema_version") != version,
        own_files=str(meta.get("own_files") or "").partition(" ")[0],
    )


def _marked(connection: sqlite3.Connection) -> int:
    """By the name of the tables, since what a table's columns are is nothing to ask here."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'waifusync_marks_[0-9]*'"
    ).fetchall()
    return sum(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in names)


def _clashes(connection: sqlite3.Connection) -> dict[tuple[str, str], int]:
    rows = connection.execute(
        "SELECT t.name, c.field, count(*) FROM waifusync_clashes AS c"
        " JOIN waifusync_records AS r ON r.id = c.record JOIN waifusync_tables AS t ON t.id = r.tbl"
        " GROUP BY t.name, c.field"
    )
    return {(table, field): count for table, field, count in rows}


def _set_aside(connection: sqlite3.Connection) -> list[SetAside]:
    rows = connection.execute(
        "SELECT t.name, r.key, a.reason FROM waifusync_aside AS a"
        " JOIN waifusync_records AS r ON r.id = a.record JOIN waifusync_tables AS t ON t.id = r.tbl"
        f" ORDER BY a.record LIMIT {_MOST_LISTED}"
    )
    return [SetAside(*row) for row in rows]


def _waiting(connection: sqlite3.Connection) -> dict[str, int]:
    """Rows with a reference to a record that is not here, by table."""
    rows = connection.execute(
        "SELECT t.name, count(DISTINCT p.record) FROM waifusync_pending AS p"
        " JOIN waifusync_records AS r ON r.id = p.record JOIN waifusync_tables AS t ON t.id = r.tbl"
        " GROUP BY t.name"
    )
    return dict(rows.fetchall())


def _shelved(connection: sqlite3.Connection, version: int) -> dict[str, int]:
    """There is an index of them where there may be any; without one, every record would be looked at."""
    if version < SHELVING_FORMAT:
        return {}
    rows = connection.execute(
        "SELECT t.name, count(*) FROM waifusync_records AS r JOIN waifusync_tables AS t ON t.id = r.tbl"
        f" WHERE r.state = {_SHELVED} GROUP BY r.tbl ORDER BY t.name"
    )
    return dict(rows.fetchall())
