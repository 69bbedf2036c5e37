"""Putting records into their live tables, whatever the tables' constraints say.

What cannot stand in its table is set aside with the reason, and tried again later. Of two rows that a UNIQUE
keeps apart the one born first stays, on every device alike. A reference to a record that is not here is NULL
until that record comes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from waifusync.core.digest import UNSET, reference_hash
from waifusync.core.tables import quote
from waifusync.core.values import Stored, Travel
from waifusync.memory.blocking import blockers
from waifusync.memory.catalog import Catalog
from waifusync.memory.encoding import Resolved, resolve, travel_row
from waifusync.memory.records import Record, Records, State
from waifusync.memory.rows import LiveTable

Values = Mapping[str, Resolved]


def no_vectors(device: str, group: str, ordinal: int, digest: str) -> bytes | None:
    """The lookup where no vectors are expected."""
    return None


class Placer:
    """Works within the caller's transaction, the gate being open."""

    def __init__(self, records: Records, catalog: Catalog) -> None:
        self.records = records
        self.connection = records.connection
        self.catalog = catalog
        self._tables = catalog.by_id()
        self._next_rows: dict[int, int] = {}
        self._departed: dict[str, dict[int, set[str]]] = {}
        self._is_any_pending: bool | None = None

    def token_for(self, table: LiveTable, record: Record, values: Values) -> int | str:
        """Where a row goes: its declared key, the number it had before, or one that was never given here."""
        if table.is_named:
            return table.token([values[name].value if name in values else None for name in table.key_columns])
        if isinstance(record.row, int) and table.read(self.connection, (record.row,)) is None:
            return record.row
        row = self.next_row(table)
        self._next_rows[table.id] = row + 1
        return row

    def next_row(self, table: LiveTable) -> int:
        """The number that the next new row gets; of a named table none has one."""
        if table.is_named:
            return 0
        if table.id not in self._next_rows:
            self._next_rows[table.id] = self._greatest_row(table) + 1
        return self._next_rows[table.id]

    def insert_many(self, table: LiveTable, rows: Sequence[tuple[str, Sequence[Sequence[Stored]]]]) -> bool:
        """Statements, and what each is to insert; from `next_row` on. False: a constraint forbade one of the
        rows, and none of them stands."""
        self.connection.execute("SAVEPOINT waifusync_rows")
        try:
            for statement, bound in rows:
                self.connection.executemany(statement, bound)
        except sqlite3.IntegrityError:
            self.connection.execute("ROLLBACK TO waifusync_rows")
            return False
        finally:
            self.connection.execute("RELEASE waifusync_rows")
        if not table.is_named:
            self._next_rows[table.id] = self.next_row(table) + sum(len(bound) for _, bound in rows)
        return True

    def update_many(self, rows: Iterable[tuple[str, Sequence[Stored]]]) -> bool:
        """Statements, each with what it wants bound. False: a constraint forbade one, and none was done."""
        self.connection.execute("SAVEPOINT waifusync_rows")
        try:
            for statement, alike in groupby(rows, itemgetter(0)):
                self.connection.executemany(statement, [bound for _, bound in alike])
        except sqlite3.IntegrityError:
            self.connection.execute("ROLLBACK TO waifusync_rows")
            return False
        finally:
            self.connection.execute("RELEASE waifusync_rows")
        return True

    def _greatest_row(self, table: LiveTable) -> int:
        live = self.connection.execute(f"SELECT max({quote(table.rowid)}) FROM {quote(table.name)}")
        known = self.connection.execute("SELECT max(row) FROM waifusync_records WHERE tbl = ?", (table.id,))
        return max(live.fetchone()[0] or 0, known.fetchone()[0] or 0, 0)

    def forget_rows(self) -> None:
        """Between transactions a program may have inserted rows of its own."""
        self._next_rows.clear()
        self._is_any_pending = None

    def add(self, table: LiveTable, record: Record, token: int | str, values: Values) -> None:
        """A row for a record that has none; the record's place and state are brought up to date."""
        plain = {name: each.value for name, each in values.items()}
        reason = _unfilled(table, values) or self._attempt(
            table, record, lambda: plain, lambda: table.insert(self.connection, token, plain)
        )
        if reason:
            self._keep_aside(record, table, reason, self._content(table, values))
        else:
            self._settle(table, record, token, values)

    def change(self, table: LiveTable, record: Record, values: Values) -> None:
        """New values for a record that is placed or set aside; a shelved one has them in the log."""
        if record.state == State.ASIDE:
            self._change_aside(table, record, values)
        if record.state in (State.ASIDE, State.SHELVED):
            return
        assert record.row is not None
        place = table.place(record.row)
        plain = {name: each.value for name, each in values.items()}

        def wanted() -> Mapping[str, Stored]:
            before = table.read(self.connection, place) or ()
            return {**dict(zip(table.columns, before, strict=False)), **plain}

        reason = _unfilled(table, values) or self._attempt(
            table, record, wanted, lambda: table.update(self.connection, place, plain)
        )
        if reason:
            self.set_aside(table, record, reason)
            self._change_aside(table, self.records.by_id(record.id), values)
        else:
            self._settle(table, record, record.row, values)

    def remove(self, table: LiveTable, record: Record, state: State = State.DELETED) -> None:
        """Takes a record's row out of its table, or out of what was set aside."""
        if record.state == State.PLACED and record.row is not None:
            table.delete(self.connection, table.place(record.row))
        self.connection.execute("DELETE FROM waifusync_aside WHERE record = ?", (record.id,))
        self.connection.execute("DELETE FROM waifusync_pending WHERE record = ?", (record.id,))
        self.records.change(record.id, row=record.row, state=state, fields=record.fields)
        self.note_departed(table, record.row, record.key)

    def set_aside(self, table: LiveTable, record: Record, reason: str) -> None:
        """Moves a placed row out of its table, kept with its content."""
        assert record.row is not None
        row = table.read(self.connection, table.place(record.row)) or ()
        hashes = table.unpack(record.fields)
        told = {name: each for name, each in zip(table.columns, row, strict=False) if hashes[name] != UNSET}
        content = travel_row(table, told, self.records, None)
        waiting = self.connection.execute(
            "SELECT field, key FROM waifusync_pending WHERE record = ?", (record.id,)
        )
        content |= {field: {"k": key} for field, key in waiting.fetchall()}
        self.remove(table, record, State.ASIDE)
        self._keep_aside(record, table, reason, content)

    def settle(self) -> None:
        """Unlinks rows from those that left, and tries what was set aside again; before every COMMIT."""
        self._unlink_children()
        self._retry_asides()

    def _retry_asides(self) -> None:
        """Oldest first, until no more find a place."""
        progress = True
        while progress:
            waiting = self.connection.execute("SELECT record FROM waifusync_aside").fetchall()
            records = sorted((self.records.by_id(each) for (each,) in waiting), key=lambda record: record.age)
            progress = any(list(map(self._retry, records)))
            self._unlink_children()

    def _retry(self, record: Record) -> bool:
        table = self._tables.get(record.table)
        if table is not None:
            self._change_aside(table, record, {})
        return self.records.by_id(record.id).state == State.PLACED

    def _change_aside(self, table: LiveTable, record: Record, changes: Values) -> None:
        (text,) = self.connection.execute(
            "SELECT content FROM waifusync_aside WHERE record = ?", (record.id,)
        ).fetchone()
        kept = {
            name: resolve(table, name, travel, self.records, "", no_vectors)
            for name, travel in json.loads(text).items()
        }
        values = {**kept, **changes}
        self.connection.execute("DELETE FROM waifusync_aside WHERE record = ?", (record.id,))
        self.add(table, record, self.token_for(table, record, values), values)

    def _settle(self, table: LiveTable, record: Record, token: int | str, values: Values) -> None:
        if self.is_any_pending():
            self.connection.executemany(
                "DELETE FROM waifusync_pending WHERE record = ? AND field = ?",
                [(record.id, name) for name in values],
            )
        waiting = [(record.id, name, each.waits_for) for name, each in values.items() if each.waits_for]
        if waiting:
            self.connection.executemany("INSERT INTO waifusync_pending VALUES (?, ?, ?)", waiting)
            self._is_any_pending = True
        if record.state != State.PLACED or record.row != token:
            self.records.change(record.id, row=token, state=State.PLACED, fields=record.fields)
            if self.is_any_pending():
                self._link_children(record.key, token)

    def is_any_pending(self) -> bool:
        """Mostly nothing waits, and then no row needs to be asked whether it does."""
        if self._is_any_pending is None:
            found = self.connection.execute("SELECT 1 FROM waifusync_pending LIMIT 1").fetchone()
            self._is_any_pending = found is not None
        return self._is_any_pending

    def _link_children(self, key: str, token: int | str) -> None:
        waiting = self.connection.execute("SELECT record, field FROM waifusync_pending WHERE key = ?", (key,))
        for number, name in waiting.fetchall():
            child = self.records.by_id(number)
            table = self._tables.get(child.table)
            if table is not None and isinstance(token, int):
                hashed = table.unpack(child.fields)[name]
                self.change(table, child, {name: Resolved(token, hashed)})

    def note_departed(self, table: LiveTable, row: int | str | None, key: str) -> None:
        """A row left, so its number must not come to mean another to those that refer to it."""
        if isinstance(row, int):
            self._departed.setdefault(table.name, {}).setdefault(row, set()).add(key)

    def _unlink_children(self) -> None:
        while self._departed:
            parent, keys = self._departed.popitem()
            for child, column in self.catalog.children_of(parent):
                for place in child.places_where(self.connection, column, keys):
                    record = self.records.by_row(child, child.token(place))
                    if record is not None:
                        self._unlink(parent, child, record, column, keys)

    def _unlink(
        self, parent: str, child: LiveTable, record: Record, column: str, keys: Mapping[int, set[str]]
    ) -> None:
        row, hashed = self._number_in(child, record, column), child.unpack(record.fields)[column]
        there = self.records.by_row(self.catalog.tables[parent], row)
        for key in keys[row]:
            if hashed == reference_hash(key) and (there is None or there.key != key):
                self.change(child, record, {column: Resolved(None, hashed, waits_for=key)})

    def _number_in(self, child: LiveTable, record: Record, column: str) -> int:
        assert record.row is not None
        row = child.read(self.connection, child.place(record.row))
        number = child.value(row or (), column)
        assert isinstance(number, int)
        return number

    def _keep_aside(
        self, record: Record, table: LiveTable, reason: str, content: Mapping[str, Travel]
    ) -> None:
        text = json.dumps(content, ensure_ascii=False)
        self.connection.execute(
            "INSERT OR REPLACE INTO waifusync_aside VALUES (?, ?, ?)", (record.id, reason, text)
        )
        row = record.row if isinstance(record.row, int) else None
        self.records.change(record.id, row=row, state=State.ASIDE, fields=record.fields)

    def _content(self, table: LiveTable, values: Values) -> dict[str, Travel]:
        plain = {name: each.value for name, each in values.items() if each.hash != UNSET}
        content = travel_row(table, plain, self.records, None)
        return content | {name: {"k": each.waits_for} for name, each in values.items() if each.waits_for}

    def _attempt(
        self,
        table: LiveTable,
        record: Record,
        wanted: Callable[[], Mapping[str, Stored]],
        write: Callable[[], None],
    ) -> str:
        """Writes; makes room by moving younger rows aside; or tells why that cannot be.

        `wanted` is the row as it is to be, asked for only where it cannot stand.
        """
        try:
            write()
            return ""
        except sqlite3.IntegrityError as error:
            found = blockers(self.records, table, record, wanted())
            if not found or any(each.age < record.age for each in found):
                return str(error)
            reason = str(error)
        for blocker in found:
            self.set_aside(table, blocker, reason)
        return self._attempt(table, record, wanted, write)


def _unfilled(table: LiveTable, values: Values) -> str:
    """Why a row that waits for another cannot stand yet, or ""."""
    required = {column.name for column in table.shape.columns if column.not_null or column.primary}
    for name, each in values.items():
        if each.waits_for and name in required:
            return f"{name} refers to a record that is not here"
    return ""
