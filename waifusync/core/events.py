"""What happened, as it is told to whoever wants to see it happen: a name, a moment, and facts without a text.

A fact is a number, one of a few words that say nothing of a memory (`device`, `purpose`, …), or else the
keyed hash of what it was: the same for the same text on this machine, and of no use anywhere else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping

from waifusync.patterns import pattern
from waifusync.values import NamedTuple

Fact = int | float | str

SYNC_INIT = "sync.init"
SYNC_EVENT = "sync.event"
SYNC_BATCH = "sync.batch"
SYNC_CHECK_IN = "sync.check_in"
SYNC_EXCHANGE = "sync.exchange"
SYNC_FAILED = "sync.failed"
MERGE_MEMORIES = "merge.memories"
MERGE_SKILLS = "merge.skills"
MERGE_KNOWLEDGE = "merge.knowledge"
MERGE_PERSONALITY = "merge.personality"
MERGE_STATES = "merge.states"
MERGE_CONFLICTS = "merge.conflicts"
INGEST_MEMORIES = "ingest.memories"
INGEST_VECTORS = "ingest.vectors"
# Told to one subscriber: so many events were dropped because it was too slow.
EVENTS_DROPPED = "events.dropped"

# Facts by these names are shown as they are, where they are plain words; all other texts as hashes.
OPEN_FACTS = frozenset(("action", "device", "kind", "method", "protocol", "purpose", "reason", "strategy"))
_WORD = pattern(r"[a-z0-9][a-z0-9_.-]{0,39}")
_NAME = pattern(r"[a-z_]+(\.[a-z_]+)+")
_LONGEST_FACT = 200


class Event(NamedTuple):
    """`at`: milliseconds since 1970. `companion`: whose it is, where a process knows several."""

    name: str
    at: int
    facts: Mapping[str, Fact]
    companion: str = ""


def checked_facts(facts: Mapping[str, Fact], hashed: Callable[[str], str]) -> dict[str, Fact]:
    """The facts with every text that may be somebody's replaced by its hash."""
    return {name: _checked(name, value, hashed) for name, value in facts.items()}


def _checked(name: str, value: Fact, hashed: Callable[[str], str]) -> Fact:
    if not isinstance(value, str):
        return value
    return value if name in OPEN_FACTS and _WORD.fullmatch(value) else hashed(value)


def is_name(name: str) -> bool:
    """Two words or more with dots between them, as in merge.memories."""
    return _NAME.fullmatch(name) is not None


def is_wanted(name: str, wanted: Iterable[str]) -> bool:
    """Whether a name is among those, of which `merge.*` means all that begin with `merge.`; none: any."""
    patterns = tuple(wanted)
    return not patterns or any(
        name.startswith(each[:-1]) if each.endswith("*") else name == each for each in patterns
    )


def to_line(event: Event) -> bytes:
    """One line of events.jsonl."""
    told = {"event": event.name, "at": event.at, "companion": event.companion, "facts": dict(event.facts)}
    return (json.dumps(told, ensure_ascii=True, separators=(",", ":"), allow_nan=False) + "\n").encode()


def from_line(line: bytes) -> Event | None:
    """None for a line that was cut short, or that is none of ours."""
    try:
        told = json.loads(line)
        name, at, companion, facts = told["event"], told["at"], told["companion"], told["facts"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    is_well_formed = isinstance(name, str) and type(at) is int and isinstance(companion, str)
    if not is_well_formed or not isinstance(facts, dict) or not all(map(_is_fact, facts.values())):
        return None
    return Event(name, at, facts, companion)


def _is_fact(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_FACT
    return type(value) is int or (type(value) is float and math.isfinite(value))


class Announcements:
    """What a transaction did, until it is committed: counts of one event are added up."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, tuple[tuple[str, Fact], ...]], dict[str, Fact]] = {}

    def add(self, name: str, facts: Mapping[str, Fact]) -> None:
        """Of two with one name and the same words, the numbers are added."""
        words = tuple(sorted((key, value) for key, value in facts.items() if isinstance(value, str)))
        known = self._waiting.setdefault((name, words), {})
        for key, value in facts.items():
            before = known.get(key, 0)
            known[key] = value if isinstance(value, str) or isinstance(before, str) else before + value

    def take(self) -> list[tuple[str, dict[str, Fact]]]:
        """All of them, in the order in which each was first added; none are left."""
        taken = [(name, facts) for (name, _), facts in self._waiting.items()]
        self._waiting.clear()
        return taken
