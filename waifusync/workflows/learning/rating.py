"""What a person says of a memory beside its words, and how near that keeps it."""

from __future__ import annotations

from collections.abc import Sequence

from waifusync.core.clock import milliseconds_of
from waifusync.core.learning.collections import MEMORY_FACTS
from waifusync.core.learning.memory_facts import MemoryFacts, facts_key
from waifusync.core.learning.tiers import Remembered, Tier, tier_of
from waifusync.core.learning.trust import Trust
from waifusync.errors import UsageError
from waifusync.memory.learned import read_collection, read_record
from waifusync.memory.live import LiveMemory
from waifusync.memory.records import Record, Records, State
from waifusync.values import NamedTuple, replace
from waifusync.workflows.companion import Companion, wall_clock
from waifusync.workflows.known_devices import iso
from waifusync.workflows.remembering import MEMORIES, memories_table
from waifusync.workflows.working import Work, at_work

_LONGEST_TAG = 100
_LIVING = """SELECT r.key, r.time FROM waifusync_records AS r JOIN waifusync_tables AS t ON t.id = r.tbl
    WHERE t.name = ? AND r.state = 0 ORDER BY r.id"""


class Rated(NamedTuple):
    """One memory with its facts and the tier that they come to now."""

    key: str
    created: int
    facts: MemoryFacts
    tier: Tier

    def to_json(self) -> dict[str, object]:
        """The documented shape of `memory show --json`; null where nothing was said."""
        facts = self.facts
        told: dict[str, object] = {"importance": facts.importance, "confidence": facts.confidence}
        told |= {"kind": facts.kind or None}
        told |= {"tags": list(facts.tags), "pinned": bool(facts.pinned), "trust": facts.trust or None}
        told |= {"source": facts.source or None, "agent": facts.agent or None, "event": facts.event or None}
        return {"key": self.key, "created": iso(self.created), "tier": self.tier.word, **told}


class Rating(NamedTuple):
    """What a person says; None leaves it as it is, and `tags` are added."""

    importance: float | None = None
    tags: tuple[str, ...] = ()
    pinned: bool | None = None


def facts_of(importance: float | None, tags: Sequence[str], *, pin: bool) -> MemoryFacts | None:
    """For a memory that a person writes here; None where nothing was said. Raises UsageError."""
    rating = checked(Rating(importance, tuple(tags), True if pin else None))
    return _rated(MemoryFacts(), rating) if rating != Rating() else None


def checked(rating: Rating) -> Rating:
    """Raises UsageError."""
    if rating.importance is not None and not 0 <= rating.importance <= 1:
        raise UsageError(f"--importance: {rating.importance} is not between 0 and 1")
    for tag in rating.tags:
        if not tag.strip() or len(tag) > _LONGEST_TAG or not tag.isprintable():
            raise UsageError(f"--tag: a tag is a word or a few, up to {_LONGEST_TAG} letters")
    return rating._replace(tags=tuple(tag.strip() for tag in rating.tags))


def _rated(facts: MemoryFacts, rating: Rating) -> MemoryFacts:
    return replace(
        facts,
        importance=facts.importance if rating.importance is None else rating.importance,
        tags=tuple(sorted({*facts.tags, *rating.tags})),
        pinned=facts.pinned if rating.pinned is None else rating.pinned,
        trust=Trust.PERSON.value,
    )


def show(companion: Companion, key: str) -> Rated:
    """Raises UsageError for what is no living memory."""
    with at_work(companion, "memory") as work:
        work.collect()
        record = _memory(work, key)
        fields = read_record(work.memory.connection, MEMORY_FACTS, facts_key(key))
        return _with_tier(key, _born(record.time), MemoryFacts.from_fields(fields), now=wall_clock())


def rate(companion: Companion, key: str, rating: Rating) -> Rated:
    """An edit that goes to the other devices. Raises UsageError."""
    rating = checked(rating)
    with at_work(companion, "memory") as work:
        work.collect()
        record = _memory(work, key)
        with work.lesson() as learning:
            known = MemoryFacts.from_fields(learning.read(MEMORY_FACTS, facts_key(key)))
            facts = _rated(known, rating)
            learning.put(MEMORY_FACTS, facts_key(key), facts.to_fields())
        return _with_tier(key, _born(record.time), facts, now=wall_clock())


def tiers(companion: Companion) -> dict[Tier, list[str]]:
    """Keys of all living memories by tier, the nearest tier first, the oldest memory first in each."""
    found: dict[Tier, list[str]] = {tier: [] for tier in sorted(Tier, reverse=True)}
    with at_work(companion, "memory") as work:
        work.collect()
        now = wall_clock()
        for each in remembered(work.memory):
            found[tier_of(each, now=now)].append(each.key)
    return found


def remembered(memory: LiveMemory) -> list[Remembered]:
    """What the tier of each living memory depends on."""
    facts = dict(read_collection(memory.connection, MEMORY_FACTS))
    return [
        _depends(key, _born(time), MemoryFacts.from_fields(facts.get(facts_key(key), {})))
        for key, time in memory.connection.execute(_LIVING, (MEMORIES,))
    ]


def _depends(key: str, created: int, facts: MemoryFacts) -> Remembered:
    return Remembered(key, created, importance=facts.importance, pinned=bool(facts.pinned))


def _with_tier(key: str, created: int, facts: MemoryFacts, *, now: int) -> Rated:
    return Rated(key, created, facts, tier_of(_depends(key, created, facts), now=now))


def _memory(work: Work, key: str) -> Record:
    table = memories_table(work.memory.catalog())
    record = Records(work.memory.ledger).by_key(key)
    if record is None or record.table != table.id or record.state == State.DELETED:
        raise UsageError(f"no memory here has the key {key!r}", hint="waifusync search shows keys")
    return record


def _born(time: int) -> int:
    """An adopted record's time is kept below nought."""
    return milliseconds_of(abs(time))
