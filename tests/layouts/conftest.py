"""Companions whose git tracks memory.db itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.companions import Device, World

SNAPSHOT = "shared_memory/memory.db"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, "database")


def by_hand(file: Path, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """What a person does who opens the snapshot with `sqlite3`."""
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(statement, parameters).fetchall()


def snapshot(device: Device) -> Path:
    return device.directory / SNAPSHOT


def shown(file: Path) -> list[str]:
    """What users said, as anybody reads it who has the file alone."""
    return sorted(text for (text,) in by_hand(file, "SELECT user_input FROM memories"))


def assert_well(*devices: Device) -> None:
    """Clean, pushed, verified, and each snapshot shows what the live database does."""
    for device in devices:
        assert device.git("status", "--porcelain") == ""
        assert device.git("rev-parse", "main") == device.world.remote_head()
        assert device.run("verify", "--json").json["ok"]
        assert shown(snapshot(device)) == device.said()
