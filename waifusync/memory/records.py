"""Which row is which record, who touched it, and what was overruled: the folded state between two runs.

A record that one entry made needs one row here. Only when a second entry touches it are its touches kept,
without values: hashes are enough to fold, and the values are in the row or in the log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from waifusync.core.fold import Clash, Touch
from waifusync.memory.ledger import Ledger
from waifusync.memory.rows import LiveTable
from waifusync.memory.states import State as State
from waifusync.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Record:
    """A row of waifusync_records. `row` is the local rowid, or the declared key as JSON; a record
    that is deleted or shelved keeps it, so that its number is never given out again."""

    id: int
    table: int
    row: int | str | None
    key: str
    device: int
    number: int
    time: int
    state: State
    fields: bytes

    @property
    def age(self) -> tuple[int, str]:
        """Orders records by birth, the same on every device."""
        return abs(self.time), self.key


@dataclass(frozen=True, slots=True)
class StoredTouch:
    """An entry without its values, as the fold wants it; `fields` maps names to hashes."""

    device: str
    number: int
    time: int
    adopted: bool
    seen: Mapping[str, int]
    fields: Mapping[str, object] | None

    @property
    def rank(self) -> tuple[int, str, int]:
        """As an Entry's."""
        return (0 if self.adopted else self.time, self.device, self.number)


# id, tbl, row, key, device, number, time, state, fields
RecordRow = tuple[int, int, int | str | None, str, int, int, int, int, bytes]

_SELECT = "SELECT id, tbl, row, key, device, number, time, state, fields FROM waifusync_records"
_STATES = tuple(State)
# Statements for many rows at once are cheaper; few enough that memory does not follow the history.
_BATCH = 512


# json.dumps makes an encoder for each call that asks for anything.
_json = json.JSONEncoder(ensure_ascii=False).encode


class Records:
    """Typed access to records, their touches and clashes."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.connection = ledger.connection
        self._next_id: int | None = None
        self._unwritten: dict[int, Record] = {}
        self._changed: list[tuple[int]] = []
        self._is_any_clash: bool | None = None

    def forget(self) -> None:
        """After a rollback, or when others may have written: nothing is taken for granted."""
        self._next_id = None
        self._unwritten.clear()
        self._changed.clear()
        self._is_any_clash = None

    def by_key(self, key: str) -> Record | None:
        return self._one("key = ?", (key,))

    def by_row(self, table: LiveTable, row: object) -> Record | None:
        """The living record that this local row is."""
        return self._one("tbl = ? AND row = ? AND state = 0", (table.id, row))

    def referred(self, table: str, row: int) -> Record | None:
        """What a number means to those that refer to it: the living record, else one that had it before, and
        of these rather one that may come back to it."""
        return self._one(
            "tbl = (SELECT id FROM waifusync_tables WHERE name = ?) AND row = ?"
            f" ORDER BY state = {int(State.PLACED)} DESC, state = {int(State.SHELVED)} DESC, state, id DESC"
            " LIMIT 1",
            (table, row),
        )

    def by_id(self, record: int) -> Record:
        found = self._one("id = ?", (record,))
        assert found is not None
        return found

    def _one(self, condition: str, values: tuple[object, ...]) -> Record | None:
        found = self.connection.execute(f"{_SELECT} WHERE {condition}", values).fetchone()
        return None if found is None else _record(found)

    def begin(
        self, *, table: int, key: str, touch: Touch, time: int, row: int | str | None = None, fields: bytes
    ) -> Record:
        """A new record, to be written by the first `change`, which says where it stands."""
        number = self.next_id
        self._next_id = number + 1
        device = self.ledger.device_number(touch.device)
        record = Record(number, table, row, key, device, touch.number, time, State.DELETED, fields)
        self._unwritten[number] = record
        return record

    @property
    def next_id(self) -> int:
        """The number that the next new record gets."""
        if self._next_id is None:
            (last,) = self.connection.execute("SELECT max(id) FROM waifusync_records").fetchone()
            self._next_id = (last or 0) + 1
        return self._next_id

    def met(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that are a record's, or that a reference waits for."""
        wanted = json.dumps(list(keys))
        query = " UNION ".join(
            f"SELECT key FROM {table} WHERE key IN (SELECT value FROM json_each(?1))"
            for table in ("waifusync_records", "waifusync_pending")
        )
        return {key for (key,) in self.connection.execute(query, (wanted,))}

    def enter(self, placed: Sequence[RecordRow]) -> None:
        """New records that stand in their tables, numbered from `next_id` on."""
        self.connection.executemany(
            "INSERT INTO waifusync_records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", placed
        )
        self._next_id = self.next_id + len(placed)
        self._changed += [(each[0],) for each in placed]
        if len(self._changed) >= _BATCH:
            self.flush()

    def change(self, record: int, *, row: int | str | None, state: State, fields: bytes) -> None:
        """Where a record stands now."""
        new = self._unwritten.pop(record, None)
        if new is not None:
            facts = (new.id, new.table, row, new.key, new.device, new.number, new.time, int(state), fields)
            self.connection.execute("INSERT INTO waifusync_records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", facts)
        else:
            self.connection.execute(
                "UPDATE waifusync_records SET row = ?, state = ?, fields = ? WHERE id = ?",
                (row, int(state), fields, record),
            )

    def note_birth(self, record: Record, time: int) -> Record:
        """A record is as old as its earliest entry, in whatever order they came: age decides who stands."""
        if time >= abs(record.time):
            return record
        born = replace(record, time=-time if record.time < 0 else time)
        self.connection.execute("UPDATE waifusync_records SET time = ? WHERE id = ?", (born.time, record.id))
        return born

    def touches(self, record: Record, hashes: Mapping[str, bytes]) -> list[StoredTouch]:
        """All touches of a record; `hashes` are its fields', for one that only its birth touched."""
        rows = self.connection.execute(
            "SELECT device, number, time, fields, seen, adopted FROM waifusync_touches WHERE record = ?",
            (record.id,),
        ).fetchall()
        return [self._touch(*row) for row in rows] or [self.birth(record, hashes)]

    def standing(self, table: int, keys: Sequence[str]) -> dict[str, tuple[Record, list[StoredTouch]]]:
        """Those of a table's records with these keys that have nothing in dispute, with the touches kept."""
        records = self.connection.execute(
            f"{_SELECT} WHERE +tbl = ? AND key IN (SELECT value FROM json_each(?))", (table, json.dumps(keys))
        ).fetchall()
        found = {row[0]: (_record(row), list[StoredTouch]()) for row in records}
        touches = self.connection.execute(
            "SELECT record, device, number, time, fields, seen, adopted FROM waifusync_touches"
            " WHERE record IN (SELECT value FROM json_each(?))",
            (json.dumps(list(found)),),
        )
        for record, *touch in touches.fetchall():
            found[record][1].append(self._touch(*touch))
        return {each[0].key: each for number, each in found.items() if not self.has_clashes(number)}

    def edit(self, fields: Iterable[tuple[bytes, int]]) -> None:
        """New hashes of records that stay where they are, each with its number."""
        edits = list(fields)
        self.connection.executemany("UPDATE waifusync_records SET fields = ? WHERE id = ?", edits)
        self._changed += [(record,) for _, record in edits]
        if len(self._changed) >= _BATCH:
            self.flush()

    def birth(self, record: Record, hashes: Mapping[str, bytes]) -> StoredTouch:
        """The one touch of a record of which none are kept."""
        born = {name: hashed.hex() for name, hashed in hashes.items() if any(hashed)}
        adopted = record.time < 0
        device = self.ledger.device_name(record.device)
        return StoredTouch(device, record.number, abs(record.time), adopted, {}, born)

    def _touch(
        self, device: int, number: int, time: int, fields: str | None, seen: str, adopted: int
    ) -> StoredTouch:
        return StoredTouch(
            self.ledger.device_name(device),
            number,
            time,
            bool(adopted),
            json.loads(seen) if seen else {},
            None if fields is None else json.loads(fields),
        )

    def keep_touches(self, touches: Iterable[tuple[int, StoredTouch]]) -> None:
        """Each with its record; idempotent."""
        self.connection.executemany(
            "INSERT OR IGNORE INTO waifusync_touches VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    record,
                    self.ledger.device_number(touch.device),
                    touch.number,
                    touch.time,
                    None if touch.fields is None else _json(touch.fields),
                    _json(touch.seen) if touch.seen else "",
                    int(touch.adopted),
                )
                for record, touch in touches
            ],
        )

    def set_clashes(self, record: int, clashes: Iterable[Clash]) -> None:
        """Replaces what is known to be in dispute about a record."""
        self.connection.execute("DELETE FROM waifusync_clashes WHERE record = ?", (record,))
        self._is_any_clash = None
        self.connection.executemany(
            "INSERT OR IGNORE INTO waifusync_clashes VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    record,
                    clash.field,
                    self.ledger.device_number(clash.winner.device),
                    clash.winner.number,
                    self.ledger.device_number(clash.loser.device),
                    clash.loser.number,
                )
                for clash in clashes
            ],
        )

    def has_clashes(self, record: int) -> bool:
        """Mostly nothing is in dispute, and then no record needs to be asked."""
        if self._is_any_clash is None:
            self._is_any_clash = self._is_there("SELECT 1 FROM waifusync_clashes LIMIT 1")
        return self._is_any_clash and self._is_there(
            "SELECT 1 FROM waifusync_clashes WHERE record = ? LIMIT 1", record
        )

    def _is_there(self, query: str, *values: int) -> bool:
        return self.connection.execute(query, values).fetchone() is not None

    def drop_touches(self, touches: Iterable[tuple[int, StoredTouch]]) -> None:
        """Takes out touches that a later one knew and covered: they can decide nothing any more."""
        self.connection.executemany(
            "DELETE FROM waifusync_touches WHERE record = ? AND device = ? AND number = ?",
            [(record, self.ledger.device_number(touch.device), touch.number) for record, touch in touches],
        )

    def note_changed(self, record: int) -> None:
        """For whoever keeps something derived, such as the search index."""
        self._changed.append((record,))
        if len(self._changed) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Before every COMMIT."""
        self.connection.executemany("INSERT OR IGNORE INTO waifusync_changed VALUES (?)", self._changed)
        self._changed.clear()


def _record(row: RecordRow) -> Record:
    number, table, place, key, device, entry, time, state, fields = row
    return Record(number, table, place, key, device, entry, time, _STATES[state], fields)


def seen_of(touches: Iterable[StoredTouch]) -> dict[str, int]:
    """What a writer knows of a record when it knows these."""
    seen: dict[str, int] = {}
    for touch in touches:
        for device, number in (*touch.seen.items(), (touch.device, touch.number)):
            seen[device] = max(number, seen.get(device, 0))
    return seen


def succeeds(touch: Touch, earlier: Iterable[Touch]) -> bool:
    """Whether its writer knew all of these."""
    return all(touch.seen.get(other.device, 0) >= other.number for other in earlier)
