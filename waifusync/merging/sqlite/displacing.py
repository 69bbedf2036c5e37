"""Which rows would have to go for another to come in: SQLite is asked, since only it can read its indexes.

A row is put in with REPLACE and taken out again; a trigger of ours notes what went.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from waifusync.core.values import Stored
from waifusync.merging.sqlite.binding import mark
from waifusync.merging.sqlite.plan import Joint, Kind
from waifusync.merging.sqlite.shape import quote
from waifusync.values import NamedTuple

Key = tuple[Stored, ...]


class Held(NamedTuple):
    """A row that stands in the table: by its key, and by its number where the key may be NULL."""

    key: Key
    rowid: int | None


class Displacing:
    """One table of `main`, between `watch` and `rest`; no trigger but ours is there."""

    def __init__(self, connection: sqlite3.Connection, joint: Joint) -> None:
        self._connection = connection
        self._joint = joint
        self._keys = [quote(field.name) for field in joint.key] if joint.kind is not Kind.COUNTED else []
        self._rowid = "" if joint.is_strict_key else joint.rowids["ours"]
        names = ", ".join(quote(field.name) for field in joint.fields)
        self.reason = ""  # why the last row that was asked for does not fit
        self._into = f"INTO {joint.source('ours')} ({names}) VALUES"

    def watch(self) -> None:
        names = [f"old.{name}" for name in [*self._keys, *([self._rowid] if self._rowid else [])]]
        columns = ", ".join(f"d{place}" for place in range(len(names)))
        self._connection.execute(f"CREATE TABLE temp.waifusync_displaced ({columns})")
        self._connection.execute(
            f"CREATE TEMP TRIGGER waifusync_displacing AFTER DELETE ON {self._joint.source('ours')}"
            f" BEGIN INSERT INTO waifusync_displaced VALUES ({', '.join(names)}); END"
        )
        self._connection.execute("PRAGMA recursive_triggers = ON")  # else REPLACE fires none

    def rest(self) -> None:
        self._connection.execute("PRAGMA recursive_triggers = OFF")
        self._connection.execute("DROP TRIGGER temp.waifusync_displacing")
        self._connection.execute("DROP TABLE temp.waifusync_displaced")

    def insert(self, values: Sequence[Stored]) -> int | None:
        """The row's number. Raises IntegrityError; OR ABORT, because a constraint may say otherwise."""
        marks = ", ".join(map(mark, values))
        return self._connection.execute(f"INSERT OR ABORT {self._into} ({marks})", tuple(values)).lastrowid

    def displaced(self, values: Sequence[Stored]) -> list[Held]:
        """None of them where it fits. Raises IntegrityError where it would fit nowhere."""
        self._connection.execute("SAVEPOINT waifusync_displacing")
        try:
            self.insert(values)
            return []
        except sqlite3.IntegrityError as error:
            if not is_about_uniqueness(error):
                raise
            self.reason = str(error)
            self._connection.execute("DELETE FROM temp.waifusync_displaced")
            marks = ", ".join(map(mark, values))
            self._connection.execute(f"INSERT OR REPLACE {self._into} ({marks})", tuple(values))
            rows = self._connection.execute("SELECT * FROM temp.waifusync_displaced").fetchall()
            return [self._held(tuple(row)) for row in rows]
        finally:
            self._connection.execute("ROLLBACK TO waifusync_displacing")
            self._connection.execute("RELEASE waifusync_displacing")

    def _held(self, row: tuple[Stored, ...]) -> Held:
        count = len(self._keys)
        return Held(row[:count], int(row[count] or 0) if self._rowid else None)

    def delete(self, held: Held) -> None:
        """By the key where it is one, since a row may have been put in again under another number."""
        if self._keys and None not in held.key:
            where = " AND ".join(f"{name} = {mark(value)}" for name, value in zip(self._keys, held.key))
            bound: Sequence[Stored] = held.key
        else:
            where, bound = f"{self._rowid} = ?", (held.rowid,)
        self._connection.execute(f"DELETE FROM {self._joint.source('ours')} WHERE {where}", tuple(bound))


def is_about_uniqueness(error: sqlite3.IntegrityError) -> bool:
    """Whether the row would fit if others were not there."""
    return str(error).startswith("UNIQUE")
