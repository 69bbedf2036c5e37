"""One device alone, and two that share a remote."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verbs.devices import Device, bare_repository, join_device, make_device


@pytest.fixture
def laptop(tmp_path: Path, layout: str) -> Device:
    return make_device(tmp_path / "laptop", "laptop", layout=layout)


@pytest.fixture
def pair(tmp_path: Path, layout: str) -> tuple[Device, Device]:
    """A laptop that made the companion and pushed, and a jetson that joined."""
    remote = bare_repository(tmp_path / "remote.git")
    laptop = make_device(tmp_path / "laptop", "laptop", remote, layout)
    laptop.ok("push")
    return laptop, join_device(tmp_path / "jetson", "jetson", remote)
