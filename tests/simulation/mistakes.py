"""Mistakes that somebody could make in what carries the fold, one at a time: the simulation must notice each.

They are made in the code that production runs, never in what the tests compare it with.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from unittest.mock import patch

from waifusync.core import clock, digest
from waifusync.core.entry import Entry
from waifusync.core.fold import Folded, fold
from waifusync.memory import collecting, folding, outbox, telling
from waifusync.memory.collections import TableCollection
from waifusync.memory.folding import Folder
from waifusync.memory.ledger import Ledger
from waifusync.memory.live import LiveMemory
from waifusync.memory.placing import Placer
from waifusync.memory.records import Records, State

Mistake = Callable[[], "AbstractContextManager[object]"]


def a_deletion_from_elsewhere_is_dropped() -> AbstractContextManager[object]:
    take = Folder.take

    def taking(self: Folder, collection: object, entry: Entry) -> None:
        if entry.fields is not None:
            take(self, collection, entry)  # type: ignore[arg-type]

    return patch.object(Folder, "take", taking)


def times_are_those_of_the_wall_clock() -> AbstractContextManager[object]:
    """What was seen does not count, so an edit of it may seem to be the older one."""

    def tick(last: int, wall: int) -> int:
        return clock.at_milliseconds(wall) + (last & 0xFFFF) + 1

    return patch.object(outbox.clock, "tick", tick)


def of_two_edits_ones_own_wins() -> AbstractContextManager[object]:
    remember = Folder._remember

    def remembering(self: Folder, *given: object) -> Folded:
        folded = remember(self, *given)  # type: ignore[arg-type]
        own = self.records.ledger.device
        mine = {each.field: each.loser for each in folded.clashes if each.loser.device == own and each.field}
        return replace(folded, winners={**folded.winners, **mine})

    return patch.object(Folder, "_remember", remembering)


def the_first_line_after_a_file_is_full_is_skipped() -> AbstractContextManager[object]:
    """An off-by-one where the outbox goes on after what is in the log."""
    outgoing = LiveMemory.outgoing

    def going_out(self: LiveMemory, *, after: int = 0, most_bytes: int | None = None) -> object:
        own = self.ledger.head(self.ledger.device).number
        return outgoing(self, after=after + (own > 16 and after == 0), most_bytes=most_bytes)

    return patch.object(LiveMemory, "outgoing", going_out)


def what_loses_a_conflict_is_forgotten() -> AbstractContextManager[object]:
    return patch.object(Records, "set_clashes", lambda self, record, clashes: None)


def what_was_seen_is_not_told() -> AbstractContextManager[object]:
    return patch.object(telling, "seen_of", lambda touches: {})


def more_is_taken_to_be_seen_than_was() -> AbstractContextManager[object]:
    """All entries of the devices concerned, whether or not they had come."""
    seen_of = telling.seen_of
    return patch.object(telling, "seen_of", lambda touches: dict.fromkeys(seen_of(touches), 10**9))


def touches_are_forgotten_that_still_decide() -> AbstractContextManager[object]:
    return patch.object(folding, "covered", lambda known, touch: known)


def a_row_number_is_taken_for_its_identity() -> AbstractContextManager[object]:
    token_for = Placer.token_for

    def token(self: Placer, table: object, record: object, values: object) -> object:
        found = token_for(self, table, record, values)  # type: ignore[arg-type]
        taken = record.key.rpartition("-")[2]  # type: ignore[attr-defined]
        return int(taken) if isinstance(found, int) and taken.isdigit() else found

    return patch.object(Placer, "token_for", token)


def references_come_as_they_were_written_elsewhere() -> AbstractContextManager[object]:
    """A number of the other device's is looked for among the rows of this one."""
    resolve = TableCollection.resolve

    def resolving(self: TableCollection, name: str, travel: object, device: str) -> object:
        found = resolve(self, name, travel, device)  # type: ignore[arg-type]
        return found._replace(value=1) if name in self.table.references and found.value else found

    return patch.object(TableCollection, "resolve", resolving)


def an_unset_field_keeps_its_value() -> AbstractContextManager[object]:
    """NULL is taken for: nothing was said."""
    change = TableCollection.change

    def changing(self: TableCollection, record: object, values: object) -> None:
        told = {n: each for n, each in values.items() if each.hash != digest.UNSET}  # type: ignore[attr-defined]
        change(self, record, told)  # type: ignore[arg-type]

    return patch.object(TableCollection, "change", changing)


def what_cannot_stand_in_its_table_is_dropped() -> AbstractContextManager[object]:
    def dropped(self: Placer, record: object, *given: object) -> None:
        self.records.change(record.id, row=None, state=State.DELETED, fields=record.fields)  # type: ignore[attr-defined]

    return patch.object(Placer, "_keep_aside", dropped)


def an_entry_that_comes_again_counts_again() -> AbstractContextManager[object]:
    """The digest is added to without a look at what is known."""
    take = Folder.take

    def taking(self: Folder, collection: object, entry: Entry) -> None:
        record = self.records.by_key(entry.key)
        take(self, collection, entry)  # type: ignore[arg-type]
        if record is not None and entry.seen:
            self._count(collection, added=1)  # type: ignore[arg-type]

    return patch.object(Folder, "take", taking)


def a_deletion_overrules_what_had_seen_it() -> AbstractContextManager[object]:
    def folded(touches: object) -> Folded:
        found = fold(touches)  # type: ignore[arg-type]
        return found if all(each.fields is not None for each in touches) else replace(found, alive=False)  # type: ignore[attr-defined]

    return patch.object(folding, "fold", folded)


def marks_are_cleared_of_rows_that_were_not_told() -> AbstractContextManager[object]:
    """The last place of each collection is passed over."""
    read = collecting.tracking.read_marks
    return patch.object(collecting.tracking, "read_marks", lambda *given: read(*given)[:-1])


def the_digest_is_not_carried_on() -> AbstractContextManager[object]:
    return patch.object(Ledger, "change_digests", lambda self, changes: None)


MISTAKES: dict[str, Mistake] = {
    name: each
    for name, each in list(globals().items())
    if callable(each) and getattr(each, "__module__", "") == __name__ and name.islower()
}
