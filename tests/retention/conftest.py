"""A laptop and a jetson with forty days of history and merges behind them, level today. A tablet slept."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest

from tests.automation.hooked import copied
from tests.companions import Device, World

DAY = 24 * 60 * 60
_PAGE = "a long page about nothing in particular, one of many. " * 40


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], World]:
    return lru_cache(lambda layout: _lived(World(tmp_path_factory.mktemp(f"retention-{layout}"), layout)))


def _lived(world: World) -> World:
    *devices, tablet = [world.device(name, **_ago(40)) for name in ("laptop", "jetson", "tablet")]
    tablet.environment = {}
    for days in (38, 30, 10):
        for device in devices:
            device.say(f"{device.name} {days}: {_PAGE}")
            device.run("commit", **_ago(days))
        for device in (*devices, devices[0]):
            device.run("sync", **_ago(days))
    for device in devices:
        device.environment = {}
        device.say("today")
    world.settle(*devices)
    return world


def _ago(days: float) -> dict[str, str]:
    return {"WAIFUSYNC_CLOCK_OFFSET": str(-days * DAY)}


@pytest.fixture
def layout() -> str:
    return "log"


@pytest.fixture
def laptop(templates: Callable[[str], World], layout: str, tmp_path: Path) -> Device:
    return copied(templates(layout), tmp_path / "world").devices["laptop"]


@pytest.fixture
def jetson(laptop: Device) -> Device:
    return laptop.world.devices["jetson"]
