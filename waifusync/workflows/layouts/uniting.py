"""Two snapshots into one, for git's merge driver: nothing that either carries is lost.

The files in them are united as those of two trees are, the person's tables row by row; the next waifusync
command writes the tables afresh out of the live database.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from pathlib import Path

from waifusync.errors import RefusedError
from waifusync.log import union
from waifusync.memory.connection import explained, tolerant_text
from waifusync.memory.snapshot_file import UNITED, packed
from waifusync.memory.snapshot_reading import DamagedSnapshot, SnapshotReader, is_snapshot, open_snapshot
from waifusync.memory.snapshot_uniting import Rows, TableUnion, noted_rows


class CannotUnite(RefusedError):
    """One is not as waifusync wrote it: git is to stop, and the next waifusync command takes in both."""


def unite(base: Path | None, ours: Path, theirs: Path, out: Path) -> None:
    """A new file at `out`, which may be `ours`; it appears when it is whole. Raises CannotUnite."""
    beside = out.with_name(f".{out.name}.united")
    try:
        with open_snapshot(ours) as mine, open_snapshot(theirs) as other:
            for opened in (mine, other):
                _check(opened)
            _copy(mine.connection, beside)
            _bring(beside, mine, other, _rows_of(base))
        beside.replace(out)
    except DamagedSnapshot as error:
        raise CannotUnite(error.message) from error
    finally:
        beside.unlink(missing_ok=True)


def _check(opened: SnapshotReader) -> None:
    if not opened.is_ours:
        raise CannotUnite("this is no snapshot of a companion")
    if opened.edited_tables():
        raise CannotUnite("somebody edited it by hand", hint="run: waifusync sync (it takes in both sides)")


def _copy(source: sqlite3.Connection, path: Path) -> None:
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as target:
        source.backup(target)


def _rows_of(base: Path | None) -> Rows:
    if base is None or not base.is_file() or not base.stat().st_size or not is_snapshot(base):
        return {}
    with open_snapshot(base) as opened:
        return noted_rows(opened.connection)


def _bring(path: Path, mine: SnapshotReader, other: SnapshotReader, base: Rows) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = tolerant_text
    with explained(path), contextlib.closing(connection):
        for pragma in ("journal_mode=DELETE", "foreign_keys=OFF", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        _unite_files(connection, mine, other)
        TableUnion(connection, other.connection, base).run()
        connection.execute("INSERT INTO waifusync_snapshot VALUES (?, 1)", (UNITED,))
        connection.execute("COMMIT")


def _unite_files(connection: sqlite3.Connection, mine: SnapshotReader, other: SnapshotReader) -> None:
    held, theirs = _listing(mine), _listing(other)
    kept = union.unite(held, theirs).paths
    gone = [(path,) for path in held if path not in kept]
    connection.executemany("DELETE FROM waifusync_files WHERE path = ?", gone)
    for path, data in other.files():
        if path in kept and path not in held:
            connection.execute("INSERT INTO waifusync_files VALUES (?, ?)", (path, packed(data)))


def _listing(opened: SnapshotReader) -> dict[str, str]:
    return {path: hashlib.sha256(data).hexdigest() for path, data in opened.files()}
