"""What the live database holds of state vectors: heads at once, blocks of those that are asked for.

Records of one word arrive one by one, so a word whose blocks do not fit its head does not count yet.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from waifusync.core.learning.collections import STATE_BLOCKS, STATES
from waifusync.core.learning.state_merging import Merged, counting, merge
from waifusync.core.learning.states import Head, State, head_of, whole
from waifusync.core.values import to_stored
from waifusync.errors import UsageError
from waifusync.memory.connection import snapshot
from waifusync.memory.learned import read_collection, read_record
from waifusync.workflows.companion import Companion
from waifusync.workflows.working import at_work


class StatesRead:
    """Reads while the database is open; made by `reading_states`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def heads(self, name: str | None = None) -> list[Head]:
        """Of every word of every epoch, of one name or of all."""
        records = read_collection(self._connection, STATES)
        found = (head_of(key, fields) for key, fields in records)
        return [each for each in found if each and name in (None, each.name)]

    def state(self, head: Head) -> State | None:
        """The word with its numbers; None while some of it is not here."""
        return whole(head, self._blocks(head))

    def _blocks(self, head: Head) -> Iterator[bytes]:
        """Up to the first that is missing."""
        for key in head.block_keys():
            content = to_stored(read_record(self._connection, STATE_BLOCKS, key).get("content"))
            if not isinstance(content, bytes):
                return
            yield content

    def states(self, name: str | None = None) -> list[State]:
        """The whole words that count: of each name, those of the greatest epoch that has any."""
        found: list[State] = []
        heads = self.heads(name)
        while heads:
            counted = counting(heads)
            states = [self.state(head) for of_name in counted.values() for head in of_name]
            found += [each for each in states if each]
            heads = _left(heads, {each.head.name for each in found}, counted)
        return found

    def merged(self, name: str) -> Merged:
        """What is shown. Raises UsageError where no such state is."""
        found = merge(self.states(name)).get(name)
        if found is None:
            known = sorted({each.name for each in self.heads()})
            hint = (
                f"there are: {', '.join(known)}" if known else "waifusync state put NAME FILE.npy makes one"
            )
            raise UsageError(f"there is no state {name!r}", hint=hint)
        return found


def _left(heads: list[Head], found: set[str], counted: dict[str, list[Head]]) -> list[Head]:
    """Of names without a whole word so far, the heads that were not tried yet."""
    tried = {head for of_name in counted.values() for head in of_name}
    return [each for each in heads if each.name not in found and each not in tried]


@contextmanager
def reading_states(companion: Companion) -> Iterator[StatesRead]:
    """One moment of the database, for as long as the block lasts."""
    with at_work(companion, "state") as work, snapshot(work.memory.connection):
        yield StatesRead(work.memory.connection)
