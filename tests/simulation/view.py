"""One device's file, read by means of the tests' own wherever that is possible."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass

from tests.simulation.device import Device
from tests.simulation.world import BrokenPromise
from waifusync.core import digest
from waifusync.core.tables import quote
from waifusync.memory.catalog import load_catalog
from waifusync.memory.connection import tolerant_text
from waifusync.memory.rows import LiveTable

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Placed:
    key: str
    state: int
    row: object
    fields: bytes


class View:
    """One device's file, read without the code that wrote it wherever that is possible."""

    def __init__(self, device: Device) -> None:
        self.device = device
        device.program.text_factory = tolerant_text
        self.catalog = load_catalog(device.program, device.choices)
        self.records: dict[str, list[Placed]] = defaultdict(list)
        for name, *facts in device.query(
            "SELECT t.name, r.key, r.state, r.row, r.fields FROM waifusync_records AS r"
            " JOIN waifusync_tables AS t ON t.id = r.tbl"
        ):
            self.records[str(name)].append(Placed(*facts))  # type: ignore[arg-type]
        self.waiting = {
            (str(record), str(field)): str(key)
            for record, field, key in device.query(
                "SELECT r.key, p.field, p.key FROM waifusync_pending AS p"
                " JOIN waifusync_records AS r ON r.id = p.record"
            )
        }
        self.visible = {table.name: self._rows(table) for table in self.catalog.tables.values()}
        self.aside = {
            str(key): json.loads(str(content))
            for key, content in device.query(
                "SELECT r.key, a.content FROM waifusync_aside AS a"
                " JOIN waifusync_records AS r ON r.id = a.record WHERE r.state = 2"
            )
        }
        self.clashes = set(
            device.query(
                "SELECT r.key, c.field, w.device, c.winner, l.device, c.loser FROM waifusync_clashes AS c"
                " JOIN waifusync_records AS r ON r.id = c.record"
                " JOIN waifusync_devices AS w ON w.id = c.winner_device"
                " JOIN waifusync_devices AS l ON l.id = c.loser_device"
            )
        )

    def _rows(self, table: LiveTable) -> dict[str, Row]:
        places = {place.row: place.key for place in self.records[table.name] if place.state == 0}
        columns = ", ".join(map(quote, (*table.key_columns, *table.columns)))
        found = {}
        for row in self.device.query(f"SELECT {columns} FROM {quote(table.name)}"):
            token = table.token(row[: len(table.key_columns)])  # type: ignore[arg-type]
            if token not in places:
                raise BrokenPromise(f"{self.device.id}: row {token} of {table.name} is no record")
            key = places.pop(token)
            values = zip(table.columns, row[len(table.key_columns) :], strict=True)
            found[key] = {name: self._value(table, key, name, value) for name, value in values}
        if places:
            raise BrokenPromise(f"{self.device.id}: {table.name} lacks rows of {sorted(places.values())}")
        return found

    def _value(self, table: LiveTable, key: str, name: str, value: object) -> object:
        """A plain value, or the key of the row that a reference leads to."""
        if (key, name) in self.waiting:
            if value is not None:
                raise BrokenPromise(f"{self.device.id}: {key}.{name} waits for a record and holds {value}")
            return ("waits", self.waiting[key, name])
        parent = table.references.get(name)
        if parent is None or value is None:
            return value
        keys = [each.key for each in self.records[parent] if each.row == value and each.state == 0]
        if len(keys) != 1:
            raise BrokenPromise(f"{self.device.id}: {table.name}.{name} = {value} leads to {keys}")
        return ("refers", keys[0])

    def check_itself(self) -> None:
        """Hashes told by the ledger are those of the rows; the digest is that of the hashes."""
        total = 0
        for table in self.catalog.tables.values():
            for record in self.records[table.name]:
                if record.state != 1:
                    hashes = table.unpack(record.fields)
                    total = digest.add(total, added=table.record_hash(record.key, hashes))
                if record.state == 0:
                    self._check_row(table, record)
        for name in [name for name in self.records if name not in self.catalog.tables]:
            total = digest.add(total, added=self._documents(name))
        with self.device.memory() as memory:
            if memory.digest() != digest.to_text(total):
                raise BrokenPromise(f"{self.device.id}: the digest is not that of the records")

    def _check_row(self, table: LiveTable, record: Placed) -> None:
        hashes = table.unpack(record.fields)
        for name, value in self.visible[table.name][record.key].items():
            told = (
                digest.reference_hash(value[1]) if isinstance(value, tuple) else table.hash_of(name, value)  # type: ignore[arg-type]
            )
            if told != hashes[name]:
                raise BrokenPromise(
                    f"{self.device.id}: {table.name} {record.key}: {name} = {value!r} is not recorded"
                )

    def _documents(self, name: str) -> int:
        (columns,) = self.device.query("SELECT columns FROM waifusync_tables WHERE name = ?", name)[0]
        total = 0
        for record in self.records[name]:
            if record.state == 0:
                parts = (record.fields[at : at + 8] for at in range(0, len(record.fields), 8))
                hashes = zip(json.loads(str(columns)), parts, strict=False)
                total = digest.add(total, added=digest.record_hash(name, record.key, hashes))
        return total
