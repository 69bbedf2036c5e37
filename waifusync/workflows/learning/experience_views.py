"""Experiences as they lie in the companion, whichever device took them in; writes nothing."""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from waifusync.core.learning.collections import EXPERIENCES, MEMORY_FACTS
from waifusync.core.learning.experience import iso
from waifusync.core.learning.memory_facts import MemoryFacts, facts_key
from waifusync.core.values import Travel
from waifusync.errors import UsageError
from waifusync.memory.learned import read_collection, read_record
from waifusync.values import dataclass
from waifusync.workflows.companion import Companion

_EVENT = "event:"
_ROW = """SELECT m.user_input, m.ai_response FROM memories AS m JOIN waifusync_records AS r ON r.row = m.id
    WHERE r.key = ? AND r.state = 0 AND r.tbl = (SELECT id FROM waifusync_tables WHERE name = 'memories')"""
_LAST_MOMENT = 253_402_300_799_999


@dataclass(frozen=True, slots=True)
class Experience:
    """One that was taken in. What another device wrote wrongly counts as not said."""

    key: str
    fields: Mapping[str, Travel]

    @property
    def at(self) -> int:
        """Milliseconds since 1970."""
        found = self.fields.get("at")
        return found if isinstance(found, int) and 0 <= found <= _LAST_MOMENT else 0

    def text(self, name: str) -> str:
        found = self.fields.get(name)
        return found if isinstance(found, str) else ""

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """The documented shape."""
        return {
            "key": self.key,
            "event_id": self.text("id"),
            "timestamp": iso(self.at),
            "source_instance": self.text("source"),
            "event_type": self.text("type"),
            "priority": self.fields.get("priority"),
            "context": _object(self.text("context")),
            "batch": self.text("batch") or None,
            "about": self.text("about") or None,
        }


def experiences(
    companion: Companion, *, source: str | None = None, kind: str | None = None, most: int
) -> list[Experience]:
    """The newest, oldest of them first."""
    with companion.memory() as memory:
        found = (
            each
            for each in _all(memory.connection)
            if source in (None, each.text("source")) and kind in (None, each.text("type"))
        )
        return heapq.nlargest(most, found, key=lambda each: (each.at, each.key))[::-1]


def experience(companion: Companion, name: str) -> dict[str, Any]:  # Any: JSON
    """One by its key or its event_id, and what became of it. Raises UsageError: none, or several."""
    with companion.memory() as memory:
        found = _find(memory.connection, name)
        told = found.to_json()
        told["data"] = _object(found.text("data")) or None
        about = found.text("about")
        told["memory"] = _memory(memory.connection, about) if about else None
        return told


def _all(connection: sqlite3.Connection) -> Iterator[Experience]:
    for key, fields in read_collection(connection, EXPERIENCES):
        if key.startswith(_EVENT):
            yield Experience(key, fields)


def _find(connection: sqlite3.Connection, name: str) -> Experience:
    fields = read_record(connection, EXPERIENCES, name) if name.startswith(_EVENT) else {}
    if fields:
        return Experience(name, fields)
    found = [each for each in _all(connection) if each.text("id") == name]
    if not found:
        raise UsageError(f"no experience {name!r} was taken in", hint="waifusync experience list")
    if len(found) > 1:
        keys = ", ".join(each.key for each in found[:3])
        raise UsageError(f"{len(found)} instances have an experience {name!r}", hint=f"by its key: {keys}")
    return found[0]


def _memory(connection: sqlite3.Connection, key: str) -> dict[str, object] | None:
    """None where it was forgotten, or is no row."""
    row = connection.execute(_ROW, (key,)).fetchone()
    if row is None:
        return None
    facts = MemoryFacts.from_fields(read_record(connection, MEMORY_FACTS, facts_key(key)))
    told = {name: getattr(facts, name) for name in ("importance", "confidence", "kind")}
    texts = {"user_input": row[0], "ai_response": row[1]}
    return {"key": key, **texts, **told, "tags": list(facts.tags)}


def _object(text: str) -> dict[str, Any]:  # Any: JSON
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
