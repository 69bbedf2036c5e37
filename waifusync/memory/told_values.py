"""What a record's fields hold, read back from the log: all of them, or an error, never a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from waifusync.core.fold import Touch
from waifusync.core.values import Travel
from waifusync.errors import UntrustedError
from waifusync.memory.encoding import Resolved
from waifusync.memory.folding import EntryLookup
from waifusync.memory.records import Record


class Resolver(Protocol):
    """As much of a collection as this needs."""

    def resolve(self, name: str, travel: Travel, device: str) -> Resolved: ...


def told_values(
    collection: Resolver, record: Record, winners: Mapping[str, Touch], entries: EntryLookup
) -> dict[str, Resolved]:
    """The value of each field from the entry that won it. Raises UntrustedError when the log lacks one."""
    found = {}
    for name, winner in winners.items():
        entry = entries(winner.device, winner.number)
        if entry is None or entry.fields is None or name not in entry.fields:
            raise lost(record)
        value = collection.resolve(name, entry.fields[name], winner.device)
        if value.value is None and not value.waits_for and entry.fields[name] is not None:
            raise lost(record)  # a vector file that is missing or not the same any more
        found[name] = value
    return found


def lost(record: Record) -> UntrustedError:
    """A value that the ledger knows of, and no log has."""
    return UntrustedError(
        f"what {record.key} held is not in the logs of this device",
        hint="nothing was changed; waifusync verify shows what is missing",
        key=record.key,
    )
