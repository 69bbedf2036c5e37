"""The parts of a batch or a state, unfolded into events.

A part is an event, or just what an event's `data` would be. What it does not say of itself, it has from where
it stands: the instance, the time, and an id, so that the same thing delivered again is the same event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping

from waifusync.core.learning.contributions import Json, canonical
from waifusync.core.learning.experience import EventType, ExperienceEvent
from waifusync.core.learning.reading_json import Fields, snake, wrong
from waifusync.values import NamedTuple

# The lists of a batch or a state, and what their parts are.
SECTIONS: Mapping[str, EventType] = {
    "memories": EventType.MEMORY,
    "skills": EventType.SKILL,
    "knowledge": EventType.KNOWLEDGE,
    "characteristics": EventType.CHARACTERISTIC,
    "interactions": EventType.INTERACTION,
}
_OF_AN_EVENT = frozenset(
    ("event_id", "timestamp", "priority", "context", "event_type", "source_instance", "data")
)

# The id of a part by its section, its place there, and what it holds.
Naming = Callable[[str, int, Json], str]


class Part(NamedTuple):
    """An event, and where its data stands in what was given."""

    path: str
    event: ExperienceEvent


def unfold(fields: Fields, *, source: str, at: int, naming: Naming) -> Iterator[Part]:
    """The parts of all sections, in their order. Raises UsageError with the path of what is wrong."""
    for section, kind in SECTIONS.items():
        for place, (path, value) in enumerate(fields.items(section)):
            whole, data_path = _whole(path, value)
            whole.setdefault("event_type", kind.value)
            whole.setdefault("source_instance", source)
            whole.setdefault("timestamp", at)
            if "event_id" not in whole:
                data = json_object(data_path, whole["data"])
                whole["event_id"] = naming(section, place, data)
            event = ExperienceEvent.from_json(whole, path)
            _check_place(event, kind, source, path=path)
            yield Part(data_path, event)


def _whole(path: str, value: object) -> tuple[dict[str, object], str]:
    """What a part says as an event, and where its data stands."""
    if not isinstance(value, Mapping):
        Fields(value, path)  # which says what is wrong
        raise AssertionError
    names = {name: snake(name) if isinstance(name, str) else "" for name in value}
    if "data" in names.values():
        return {names[name] or str(name): found for name, found in value.items()}, f"{path}.data"
    of_event = {name: found for name, found in value.items() if names[name] in _OF_AN_EVENT}
    data = {name: found for name, found in value.items() if name not in of_event}
    return {**{names[name]: found for name, found in of_event.items()}, "data": data}, path


def _check_place(event: ExperienceEvent, kind: EventType, source: str, *, path: str) -> None:
    if event.event_type is not kind:
        raise wrong(f"{path}.event_type", f"is {event.event_type.value} in a list of {kind.value}")
    if event.source_instance != source:
        raise wrong(f"{path}.source_instance", "is not the instance that all of this comes from")


def folded(parts: tuple[Part, ...]) -> dict[str, object]:
    """The lists again, as unfold reads them."""
    found: dict[str, list[object]] = {}
    for _, event in parts:
        name = next(name for name, kind in SECTIONS.items() if kind is event.event_type)
        found.setdefault(name, []).append(event.to_json())
    return {**found}


def fingerprint(data: object) -> str:
    """Of a value of JSON: sixteen digits."""
    return hashlib.sha256(canonical(data).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def json_object(path: str, value: object) -> Json:
    """Any object of JSON, {} for none. Raises UsageError."""
    if value is None:
        return {}
    Fields(value, path)
    json_text(path, value)
    return value  # type: ignore[return-value]  # Fields takes nothing but a mapping


def json_text(path: str, value: object) -> str:
    """In the one form that equal values share. Raises UsageError."""
    try:
        return canonical(value)
    except (TypeError, ValueError, RecursionError):
        raise wrong(path, "holds what is no JSON") from None
