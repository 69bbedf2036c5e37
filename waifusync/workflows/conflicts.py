"""`conflicts`: edits that lost to another which their writer had not seen, with both values from the log."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from waifusync.core import clock
from waifusync.core.entry import Entry
from waifusync.core.learning.collections import MERGED, EntryId, merged_of, merging_entry
from waifusync.core.values import Travel
from waifusync.errors import RefusedError
from waifusync.memory.connection import explained, open_foreign
from waifusync.memory.learned import read_collection
from waifusync.memory.ledger import Ledger
from waifusync.values import dataclass
from waifusync.workflows.companion import Companion
from waifusync.workflows.past import Past, iso_milliseconds, shown

# No letter looks like a digit.
_LETTERS = "abcdefghjkmnpqrstuvwxyz023456789"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: `text` is its value (None: it deleted the record, or the entry is not held here);
    `device` is a name, `device_id` the same for ever."""

    device: str
    device_id: str
    number: int
    time: int | None
    text: str | None

    def to_json(self) -> dict[str, object]:
        at = None if self.time is None else iso_milliseconds(self.time)
        return {"device": self.device, "number": self.number, "time": at, "value": self.text}


@dataclass(frozen=True, slots=True)
class Conflict:
    """`field` is "" where a deletion overruled an edit; `strategy` says who settles it. `ours` is the side
    that this device wrote; where it wrote neither or both, the one that stands."""

    table: str
    key: str
    field: str
    strategy: str
    winner: Side
    loser: Side
    is_winner_ours: bool = True

    @property
    def id(self) -> str:
        """Eight letters and digits, the same on every device; another when a side is another."""
        sides = (self.winner, self.loser)
        of = (self.table, self.key, self.field, *(f"{side.device_id}-{side.number}" for side in sides))
        digest = hashlib.blake2b("\0".join(of).encode("utf-8", "surrogatepass"), digest_size=5).digest()
        number = int.from_bytes(digest, "big")
        return "".join(_LETTERS[number >> shift & 31] for shift in range(35, -1, -5))

    @property
    def ours(self) -> Side:
        return self.winner if self.is_winner_ours else self.loser

    @property
    def theirs(self) -> Side:
        return self.loser if self.is_winner_ours else self.winner

    def to_json(self) -> dict[str, object]:
        """The documented shape of a line of `conflicts --json`."""
        return {
            "id": self.id,
            "table": self.table,
            "key": self.key,
            "field": self.field or None,
            "what": "edited twice" if self.field else "deleted and edited",
            "strategy": self.strategy,
            "winner": self.winner.to_json(),
            "loser": self.loser.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Merge:
    """Edits of one field that were merged by weight, oldest first, and what came of them."""

    table: str
    key: str
    field: str
    merged: Side
    of: tuple[Side, ...]

    def to_json(self) -> dict[str, object]:
        """The documented shape of a line of `conflicts --merged --json`."""
        facts = {"table": self.table, "key": self.key, "field": self.field}
        return {**facts, "merged": self.merged.to_json(), "of": [side.to_json() for side in self.of]}


def merges(companion: Companion, past: Past) -> Iterator[Merge]:
    """What weighted_merge settled here and elsewhere, in the order in which it became known."""
    with _opened(companion) as connection:
        known = list(read_collection(connection, MERGED))
    for key, fields in known:
        by = merging_entry(key)
        entry = past.entry(*by) if by else None
        if entry is not None:
            yield from (_merge(past, entry, field, of) for field, of in merged_of(fields.get("of")).items())


def _merge(past: Past, entry: Entry, field: str, originals: list[EntryId]) -> Merge:
    sides = [_side(past, device, number, field) for device, number in originals]
    ordered = tuple(sorted(sides, key=lambda side: (side.time or 0, side.device_id)))
    return Merge(entry.collection, entry.key, field, _side(past, entry.device, entry.number, field), ordered)


def conflicts(companion: Companion, past: Past) -> Iterator[Conflict]:
    """By table, then in the order the records came."""
    for table, key, field, *numbers in _clashes(companion):
        winner_device, winner, loser_device, loser = numbers
        yield Conflict(
            table=table,
            key=key,
            field=field,
            strategy=companion.config.conflicts.strategy_for(table, field).value,
            winner=_side(past, winner_device, winner, field),
            loser=_side(past, loser_device, loser, field),
            is_winner_ours=companion.state.id == winner_device or companion.state.id != loser_device,
        )


def _clashes(companion: Companion) -> list[tuple]:  # type: ignore[type-arg]  # seven columns, named above
    with _opened(companion) as connection:
        return connection.execute(
            "SELECT t.name, r.key, c.field, w.device, c.winner, l.device, c.loser"
            " FROM waifusync_clashes AS c JOIN waifusync_records AS r ON r.id = c.record"
            " JOIN waifusync_tables AS t ON t.id = r.tbl"
            " JOIN waifusync_devices AS w ON w.id = c.winner_device"
            " JOIN waifusync_devices AS l ON l.id = c.loser_device"
            " ORDER BY t.name, r.id, c.field, c.loser"
        ).fetchall()


@contextmanager
def _opened(companion: Companion) -> Iterator[sqlite3.Connection]:
    """Read only. Raises RefusedError for a file that somebody put in the live database's place."""
    connection = open_foreign(companion.live_path)
    try:
        with explained(companion.live_path):
            if not Ledger.is_present(connection):
                raise RefusedError(
                    "memory.db was replaced by a file that is not ours", hint="run: waifusync sync"
                )
            yield connection
    finally:
        connection.close()


def _side(past: Past, device: str, number: int, field: str) -> Side:
    entry = past.entry(device, number)
    if entry is None:
        return Side(past.name(device), device, number, None, None)
    return Side(past.name(device), device, number, clock.milliseconds_of(entry.time), _value(entry, field))


def _value(entry: Entry, field: str) -> str | None:
    fields = entry.fields
    if fields is None:
        return None
    if field:
        return shown(fields.get(field))
    told: list[tuple[str, Travel]] = [(name, value) for name, value in fields.items() if value is not None]
    return " · ".join(f"{name}: {shown(value)}" for name, value in told)
