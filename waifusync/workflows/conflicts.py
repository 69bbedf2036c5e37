"""`conflicts`: edits that lost to another which their writer had not seen, with both values from the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from waifusync.core import clock
from waifusync.core.entry import Entry
from waifusync.core.values import Travel
from waifusync.memory.connection import explained, open_foreign
from waifusync.workflows.companion import Companion
from waifusync.workflows.past import Past, iso_milliseconds, shown


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: `text` is its value (None: it deleted the record, or the entry is not held here)."""

    device: str
    number: int
    time: int | None
    text: str | None

    def to_json(self) -> dict[str, object]:
        at = None if self.time is None else iso_milliseconds(self.time)
        return {"device": self.device, "number": self.number, "time": at, "value": self.text}


@dataclass(frozen=True, slots=True)
class Conflict:
    """`field` is "" where a deletion overruled an edit; `strategy` says who settles it."""

    table: str
    key: str
    field: str
    strategy: str
    winner: Side
    loser: Side

    def to_json(self) -> dict[str, object]:
        """The documented shape of a line of `conflicts --json`."""
        return {
            "table": self.table,
            "key": self.key,
            "field": self.field or None,
            "what": "edited twice" if self.field else "deleted and edited",
            "strategy": self.strategy,
            "winner": self.winner.to_json(),
            "loser": self.loser.to_json(),
        }


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
        )


def _clashes(companion: Companion) -> list[tuple]:  # type: ignore[type-arg]  # seven columns, named above
    connection = open_foreign(companion.live_path)
    try:
        with explained(companion.live_path):
            return connection.execute(
                "SELECT t.name, r.key, c.field, w.device, c.winner, l.device, c.loser"
                " FROM waifusync_clashes AS c JOIN waifusync_records AS r ON r.id = c.record"
                " JOIN waifusync_tables AS t ON t.id = r.tbl"
                " JOIN waifusync_devices AS w ON w.id = c.winner_device"
                " JOIN waifusync_devices AS l ON l.id = c.loser_device"
                " ORDER BY t.name, r.id, c.field, c.loser"
            ).fetchall()
    finally:
        connection.close()


def _side(past: Past, device: str, number: int, field: str) -> Side:
    entry = past.entry(device, number)
    if entry is None:
        return Side(past.name(device), number, None, None)
    return Side(past.name(device), number, clock.milliseconds_of(entry.time), _value(entry, field))


def _value(entry: Entry, field: str) -> str | None:
    fields = entry.fields
    if fields is None:
        return None
    if field:
        return shown(fields.get(field))
    told: list[tuple[str, Travel]] = [(name, value) for name, value in fields.items() if value is not None]
    return " · ".join(f"{name}: {shown(value)}" for name, value in told)
