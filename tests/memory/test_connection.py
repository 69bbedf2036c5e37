"""When what was written is on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from waifusync.memory.catalog import Choices
from waifusync.memory.connection import open_database, synced_once
from waifusync.memory.making import make_database

FULL, NORMAL = 2, 1


@contextmanager
def opened(folder: Path, journal: str) -> Iterator[sqlite3.Connection]:
    path = folder / "memory.db"
    make_database(path, "aaaaaaaa", Choices())
    with closing(open_database(path)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
        yield connection


def level(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA synchronous").fetchone()[0])


def test_many_transactions_reach_the_disk_together_at_the_end(tmp_path: Path) -> None:
    """T20: what a sync then says is held must survive the power; a COMMIT with FULL takes all of the WAL."""
    wal = tmp_path / "memory.db-wal"
    with opened(tmp_path, "WAL") as connection:
        with synced_once(connection):
            during = level(connection)
        assert (during, level(connection)) == (NORMAL, FULL)
        before = wal.stat().st_size
        with pytest.raises(KeyError), synced_once(connection):
            raise KeyError
        assert level(connection) == FULL
        assert wal.stat().st_size > before  # a COMMIT that writes nothing takes nothing to the disk
        assert connection.execute("SELECT count(*) FROM waifusync_gate").fetchone() == (0,)


def test_without_a_wal_each_transaction_is_on_the_disk_when_it_ends(tmp_path: Path) -> None:
    """T20: there, a power cut between two writes that were not waited for can break the file."""
    with opened(tmp_path, "DELETE") as connection, synced_once(connection):
        assert level(connection) == FULL
