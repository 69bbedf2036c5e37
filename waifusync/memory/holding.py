"""What a program wrote into a database that is behind its log: held while the log catches up, then put back.

A value that the log knows was merely old. Any other is news, whatever the log said of that row since; and a
row that was there before this database joined is told as one that loses to every other.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from waifusync.core.values import Stored, to_stored, to_travel
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog
from waifusync.memory.encoding import hash_row
from waifusync.memory.records import Records, State
from waifusync.memory.rows import LiveTable
from waifusync.values import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    """A row as it was before the log went over it; `known`: the hashes that the log had for each column."""

    table: int
    token: int | str
    key: str
    adopted: bool
    values: Mapping[str, Stored]
    hashes: Mapping[str, str]
    known: Mapping[str, list[str]]

    @property
    def news(self) -> dict[str, Stored]:
        """What no entry had said."""
        return {n: value for n, value in self.values.items() if self.hashes[n] not in self.known.get(n, ())}


class Holding:
    """Typed access to waifusync_held, one row for each record that was written over."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.connection: sqlite3.Connection = records.connection

    def hold(self, table: LiveTable, token: int | str, key: str) -> bool:
        """Remembers the row there if a program changed it; whether the row was no record at all yet."""
        place = table.place(token)
        mark = tracking.mark_at(self.connection, table, place)
        row = table.read(self.connection, place)
        if mark is None or row is None or self._find(key) is not None:
            return False
        record = self.records.by_row(table, token)
        before = table.unpack(record.fields) if record else {}
        hashes = hash_row(table, row, self.records)
        content = {
            "values": {n: to_travel(value) for n, value in zip(table.columns, row, strict=True)},
            "hashes": {name: each.hex() for name, each in hashes.items()},
            "known": {name: [each.hex()] for name, each in before.items()},
        }
        adopted = mark.milliseconds == tracking.BEFORE_TRACKING and record is None
        self._keep(key, table.id, token, adopted, content)
        return record is None

    def learn(self, key: str, hashes: Mapping[str, bytes]) -> None:
        """Values that the log gives a held record."""
        row = self._find(key)
        if row is None:
            return
        table, token, adopted, content = row
        told = json.loads(content)
        for name, each in hashes.items():
            told["known"].setdefault(name, []).append(each.hex())
        self._keep(key, table, token, bool(adopted), told)

    def _keep(
        self, key: str, table: int, token: int | str, adopted: bool, content: Mapping[str, object]
    ) -> None:
        text = json.dumps(content, ensure_ascii=False)
        self.connection.execute(
            "INSERT OR REPLACE INTO waifusync_held VALUES (?, ?, ?, ?, ?)", (key, table, token, adopted, text)
        )

    def _find(self, key: str) -> tuple[int, int | str, int, str] | None:
        found: tuple[int, int | str, int, str] | None = self.connection.execute(
            "SELECT tbl, token, adopted, content FROM waifusync_held WHERE key = ?", (key,)
        ).fetchone()
        return found

    def release(self, catalog: Catalog) -> list[Held]:
        """Puts news back where it was written, to be told as usual; returns what is to be told as adopted."""
        rows = self.connection.execute("SELECT * FROM waifusync_held").fetchall()
        held = [self._read(*row) for row in rows]
        tables = catalog.by_id()
        with tracking.silence(self.connection):
            for each in held:
                if each.news and not each.adopted and each.table in tables:
                    self._put_back(tables[each.table], each)
        if held:
            self.connection.execute("DELETE FROM waifusync_held")
        return [each for each in held if each.adopted and each.table in tables]

    def _read(self, key: str, table: int, token: int | str, adopted: int, content: str) -> Held:
        told = json.loads(content)
        values = {name: to_stored(value) for name, value in told["values"].items()}
        return Held(table, token, key, bool(adopted), values, told["hashes"], told["known"])

    def _put_back(self, table: LiveTable, held: Held) -> None:
        record = self.records.by_key(held.key)
        place, token = table.place(held.token), held.token
        if record is not None and record.state == State.PLACED and record.row is not None:
            place, token = table.place(record.row), record.row
            table.update(self.connection, place, held.news)
        elif table.read(self.connection, place) is None:
            table.insert(self.connection, token, held.values)
        mark = tracking.mark_at(self.connection, table, place)
        if mark is None:
            now = self.records.ledger.clock >> 16
            tracking.add_mark(self.connection, table, place, gone=False, at=now)
