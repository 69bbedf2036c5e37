"""What goes on beside the writers: a sync loop on two devices, and somebody who runs git there meanwhile."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.companions import Device, Ran
from tests.simulation.real_git.careless import CARELESS

# Nothing that a person has to be asked about before the next sync goes through.
_GIT = ("commit_all", "jot", "pull", "merge", "stash", "old_files", "back_to_main", "clean", "reset_hard")
_MORE_GIT = ("collect_garbage", "give_up", "delete_log")
_ROWS_OF_THE_OTHER = 20
# Refused for a moment, because git or another program was at work; or told that a file was changed by hand.
_MAY_END_WITH = {0, 1, 3, 5}


class Loops:
    """Threads that go on until told to end; what failed in one is raised at the end."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failures: list[BaseException] = []

    def start(self, round_: Callable[[], None], *, pause_seconds: float) -> None:
        def go_on() -> None:
            try:
                while not self._ended.is_set():
                    round_()
                    self._ended.wait(pause_seconds)
            except BaseException as error:
                self._failures.append(error)

        self._threads.append(threading.Thread(target=go_on))
        self._threads[-1].start()

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]


class Beside:
    """The companion whose database is written to, and another device that has things to say too."""

    def __init__(self, laptop: Device, jetson: Device, chance: random.Random) -> None:
        self.laptop, self.jetson, self._chance = laptop, jetson, chance
        self.told: list[str] = []
        self.ended: Counter[int] = Counter()
        self.git = 0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        loops = Loops()
        loops.start(self.sync, pause_seconds=2.0)  # with what they take, each once in about 4 s
        loops.start(self._careless, pause_seconds=0.3)
        try:
            yield
        finally:
            loops.end()

    def sync(self) -> None:
        new = [f"jetson {len(self.told) + number}" for number in range(_ROWS_OF_THE_OTHER)]
        self.jetson.say(*new)
        self.told += new
        for device in (self.jetson, self.laptop):
            ran = device.run("sync", code=None)
            self.ended[ran.code] += 1
            check_ending(ran)

    def _careless(self) -> None:
        kind = self._chance.choice((*_GIT, *_MORE_GIT))
        with suppress(OSError):  # a file was there a moment ago
            CARELESS[kind][1](_Careless(self.laptop), self._chance)  # type: ignore[arg-type]
        self.git += 1


class _Careless:
    """As much of a device as git needs."""

    def __init__(self, device: Device) -> None:
        self.directory, self._device = device.directory, device

    def try_git(self, *words: str) -> str:
        return self._device.git(*words, check=False)


def check_ending(ran: Ran) -> None:
    assert ran.code in _MAY_END_WITH and "Traceback" not in ran.err, ran
    assert ran.code in (0, 1) or "error: " in ran.err or "warning: " in ran.err, ran
