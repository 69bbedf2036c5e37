"""The kinds of experience that are no memories, each handed to who knows it."""

from __future__ import annotations

from waifusync.core.learning.characteristics import characteristic_of
from waifusync.core.learning.experience import EventType, ExperienceEvent
from waifusync.core.learning.knowledge_intake import read_knowledge
from waifusync.core.learning.merged import GROUPS
from waifusync.core.learning.skill_intake import read_skill
from waifusync.core.learning.taken import Came, Taken
from waifusync.memory.learned import Learning
from waifusync.workflows.learning.knowledge import take_in_knowledge
from waifusync.workflows.learning.personality import take_in_characteristic
from waifusync.workflows.learning.skills import take_in_skill
from waifusync.workflows.learning.terms import Terms

LEARNED = frozenset((EventType.SKILL, EventType.KNOWLEDGE, EventType.CHARACTERISTIC))


def check_learned(event: ExperienceEvent, *, path: str) -> None:
    """Raises UsageError with the path of what is wrong."""
    source, as_of = event.source_instance, event.timestamp
    if event.event_type is EventType.SKILL:
        read_skill(event.data, path, source=source, as_of=as_of)
    elif event.event_type is EventType.KNOWLEDGE:
        read_knowledge(event.data, path, source=source, as_of=as_of)
    else:
        characteristic_of(event.data, path)


def take_in(learning: Learning, event: ExperienceEvent, *, path: str, terms: Terms) -> tuple[str, str]:
    """What it came to, as Merged counts it, and the id of what it is about. Raises UsageError."""
    taken = _take_in(learning, event, path=path, terms=terms)
    if taken.came is Came.NOTHING:
        return "unchanged", taken.subject
    return f"{GROUPS[event.event_type]}_{taken.came.value}", taken.subject


def _take_in(learning: Learning, event: ExperienceEvent, *, path: str, terms: Terms) -> Taken:
    source, as_of, data = event.source_instance, event.timestamp, event.data
    if event.event_type is EventType.SKILL:
        return take_in_skill(learning, data, source=source, as_of=as_of, path=path)
    if event.event_type is EventType.KNOWLEDGE:
        return take_in_knowledge(
            learning, data, source=source, as_of=as_of, path=path, threshold=terms.threshold
        )
    is_new = take_in_characteristic(
        learning, data, source=source, as_of=as_of, path=path, rate=terms.adaptation_rate
    )
    return Taken(Came.UPDATED if is_new else Came.NOTHING, characteristic_of(data, path).name)
