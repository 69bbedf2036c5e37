"""One device alone, and two that share a remote."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.templates import copy_parts, template
from tests.verbs.devices import Device, bare_repository, join_device, make_device


@pytest.fixture
def laptop(tmp_path: Path, layout: str) -> Device:
    def make(folder: Path) -> list[str]:
        make_device(folder / "laptop", "laptop", layout=layout)
        return ["laptop"]

    copy_parts(template(("verbs", "laptop", layout), make).folder, tmp_path, ["laptop"])
    return Device(tmp_path / "laptop")


@pytest.fixture
def pair(tmp_path: Path, layout: str) -> tuple[Device, Device]:
    """A laptop that made the companion and pushed, and a jetson that joined."""

    def make(folder: Path) -> list[str]:
        remote = bare_repository(folder / "remote.git")
        make_device(folder / "laptop", "laptop", remote, layout).ok("push")
        join_device(folder / "jetson", "jetson", remote)
        return ["laptop", "jetson"]

    made = template(("verbs", "pair", layout), make)
    copy_parts(made.folder, tmp_path, [*made.devices, "remote.git"])
    return Device(tmp_path / "laptop"), Device(tmp_path / "jetson")
