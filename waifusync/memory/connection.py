"""Opening the live database, which belongs to the chat program.

No checkpoints of our own, no mmap, the person's journal mode left alone; errors told in words.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from waifusync.core.values import RawText
from waifusync.errors import RefusedError, UntrustedError

BUSY_SECONDS = 5.0
_FULL = 2  # as PRAGMA synchronous tells it


class NotADatabase(UntrustedError):
    """The file is no SQLite database, or an encrypted or damaged one."""


class DatabaseBusy(RefusedError):
    """Another program held the database for longer than we wait."""


def open_database(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """A connection with no transaction of its own accord; raises NotADatabase."""
    mode = "rwc" if create else "rw"
    if not create and not path.exists():
        raise RefusedError(f"{path.name} is not there", hint="run: waifusync doctor", path=str(path))
    with explained(path):
        connection = sqlite3.connect(_uri(path, mode), uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        # FULL: what was taken from the marks must be on the disk before the log says it exists.
        for pragma in ("mmap_size=0", "wal_autocheckpoint=0", "synchronous=FULL", "foreign_keys=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


def open_foreign(path: Path) -> sqlite3.Connection:
    """Somebody else's file, to be read only."""
    if not path.is_file():
        raise RefusedError(f"{path} is not a file")
    with explained(path):
        connection = sqlite3.connect(_uri(path, "ro"), uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA query_only=ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """SQLite's errors as ours, naming the file and never a row."""
    try:
        yield
    except sqlite3.OperationalError as error:
        explanation = _operational(error, path)
        if explanation is None:
            raise
        raise explanation from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)):
            raise
        raise NotADatabase(
            f"{path.name}: {error}",
            hint="it may be encrypted, cut short or no SQLite file; nothing was changed. "
            "What was pushed is safe in the log: see docs/recovery.md",
        ) from error


def _operational(error: sqlite3.OperationalError, path: Path) -> Exception | None:
    text = str(error)
    if "locked" in text:
        return DatabaseBusy(
            f"{path.name} was locked by another program for more than {BUSY_SECONDS:.0f} seconds",
            hint="try again when it is less busy; nothing was lost",
        )
    if "disk is full" in text:
        return RefusedError("no space left on the disk", hint="free some space and run the command again")
    # "locking protocol": a disk that refuses to write lets nobody recover the write-ahead log.
    if any(words in text for words in ("readonly", "unable to open", "disk I/O", "locking protocol")):
        return RefusedError(f"{path.name}: {text}", hint="check the disk and the file's permissions")
    return None


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT, rolled back whole on any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def synced_once(connection: sqlite3.Connection) -> Iterator[None]:
    """The transactions in here are on the disk when the block ends, not each when it ends: nothing else may
    rely on them before. In WAL alone, where a power cut in between leaves the database behind, and whole."""
    ((mode,), (level,)) = (
        connection.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous")
    )
    if mode != "wal" or level != _FULL:
        yield
        return
    connection.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous=FULL")
        with transaction(
            connection
        ):  # its COMMIT takes all that was written to the WAL before it to the disk
            connection.execute("INSERT INTO waifusync_gate VALUES (1)")
            connection.execute("DELETE FROM waifusync_gate")


@contextlib.contextmanager
def any_text(connection: sqlite3.Connection) -> Iterator[None]:
    """Reads in here give text that is not UTF-8 as RawText, instead of failing."""
    before, connection.text_factory = connection.text_factory, tolerant_text
    try:
        yield
    finally:
        connection.text_factory = before


@contextlib.contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything that is read in the block is of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def tolerant_text(data: bytes) -> str | RawText:
    """A text factory for tables that hold TEXT which is not UTF-8; slower than sqlite3's own."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return RawText(data)


def used_bytes(connection: sqlite3.Connection) -> int:
    """What of the database file holds anything: SQLite fills the rest before it makes the file longer."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
