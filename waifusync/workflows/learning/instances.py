"""The instances that a program made known: how each one's experiences come, and how that goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from waifusync.core.events import SYNC_INIT
from waifusync.core.learning.experience import iso
from waifusync.core.learning.merged import Merged
from waifusync.core.learning.reading_json import LONGEST_NAME, wrong
from waifusync.core.learning.sync_settings import Protocol, SyncSettings
from waifusync.core.learning.waiting import Lane
from waifusync.errors import UsageError, WaifusyncError
from waifusync.values import dataclass, field, replace
from waifusync.workflows.learning.reception import Reception
from waifusync.workflows.learning.terms import settled

# The state of an instance, now or soon.
Report = Callable[[], "object | Awaitable[object]"]
_FIRST_LEAD_MILLISECONDS = 150
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 60.0


class UnknownInstance(UsageError):
    """Nobody made it known to this manager."""


@dataclass(slots=True)
class Instance:
    """`next_report`: when it is asked for its state, None for never. Moments are in milliseconds."""

    name: str
    settings: SyncSettings
    report: Report | None = None
    next_report: int | None = None
    last_flush: int | None = None
    merged: Merged = field(default_factory=Merged)


@dataclass(frozen=True, slots=True)
class Failure:
    """What stopped the last flush, how often in a row, and until when nobody tries again."""

    message: str
    hint: str
    at: int
    times: int
    pause_until: int

    def to_json(self) -> dict[str, object]:
        told = {"message": self.message, "hint": self.hint, "at": iso(self.at), "times": self.times}
        return {**told, "next_try": iso(self.pause_until)}


class Instances:
    """All of one manager. Not for several threads at once, but for `status` and `open`."""

    def __init__(self, directory: Path, *, clock: Callable[[], int]) -> None:
        self.reception = Reception(directory, clock=clock)
        self._clock = clock
        self._known: dict[str, Instance] = {}
        self._failure: Failure | None = None
        self._lead = _FIRST_LEAD_MILLISECONDS

    def add(
        self, name: str, protocol: object, config: object, source_agent: object, report: Report | None
    ) -> None:
        """Raises UsageError with the path of what is wrong."""
        if not isinstance(name, str) or not 0 < len(name.strip()) <= len(name) <= LONGEST_NAME:
            raise wrong("instance_id", "expected a name")
        chosen = SyncSettings.from_json(config, "config" if config else "")
        settings = settled(chosen.with_default("protocol", protocol), self.reception.companion.config)
        self._check_agent(source_agent)
        next_report = None
        if report is not None and settings.check_in.enabled:
            next_report = settings.check_in.times.next_after(self._clock())
        known = self._known.get(name, Instance(name, settings))
        self._known[name] = replace(known, settings=settings, report=report, next_report=next_report)
        self.reception.companion.emit(SYNC_INIT, {"protocol": settings.default_protocol.value})

    def _check_agent(self, source_agent: object) -> None:
        """The first that was named here is the one that this companion is; others have other folders."""
        if source_agent is None:
            return
        name = source_agent.get("name") if isinstance(source_agent, Mapping) else source_agent
        if not isinstance(name, str) or not name.strip():
            raise wrong("source_agent", "expected a name, or an object that has one")
        known = self.reception.queue.fact("agent", name)
        if name not in (known, self.reception.companion.config.companion):
            raise wrong(
                "source_agent",
                "this folder holds the companion of another agent",
                hint="a companion of its own: waifusync init DIR, and ExperienceSyncManager(DIR)",
            )

    def open(self, name: str) -> Instance:
        """Raises UnknownInstance, and UsageError for one that is not enabled."""
        instance = self._get(name)
        if not instance.settings.enabled:
            raise wrong("enabled", f"nothing is taken in from {name}, as its configuration says")
        return instance

    def open_for_check_in(self, name: str) -> Instance:
        instance = self.open(name)
        if not instance.settings.check_in.enabled:
            raise wrong("check_in.enabled", f"{name} does not check in, as its configuration says")
        return instance

    def _get(self, name: str) -> Instance:
        if name not in self._known:
            raise UnknownInstance(f"no instance {name!r} was made known", hint="await initialize_sync first")
        return self._known[name]

    def check_in(self, instance: Instance, state: object) -> Merged:
        """All that waits of it, and what is new in its state."""
        if state is not None:
            self.reception.accept_state(instance.name, state, instance.settings)
        lanes = [each for each in self.reception.queue.lanes() if each.instance == instance.name]
        merged = Merged()
        for lane in lanes:
            merged += self._flush(lane)
        return merged

    def due_to_report(self) -> list[Instance]:
        """Those whose schedule says that it is time; each once for each time."""
        now, found = self._clock(), []
        for each in self._known.values():
            if each.next_report is not None and each.next_report <= now:
                each.next_report = each.settings.check_in.times.next_after(now)
                found.append(each)
        return found

    def deliver_due(self) -> float | None:
        """What is due, of all instances; seconds until the next is, None where nothing waits."""
        now = self._clock()
        if self._failure is not None and self._failure.at <= now < self._failure.pause_until:
            return (self._failure.pause_until - now) / 1000
        for lane in self.reception.queue.lanes():
            if self._wait(lane, now) == 0:
                self._flush(lane)
        self._failure = None
        return self._seconds_left()

    def _seconds_left(self) -> float | None:
        now = self._clock()
        waits = [self._wait(lane, now) for lane in self.reception.queue.lanes()]
        waits += [max(0, each.next_report - now) for each in self._known.values() if each.next_report]
        return min(waits) / 1000 if waits else None

    def _wait(self, lane: Lane, now: int) -> int:
        return lane.wait_milliseconds(self._settings(lane), now, lead=self._lead)

    def _settings(self, lane: Lane) -> SyncSettings:
        """What an earlier program left here goes by the defaults."""
        return self._known[lane.instance].settings if lane.instance in self._known else SyncSettings()

    def _flush(self, lane: Lane) -> Merged:
        began = self._clock()
        merged = self.reception.flush(lane, self._settings(lane))
        self._lead = max(self._clock() - began, self._lead * 3 // 4)
        instance = self._known.get(lane.instance)
        if instance is not None:
            instance.merged += merged
            instance.last_flush = self._clock()
        return merged

    def note_failure(self, error: Exception) -> float:
        """What stopped a flush, to be told by the status; seconds until the next try."""
        times = self._failure.times + 1 if self._failure else 1
        seconds = min(_FIRST_PAUSE_SECONDS * 2.0 ** (times - 1), _LONGEST_PAUSE_SECONDS)
        now = self._clock()
        message, hint = type(error).__name__, ""
        if isinstance(error, WaifusyncError):
            message, hint = error.message, error.hint
        self._failure = Failure(message, hint, now, times, now + round(seconds * 1000))
        return float(seconds)

    def status(self, name: str) -> dict[str, Any]:  # Any: JSON
        """The documented shape."""
        instance = self._get(name)
        waiting = dict.fromkeys((each.value for each in Protocol), 0)
        lanes = [each for each in self.reception.queue.lanes() if each.instance == name]
        waiting.update({each.protocol.value: each.events for each in lanes})
        return {
            "instance": name,
            "enabled": instance.settings.enabled,
            "protocol": instance.settings.default_protocol.value,
            "waiting": waiting,
            "next_flush": iso(min(each.due for each in lanes)) if lanes else None,
            "next_check_in": _iso(instance.next_report),
            "last_flush": _iso(instance.last_flush),
            "merged": instance.merged.to_json(),
            "failure": self._failure.to_json() if self._failure else None,
            "config": instance.settings.to_json(),
        }

    def close(self) -> None:
        """What streams is taken in; a failure leaves it where it is."""
        try:
            for lane in self.reception.queue.lanes():
                if lane.protocol is Protocol.STREAMING and lane.instance in self._known:
                    self._flush(lane)
        finally:
            self.reception.close()


def _iso(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else iso(milliseconds)
