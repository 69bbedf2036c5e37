"""What a delivery came to. Every event is counted once, under what became of it; the counts add up.

`unchanged`: delivered before, older than what its instance said since, or kept beside what stands here.
Conflicts are told beside the sum: the event of each is counted as updated or as unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from waifusync.core.learning.experience import EventType
from waifusync.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Merged:
    """Numbers of events."""

    received: int = 0
    memories_added: int = 0
    memories_updated: int = 0
    memories_deduplicated: int = 0
    skills_added: int = 0
    skills_updated: int = 0
    skills_removed: int = 0
    knowledge_added: int = 0
    knowledge_updated: int = 0
    knowledge_verified: int = 0
    knowledge_removed: int = 0
    characteristics_updated: int = 0
    blocked: int = 0
    unchanged: int = 0
    conflicts_resolved: int = 0
    conflicts_queued: int = 0

    @property
    def conflicts_total(self) -> int:
        return self.conflicts_resolved + self.conflicts_queued

    @property
    def adds_up(self) -> bool:
        """Whether every event that came is counted once."""
        told = [int(getattr(self, each)) for each in self.__match_args__ if _is_outcome(each)]
        return self.received == sum(told)

    def deduplicated(self, count: int) -> Merged:
        """So many of the memories that were added say the same as another."""
        added, known = self.memories_added - count, self.memories_deduplicated + count
        return replace(self, memories_added=added, memories_deduplicated=known)

    def __add__(self, other: Merged) -> Merged:
        return Merged(*(getattr(self, each) + getattr(other, each) for each in self.__match_args__))

    def to_json(self) -> dict[str, object]:
        """The documented shape."""
        groups: dict[str, dict[str, int]] = {}
        for each in self.__match_args__:
            group, _, name = each.partition("_")
            if name:
                groups.setdefault(group, {})[name] = getattr(self, each)
        conflicts = {"total": self.conflicts_total, **groups.pop("conflicts")}
        alone = {"blocked": self.blocked, "unchanged": self.unchanged}
        return {"received": self.received, **groups, "conflicts": conflicts, **alone}


def one(outcome: str) -> Merged:
    """One event, with this outcome."""
    return Merged(received=1, **{outcome: 1})


def total(parts: Iterable[Merged]) -> Merged:
    return sum(parts, Merged())


# What a kind of event is counted under.
GROUPS: Mapping[EventType, str] = {
    EventType.MEMORY: "memories",
    EventType.INTERACTION: "memories",
    EventType.SKILL: "skills",
    EventType.KNOWLEDGE: "knowledge",
    EventType.CHARACTERISTIC: "characteristics",
}


def _is_outcome(name: str) -> bool:
    return name != "received" and not name.startswith("conflicts")
