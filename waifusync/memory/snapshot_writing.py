"""Writing a snapshot: the live database at one moment, without what is ours, and with the logs in it.

VACUUM INTO keeps row numbers, leaves nothing behind of what was dropped, and makes a file that needs no
journal: one that can be opened anywhere, also from a folder that cannot be written to.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from waifusync.core.tables import quote
from waifusync.memory.connection import explained, open_foreign, tolerant_text
from waifusync.memory.schema import kept_here, travelling_names
from waifusync.memory.snapshot_file import FORMAT, STATEMENTS, TableRows, packed, tables_of

_SUFFIXES = ("", "-journal", "-wal", "-shm")
_KEYS = "CREATE TEMP TABLE keys (tbl TEXT, row, key TEXT, PRIMARY KEY (tbl, row)) WITHOUT ROWID"
_NOTE = (
    "INSERT OR IGNORE INTO waifusync_rows VALUES"
    " (?1, ?2, (SELECT key FROM temp.keys WHERE tbl = ?1 AND row IN (?2, ?3)), ?4)"
)


def write_snapshot(
    live: Path, target: Path, files: Iterable[tuple[str, bytes]], *, exclude: tuple[str, ...]
) -> None:
    """A new file at `target`, replacing what an interrupted run left there; the live one is only read."""
    working = target.with_name(f"{target.name}.working")
    _remove(working, target)
    try:
        _copy(live, working)
        with explained(working), contextlib.closing(_opened(working)) as connection:
            _keep_keys(connection)
            _strip(connection, exclude)
            for statement in STATEMENTS:
                connection.execute(statement)
            connection.executemany(
                "INSERT INTO waifusync_files VALUES (?, ?)", ((path, packed(data)) for path, data in files)
            )
            note_rows(connection)
            connection.execute("COMMIT")
            connection.execute("VACUUM INTO ?", (str(target),))
    except BaseException:
        _remove(target)
        raise
    finally:
        _remove(working)


def _remove(*paths: Path) -> None:
    for path in paths:
        for suffix in _SUFFIXES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def _copy(live: Path, working: Path) -> None:
    """SQLite's own backup: one moment, however many programs are writing."""
    source = open_foreign(live)
    with explained(live), contextlib.closing(source), contextlib.closing(sqlite3.connect(working)) as target:
        source.backup(target)


def _opened(working: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(working, isolation_level=None)
    for pragma in ("journal_mode=DELETE", "synchronous=OFF", "foreign_keys=OFF", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    connection.text_factory = tolerant_text
    connection.execute("BEGIN")
    return connection


def _keep_keys(connection: sqlite3.Connection) -> None:
    """Which record each row is, by table and place, as far as that has been told."""
    connection.execute(_KEYS)
    connection.execute(
        "INSERT OR IGNORE INTO temp.keys SELECT t.name, r.row, r.key FROM waifusync_records AS r"
        " JOIN waifusync_tables AS t ON t.id = r.tbl WHERE r.state = 0 AND r.row IS NOT NULL"
    )


def _strip(connection: sqlite3.Connection, exclude: tuple[str, ...]) -> None:
    ours = "SELECT name FROM sqlite_master WHERE type = ? AND name GLOB 'waifusync_*'"
    for (name,) in connection.execute(ours, ("trigger",)).fetchall():
        connection.execute(f"DROP TRIGGER {quote(name)}")
    staying = set(travelling_names(connection)) - set(travelling_names(connection, exclude))
    tables = [name for (name,) in connection.execute(ours, ("table",)).fetchall()]
    for name in (*tables, *sorted(staying), *kept_here(connection)):
        connection.execute(f"DROP TABLE {quote(name)}")


def note_rows(connection: sqlite3.Connection) -> None:
    """Writes down what the person's tables hold, so that an edit by hand is seen, and seen to be one.

    The keys are in temp.keys; rows are read and noted one by one, however many there are.
    """
    connection.execute("DELETE FROM waifusync_rows")
    connection.execute("DELETE FROM waifusync_snapshot")
    digests = {table.shape.name: _note_table(connection, table) for table in tables_of(connection)}
    noted = {"format": FORMAT, **{f"table:{name}": digest for name, digest in digests.items()}}
    connection.executemany("INSERT INTO waifusync_snapshot VALUES (?, ?)", noted.items())


def _note_table(connection: sqlite3.Connection, table: TableRows) -> str:
    """A number that is a reference too is kept as a named key; a row that was not told yet has none."""
    name = table.shape.name

    def noted() -> Iterator[tuple[int | str, bytes]]:
        for place, each in table:
            connection.execute(_NOTE, (name, place, json.dumps([place]), each))
            yield place, each

    return table.digest(noted())


def keys_of(connection: sqlite3.Connection, keys: Iterable[tuple[str, int | str, str]]) -> None:
    """Table, place and key of each row, for `note_rows`."""
    connection.execute(_KEYS)
    connection.executemany("INSERT OR IGNORE INTO temp.keys VALUES (?, ?, ?)", keys)
