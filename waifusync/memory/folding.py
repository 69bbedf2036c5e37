"""One more entry for one record: folded with what was known of it, and written where its values are kept.

The fold itself is core/fold.py; this is how it is carried from one entry to the next without reading the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from waifusync.core import digest
from waifusync.core.entry import Entry
from waifusync.core.fold import Folded, fold
from waifusync.memory.collections import Collection
from waifusync.memory.encoding import Resolved
from waifusync.memory.ledger import Ledger
from waifusync.memory.records import Record, Records, State, StoredTouch, succeeds
from waifusync.values import replace

# Gives an entry of any device's log that was applied before.
EntryLookup = Callable[[str, int], "Entry | None"]


class Folder:
    """Keeps records, touches, clashes and digests true to the fold, within the caller's transaction."""

    def __init__(self, records: Records, lookup: EntryLookup) -> None:
        self.records = records
        self._lookup = lookup
        self._digests: dict[int, tuple[int, int]] = {}

    def take(self, collection: Collection, entry: Entry) -> None:
        """An entry from a log, whose values are not here yet; taking one twice changes nothing."""
        values = {
            name: collection.resolve(name, each, entry.device) for name, each in (entry.fields or {}).items()
        }
        self.take_resolved(collection, entry, values)

    def take_resolved(self, collection: Collection, entry: Entry, values: Mapping[str, Resolved]) -> None:
        """Likewise, when what the values come to on this device is known already."""
        record = self.records.by_key(entry.key)
        if record is None:
            self._begin(collection, entry, values)
        elif record.table == collection.id:
            self._go_on(collection, record, entry, values)

    def _begin(self, collection: Collection, entry: Entry, values: Mapping[str, Resolved]) -> None:
        record = self._conceive(collection, entry, {name: each.hash for name, each in values.items()})
        if entry.fields is None:
            self.records.change(record.id, row=None, state=State.DELETED, fields=record.fields)
        else:
            collection.add(record, values)

    def born(
        self, collection: Collection, entry: Entry, hashes: Mapping[str, bytes], *, row: int | str | None
    ) -> int:
        """The first touch of a record that stands in its place already."""
        record = self._conceive(collection, entry, hashes)
        self.records.change(record.id, row=row, state=State.PLACED, fields=record.fields)
        return record.id

    def _conceive(self, collection: Collection, entry: Entry, hashes: Mapping[str, bytes]) -> Record:
        time = -entry.time if entry.adopted else entry.time
        fields = collection.pack(hashes)
        record = self.records.begin(table=collection.id, key=entry.key, touch=entry, time=time, fields=fields)
        if entry.seen or entry.fields is None:
            self.records.keep_touches([(record.id, stored_touch(entry, hashes))])
        if entry.fields is not None:
            self.count(collection, added=collection.record_hash(entry.key, hashes), count=1)
        self.records.note_changed(record.id)
        return record

    def _go_on(
        self, collection: Collection, record: Record, entry: Entry, values: Mapping[str, Resolved]
    ) -> None:
        before = collection.unpack(record.fields)
        known = self.records.touches(record, before)
        if any((each.device, each.number) == (entry.device, entry.number) for each in known):
            return
        touch = stored_touch(entry, {name: each.hash for name, each in values.items()})
        folded = self._remember(record, known, touch)
        record = self.records.note_birth(record, entry.time)
        was_alive = record.state != State.DELETED
        after = self._settled_hashes(before if was_alive else {}, folded)
        changes = self._changes(collection, before if was_alive else {}, after, folded, touch, values)
        record = self.restate(collection, record, after if folded.alive else None)
        self._write(collection, record, folded.alive, changes, was_alive=was_alive)

    def _remember(self, record: Record, known: list[StoredTouch], touch: StoredTouch) -> Folded:
        """Keeps the touch and what it puts in dispute."""
        folded = fold([*known, touch])
        dropped = covered(known, touch)
        self.records.keep_touches((record.id, each) for each in (*known, touch) if each not in dropped)
        self.records.drop_touches((record.id, each) for each in dropped)
        if folded.clashes or self.records.has_clashes(record.id):
            self.records.set_clashes(record.id, folded.clashes)
        return folded

    def _settled_hashes(self, before: Mapping[str, bytes], folded: Folded) -> dict[str, bytes]:
        after = dict.fromkeys(before, digest.UNSET)
        for name, winner in folded.winners.items():
            after[name] = bytes.fromhex(str((winner.fields or {})[name]))
        return after

    def _changes(
        self,
        collection: Collection,
        before: Mapping[str, bytes],
        after: Mapping[str, bytes],
        folded: Folded,
        touch: StoredTouch,
        values: Mapping[str, Resolved],
    ) -> dict[str, Resolved]:
        """The fields whose value is another now, with the value: from this entry, or from the log."""
        changes = {}
        for name, hashed in after.items():
            winner = folded.winners.get(name)
            if hashed == before.get(name, digest.UNSET) and not (winner is touch and values[name].waits_for):
                continue
            if winner is None:
                changes[name] = collection.unset(name)
            elif winner is touch:
                changes[name] = values[name]
            else:
                changes[name] = self._from_log(collection, name, winner.device, winner.number, hashed)
        return changes

    def _from_log(
        self, collection: Collection, name: str, device: str, number: int, hashed: bytes
    ) -> Resolved:
        entry = self._lookup(device, number)
        if entry is None or entry.fields is None or name not in entry.fields:
            return Resolved(None, hashed)
        return collection.resolve(name, entry.fields[name], device)

    def values_from_log(self, collection: Collection, record: Record) -> dict[str, Resolved]:
        """All values of a living record as the log tells them, for a row that went missing."""
        hashes = collection.unpack(record.fields)
        winners = fold(self.records.touches(record, hashes)).winners
        return {
            name: self._from_log(collection, name, winner.device, winner.number, hashes[name])
            for name, winner in winners.items()
        }

    def restate(self, collection: Collection, record: Record, after: Mapping[str, bytes] | None) -> Record:
        """Brings a record's hashes and its collection's digest up to date; None for a deletion."""
        was_alive = record.state != State.DELETED
        before = collection.unpack(record.fields)
        removed = collection.record_hash(record.key, before) if was_alive else 0
        added = 0 if after is None else collection.record_hash(record.key, after)
        self.count(collection, added=added, removed=removed, count=(after is not None) - was_alive)
        packed = record.fields if after is None else collection.pack(after)
        self.records.change(record.id, row=record.row, state=record.state, fields=packed)
        self.records.note_changed(record.id)
        return replace(record, fields=packed)

    def _write(
        self,
        collection: Collection,
        record: Record,
        alive: bool,
        changes: Mapping[str, Resolved],
        *,
        was_alive: bool,
    ) -> None:
        if alive and was_alive:
            if changes:
                collection.change(record, changes)
        elif alive:
            collection.add(record, changes)
        elif was_alive:
            collection.remove(record)

    def edited(
        self, collection: Collection, record: Record, entry: Entry, hashes: Mapping[str, bytes]
    ) -> None:
        """A change that is in the row already, because a program made it here."""
        known = self.records.touches(record, collection.unpack(record.fields))
        before = collection.unpack(record.fields) if record.state != State.DELETED else {}
        folded = self._remember(record, known, stored_touch(entry, hashes))
        record = self.records.note_birth(record, entry.time)
        self.restate(collection, record, self._settled_hashes(before, folded) if folded.alive else None)

    def count(self, collection: Collection, *, added: int = 0, removed: int = 0, count: int = 0) -> None:
        """Of a collection's digest, what was added to it and taken out; and how many more live."""
        difference, counted = self._digests.get(collection.id, (0, 0))
        self._digests[collection.id] = (difference + added - removed, counted + count)

    def flush(self, ledger: Ledger) -> None:
        """Writes what the digests came to; before every COMMIT."""
        ledger.change_digests(self._digests)
        self._digests.clear()
        self.records.flush()


def stored_touch(entry: Entry, hashes: Mapping[str, bytes]) -> StoredTouch:
    """An entry as it is remembered."""
    fields = None if entry.fields is None else {name: hashed.hex() for name, hashed in hashes.items()}
    return StoredTouch(entry.device, entry.number, entry.time, entry.adopted, entry.seen, fields)


def covered(known: list[StoredTouch], touch: StoredTouch) -> list[StoredTouch]:
    """Touches that can decide nothing any more: this one knew them all, and writes all that they wrote."""
    if touch.fields is None or not succeeds(touch, known):
        return []
    return [each for each in known if each.fields is not None and set(each.fields) <= set(touch.fields)]
