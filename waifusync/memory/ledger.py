"""waifusync's own tables in the live database: what has been applied, which row is which record, what waits.

They live beside the rows they speak of, so that one transaction changes both, and an older copy of the file
is consistent in itself: merely behind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING

from waifusync.core import digest
from waifusync.errors import RefusedError

if TYPE_CHECKING:
    from waifusync.core.versions import Head

# A database with rows that are kept in the log only has a format of its own: who does not know of them would
# take them for deleted.
PLAIN_FORMAT = 1
SHELVING_FORMAT = 2
FORMAT = SHELVING_FORMAT

_TABLES = """
CREATE TABLE waifusync_meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE waifusync_gate (applying INTEGER);
CREATE TABLE waifusync_devices (id INTEGER PRIMARY KEY, device TEXT UNIQUE, number INTEGER, chain TEXT);
CREATE TABLE waifusync_tables (
    id INTEGER PRIMARY KEY, name TEXT UNIQUE, columns TEXT, digest TEXT, count INTEGER, triggers TEXT);
CREATE TABLE waifusync_records (
    id INTEGER PRIMARY KEY, tbl INTEGER, row INTEGER, key TEXT UNIQUE, device INTEGER, number INTEGER,
    time INTEGER, state INTEGER, fields BLOB);
CREATE INDEX waifusync_records_row ON waifusync_records (tbl, row);
CREATE TABLE waifusync_touches (
    record INTEGER, device INTEGER, number INTEGER, time INTEGER, fields TEXT, seen TEXT, adopted INTEGER,
    PRIMARY KEY (record, device, number)) WITHOUT ROWID;
CREATE TABLE waifusync_clashes (
    record INTEGER, field TEXT, winner_device INTEGER, winner INTEGER, loser_device INTEGER, loser INTEGER,
    PRIMARY KEY (record, field, loser_device, loser)) WITHOUT ROWID;
CREATE TABLE waifusync_documents (
    record INTEGER, field TEXT, value TEXT, PRIMARY KEY (record, field)) WITHOUT ROWID;
CREATE TABLE waifusync_aside (record INTEGER PRIMARY KEY, reason TEXT, content TEXT);
CREATE TABLE waifusync_pending (
    record INTEGER, field TEXT, key TEXT, PRIMARY KEY (record, field)) WITHOUT ROWID;
CREATE INDEX waifusync_pending_key ON waifusync_pending (key);
CREATE TABLE waifusync_outbox (number INTEGER PRIMARY KEY, line TEXT);
CREATE TABLE waifusync_vectors (number INTEGER, model TEXT, ordinal INTEGER, content BLOB);
CREATE TABLE waifusync_held (key TEXT PRIMARY KEY, tbl INTEGER, token, adopted INTEGER, content TEXT);
CREATE TABLE waifusync_changed (record INTEGER PRIMARY KEY);
"""


class Ledger:
    """Typed access to the tables above; small things are cached for the length of one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._numbers: dict[str, int] = {}
        self._names: dict[int, str] = {}

    @staticmethod
    def is_present(connection: sqlite3.Connection) -> bool:
        """Whether this database is one of ours already."""
        found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'waifusync_meta'").fetchone()
        return found is not None

    @staticmethod
    def create(connection: sqlite3.Connection, device: str) -> Ledger:
        """Inside a transaction of the caller's. `marker` tells this database from a copy put in its place."""
        import secrets

        for statement in _TABLES.split(";"):
            if statement.strip():
                connection.execute(statement)
        ledger = Ledger(connection)
        for name, value in (
            ("format", PLAIN_FORMAT),
            ("marker", secrets.token_hex(8)),
            ("device", device),
            ("clock", 0),
        ):
            ledger.set_meta(name, value)
        return ledger

    def check_format(self) -> None:
        """Raises RefusedError for a database that a newer waifusync has made."""
        found = self.meta("format")
        if not isinstance(found, int) or found > FORMAT:
            raise RefusedError(
                f"shared_memory/memory.db has format {found}, and this waifusync reads up to {FORMAT}",
                hint="upgrade waifusync on this device, then run the command again",
            )

    def meta(self, name: str) -> int | str | None:
        row = self.connection.execute("SELECT value FROM waifusync_meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_meta(self, name: str, value: int | str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO waifusync_meta VALUES (?, ?)", (name, value))

    @property
    def device(self) -> str:
        """The id under which this database writes entries."""
        return str(self.meta("device"))

    @property
    def clock(self) -> int:
        """The greatest hybrid time given out or seen."""
        return int(self.meta("clock") or 0)

    def forked_devices(self) -> set[str]:
        """Ids that this device had, and that another machine goes on with."""
        rows = self.connection.execute("SELECT name FROM waifusync_meta WHERE name GLOB 'fork:*'")
        return {name.partition(":")[2] for (name,) in rows}

    def heads(self) -> dict[str, Head]:
        """How far each device's log has been applied here (our own: collected)."""
        from waifusync.core.versions import Head

        rows = self.connection.execute("SELECT device, number, chain FROM waifusync_devices WHERE number > 0")
        return {device: Head(number, chain) for device, number, chain in rows}

    def head(self, device: str) -> Head:
        from waifusync.core.versions import Head

        row = self.connection.execute(
            "SELECT number, chain FROM waifusync_devices WHERE device = ?", (device,)
        ).fetchone()
        return Head(*row) if row else Head()

    def set_head(self, device: str, head: Head) -> None:
        number = self.device_number(device)
        self.connection.execute(
            "UPDATE waifusync_devices SET number = ?, chain = ? WHERE id = ?",
            (head.number, head.chain, number),
        )

    def device_number(self, device: str) -> int:
        """The local integer that stands for a device id, made on first use."""
        if device not in self._numbers:
            self.connection.execute(
                "INSERT OR IGNORE INTO waifusync_devices VALUES (NULL, ?, 0, '')", (device,)
            )
            row = self.connection.execute(
                "SELECT id FROM waifusync_devices WHERE device = ?", (device,)
            ).fetchone()
            self._numbers[device] = row[0]
            self._names[row[0]] = device
        return self._numbers[device]

    def device_name(self, number: int) -> str:
        """The device id behind a local integer."""
        if number not in self._names:
            row = self.connection.execute(
                "SELECT device FROM waifusync_devices WHERE id = ?", (number,)
            ).fetchone()
            self._names[number] = row[0]
        return self._names[number]

    def forget_cache(self) -> None:
        """After a rollback, what was cached may never have been."""
        self._numbers.clear()
        self._names.clear()

    def table_digests(self) -> dict[str, tuple[int, int]]:
        """For each collection: its digest and how many records live."""
        rows = self.connection.execute("SELECT name, digest, count FROM waifusync_tables")
        return {name: (int(text, 16), count) for name, text, count in rows}

    def change_digests(self, changes: Mapping[int, tuple[int, int]]) -> None:
        """Adds to collections' digests and counts; `changes` is keyed by table id."""
        for table, (difference, count) in changes.items():
            (text,) = self.connection.execute(
                "SELECT digest FROM waifusync_tables WHERE id = ?", (table,)
            ).fetchone()
            total = digest.add(int(text, 16), added=difference)
            self.connection.execute(
                "UPDATE waifusync_tables SET digest = ?, count = count + ? WHERE id = ?",
                (digest.to_text(total), count, table),
            )

    def state_digest(self) -> str:
        """The digest of all that lives, the same on every device that holds the same entries."""
        total = 0
        for each, _ in self.table_digests().values():
            total = digest.add(total, added=each)
        return digest.to_text(total)
