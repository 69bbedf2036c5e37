"""What an experience of the kinds `memory` and `interaction` holds: a row, and what is known of it.

All of it follows from the event, so two devices that were told the same make one record of it.
"""

from __future__ import annotations

from waifusync.core.learning.collections import key_of
from waifusync.core.learning.contributions import canonical
from waifusync.core.learning.experience import EventType, ExperienceEvent, iso
from waifusync.core.learning.memory_facts import MemoryFacts
from waifusync.core.learning.reading_json import Fields, wrong
from waifusync.core.learning.trust import Trust
from waifusync.core.values import Stored
from waifusync.values import dataclass

# Of `memories`, what an experience tells of.
COLUMNS = (
    "timestamp",
    "device_id",
    "conversation_id",
    "user_input",
    "ai_response",
    "model_used",
    "facts_extracted",
)


@dataclass(frozen=True, slots=True)
class ToldMemory:
    """`key` is the row's on every device; `columns` are those of `memories` that were told.

    `last` is the key of what is remembered of the source's last word about it; "" where the source gave the
    memory no name of its own, so that it will never speak of it again.
    """

    key: str
    columns: dict[str, Stored]
    facts: MemoryFacts
    last: str = ""
    is_private: bool = False


def told_memory(event: ExperienceEvent, *, agent: str, path: str = "data") -> ToldMemory:
    """Raises UsageError with the path of what is wrong."""
    fields = Fields(event.data, path)
    memory_id = fields.name("memory_id", "")
    is_private = fields.flag("private", default=False)
    if is_private and memory_id:
        raise wrong(
            fields.place("memory_id"), "does not go with private", hint="nothing can change it from elsewhere"
        )
    said, answered = _texts(event, fields)
    conversation = fields.name("conversation_id", event.context.conversation_id)
    columns: dict[str, Stored] = {
        "timestamp": iso(event.timestamp),
        "device_id": event.source_instance,
        "conversation_id": conversation or None,
        "user_input": said,
        "ai_response": answered,
        "model_used": fields.name("model", "") or None,
        "facts_extracted": _json(*fields.take("facts")),
    }
    facts = MemoryFacts(
        importance=fields.share("importance"),
        confidence=fields.share("confidence"),
        kind=fields.name("kind", event.event_type.value),
        tags=fields.names("tags"),
        source=event.source_instance,
        agent=agent,
        event=event.event_id,
        trust=Trust.KNOWN.value,
    )
    fields.finish()
    return ToldMemory(
        key=_key(event, memory_id),
        columns={name: value for name, value in columns.items() if value is not None},
        facts=facts,
        last=key_of("last", event.source_instance, memory_id) if memory_id else "",
        is_private=is_private,
    )


def _texts(event: ExperienceEvent, fields: Fields) -> tuple[str | None, str | None]:
    if event.event_type is EventType.MEMORY:
        return fields.text("content", needed=True), None
    return fields.text("user_input", needed=True), fields.text("ai_response")


def _key(event: ExperienceEvent, memory_id: str) -> str:
    if memory_id:
        return key_of("memory", event.source_instance, memory_id)
    return key_of("said", event.source_instance, event.event_id)


def _json(path: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    try:
        return canonical(value)
    except (TypeError, ValueError):
        raise wrong(path, "holds what is no JSON") from None
