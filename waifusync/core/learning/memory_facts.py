"""What is known of a memory beside its row: a record of its own, so no program's table gets a new column."""

from __future__ import annotations

import json
from collections.abc import Mapping

from waifusync.core.learning.collections import key_of
from waifusync.core.values import Travel
from waifusync.values import dataclass


@dataclass(frozen=True, slots=True)
class MemoryFacts:
    """None and empty where nothing was said. `source` is the instance it came from, `agent` the companion
    it was told of, `event` the experience that brought it, `trust` the tier of who delivered it, `pinned`
    whether a person wants it near for good."""

    importance: float | None = None
    confidence: float | None = None
    kind: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""
    agent: str = ""
    event: str = ""
    trust: str = ""
    pinned: bool | None = None

    def to_fields(self) -> dict[str, Travel]:
        """Only what was said."""
        told: dict[str, Travel] = {
            "importance": self.importance,
            "confidence": self.confidence,
            "kind": self.kind or None,
            "tags": json.dumps(sorted(set(self.tags)), ensure_ascii=False) if self.tags else None,
            "source": self.source or None,
            "agent": self.agent or None,
            "event": self.event or None,
            "trust": self.trust or None,
            "pinned": None if self.pinned is None else int(self.pinned),
        }
        return {name: value for name, value in told.items() if value is not None}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Travel]) -> MemoryFacts:
        """Whatever another device wrote: what is malformed counts as not said."""
        return cls(
            importance=_share(fields.get("importance")),
            confidence=_share(fields.get("confidence")),
            tags=_texts(fields.get("tags")),
            pinned=_flag(fields.get("pinned")),
            **{name: _text(fields.get(name)) for name in ("kind", "source", "agent", "event", "trust")},
        )


def facts_key(memory: str) -> str:
    """The key of the record about the memory with this key."""
    return key_of("about", memory)


def _share(value: Travel) -> float | None:
    return float(value) if isinstance(value, (int, float)) and 0 <= value <= 1 else None


def _flag(value: Travel) -> bool | None:
    return bool(value) if value in (0, 1) else None


def _text(value: Travel) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Travel) -> tuple[str, ...]:
    try:
        found = json.loads(value) if isinstance(value, str) else []
    except (ValueError, RecursionError):
        return ()
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()
