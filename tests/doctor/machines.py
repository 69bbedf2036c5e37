"""Machines that a test cannot be run on, described: old programs, a small disk, a stick, a Jetson."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from waifusync.workflows.doctoring.patient import System

_MODEL = "proc/device-tree/model"
_RELEASE = "etc/nv_tegra_release"


class Machine(NamedTuple):
    """A machine that has `check` say `says`; `system` gets an empty folder and where the companion is."""

    name: str
    check: str
    says: str
    code: int
    system: Callable[[Path, Path], System]


def _file(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def _mounted(kind: str) -> Callable[[Path, Path], System]:
    def describe(root: Path, companion: Path) -> System:
        place = str(companion.resolve()).replace(" ", "\\040")
        lines = ("/dev/root / ext4 rw 0 0", f"there {place} {kind} rw 0 0", "proc /proc proc rw 0 0")
        _file(root, "proc/mounts", "\n".join(lines) + "\n")
        return System(root=root)

    return describe


def _jetson(release: str) -> Callable[[Path, Path], System]:
    def describe(root: Path, companion: Path) -> System:
        _file(root, _MODEL, "NVIDIA Jetson Orin Nano Developer Kit\0")
        _file(root, _RELEASE, release)
        return System(root=root, machine="aarch64")

    return describe


_OLD_JETSON = "# R35 (release), REVISION: 4.1, GCID: 33958178, BOARD: t186ref, EABI: aarch64\n"
_NEW_JETSON = "# R36 (release), REVISION: 3.0, GCID: 36923193, BOARD: generic, EABI: aarch64\n"
MACHINES = (
    Machine("old SQLite", "sqlite", "SQLite 3.31.1 is too old", 1, lambda _, __: System(sqlite=(3, 31, 1))),
    Machine("SQLite", "sqlite", "SQLite 3.51.2 is older", 0, lambda _, __: System(sqlite=(3, 51, 2))),
    Machine("old Python", "python", "Python 3.8.10 is too old", 1, lambda _, __: System(python=(3, 8, 10))),
    Machine("old Jetson", "board", "JetPack 5) has a Python, git and SQLite", 1, _jetson(_OLD_JETSON)),
    Machine("Jetson", "board", "this is a NVIDIA Jetson Orin Nano", 0, _jetson(_NEW_JETSON)),
    Machine("network", "file system", "network file system (nfs4)", 3, _mounted("nfs4")),
    Machine("stick", "file system", "without links and rights (vfat)", 3, _mounted("vfat")),
    Machine("full", "disk", "5 MB are left", 1, lambda _, __: System(free_bytes=lambda path: 5_000_000)),
)
