"""What one instance went through, as it tells it: an event. Read strictly, and told the same way again.

An event is known by the instance it comes from and the id that it has there; delivered again, it is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from waifusync.core import moments
from waifusync.core.learning.collections import key_of
from waifusync.core.learning.contributions import Json, canonical
from waifusync.core.learning.reading_json import Fields, wrong
from waifusync.values import dataclass, field

MOST_EVENT_BYTES = 4 << 20
MIDDLE_PRIORITY = 0.5
_LAST_MOMENT = 253_402_300_799  # of the year 9999, in seconds


class EventType(str, Enum):
    """What an experience is of."""

    MEMORY = "memory"
    SKILL = "skill"
    KNOWLEDGE = "knowledge"
    CHARACTERISTIC = "characteristic"
    INTERACTION = "interaction"


@dataclass(frozen=True, slots=True)
class Context:
    """How it came about; empty where nothing was said."""

    trigger: str = ""
    environment: str = ""
    task_id: str = ""
    conversation_id: str = ""

    @classmethod
    def from_json(cls, value: object, path: str = "context") -> Context:
        fields = Fields(value, path)
        found = cls(**{name: fields.name(name, "") for name in cls.__slots__})
        fields.finish()
        return found

    def to_json(self) -> dict[str, object]:
        """Only what was said of the task and the conversation."""
        told = {"trigger": self.trigger, "environment": self.environment}
        more = {"task_id": self.task_id, "conversation_id": self.conversation_id}
        return {**told, **{name: value for name, value in more.items() if value}}


@dataclass(frozen=True, slots=True)
class ExperienceEvent:
    """`timestamp` is in milliseconds since 1970, by the instance's clock."""

    event_id: str
    timestamp: int
    source_instance: str
    event_type: EventType
    data: Json
    priority: float = MIDDLE_PRIORITY
    context: Context = field(default_factory=Context)

    @classmethod
    def from_json(cls, value: object, path: str = "") -> ExperienceEvent:
        """Names in snake_case or camelCase. Raises UsageError with the path of what is wrong.

        `data` is checked by whoever takes it in.
        """
        fields = Fields(value, path)
        found = cls(
            event_id=fields.name("event_id"),
            timestamp=moment_of(*fields.take("timestamp")),
            source_instance=fields.name("source_instance"),
            event_type=fields.choice("event_type", EventType),
            data=_data(*fields.take("data")),
            priority=fields.share("priority", MIDDLE_PRIORITY) or 0.0,
            context=_context(*fields.take("context")),
        )
        fields.finish()
        return found

    @classmethod
    def checked(cls, event: object, path: str = "") -> ExperienceEvent:
        """One that a program made, by hand or as JSON. Raises UsageError."""
        return cls.from_json(event.to_json() if isinstance(event, cls) else event, path)

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """What from_json reads."""
        context: object = self.context
        return {
            "event_id": self.event_id,
            "timestamp": iso(self.timestamp) if isinstance(self.timestamp, int) else self.timestamp,
            "source_instance": self.source_instance,
            "event_type": getattr(self.event_type, "value", self.event_type),
            "priority": self.priority,
            "data": self.data,
            "context": context.to_json() if isinstance(context, Context) else context,
        }

    @property
    def key(self) -> str:
        """The key of the record that says it was taken in."""
        return key_of("event", self.source_instance, self.event_id)


def moment_of(path: str, value: object) -> int:
    """Milliseconds since 1970 out of ISO 8601, or of a number of seconds or milliseconds."""
    if value is None:
        raise wrong(path, "missing")
    found = moments.moment(value)
    if found is None or not 0 <= found <= _LAST_MOMENT:
        raise wrong(path, "expected a time", hint="such as 2026-01-31T12:00:00Z, or seconds since 1970")
    return round(found * 1000)


def iso(milliseconds: int) -> str:
    """UTC, to the millisecond."""
    when = datetime.fromtimestamp(milliseconds // 1000, tz=timezone.utc)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def _data(path: str, value: object) -> Json:
    if value is None:
        raise wrong(path, "missing")
    if not isinstance(value, Mapping) or not value:
        raise wrong(path, "expected an object with something in it")
    try:
        size = len(canonical(value).encode("utf-8", "surrogatepass"))
    except (TypeError, ValueError, RecursionError):
        raise wrong(path, "holds what is no JSON") from None
    if size > MOST_EVENT_BYTES:
        raise wrong(path, f"is larger than {MOST_EVENT_BYTES >> 20} MiB")
    return value


def _context(path: str, value: object) -> Context:
    if value is None:
        return Context()
    return Context.from_json(value.to_json() if isinstance(value, Context) else value, path)
