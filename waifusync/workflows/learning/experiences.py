"""Experiences into the companion: each delivery in one transaction, wholly or not at all.

What came before is known by the record that it left, whichever device took it in, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from waifusync.core.events import MERGE_KNOWLEDGE, MERGE_MEMORIES, MERGE_PERSONALITY, MERGE_SKILLS
from waifusync.core.learning.collections import EXPERIENCES
from waifusync.core.learning.contributions import canonical
from waifusync.core.learning.delivery import Delivery
from waifusync.core.learning.experience import Context, ExperienceEvent
from waifusync.core.learning.merged import Merged, one, total
from waifusync.core.learning.sync_settings import MergeStrategy
from waifusync.core.learning.told_memory import told_memory
from waifusync.core.values import Travel
from waifusync.errors import WaifusyncError
from waifusync.memory.connection import transaction
from waifusync.memory.learned import Learning
from waifusync.memory.live import LiveMemory
from waifusync.memory.records import Records
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion, wall_clock
from waifusync.workflows.learning.at_the_door import Entrance
from waifusync.workflows.learning.taking_in import LEARNED, check_learned, take_in
from waifusync.workflows.learning.terms import Terms, terms_of
from waifusync.workflows.learning.told_memories import ToldMemories
from waifusync.workflows.working import Work, at_work

_AT_ONCE = 500
_EVENTS = {
    "memories": MERGE_MEMORIES,
    "skills": MERGE_SKILLS,
    "knowledge": MERGE_KNOWLEDGE,
}


class Fresh(NamedTuple):
    """An event that was never taken in; `path` is where its data stands in what was delivered."""

    event: ExperienceEvent
    path: str
    batch: str


def deliver(
    companion: Companion, deliveries: Iterable[Delivery], strategy: MergeStrategy | None = None
) -> Merged:
    """All of them in one transaction, as a stream. Raises UsageError with the path of what is wrong."""
    terms = terms_of(companion.config, strategy)
    with at_work(companion, "experience") as work:
        with transaction(work.memory.connection):
            delivering = Delivering(work.memory, terms)
            merged = delivering.take(deliveries)
        if terms.strategy.memory_deduplication:
            merged = merged.deduplicated(_link(work, delivering.added))
    _tell(companion, merged)
    return merged


def _link(work: Work, added: AbstractSet[str]) -> int:
    """How many of these say the same as another memory.

    They are in the database: comparing them may fail, and whoever compares next finds them.
    """
    if not added:
        return 0
    from waifusync.workflows.learning.duplicates import link_new

    try:
        joined = link_new(work).joined
    except WaifusyncError:
        return 0
    return len({match.ours.key for match in joined} & added)


def _tell(companion: Companion, merged: Merged) -> None:
    """To whoever watches, after the commit."""
    told = merged.to_json()
    for group, name in _EVENTS.items():
        counts = told[group]
        if isinstance(counts, dict) and any(counts.values()):
            companion.emit(name, counts)
    if merged.characteristics_updated:
        companion.emit(MERGE_PERSONALITY, {"changed": merged.characteristics_updated})


def check(delivery: Delivery) -> None:
    """Whether all of it could be taken in. Raises UsageError with the path of what is wrong."""
    for place, event in enumerate(delivery.events):
        if event.event_type in LEARNED:
            check_learned(event, path=delivery.path_of(place))
        else:
            told_memory(event, agent="", path=delivery.path_of(place))


class Delivering:
    """Within the caller's transaction. `added` are the keys of memories that were not here before."""

    def __init__(self, memory: LiveMemory, terms: Terms) -> None:
        self.added: set[str] = set()
        self._memory = memory
        self._records = Records(memory.ledger)
        self._terms = terms
        self._entrance = Entrance(memory.ledger)
        self._memories = ToldMemories(memory, terms, self._entrance)

    def take(self, deliveries: Iterable[Delivery]) -> Merged:
        """As they come; of many only some are held in memory."""
        self._memories.collect()
        stream, merged = iter(deliveries), Merged()
        while group := list(islice(stream, _AT_ONCE)):
            merged += self._take_group(group)
        return merged

    def _take_group(self, group: Sequence[Delivery]) -> Merged:
        new = list(self._fresh(group))
        fresh = [each for each in new if self._entrance.admits(each.event)]
        count, blocked = sum(len(each.events) for each in group), len(new) - len(fresh)
        unchanged = count - len(new)
        known = Merged(received=unchanged + blocked, unchanged=unchanged, blocked=blocked)
        rows = self._memories.take([each for each in fresh if each.event.event_type not in LEARNED])
        self.added |= rows.added
        learning = Learning(self._memory.ledger, wall_milliseconds=wall_clock())
        told = list(
            self._note(learning, [each for each in fresh if each.event.key not in rows.private], rows.keys)
        )
        for each in group:
            _note_report(learning, each)
        self._memories.note(learning)
        learning.close()
        return total([known, rows.merged, *told])

    def _fresh(self, group: Sequence[Delivery]) -> Iterator[Fresh]:
        """Each event once, also where it comes twice in one delivery."""
        seen: set[str] = set()
        for delivery in group:
            if delivery.batch and self._is_known(delivery.batch, seen):
                continue
            for place, event in enumerate(delivery.events):
                if not self._is_known(event.key, seen):
                    yield Fresh(event, delivery.path_of(place), delivery.batch)

    def _is_known(self, key: str, seen: set[str]) -> bool:
        if key in seen or self._records.by_key(key) is not None or self._entrance.kept_private(key):
            return True
        seen.add(key)
        return False

    def _note(self, learning: Learning, fresh: Sequence[Fresh], rows: dict[str, str]) -> Iterator[Merged]:
        for each in fresh:
            about = rows.get(each.event.key, "")
            if each.event.event_type in LEARNED:
                outcome, about = take_in(learning, each.event, path=each.path, terms=self._terms)
                yield one(outcome)
            learning.put(EXPERIENCES, each.event.key, _fields(each, about))


def _fields(fresh: Fresh, about: str) -> dict[str, Travel]:
    """The same wherever it is told. A memory's text stands in its row alone, and is forgotten with it."""
    event = fresh.event
    told: dict[str, Travel] = {
        "id": event.event_id,
        "source": event.source_instance,
        "type": event.event_type.value,
        "at": event.timestamp,
        "priority": event.priority,
        "context": canonical(event.context.to_json()) if event.context != Context() else None,
        "batch": fresh.batch or None,
        "about": about or None,
        "data": canonical(event.data) if event.event_type in LEARNED else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _note_report(learning: Learning, delivery: Delivery) -> None:
    """A batch is told once; the state of an instance is each device's own word, the last one it had."""
    if delivery.batch:
        if not learning.has(delivery.batch):
            learning.put(EXPERIENCES, delivery.batch, _travel(delivery))
    elif delivery.about:
        learning.put(EXPERIENCES, f"{delivery.about}:{learning.device}", _travel(delivery))


def _travel(delivery: Delivery) -> dict[str, Travel]:
    return {name: value for name, value in delivery.report.items() if isinstance(value, int | str)}
