"""Much at once, of one instance: a batch of experiences, or all that it has when it checks in."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from waifusync.core.learning.collections import key_of
from waifusync.core.learning.contributions import Json, canonical
from waifusync.core.learning.delivery import Delivery, single
from waifusync.core.learning.experience import ExperienceEvent, iso, moment_of
from waifusync.core.learning.experience_parts import (
    Part,
    fingerprint,
    folded,
    json_object,
    json_text,
    unfold,
)
from waifusync.core.learning.reading_json import Fields
from waifusync.values import dataclass, field, replace

# Told again they are the same row; of the others, the newest word counts, and may be an earlier one again.
_ARE_THEIR_CONTENT = ("memories", "interactions")


@dataclass(frozen=True, slots=True)
class ExperienceBatch:
    """`stats` are numbers that the instance counted itself; they are kept as they are."""

    batch_id: str
    source_instance: str
    timestamp: int
    parts: tuple[Part, ...]
    stats: Json = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: object, path: str = "") -> ExperienceBatch:
        """Raises UsageError with the path of what is wrong."""
        fields = Fields(value, path)
        batch, source = fields.name("batch_id"), fields.name("source_instance")
        at = moment_of(*fields.take("timestamp"))
        stats = json_object(*fields.take("stats"))

        def naming(section: str, place: int, data: Json) -> str:
            return f"{batch}/{section}/{place}"

        parts = tuple(unfold(fields, source=source, at=at, naming=naming))
        fields.finish()
        return cls(batch, source, at, parts, stats)

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """What from_json reads."""
        told = {"batch_id": self.batch_id, "source_instance": self.source_instance}
        return {**told, "timestamp": iso(self.timestamp), **folded(self.parts), "stats": self.stats}

    def delivery(self) -> Delivery:
        """The events, to be taken in together, once for this batch."""
        key = key_of("batch", self.source_instance, self.batch_id)
        report: dict[str, object] = {"as_of": self.timestamp, "source": self.source_instance}
        if self.stats:
            report["stats"] = canonical(self.stats)
        return Delivery(_events(self.parts), batch=key, about=key, report=report, paths=_paths(self.parts))


@dataclass(frozen=True, slots=True)
class InstanceState:
    """A check-in: what it has learned, as it stands, and its tasks, errors and metrics."""

    instance_id: str
    timestamp: int
    parts: tuple[Part, ...]
    tasks: tuple[object, ...] = ()
    error_log: tuple[object, ...] = ()
    metrics: Json = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: object, path: str = "") -> InstanceState:
        """Raises UsageError with the path of what is wrong."""
        fields = Fields(value, path)
        instance, at = fields.name("instance_id"), moment_of(*fields.take("timestamp"))
        tasks, errors = _kept(fields, "tasks"), _kept(fields, "error_log")
        metrics = json_object(*fields.take("metrics"))

        def naming(section: str, place: int, data: Json) -> str:
            told = f"state/{section}/{fingerprint(data)}"
            return told if section in _ARE_THEIR_CONTENT else f"{told}/{at}"

        parts = tuple(unfold(fields, source=instance, at=at, naming=naming))
        fields.finish()
        return cls(instance, at, parts, tasks, errors, metrics)

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """What from_json reads."""
        told = {"instance_id": self.instance_id, "timestamp": iso(self.timestamp), **folded(self.parts)}
        more = {"tasks": list(self.tasks), "error_log": list(self.error_log), "metrics": self.metrics}
        return {**told, **more}

    @property
    def fingerprints(self) -> frozenset[str]:
        """Of all that its parts say."""
        return frozenset(_said(part.event) for part in self.parts)

    def news_since(self, known: AbstractSet[str]) -> InstanceState:
        """Without the parts that the last check-in said already (`known`: its fingerprints)."""
        return replace(self, parts=tuple(part for part in self.parts if _said(part.event) not in known))

    def delivery(self) -> Delivery:
        """The events, and the rest as a report."""
        report: dict[str, object] = {"as_of": self.timestamp, "source": self.instance_id}
        for name in ("tasks", "error_log", "metrics"):
            if found := getattr(self, name):
                report[name] = canonical(found)
        about = key_of("state", self.instance_id)
        return Delivery(_events(self.parts), about=about, report=report, paths=_paths(self.parts))


def _said(event: ExperienceEvent) -> str:
    return fingerprint([event.event_type.value, event.data])


def _kept(fields: Fields, name: str) -> tuple[object, ...]:
    found = tuple(fields.items(name))
    for path, value in found:
        json_text(path, value)
    return tuple(value for _, value in found)


def _events(parts: Sequence[Part]) -> tuple[ExperienceEvent, ...]:
    return tuple(part.event for part in parts)


def _paths(parts: Sequence[Part]) -> tuple[str, ...]:
    return tuple(part.path for part in parts)


def delivery_of(value: object, path: str = "") -> Delivery:
    """Raises UsageError with the path of what is wrong."""
    fields = Fields(value, path)
    if fields.has("batch_id"):
        return ExperienceBatch.from_json(value, path).delivery()
    if fields.has("instance_id"):
        return InstanceState.from_json(value, path).delivery()
    return single(ExperienceEvent.from_json(value, path), path)
