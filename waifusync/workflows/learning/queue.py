"""Experiences that were accepted and are not in the live database yet: on the disk, in order, and bounded.

What `put` returned for is there after a power cut. Full is an error; nothing that was accepted is dropped. A
delivery that can never be taken in is set aside with the reason, and holds nobody up.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waifusync.core.learning.intake import Bucket, Limits
from waifusync.core.learning.waiting import Lane, Waiting
from waifusync.errors import RefusedError
from waifusync.memory.connection import BUSY_SECONDS, explained, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waifusync.core.learning.sync_settings import Protocol

MOST_EVENTS = 100_000
MOST_BYTES = 256 << 20
# Of one instance: as many at once as may wait, since a first check-in may bring all that it has.
RATE = Limits(burst=MOST_EVENTS, per_second=200.0)
_REFUSED = "refused"
# What waits is counted as it comes and goes: to ask how much it is must not cost what it is.
_TABLES = """
CREATE TABLE IF NOT EXISTS waiting (
    id INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT, protocol TEXT, lane TEXT, name TEXT UNIQUE,
    events INTEGER, accepted INTEGER, due INTEGER, packed INTEGER, content BLOB, refused TEXT);
CREATE INDEX IF NOT EXISTS waiting_by_lane ON waiting (instance, lane, id);
CREATE TABLE IF NOT EXISTS counts (
    instance TEXT, lane TEXT, events INTEGER, bytes INTEGER, PRIMARY KEY (instance, lane));
CREATE TRIGGER IF NOT EXISTS waiting_more AFTER INSERT ON waiting BEGIN
    INSERT INTO counts VALUES (new.instance, new.lane, new.events, length(new.content))
    ON CONFLICT DO UPDATE SET events = events + excluded.events, bytes = bytes + excluded.bytes; END;
CREATE TRIGGER IF NOT EXISTS waiting_less AFTER DELETE ON waiting BEGIN
    UPDATE counts SET events = events - old.events, bytes = bytes - length(old.content)
    WHERE instance = old.instance AND lane = old.lane; END;
CREATE TABLE IF NOT EXISTS said (instance TEXT, fingerprint TEXT, PRIMARY KEY (instance, fingerprint));
CREATE TABLE IF NOT EXISTS rates (instance TEXT PRIMARY KEY, left REAL, at INTEGER);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
"""
_COLUMNS = "id, instance, protocol, name, events, accepted, due, length(content), refused"
_INSERT = """INSERT INTO waiting (instance, protocol, lane, name, events, accepted, due, packed, content)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class QueueFull(RefusedError):
    """As much waits as may wait on the disk; nothing was dropped, and nothing was accepted."""


class TooManyAtOnce(RefusedError):
    """One instance brings more than it may in this time; nothing of what it brought now was accepted."""


class ExperienceQueue:
    """One open file, for any number of threads."""

    def __init__(
        self,
        path: Path,
        *,
        most_events: int = MOST_EVENTS,
        most_bytes: int = MOST_BYTES,
        limits: Limits = RATE,
    ) -> None:
        self._path, self._limits = path, limits
        self._most_events, self._most_bytes = most_events, most_bytes
        self._lock = threading.Lock()
        with explained(path):
            self._connection = _open(path)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def put(self, delivery: Waiting, *, pack: bool = False, said: Iterable[str] | None = None) -> bool:
        """False where the same waits already. It is on the disk when this returns. Raises QueueFull,
        TooManyAtOnce.

        `said`: fingerprints of all that the instance has, to be remembered instead of those of the last time.
        """
        text = json.dumps(delivery.content, ensure_ascii=False, separators=(",", ":")).encode()
        content = zlib.compress(text) if pack else text
        lane = delivery.protocol.value
        row = (delivery.instance, lane, lane, delivery.name, delivery.events, delivery.accepted, delivery.due)
        with self._changing() as connection:
            if connection.execute("SELECT 1 FROM waiting WHERE name = ?", (delivery.name,)).fetchone():
                return False
            self._check_room(delivery.events, len(content))
            self._check_rate(connection, delivery)
            connection.execute(_INSERT, (*row, int(pack), content))
            if said is not None:
                _remember(connection, delivery.instance, said)
        return True

    def _check_room(self, events: int, size: int) -> None:
        query = "SELECT coalesce(sum(events), 0), coalesce(sum(bytes), 0) FROM counts"
        waiting, stored = self._connection.execute(query).fetchone()
        if waiting + events > self._most_events or stored + size > self._most_bytes:
            raise QueueFull(
                f"{waiting:,} experiences wait to be taken in, and no more may wait",
                hint="to take them in: waifusync experience deliver; to see them: experience list --waiting",
                waiting=waiting,
            )

    def _check_rate(self, connection: sqlite3.Connection, delivery: Waiting) -> None:
        query = "SELECT left, at FROM rates WHERE instance = ?"
        row = connection.execute(query, (delivery.instance,)).fetchone()
        bucket = Bucket(*row) if row else Bucket(float(self._limits.burst), delivery.accepted)
        after, goes = bucket.take(delivery.accepted, self._limits, delivery.events)
        if not goes:
            raise TooManyAtOnce(
                f"{delivery.instance} brings more than {self._limits.per_second:g} experiences a second",
                hint="nothing of this was accepted; the same may be brought again a little later",
            )
        connection.execute("INSERT OR REPLACE INTO rates VALUES (?, ?, ?)", (delivery.instance, *after))

    def said(self, instance: str) -> frozenset[str]:
        """Fingerprints of all that the instance had at its last check-in."""
        rows = self._read("SELECT fingerprint FROM said WHERE instance = ?", instance)
        return frozenset(each for (each,) in rows)

    def lanes(self) -> list[Lane]:
        """What waits, by instance and protocol, with the moments of the first of each."""
        rows = self._read(
            "SELECT c.instance, c.lane, c.events, w.accepted, w.due FROM counts AS c JOIN waiting AS w"
            " ON w.id = (SELECT min(id) FROM waiting WHERE instance = c.instance AND lane = c.lane)"
            " WHERE c.lane != ? ORDER BY w.id",
            _REFUSED,
        )
        return [Lane.of(*row) for row in rows]

    def first(self, instance: str, protocol: Protocol, most_events: int) -> list[Waiting]:
        """The oldest deliveries of a lane, at least one, up to so many events together."""
        lane = (instance, protocol.value)
        sizes = self._read(
            "SELECT id, events FROM waiting WHERE instance = ? AND lane = ? ORDER BY id LIMIT ?",
            *lane,
            most_events,
        )
        last, count = 0, 0
        for number, events in sizes:
            if last and count + events > most_events:
                break
            last, count = number, count + events
        rows = self._read(
            f"SELECT {_COLUMNS}, packed, content FROM waiting"  # noqa: S608 - our own columns
            " WHERE instance = ? AND lane = ? AND id <= ? ORDER BY id",
            *lane,
            last,
        )
        return [Waiting.of(row[:-2], _unpacked(*row[-2:])) for row in rows]

    def all(self, instance: str | None = None) -> list[Waiting]:
        """Everything that waits or was set aside, oldest first, without what it holds."""
        where = "" if instance is None else " WHERE instance = ?"
        values = () if instance is None else (instance,)
        rows = self._read(f"SELECT {_COLUMNS} FROM waiting{where} ORDER BY id", *values)  # noqa: S608 - as above
        return [Waiting.of(row) for row in rows]

    def remove(self, delivered: Sequence[Waiting]) -> None:
        """They are in the live database."""
        with self._changing() as connection:
            connection.executemany("DELETE FROM waiting WHERE id = ?", [(each.id,) for each in delivered])

    def set_aside(self, delivery: Waiting, reason: str) -> None:
        """It can never be taken in. Kept, with the reason."""
        with self._changing() as connection:
            row = connection.execute("SELECT * FROM waiting WHERE id = ?", (delivery.id,)).fetchone()
            if row is None:
                return
            connection.execute("DELETE FROM waiting WHERE id = ?", (delivery.id,))
            _, instance, protocol, _, *rest, _ = row
            marks = ", ".join("?" * len(row))
            values = (None, instance, protocol, _REFUSED, *rest, reason)
            connection.execute(f"INSERT INTO waiting VALUES ({marks})", values)  # noqa: S608 - question marks

    def fact(self, name: str, value: str | None = None) -> str | None:
        """What was written down under this name first; written now where nothing was."""
        with self._changing() as connection:
            if value is not None:
                connection.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, value))
            row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self._path), transaction(self._connection):
            yield self._connection

    def _read(self, query: str, *values: object) -> list[tuple[Any, ...]]:  # Any: columns
        with self._lock, explained(self._path):
            return self._connection.execute(query, values).fetchall()


def _remember(connection: sqlite3.Connection, instance: str, said: Iterable[str]) -> None:
    connection.execute("DELETE FROM said WHERE instance = ?", (instance,))
    connection.executemany("INSERT INTO said VALUES (?, ?)", ((instance, each) for each in said))


def _unpacked(packed: int, content: bytes) -> object:
    return json.loads(zlib.decompress(content) if packed else content)


def _open(path: Path) -> sqlite3.Connection:
    """Unlike the live database this file is ours alone: WAL, and every commit on the disk."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(_TABLES)
    except BaseException:
        connection.close()
        raise
    return connection
