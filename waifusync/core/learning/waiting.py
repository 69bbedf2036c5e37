"""Experiences that wait: in which way, how long, and when as many wait as go together. Pure.

streaming   the first waits for interval_ms; batch_size of them wait no longer
lumped      the first waits for batch_interval; max_batch_size of them wait no longer
check_in    until the next time of the schedule
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from waifusync.core.learning.experience import iso
from waifusync.core.learning.sync_settings import Protocol, SyncSettings
from waifusync.values import dataclass, replace

_MOST_AT_A_CHECK_IN = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """One delivery: a single event, a batch, or a state. Moments are in milliseconds since 1970.

    `name` tells it from all others; `content` is what it was given as, None where that was not read.
    """

    id: int
    instance: str
    protocol: Protocol
    name: str
    events: int
    accepted: int
    due: int
    bytes: int = 0
    refused: str | None = None
    content: object = None

    @classmethod
    def of(cls, row: Sequence[Any], content: object = None) -> Waiting:  # Any: columns, as the fields are
        """Out of a row."""
        number, instance, protocol, *rest = row
        return replace(cls(number, instance, Protocol(protocol), *rest), content=content)

    def to_json(self) -> dict[str, object]:
        """The documented shape; nothing of the content."""
        return {
            "instance": self.instance,
            "protocol": self.protocol.value,
            "events": self.events,
            "bytes": self.bytes,
            "accepted": iso(self.accepted),
            "due": None if self.refused else iso(self.due),
            "refused": self.refused,
        }


@dataclass(frozen=True, slots=True)
class Lane:
    """What waits in one way of one instance; `accepted` and `due` are those of the first."""

    instance: str
    protocol: Protocol
    events: int
    accepted: int
    due: int

    @classmethod
    def of(cls, instance: str, protocol: str, events: int, accepted: int, due: int) -> Lane:
        """Out of a row."""
        return cls(instance, Protocol(protocol), events, accepted, due)

    def wait_milliseconds(self, settings: SyncSettings, now: int, *, lead: int = 0) -> int:
        """How much longer; 0 for what is due, and where the clock went back since it was accepted.

        What streams is to be there in time, not on its way: `lead` is how long taking it in takes.
        """
        if self.events >= at_once(settings, self.protocol) and self.protocol is not Protocol.CHECK_IN:
            return 0
        if self.protocol is Protocol.STREAMING:
            now += min(lead, settings.streaming.interval_ms // 2)
        return 0 if now < self.accepted else max(0, self.due - now)


def way_of_event(settings: SyncSettings, priority: float) -> Protocol:
    """Streaming for what matters enough; the rest waits for the next of the other two."""
    if settings.streaming.enabled and priority >= settings.streaming.priority_threshold:
        return Protocol.STREAMING
    return way_of_batch(settings)


def way_of_batch(settings: SyncSettings) -> Protocol:
    """The protocol that the instance has, if it is one that lets things wait."""
    ways = [Protocol.LUMPED, Protocol.CHECK_IN, Protocol.STREAMING]
    if settings.default_protocol is Protocol.CHECK_IN:
        ways.insert(0, Protocol.CHECK_IN)
    return next(each for each in ways if settings.has(each))


def due_at(settings: SyncSettings, protocol: Protocol, now: int) -> int:
    """When what is accepted now has waited long enough."""
    if protocol is Protocol.STREAMING:
        return now + settings.streaming.interval_ms
    if protocol is Protocol.LUMPED:
        return now + round(settings.lumped.batch_interval * 1000)
    return settings.check_in.times.next_after(now)


def at_once(settings: SyncSettings, protocol: Protocol) -> int:
    """How many events go together."""
    sizes = {
        Protocol.STREAMING: settings.streaming.batch_size,
        Protocol.LUMPED: settings.lumped.max_batch_size,
    }
    return sizes.get(protocol, _MOST_AT_A_CHECK_IN)
