"""Two devices whose logs are held in memory, and one way to bring them together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.device import Device
from tests.simulation.view import View
from tests.simulation.world import World


class Pair:
    """A laptop and a Jetson, both with their program running."""

    def __init__(self, directory: Path) -> None:
        self.world = World(directory)
        self.laptop, self.jetson = Device(self.world, "llllllll"), Device(self.world, "jjjjjjjj")

    def both(self, script: str) -> None:
        """What the same program does on each."""
        for device in (self.laptop, self.jetson):
            device.program.executescript(script)

    def sync(self) -> None:
        """Until both have everything; then both must show one state, and have nothing more to say."""
        for _ in range(2):
            for device, other in ((self.laptop, self.jetson), (self.jetson, self.laptop)):
                device.collect()
                other.collect()
                device.store.take_from(other.store)
                device.apply()
        assert self.laptop.collect() == self.jetson.collect() == 0
        laptop, jetson = View(self.laptop), View(self.jetson)
        for view in (laptop, jetson):
            view.check_itself()
        assert laptop.visible == jetson.visible
        assert laptop.aside == jetson.aside
        assert digest_of(self.laptop) == digest_of(self.jetson)

    def stop(self) -> None:
        self.laptop.stop()
        self.jetson.stop()


def digest_of(device: Device) -> str:
    with device.memory() as memory:
        return memory.digest()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path)
    yield pair
    pair.stop()
