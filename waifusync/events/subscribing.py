"""Who wants to be told within this process: each subscriber has a short queue and a thread of its own.

Whoever tells never waits: what does not fit into a queue is dropped, counted, and told when there is room.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType

from waifusync.core.events import EVENTS_DROPPED, Event, is_wanted

Listener = Callable[[Event], object]

MOST_WAITING = 1000
_subscriptions: list[Subscription] = []


def subscribe(
    listener: Listener, names: Iterable[str] = (), *, most_waiting: int = MOST_WAITING
) -> Subscription:
    """Calls `listener` with each event of this process by these names (`merge.*` too; none: all of them).

    It is called from a thread, one event at a time, in order, after the fact. What it raises is counted and
    kept in the subscription, and stops nothing.
    """
    subscription = Subscription(listener, (names,) if isinstance(names, str) else tuple(names), most_waiting)
    _subscriptions.append(subscription)
    return subscription


def offer(event: Event) -> None:
    """To all that want it; never waits."""
    for each in tuple(_subscriptions):
        each.offer(event)


class Subscription:
    """Made by `subscribe`; as a context manager it ends with its block. `dropped` counts events that did not
    fit, `failures` what the listener raised, `last_failure` is the newest of those."""

    def __init__(self, listener: Listener, names: tuple[str, ...], most_waiting: int) -> None:
        self.dropped = 0
        self.failures = 0
        self.last_failure: Exception | None = None
        self._listener = listener
        self._names = names
        self._most = most_waiting
        self._waiting: deque[Event] = deque()
        self._untold = 0
        self._is_open = True
        self._is_busy = False
        self._change = threading.Condition()
        self._process = os.getpid()
        self._thread = threading.Thread(target=self._run, name="waifusync events", daemon=True)
        self._thread.start()

    def offer(self, event: Event) -> None:
        """Keeps it for the listener, or drops it; a process forked off has no such listener."""
        if not is_wanted(event.name, self._names) or os.getpid() != self._process:
            return
        with self._change:
            if len(self._waiting) < self._most:
                self._waiting.append(event)
            else:
                self.dropped += 1
                self._untold += 1
            self._change.notify_all()

    @property
    def _is_at_work(self) -> bool:
        return bool(self._waiting or self._untold or self._is_busy)

    def drain(self, timeout_seconds: float = 5.0) -> bool:
        """Waits until all that was offered has been heard; False when the time was over first."""
        with self._change:
            return self._change.wait_for(lambda: not self._is_at_work, timeout_seconds)

    def close(self, timeout_seconds: float = 5.0) -> None:
        """Ends it after what waits has been heard, or after that time."""
        if self in _subscriptions:
            _subscriptions.remove(self)
        if threading.current_thread() is not self._thread:
            self.drain(timeout_seconds)
        with self._change:
            self._is_open = False
            self._waiting.clear()
            self._change.notify_all()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        while (event := self._next()) is not None:
            try:
                self._listener(event)
            except Exception as error:  # whatever somebody's program raises is theirs
                self.failures += 1
                self.last_failure = error

    def _next(self) -> Event | None:
        with self._change:
            self._is_busy = False
            self._change.notify_all()
            self._change.wait_for(lambda: self._waiting or self._untold or not self._is_open)
            if not self._is_open:
                return None
            self._is_busy = True
            if self._waiting:
                return self._waiting.popleft()
            count, self._untold = self._untold, 0
            return Event(EVENTS_DROPPED, time.time_ns() // 1_000_000, {"count": count})
