"""Devices that learn, in this process: real databases and log lines, without git, so that laws are cheap."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.simulation.device import Device
from tests.simulation.world import World
from waifusync.core.learning.taken import Came
from waifusync.memory.connection import transaction
from waifusync.memory.learned import Learning, read_collection

# One device hears another, or itself.
HEARING = st.tuples(st.integers(0, 4), st.integers(0, 4))
IDS = ("aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "eeeeeeee")


class Mind(Device):
    """One device; what it learns becomes lines of its log, and what others' lines say is folded into it."""

    @contextmanager
    def lesson(self) -> Iterator[Learning]:
        """One transaction in which things are learned."""
        self.now += 1
        with self.memory() as memory:
            with transaction(memory.connection):
                learning = Learning(memory.ledger, wall_milliseconds=self.now)
                yield learning
                learning.close()
            self._export(memory)

    def hear(self, other: Mind) -> None:
        """Everything that the other holds, with all that is known delivered again."""
        self.store.take_from(other.store)
        self.apply()

    def learned(self, collection: str) -> dict[str, dict[str, Any]]:
        """The records of a collection by key."""
        with self.memory() as memory:
            return dict(read_collection(memory.connection, collection))

    def digest(self) -> str:
        with self.memory() as memory:
            return memory.digest()


def minds(folder: Path, count: int) -> list[Mind]:
    """So many devices of one companion, none of which has heard of another."""
    world = World(folder)
    found = [Mind(world, name) for name in IDS[:count]]
    for each in found:
        each.collect()
    return found


def gather(everyone: list[Mind]) -> set[str]:
    """All hear all; their digests."""
    for _ in range(2):
        for each in everyone:
            for other in everyone:
                if other is not each:
                    each.store.take_from(other.store)
            each.apply()
    return {each.digest() for each in everyone}


def live(steps: Sequence[Any], take_in: Callable[..., Any], collection: str) -> list[dict[str, Any]]:
    """Two to five devices that hear each other, or are told a word twice: (data, source, as of, device).

    What each knows in the end, when all heard all.
    """
    with tempfile.TemporaryDirectory() as folder:
        devices = minds(Path(folder), count := 2 + len(steps) % 4)
        for step in steps:
            if len(step) == 2:
                devices[step[0] % count].hear(devices[step[1] % count])
                continue
            data, source, as_of, device = step
            for _ in range(2):
                with devices[device % count].lesson() as learning:
                    took = take_in(learning, data, source=source, as_of=as_of)
            assert took.came is Came.NOTHING  # the second time
        assert len(gather(devices)) == 1
        learned = [each.learned(collection) for each in devices]
        for each in devices:
            each.stop()
        return learned
