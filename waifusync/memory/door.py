"""At the door of the memory: who brought how much lately, and what was sent away, without a word of it.

Tables of our own, which never travel: each device has a door of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from waifusync.core.learning.intake import Bucket, Limits, Reason, examine_all
from waifusync.memory.answers import keyed_hash
from waifusync.memory.ledger import Ledger
from waifusync.memory.noticing import own_change
from waifusync.values import NamedTuple

_RATES = """CREATE TABLE IF NOT EXISTS waifusync_rates (
    source TEXT PRIMARY KEY, left REAL, at INTEGER) WITHOUT ROWID"""
_BLOCKED = """CREATE TABLE IF NOT EXISTS waifusync_blocked (
    id INTEGER PRIMARY KEY, source TEXT, reason TEXT, hash TEXT, characters INTEGER, times INTEGER,
    first INTEGER, last INTEGER, UNIQUE (source, reason, hash))"""
_COUNT = """INSERT INTO waifusync_blocked (source, reason, hash, characters, times, first, last)
    VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5) ON CONFLICT (source, reason, hash)
    DO UPDATE SET times = times + 1, last = max(last, excluded.last)"""
# A list that somebody outside can make longer needs an end; the counts go on.
MOST_LISTED = 10_000
_LONGEST_SOURCE = 200


class Blocked(NamedTuple):
    """Something that was not taken in; `hash` is keyed, so it says only whether two were the same."""

    source: str
    reason: str
    hash: str
    characters: int
    times: int
    first: int
    last: int


class Door:
    """Within the caller's transaction, which must be committed also where something was sent away."""

    def __init__(self, ledger: Ledger, limits: Limits | None = None) -> None:
        self._ledger = ledger
        self._limits = limits or Limits()
        with own_change(ledger):
            ledger.connection.execute(_RATES)
            ledger.connection.execute(_BLOCKED)

    def admit(self, texts: Iterable[str], *, source: str, now: int) -> Reason | None:
        """None: it may come in. One item, whatever texts it has; `source` is who was authenticated, and `now`
        a millisecond of the wall clock."""
        listed, source = list(texts), source[:_LONGEST_SOURCE]
        reason = examine_all(listed, self._limits)
        if not self._take(source, now):
            reason = reason or Reason.TOO_MANY
        if reason is not None:
            self._note(source, reason, listed, now)
        return reason

    def _take(self, source: str, now: int) -> bool:
        connection = self._ledger.connection
        query = "SELECT left, at FROM waifusync_rates WHERE source = ?"
        row = connection.execute(query, (source,)).fetchone()
        bucket = Bucket(*row) if row else Bucket(float(self._limits.burst), now)
        after, goes = bucket.take(now, self._limits)
        connection.execute("INSERT OR REPLACE INTO waifusync_rates VALUES (?, ?, ?)", (source, *after))
        return goes

    def _note(self, source: str, reason: Reason, texts: list[str], now: int) -> None:
        # Of what comes too often each is another; only how many were sent away is worth a line.
        hashed = "" if reason is Reason.TOO_MANY else keyed_hash(self._ledger, "\0".join(texts))
        length = 0 if reason is Reason.TOO_MANY else sum(map(len, texts))
        connection = self._ledger.connection
        connection.execute(_COUNT, (source, reason.value, hashed, length, now))
        connection.execute(
            "DELETE FROM waifusync_blocked WHERE id <= (SELECT max(id) FROM waifusync_blocked) - ?",
            (MOST_LISTED,),
        )


def blocked(connection: sqlite3.Connection) -> list[Blocked]:
    """What is remembered of it, the newest last."""
    there = "SELECT 1 FROM sqlite_master WHERE name = 'waifusync_blocked'"
    if connection.execute(there).fetchone() is None:
        return []
    columns = ", ".join(Blocked._fields)
    rows = connection.execute(f"SELECT {columns} FROM waifusync_blocked ORDER BY last, id")
    return [Blocked(*row) for row in rows]
