"""The ledger and the rows afresh out of log lines, in a database of their own beside the live one.

Every record keeps the number and the row that it has in the live database, so that a healthy one comes out
the same, and one that is not differs only where it is wrong. Tables are made as they are declared here, so
that their constraints set the same rows aside.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from waifusync.core.fold import Touch
from waifusync.memory import tracking
from waifusync.memory.ahead import Line
from waifusync.memory.applying import Applier
from waifusync.memory.catalog import load_catalog
from waifusync.memory.connection import transaction
from waifusync.memory.folding import Folder
from waifusync.memory.ledger import Ledger
from waifusync.memory.noticing import note_looked
from waifusync.memory.placing import Placer
from waifusync.memory.records import Record, Records, State
from waifusync.memory.schema import travelling_tables
from waifusync.memory.shelved import IS_SHELVED
from waifusync.memory.terms import Choices, Sources
from waifusync.values import replace

# Keeps the numbers that the live database gave out from being given to others; taken out in the end.
_PLACEHOLDER = "waifusync:placeholder:"


class Places:
    """Where the live database has each record; a key that it does not know gets a new place."""

    def __init__(self, live: sqlite3.Connection) -> None:
        self._live = live

    def find(self, key: str, table: int) -> tuple[int, int | None] | None:
        """The record's number and row."""
        found = self._live.execute(
            "SELECT id, row, state FROM waifusync_records WHERE key = ? AND tbl = ?", (key, table)
        ).fetchone()
        if found is None:
            return None
        number, row, state = found
        is_free = isinstance(row, int) and not (state == State.SHELVED and self._is_taken(table, row))
        return number, row if is_free else None

    def _is_taken(self, table: int, row: int) -> bool:
        """A program may have given the number of a row that is in the log only to another."""
        query = "SELECT 1 FROM waifusync_records WHERE tbl = ? AND row = ? AND state = 0"
        return self._live.execute(query, (table, row)).fetchone() is not None

    def shelved(self) -> list[tuple[str, int | str | None]]:
        """Key and row of what the live database has in the log only."""
        query = f"SELECT key, row FROM waifusync_records WHERE {IS_SHELVED}"
        return self._live.execute(query).fetchall()


class _PlacedRecords(Records):
    def __init__(self, ledger: Ledger, places: Places) -> None:
        super().__init__(ledger)
        self._places = places

    def begin(
        self, *, table: int, key: str, touch: Touch, time: int, row: int | str | None = None, fields: bytes
    ) -> Record:
        record = super().begin(table=table, key=key, touch=touch, time=time, row=row, fields=fields)
        place = self._places.find(key, table)
        if place is None:
            return record
        del self._unwritten[record.id]
        record = replace(record, id=place[0], row=place[1])
        self._unwritten[record.id] = record
        return record


class _PlacingApplier(Applier):
    takes_many = False  # each goes where the live database has it

    def __init__(
        self, fresh: sqlite3.Connection, choices: Choices, sources: Sources, places: Places | None
    ) -> None:
        super().__init__(fresh, choices, sources, wall_clock=lambda: 0)
        if places is not None:
            self._records = _PlacedRecords(self.ledger, places)
            self._folder = Folder(self._records, sources.entry)


@contextlib.contextmanager
def fresh_ledger(
    path: Path, device: str, choices: Choices, live: sqlite3.Connection | None
) -> Iterator[sqlite3.Connection]:
    """An empty ledger in a new file, which goes in the end; with `live`, its tables and its numbers."""
    _remove(path)
    fresh = sqlite3.connect(path, isolation_level=None)
    try:
        # The file is made anew if anything goes wrong, so nothing is spent on keeping it safe.
        for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "foreign_keys=OFF"):
            fresh.execute(f"PRAGMA {pragma}")
        fresh.execute("BEGIN")
        ledger = Ledger.create(fresh, device)
        if live is not None:
            _copy_schema(live, fresh, choices)
            _copy_numbers(live, fresh)
        for table in load_catalog(fresh, choices).tables.values():
            tracking.track(fresh, table)
        note_looked(ledger)
        fresh.execute("COMMIT")
        yield fresh
    finally:
        fresh.close()
        _remove(path)


def _remove(path: Path) -> None:
    for beside in (path, path.with_name(path.name + "-journal")):
        beside.unlink(missing_ok=True)


def _copy_schema(live: sqlite3.Connection, fresh: sqlite3.Connection, choices: Choices) -> None:
    """As this device's person declared them; what cannot stand by itself is described by the log."""
    for name in travelling_tables(live, choices.exclude):
        statements = live.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL"
            " AND (type = 'table' OR (type = 'index' AND sql LIKE 'CREATE UNIQUE%')) ORDER BY type = 'index'",
            (name,),
        )
        for (sql,) in statements.fetchall():
            with contextlib.suppress(sqlite3.OperationalError):
                fresh.execute(sql)


def _copy_numbers(live: sqlite3.Connection, fresh: sqlite3.Connection) -> None:
    for row in live.execute("SELECT id, device FROM waifusync_devices").fetchall():
        fresh.execute("INSERT INTO waifusync_devices VALUES (?, ?, 0, '')", row)
    for row in live.execute("SELECT id, name, columns, triggers FROM waifusync_tables").fetchall():
        fresh.execute("INSERT INTO waifusync_tables VALUES (?1, ?2, ?3, printf('%032d', 0), 0, ?4)", row)
    (last,) = live.execute("SELECT coalesce(max(id), 0) FROM waifusync_records").fetchone()
    rows = live.execute(
        "SELECT tbl, max(row) FROM waifusync_records WHERE typeof(row) = 'integer' GROUP BY tbl"
    )
    for place, (table, row) in enumerate(rows.fetchall(), start=1):
        fresh.execute(
            "INSERT INTO waifusync_records VALUES (?, ?, ?, ?, 0, 0, 0, 1, x'')",
            (last + place, table, row, f"{_PLACEHOLDER}{table}"),
        )


def rebuild_ledger(
    fresh: sqlite3.Connection,
    lines: Iterable[Line],
    sources: Sources,
    choices: Choices,
    *,
    places: Places | None = None,
    progress: Callable[[], None] | None = None,
) -> list[str]:
    """Applies these lines, in causal order, to a fresh ledger; may be called again with further ones.

    Gives back what could not be done about tables.
    """
    return _PlacingApplier(fresh, choices, sources, places).apply(_counted(lines, progress)).problems


def shelve_again(fresh: sqlite3.Connection, choices: Choices, places: Places) -> None:
    """What was in the log only stays so: its rows leave the fresh tables before these are carried over."""
    records, catalog = Records(Ledger(fresh)), load_catalog(fresh, choices)
    placer, tables = Placer(records, catalog), catalog.by_id()
    with transaction(fresh), tracking.silence(fresh):
        for key, row in places.shelved():
            record = records.by_key(key)
            if record is not None and record.table in tables and record.state == State.PLACED:
                placer.remove(tables[record.table], record, State.SHELVED)
                records.change(record.id, row=row, state=State.SHELVED, fields=record.fields)
        placer.settle()


def _counted(lines: Iterable[Line], progress: Callable[[], None] | None) -> Iterator[Line]:
    for line in lines:
        if progress is not None:
            progress()
        yield line


def forget_placeholders(fresh: sqlite3.Connection) -> None:
    """Before the fresh ledger is compared."""
    fresh.execute("DELETE FROM waifusync_records WHERE key GLOB ?", (f"{_PLACEHOLDER}*",))
