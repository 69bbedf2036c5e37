"""`export`: everything that this device holds, as lines that lose nothing, or as a plain SQLite file."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from waifusync.errors import RefusedError
from waifusync.log.exchange import export_lines
from waifusync.memory.connection import explained, open_foreign
from waifusync.memory.live import LiveMemory
from waifusync.memory.schema import is_kept_here
from waifusync.memory.shelved import may_be_shelved
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.workflows.companion import HELD, Companion, wall_clock
from waifusync.workflows.held_values import held_sources
from waifusync.workflows.retaining.shelving import bring_back_into
from waifusync.workflows.syncing.exchange import Wishes, exchange
from waifusync.workflows.syncing.git_source import GitSource, memory_paths


def export(companion: Companion) -> Iterator[bytes]:
    """Lines with their newlines, what programs did until now included. Raises UntrustedError."""
    exchange(companion, Wishes("export"))
    held = read_refs(companion.git, HELD)[HELD]
    with ObjectReader(companion.git) as reader:
        source = GitSource(reader, memory_paths(companion.git, held))
        yield from export_lines(source, companion=companion.state.companion)


def export_to(companion: Companion, path: Path) -> int:
    """Into a new file, which appears when it is whole; how many entries it holds."""
    entries = 0
    with _new_file(path) as beside, beside.open("wb") as file:
        for line in export(companion):
            file.write(line)
            entries += line.startswith(b'{"n":')
        file.flush()
        os.fsync(file.fileno())
    return entries


def export_database(companion: Companion, path: Path) -> dict[str, int]:
    """The person's tables and nothing of ours in a new SQLite file; its rows by table.

    Rows that are in the log only are among them. Raises UntrustedError where the log lacks one.
    """
    with _new_file(path) as beside:
        _copy(companion.live_path, beside)
        _complete(companion, beside)
        return _strip(beside)


def _complete(companion: Companion, copy: Path) -> None:
    with (
        LiveMemory.open(copy, companion.choices, wall_clock) as memory,
        ObjectReader(companion.git) as reader,
    ):
        if may_be_shelved(memory.ledger):
            bring_back_into(memory, held_sources(companion, reader, memory))


def _copy(live: Path, copy: Path) -> None:
    """SQLite's own backup: a consistent moment, however many programs are writing."""
    source = open_foreign(live)
    with explained(live), contextlib.closing(source), contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def _strip(path: Path) -> dict[str, int]:
    import sqlite_utils

    database = sqlite_utils.Database(path)
    try:
        for trigger in database.triggers:
            if trigger.name.startswith("waifusync_"):
                database.execute(f"DROP TRIGGER [{trigger.name}]")
        for name in database.table_names():
            if name.startswith("waifusync_") or is_kept_here(name):
                database[name].drop()
        database.conn.commit()
        database.disable_wal()
        database.vacuum()
        return {
            name: database[name].count for name in database.table_names() if not name.startswith("sqlite_")
        }
    finally:
        database.conn.close()


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A file beside, which takes its name at the end. Raises RefusedError for one that exists."""
    if os.path.lexists(path):
        raise RefusedError(f"{path} exists already", hint="choose a name that is free")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield beside
        beside.rename(path)  # a hard link could not replace anything, but memory sticks have none
    finally:
        for name in (beside.name, f"{beside.name}-wal", f"{beside.name}-shm", f"{beside.name}-journal"):
            beside.with_name(name).unlink(missing_ok=True)
