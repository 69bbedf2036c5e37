"""Where things are in a device, for the faults that are planted there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.companions import Device

DAY = 24 * 60 * 60


def nothing(laptop: Device) -> None:
    """The fault is in the surroundings."""


def clock(days: float) -> Callable[[Device], Mapping[str, str]]:
    return lambda laptop: {"WAIFUSYNC_CLOCK_OFFSET": str(days * DAY)}


def jetson(laptop: Device) -> Device:
    return laptop.world.devices["jetson"]


def git_folder(laptop: Device) -> Path:
    return laptop.directory / ".git"


def aged(path: Path, *, hours: float = 2) -> None:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
