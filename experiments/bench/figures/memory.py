"""The most that any process of a command holds resident, with a million memories behind it."""

from __future__ import annotations

import shutil
from pathlib import Path

from experiments.bench.data import memories
from experiments.bench.figure import Measured
from experiments.bench.ground import WAIFUSYNC, Device, Setting
from experiments.bench.timing import peak_mebibytes

_EVERY_DAY = (("status",), ("push",), ("search", "tea"), ("verify",), ("rebuild",), ("commit", "--full"))


def measure(setting: Setting) -> Measured:
    """Once each: a peak does not depend on what else the machine does."""
    laptop = setting.laptop(setting.scale.many)
    laptop.write(memories(setting.scale.pulled, seed=8000))
    measured = Measured()
    for words in _EVERY_DAY:
        setting.tick(" ".join(words))
        named = words[0] if words[0] == "search" else " ".join(words)
        measured.values[named] = [_peak(laptop, *words)]
    _measure_second(setting, laptop, measured)
    return measured


def _measure_second(setting: Setting, laptop: Device, measured: Measured) -> None:
    world, second = laptop.world, Device(laptop.world, "second")
    setting.tick("join")
    command: list[str | Path] = [WAIFUSYNC, "join", world.remote, second.name, "--device", second.name]
    measured.values["join"] = [peak_mebibytes(command, where=world.folder, environment=world.environment)]
    laptop.write(memories(setting.scale.pulled, seed=8001))
    laptop.push()
    setting.tick("pull")
    measured.values["pull"] = [_peak(second, "pull")]
    shutil.rmtree(second.directory)


def _peak(device: Device, *words: str) -> float:
    return peak_mebibytes([WAIFUSYNC, *words], where=device.directory, environment=device.world.environment)
