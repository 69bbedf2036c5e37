"""`SyncManager`: keeps the states of several devices together, each interval, whoever of them is there.

Each device has a thread of its own, so one that does not answer keeps nobody waiting. Words are exchanged,
never means: what is merged is computed from all of them, wherever it is read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence

from waifusync.core.learning.state_merging import Merged, merge, resolve
from waifusync.core.learning.states import State, StateDelta, delta
from waifusync.errors import UntrustedError, UsageError
from waifusync.values import dataclass
from waifusync.workflows.learning.state_devices import StateDevice, counted

_BUSY = "an exchange with it is under way"
_LONGEST_INTERVAL = 86_400


@dataclass(frozen=True, slots=True)
class Synced:
    """What one exchange came to: words that were new here, words and blocks sent; or why it is away."""

    device: str
    received: int = 0
    sent: int = 0
    blocks: int = 0
    away: str = ""


class SyncManager:
    """`register` devices, then `start`, or use as a context manager. For use from several threads."""

    def __init__(
        self,
        sync_interval: float = 5.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """`clock` counts seconds; `wait` takes some, and says whether to stop."""
        if not 0 < sync_interval <= _LONGEST_INTERVAL:
            raise UsageError(
                f"sync_interval: {sync_interval!r} is not above 0 and up to {_LONGEST_INTERVAL} seconds"
            )
        self.sync_interval = sync_interval
        self.devices: dict[str, StateDevice] = {}
        # By device, the words that it had after the last exchange that reached it.
        self.state_cache: dict[str, Sequence[State]] = {}
        self._failed: dict[str, str] = {}
        self._began: dict[str, float] = {}
        self._clock = clock
        self._wait = wait
        self._lock = threading.RLock()
        self._busy: dict[str, threading.Lock] = {}
        self._threads: list[threading.Thread] = []
        self._stopping: threading.Event | None = None

    def register(self, device: StateDevice) -> None:
        """From now on kept together with the others. Raises UsageError for a name that another has."""
        with self._lock:
            if self.devices.setdefault(device.name, device) is not device:
                raise UsageError(f"another device is called {device.name!r}")
            if device.name not in self._busy:
                self._busy[device.name] = threading.Lock()
                self._start_thread(device)

    def sync_state(self, device: StateDevice) -> Synced:
        """One exchange: what it says is taken, what it lacks is sent. Raises nothing where it is away."""
        with self._lock:
            busy = self._busy.setdefault(device.name, threading.Lock())
        if not busy.acquire(blocking=False):
            return Synced(device.name, away=_BUSY)
        try:
            self._began[device.name] = self._clock()
            synced = self._exchange(device)
        except Exception as error:  # a device is somebody else's code; whatever fails, it is not there
            synced = Synced(device.name, away=f"{type(error).__name__}: {error}")
        finally:
            self._began.pop(device.name, None)
            busy.release()
        with self._lock:
            self._failed[device.name] = synced.away
        return synced

    @property
    def away(self) -> dict[str, str]:
        """By device, why it does not answer: how it failed last, or for how long it has said nothing."""
        with self._lock:
            found = {name: why for name, why in self._failed.items() if why}
        for name, began in list(self._began.items()):
            seconds = self._clock() - began
            if seconds > self.sync_interval:
                found[name] = f"no answer for {seconds:.0f} s"
        return found

    def _exchange(self, device: StateDevice) -> Synced:
        had = counted(device.read_state())
        with self._lock:
            known = {state.head.place: state.head.word for state in self._all()}
            self.state_cache[device.name] = had
            wanted = counted(self._all())
        deltas = _lacking(had, wanted)
        if deltas:
            _send(device, deltas, wanted)
            with self._lock:
                self.state_cache[device.name] = wanted
        received = sum(known.get(each.head.place) != each.head.word for each in had if each in wanted)
        return Synced(device.name, received, len(deltas), sum(len(each.blocks) for each in deltas))

    def _all(self) -> list[State]:
        return [state for states in self.state_cache.values() for state in states]

    def merge_states(self, states: Iterable[State]) -> dict[str, Merged]:
        """By name, the weighted mean of the words that count, in any order and however often given."""
        return merge(states)

    def resolve_conflicts(self, states: Iterable[State]) -> dict[str, list[State]]:
        """By name, the words that count: of the greatest epoch, the newest of each source."""
        return resolve(states)

    def merged(self, name: str) -> Merged | None:
        """What the words of all devices come to, as last heard of each; None before there is one."""
        with self._lock:
            return merge(each for each in self._all() if each.head.name == name).get(name)

    def start(self) -> None:
        """Exchanges with every device now, and then each interval. Once started, again is nothing."""
        with self._lock:
            if self._stopping is None:
                self._stopping = threading.Event()
                for device in self.devices.values():
                    self._start_thread(device)

    def stop(self, *, timeout_seconds: float = 5.0) -> None:
        """Returns when no exchange is under way, or after the time out: who hangs then is left to hang."""
        with self._lock:
            stopping, self._stopping = self._stopping, None
            threads, self._threads = self._threads, []
        if stopping is not None:
            stopping.set()
        for thread in threads:
            thread.join(timeout_seconds / len(threads))

    def __enter__(self) -> SyncManager:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start_thread(self, device: StateDevice) -> None:
        """Ends with the program, even while its device hangs."""
        if self._stopping is not None:
            thread = threading.Thread(
                target=self._keep, args=(device, self._stopping), name=f"states of {device.name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _keep(self, device: StateDevice, stopping: threading.Event) -> None:
        wait = self._wait or stopping.wait
        while not stopping.is_set():
            self.sync_state(device)
            if wait(self.sync_interval):
                return


def _lacking(had: Sequence[State], wanted: Sequence[State]) -> list[StateDelta]:
    there = {each.head.place: each for each in had}
    lacks = [
        each
        for each in wanted
        if each.head.place not in there or there[each.head.place].head.word != each.head.word
    ]
    return [delta(there.get(each.head.place), each) for each in lacks]


def _send(device: StateDevice, deltas: Sequence[StateDelta], wanted: Sequence[State]) -> None:
    """Whole words where it has no longer what it read out."""
    try:
        device.take(deltas)
    except UntrustedError:
        places = {each.head.place for each in deltas}
        device.take([delta(None, each) for each in wanted if each.head.place in places])
