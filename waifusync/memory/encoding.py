"""From a live row to what travels, and back: references by key, vectors by address, the rest as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from waifusync.core import digest, vectors
from waifusync.core.values import (
    Stored,
    Travel,
    reference,
    reference_key,
    to_stored,
    to_travel,
    vector_address,
)
from waifusync.memory.records import Record, Records, State
from waifusync.memory.rows import LiveTable
from waifusync.values import NamedTuple

# Gives the bytes of a vector of a device's log; None when they are missing or altered.
VectorLookup = Callable[[str, str, int, str], "bytes | None"]
# Files a vector of a row away and says where it will travel: (bytes, model) -> address.
VectorFiling = Callable[[bytes, str], Travel]


class Resolved(NamedTuple):
    """A value as this device stores it, and its hash; `waits_for` is the key of a record that is not here."""

    value: Stored
    hash: bytes
    waits_for: str | None = None


def hash_row(table: LiveTable, values: Sequence[Stored], records: Records) -> dict[str, bytes]:
    """The hash of every column of a row."""
    hashes = {name: table.hash_of(name, value) for name, value in zip(table.columns, values, strict=True)}
    for name in table.references:
        key = referred_key(table, name, table.value(values, name), records)
        if key is not None:
            hashes[name] = digest.reference_hash(key)
    return hashes


def referred_key(table: LiveTable, name: str, value: Stored, records: Records) -> str | None:
    """The key behind a local row number; a number that leads nowhere gets a key that never resolves."""
    parent = table.references.get(name)
    if parent is None or not isinstance(value, int):
        return None
    record = records.referred(parent, value)
    return record.key if record else nowhere_key(records.ledger.device, parent, value)


def nowhere_key(device: str, table: str, row: int) -> str:
    """What stands for a row that a program referred to and that was not there."""
    return f"!{device}-{table}-{row}"


def leads_nowhere(table: LiveTable, row: Sequence[Stored], records: Records) -> bool:
    """Whether a reference of this row is to a number that is no record's, yet."""
    if not table.references:
        return False
    numbers = ((target, table.value(row, name)) for name, target in table.references.items())
    return any(
        isinstance(value, int) and records.referred(target, value) is None for target, value in numbers
    )


def travel_row(
    table: LiveTable, values: Mapping[str, Stored], records: Records, file_vector: VectorFiling | None
) -> dict[str, Travel]:
    """These columns as they go into a log line; without a filing place, vectors go as plain BLOBs."""
    travelling: dict[str, Travel] = {}
    for name, value in values.items():
        key = referred_key(table, name, value, records) if name in table.references else None
        if key is not None:
            travelling[name] = reference(key)
        elif file_vector and name in table.vectors and isinstance(value, bytes) and vectors.is_vector(value):
            model = values.get(table.vectors[name])
            travelling[name] = file_vector(value, str(model or ""))
        else:
            travelling[name] = to_travel(value)
    return travelling


def resolve(
    table: LiveTable, name: str, travel: Travel, records: Records, device: str, lookup: VectorLookup
) -> Resolved:
    """A travelled value for this device's table."""
    if not isinstance(travel, dict):
        return Resolved(travel, table.hash_of(name, travel))
    key = reference_key(travel)
    if key is not None:
        return _resolve_reference(records.by_key(key), key)
    address = vector_address(travel)
    value = lookup(device, *address) if address else to_stored(travel)
    return Resolved(value, table.hash_of(name, value))


def _resolve_reference(record: Record | None, key: str) -> Resolved:
    hashed = digest.reference_hash(key)
    if record is not None and record.state == State.PLACED and record.row is not None:
        return Resolved(record.row, hashed)
    return Resolved(None, hashed, waits_for=key)
