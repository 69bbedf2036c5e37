"""Experiences that are memories, as rows: adopted under a key that follows from the event, then edited.

An adopted row loses to everything that is said of it here, and two devices that were told of the same event
make the same row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from waifusync.core import clock
from waifusync.core.fold import fold
from waifusync.core.learning.collections import EXPERIENCES, MEMORY_FACTS
from waifusync.core.learning.experience_parts import fingerprint
from waifusync.core.learning.meeting import Verdict, Word, settle
from waifusync.core.learning.memory_facts import MemoryFacts, facts_key
from waifusync.core.learning.merged import Merged, one
from waifusync.core.learning.told_memory import COLUMNS, ToldMemory, told_memory
from waifusync.core.values import Stored, Travel
from waifusync.memory import tracking
from waifusync.memory.collecting import Collector
from waifusync.memory.encoding import Resolved
from waifusync.memory.learned import Learning, read_record
from waifusync.memory.live import LiveMemory
from waifusync.memory.records import Record, State
from waifusync.memory.rows import LiveTable
from waifusync.values import NamedTuple, dataclass, field
from waifusync.workflows.companion import wall_clock
from waifusync.workflows.learning.at_the_door import Entrance
from waifusync.workflows.learning.terms import Terms
from waifusync.workflows.remembering import memories_table

if TYPE_CHECKING:
    from waifusync.workflows.learning.experiences import Fresh

_TEXTS = ("user_input", "ai_response")


class Last(NamedTuple):
    """The last word of a source about a memory of its own: when, in which event, its texts by fingerprint."""

    at: int
    event: str
    content: str

    def to_fields(self) -> dict[str, Travel]:
        return self._asdict()

    @classmethod
    def of(cls, fields: Mapping[str, Travel]) -> Last:
        """Whatever another device wrote."""
        at, event, content = (fields.get(name) for name in cls._fields)
        return cls(at if isinstance(at, int) else 0, str(event or ""), str(content or ""))


@dataclass(slots=True)
class Rows:
    """What a group of events came to: the row that each event is about, the rows that are new, the counts."""

    keys: dict[str, str] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    merged: Merged = field(default_factory=Merged)


class ToldMemories:
    """Within the caller's transaction."""

    def __init__(self, memory: LiveMemory, terms: Terms, entrance: Entrance) -> None:
        self._ledger = memory.ledger
        self._entrance = entrance
        self._terms = terms
        self._catalog = memory.catalog()
        self._collector = self._begin()
        self._facts: dict[str, MemoryFacts] = {}
        self._lasts: dict[str, Last] = {}

    def _begin(self) -> Collector:
        self._has_marks = False
        return Collector(self._ledger, self._catalog, wall_milliseconds=wall_clock())

    def collect(self) -> None:
        """What programs did until now is told first."""
        self._collector.collect()
        self._has_marks = False

    def take(self, events: Sequence[Fresh]) -> Rows:
        """Writes the rows. Raises UsageError, RefusedError where the table is not as waifusync makes it."""
        rows = Rows()
        if not events:
            return rows
        self._collector = self._begin()
        table = memories_table(self._catalog)
        for each in events:
            told = told_memory(each.event, agent=self._terms.agent, path=each.path)
            if told.is_private:
                self._entrance.keep_private(each.event.key, told.columns)
                rows.private.add(each.event.key)
                rows.merged += one("memories_added")
                continue
            rows.keys[each.event.key] = told.key
            merged = self._take(table, told, Last(each.event.timestamp, each.event.event_id, ""))
            rows.added.update([told.key] * merged.memories_added)
            rows.merged += merged
        self.collect()
        return rows

    def note(self, learning: Learning) -> None:
        """What is known of the rows beside them."""
        for key, facts in self._facts.items():
            said = facts.to_fields()
            unsaid = dict.fromkeys(learning.read(MEMORY_FACTS, facts_key(key)).keys() - said.keys())
            learning.put(MEMORY_FACTS, facts_key(key), {**unsaid, **said})
        for key, last in self._lasts.items():
            learning.put(EXPERIENCES, key, last.to_fields())
        self._facts.clear()
        self._lasts.clear()

    def _take(self, table: LiveTable, told: ToldMemory, word: Last) -> Merged:
        record = self._collector.records.by_key(told.key)
        columns = {name: told.columns.get(name) for name in COLUMNS if name in table.columns}
        word = word._replace(content=" ".join(fingerprint(columns.get(name)) for name in _TEXTS))
        if record is None:
            self._adopt(table, told.key, columns)
            self._keep(told, word)
            return one("memories_added")
        if record.state != State.PLACED or not told.last or word[:2] <= self._last(told)[:2]:
            return one("unchanged")
        return self._edit(table, record, columns, told=told, word=word)

    def _edit(
        self,
        table: LiveTable,
        record: Record,
        columns: Mapping[str, Stored],
        *,
        told: ToldMemory,
        word: Last,
    ) -> Merged:
        """The newest word counts whole: what it does not say is not said, in whatever order words came."""
        disputed = self._disputed(table, record, columns, told=told)
        verdict = self._settle(table, told, word) if disputed else Verdict.STANDS
        if verdict is Verdict.STANDS:
            self._update(table, record, columns)
            self._keep(told, word)
            return one("memories_updated") + Merged(conflicts_resolved=int(bool(disputed)))
        self._update(table, record, {n: columns[n] for n in _TEXTS if n in columns and n not in disputed})
        self._adopt(table, told.key, {name: columns[name] for name in disputed})
        self._lasts[told.last] = word
        waits = verdict is Verdict.WAITS
        return one("unchanged") + Merged(conflicts_resolved=int(not waits), conflicts_queued=int(waits))

    def _disputed(
        self, table: LiveTable, record: Record, columns: Mapping[str, Stored], *, told: ToldMemory
    ) -> list[str]:
        """Texts that are not as the source told them last, nor as it tells them now."""
        row = table.read(self._collector.connection, _place(record))
        assert row is not None
        found = []
        for name, then in zip_longest(_TEXTS, self._last(told).content.split(" ")):
            now = table.value(row, name) if name in columns else None
            if name in columns and now != columns[name] and fingerprint(_as_json(now)) != then:
                found.append(name)
        return found

    def _settle(self, table: LiveTable, told: ToldMemory, word: Last) -> Verdict:
        here = Word(self._edited_at(table, told.key), self._facts_of(told.key).confidence)
        new = Word(word.at, told.facts.confidence)
        return settle(self._terms.strategy.conflict_resolution, here=here, new=new)

    def _update(self, table: LiveTable, record: Record, columns: Mapping[str, Stored]) -> None:
        table.update(self._collector.connection, _place(record), columns)
        self._has_marks = True

    def _keep(self, told: ToldMemory, word: Last) -> None:
        self._facts[told.key] = told.facts
        if told.last:
            self._lasts[told.last] = word

    def _adopt(self, table: LiveTable, key: str, values: Mapping[str, Stored]) -> None:
        """A new row, or what loses to the row that is there and is kept beside it."""
        if self._has_marks:
            self.collect()
        resolved = {
            name: Resolved(value, table.hash_of(name, value))
            for name, value in values.items()
            if value is not None
        }
        with tracking.silence(self._collector.connection):
            self._collector.adopt(table, key, resolved)

    def _edited_at(self, table: LiveTable, key: str) -> int:
        """The millisecond of the last edit of the row."""
        if self._has_marks:
            self.collect()
        record = self._collector.records.by_key(key)
        assert record is not None
        touches = self._collector.records.touches(record, table.unpack(record.fields))
        winners = fold(touches).winners.values()
        return max((clock.milliseconds_of(each.rank[0]) for each in winners if each.rank[0]), default=0)

    def _last(self, told: ToldMemory) -> Last:
        if told.last in self._lasts:
            return self._lasts[told.last]
        return Last.of(read_record(self._collector.connection, EXPERIENCES, told.last))

    def _facts_of(self, key: str) -> MemoryFacts:
        if key in self._facts:
            return self._facts[key]
        return MemoryFacts.from_fields(read_record(self._collector.connection, MEMORY_FACTS, facts_key(key)))


def _place(record: Record) -> tuple[int]:
    assert isinstance(record.row, int)
    return (record.row,)


def _as_json(value: Stored) -> str | None:
    """A program may have written anything there."""
    return value if value is None or isinstance(value, str) else repr(value)
