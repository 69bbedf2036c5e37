"""Where experiences are handed in: accepted on the disk, and into the companion when their time has come.

Nothing here waits for anything but the disk; the clock is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from waifusync.core.events import SYNC_BATCH, SYNC_CHECK_IN, SYNC_EVENT
from waifusync.core.learning.delivery import Delivery, single
from waifusync.core.learning.experience import ExperienceEvent
from waifusync.core.learning.gathered import ExperienceBatch, InstanceState, delivery_of
from waifusync.core.learning.merged import Merged
from waifusync.core.learning.reading_json import wrong
from waifusync.core.learning.sync_settings import Protocol, SyncSettings
from waifusync.core.learning.waiting import Lane, Waiting, at_once, due_at, way_of_batch, way_of_event
from waifusync.errors import UsageError
from waifusync.values import dataclass, replace
from waifusync.workflows.companion import Companion, wall_clock
from waifusync.workflows.learning.experiences import check, deliver
from waifusync.workflows.learning.queue import ExperienceQueue

FILE = "experiences.db"


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is on the disk. `is_new` is False where the same waits already; `due` in milliseconds."""

    protocol: Protocol
    due: int
    is_new: bool


class Reception:
    """The queue of one companion, and the way out of it. For any number of threads."""

    def __init__(self, directory: Path, *, clock: Callable[[], int] = wall_clock) -> None:
        self.companion = Companion.find(directory)
        self.queue = ExperienceQueue(self.companion.git.state_directory / FILE)
        self._clock = clock

    def close(self) -> None:
        self.queue.close()

    def _tell(self, name: str, accepted: Accepted, *, events: int) -> None:
        """To whoever watches: it is on the disk."""
        if accepted.is_new:
            self.companion.emit(name, {"protocol": accepted.protocol.value, "events": events})

    def accept_event(self, instance: str, event: object, settings: SyncSettings) -> Accepted:
        """Raises UsageError with the path of what is wrong, QueueFull."""
        checked = ExperienceEvent.checked(event)
        _check_source(checked.source_instance, instance, "source_instance")
        check(single(checked))
        way = way_of_event(settings, checked.priority)
        accepted = self._put(instance, way, settings, name=checked.key, events=1, content=checked.to_json())
        self._tell(SYNC_EVENT, accepted, events=1)
        return accepted

    def accept_batch(self, instance: str, batch: object, settings: SyncSettings) -> Accepted:
        """Likewise; all of the batch or nothing."""
        checked = batch_of(batch, instance)
        name, way = checked.delivery().batch, way_of_batch(settings)
        count, content = len(checked.parts), checked.to_json()
        accepted = self._put(instance, way, settings, name=name, events=count, content=content)
        self._tell(SYNC_BATCH, accepted, events=count)
        return accepted

    def accept_state(self, instance: str, state: object, settings: SyncSettings) -> Accepted:
        """What is new since the last check-in of this instance; due at once."""
        checked = InstanceState.from_json(state.to_json() if isinstance(state, InstanceState) else state)
        _check_source(checked.instance_id, instance, "instance_id")
        check(checked.delivery())
        full = settings.check_in.include_full_state
        known = self.queue.said(instance)
        news = checked.news_since(known) if full else replace(checked, parts=())
        name = f"{checked.delivery().about}:{checked.timestamp}"
        said = checked.fingerprints if full else None
        now = self._clock()
        waiting = Waiting(0, instance, Protocol.CHECK_IN, name, len(news.parts), now, now)
        accepted = self._hand_in(replace(waiting, content=news.to_json()), pack=True, said=said)
        self._tell(SYNC_CHECK_IN, accepted, events=len(news.parts))
        return accepted

    def _put(
        self,
        instance: str,
        protocol: Protocol,
        settings: SyncSettings,
        *,
        name: str,
        events: int,
        content: Mapping[str, object],
    ) -> Accepted:
        now = self._clock()
        due = due_at(settings, protocol, now)
        waiting = Waiting(0, instance, protocol, name, events, now, due, content=content)
        return self._hand_in(waiting, pack=protocol is Protocol.LUMPED and settings.lumped.compression)

    def _hand_in(self, waiting: Waiting, *, pack: bool, said: frozenset[str] | None = None) -> Accepted:
        is_new = self.queue.put(waiting, pack=pack, said=said)
        return Accepted(waiting.protocol, waiting.due, is_new)

    def deliver_batch(self, instance: str, batch: object, settings: SyncSettings) -> Merged:
        """At once, past the queue."""
        checked = batch_of(batch, instance)
        merged = deliver(self.companion, [checked.delivery()], settings.merge_strategy)
        self.companion.emit(SYNC_BATCH, {"events": len(checked.parts)})
        return merged

    def flush(self, lane: Lane, settings: SyncSettings) -> Merged:
        """All that waits in a lane, in its order; what was taken in leaves the queue. Raises WaifusyncError;
        then all that was not taken in is still there."""
        merged = Merged()
        most = at_once(settings, lane.protocol)
        while waiting := self.queue.first(lane.instance, lane.protocol, most):
            merged += self._deliver(waiting, settings)
            self.queue.remove(waiting)
        return merged

    def _deliver(self, waiting: list[Waiting], settings: SyncSettings) -> Merged:
        """Together; what can never be taken in is set aside, and the others go without it."""
        try:
            return deliver(self.companion, map(_delivery, waiting), settings.merge_strategy)
        except UsageError:
            reasons = [(each, reason) for each in waiting if (reason := _reason_against(each))]
            if not reasons:
                raise
        for each, reason in reasons:
            self.queue.set_aside(each, reason)
        count = sum(each.events for each, _ in reasons)
        refused = [each for each, _ in reasons]
        rest = self._deliver([each for each in waiting if each not in refused], settings)
        return Merged(received=count, blocked=count) + rest


def batch_of(batch: object, instance: str) -> ExperienceBatch:
    """Checked in all its parts. Raises UsageError."""
    value = batch.to_json() if isinstance(batch, ExperienceBatch) else batch
    checked = ExperienceBatch.from_json(value)
    _check_source(checked.source_instance, instance, "source_instance")
    check(checked.delivery())
    return checked


def _delivery(waiting: Waiting) -> Delivery:
    return delivery_of(waiting.content)


def _reason_against(waiting: Waiting) -> str:
    """Why it can never be taken in; "" where it can. Another version may have checked it when it came."""
    try:
        check(_delivery(waiting))
    except UsageError as error:
        return error.message
    return ""


def _check_source(source: str, instance: str, path: str) -> None:
    if source != instance:
        raise wrong(path, "is not the instance that this was sent for")
