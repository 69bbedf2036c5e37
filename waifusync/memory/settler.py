"""Answers to clashes: edits that have seen the sides which they settle.

They have seen all that is known of their record, as every edit has; but where a person chose between two of
three sides, only those two, so that the third stays in dispute with the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from waifusync.core.common_past import common_base, past_of
from waifusync.core.entry import Entry
from waifusync.core.fold import Touch, fold, heads
from waifusync.core.learning.collections import MERGED, EntryId, merge_key, merged_of
from waifusync.core.learning.contributions import canonical
from waifusync.core.values import Travel, vector_address
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog
from waifusync.memory.collections import Collection, DocumentCollection, TableCollection
from waifusync.memory.encoding import Resolved
from waifusync.memory.learned import read_record
from waifusync.memory.ledger import Ledger
from waifusync.memory.records import Record, State, StoredTouch, seen_of
from waifusync.memory.reviving import Reviver
from waifusync.memory.terms import Sources
from waifusync.memory.told_values import lost
from waifusync.values import NamedTuple


class Answer(NamedTuple):
    """A value as `device` wrote it, or a new one; `content` are the bytes of a vector that is new."""

    value: Travel
    device: str
    content: bytes | None = None


class Settler(Reviver):
    """Within the caller's transaction, all marks collected. Made by `settling`."""

    def collection_of(self, record: Record) -> Collection:
        """The table, or the learned collection, that a record belongs to."""
        found = self._collections.get(record.table)
        return found if found is not None else self._documents(self._name_of(record))

    def _name_of(self, record: Record) -> str:
        query = "SELECT name FROM waifusync_tables WHERE id = ?"
        (name,) = self._ledger.connection.execute(query, (record.table,)).fetchone()
        return str(name)

    def _documents(self, name: str) -> DocumentCollection:
        return DocumentCollection(self.records, name)

    def touches_of(self, record: Record) -> list[StoredTouch]:
        return self.records.touches(record, self.collection_of(record).unpack(record.fields))

    def heads(self, record: Record, field: str) -> list[StoredTouch]:
        """The sides of a field, by rank."""
        return [each for each in heads(field, self.touches_of(record)) if isinstance(each, StoredTouch)]

    def seen_by(self, record: Record, field: str, sides: Iterable[StoredTouch]) -> list[StoredTouch]:
        """What an answer that settles two sides of a field ("": a deletion and an edit) has seen."""
        query = "SELECT count(*) FROM waifusync_clashes WHERE record = ? AND field = ?"
        (count,) = self._ledger.connection.execute(query, (record.id, field)).fetchone()
        return list(sides) if count > 1 else self.touches_of(record)

    def edit(self, record: Record, answers: Mapping[str, Answer], seen: Iterable[StoredTouch]) -> State:
        """Tells the answers by an edit that has seen these; where the record stands then."""
        collection = self.collection_of(record)
        told = {name: self._told(record, collection, name, answer) for name, answer in answers.items()}
        fields = {name: travel for name, (travel, _) in told.items()}
        entry = self._outbox.write(self._name_of(record), record.key, fields, seen=seen_of(seen))
        resolved = {name: each for name, (_, each) in told.items()}
        self._folder.take_resolved(collection, entry, resolved)
        return self.records.by_id(record.id).state

    def _told(
        self, record: Record, collection: Collection, name: str, answer: Answer
    ) -> tuple[Travel, Resolved]:
        """A vector lies in a file of the device that wrote it, so it is filed anew."""
        address = vector_address(answer.value)
        if address is None:
            return answer.value, collection.resolve(name, answer.value, answer.device)
        content = answer.content or self._sources.vector(answer.device, *address)
        if content is None:
            raise lost(record)
        travel = self._outbox.file_vector_in(address[0], content)
        if isinstance(collection, TableCollection):
            return travel, Resolved(content, collection.table.hash_of(name, content))
        return travel, collection.resolve(name, travel, answer.device)

    def revive_with(self, record: Record, edit: StoredTouch) -> State:
        """A deleted record, as it was, with what this overruled edit wrote."""
        touches = self.touches_of(record)
        winners = dict(fold([each for each in touches if each.fields is not None]).winners)
        winners |= dict.fromkeys(edit.fields or (), edit)
        answers = {name: self.answer_of(record, each, name) for name, each in winners.items()}
        return self.edit(record, answers, touches)

    def answer_of(self, record: Record, side: Touch, field: str) -> Answer:
        """What one side wrote. Raises UntrustedError where no log has it."""
        entry = self._sources.entry(side.device, side.number)
        if entry is None or entry.fields is None or field not in entry.fields:
            raise lost(record)
        return Answer(entry.fields[field], side.device)

    def take_back(self, record: Record, edit: Entry) -> bool:
        """What stood before an edit of a record that lived, where that edit still stands; else nothing."""
        found = {field: self.heads(record, field)[-1] for field in edit.fields or ()}
        standing = [
            field for field, head in found.items() if (head.device, head.number) == (edit.device, edit.number)
        ]
        before = {field: common_base(field, [edit], self._sources.entry) for field in standing}
        answers = {
            field: Answer((entry.fields or {})[field], entry.device)
            for field, entry in before.items()
            if entry is not None
        }
        if answers:
            self.edit(record, answers, self.touches_of(record))
        return bool(answers)

    def is_edit(self, entry: Entry) -> bool:
        """Whether it changed a record that lived, as far as its writer knew."""
        return entry.fields is not None and self.lived_before(entry)

    def lived_before(self, entry: Entry) -> bool:
        """Whether its record lived, as far as its writer knew."""
        return fold(past_of(entry, self._sources.entry)).alive

    def delete_having_seen(self, record: Record, seen: Iterable[StoredTouch]) -> None:
        """A deletion that has seen these; of a deleted record it settles what was overruled."""
        entry = self._outbox.write(self._name_of(record), record.key, None, seen=seen_of(seen))
        self._folder.take_resolved(self.collection_of(record), entry, {})

    def note_merge(self, originals: Mapping[str, Iterable[EntryId]]) -> None:
        """Before the edit that merges them: whoever knows that one knows this."""
        key = merge_key((self._outbox.device, self._outbox.next_number + 1))
        documents = self._documents(MERGED)
        fields: dict[str, Travel] = {
            "of": canonical({name: sorted(each) for name, each in originals.items()})
        }
        self._folder.take(documents, self._outbox.write(MERGED, key, fields))

    def originals(self, entry: EntryId, field: str) -> list[EntryId] | None:
        """What an entry merged by itself; None for one that somebody wrote."""
        told = read_record(self._ledger.connection, MERGED, merge_key(entry)).get("of")
        return merged_of(told).get(field)


@contextmanager
def settling(
    ledger: Ledger, catalog: Catalog, sources: Sources, *, wall_clock: Callable[[], int]
) -> Iterator[Settler]:
    """The gate is open as long as the block lasts; a rollback of the caller's undoes all of it."""
    settler = Settler(ledger, catalog, sources, wall_milliseconds=wall_clock())
    with tracking.silence(ledger.connection):
        yield settler
        settler.close()
