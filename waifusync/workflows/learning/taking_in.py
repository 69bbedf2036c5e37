"""The kinds of experience that are no memories, each handed to who knows it."""

from __future__ import annotations

from waifusync.core.learning.experience import EventType, ExperienceEvent
from waifusync.core.learning.merged import GROUPS
from waifusync.core.learning.sync_settings import MergeStrategy
from waifusync.memory.learned import Learning

LEARNED = frozenset((EventType.SKILL, EventType.KNOWLEDGE, EventType.CHARACTERISTIC))


def take_in(
    learning: Learning, event: ExperienceEvent, *, path: str, strategy: MergeStrategy
) -> tuple[str, str]:
    """What it came to, as Merged counts it, and the key of what it is about. Raises UsageError."""
    return f"{GROUPS[event.event_type]}_updated", ""


def check_learned(event: ExperienceEvent, *, path: str) -> None:
    """Raises UsageError with the path of what is wrong."""
