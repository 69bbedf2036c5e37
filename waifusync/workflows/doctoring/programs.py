"""What waifusync runs on: git, SQLite, Python, and the board."""

from __future__ import annotations

from waifusync.errors import RefusedError
from waifusync.patterns import pattern
from waifusync.repository.git import OLDEST_GIT, git_version
from waifusync.workflows.doctoring.check import Check, Finding, note
from waifusync.workflows.doctoring.patient import Patient

OLDEST_SQLITE = (3, 37)
# https://sqlite.org/wal.html: the WAL could be reset while another connection still read it.
WAL_MENDED = (3, 51, 3)
OLDEST_PYTHON = (3, 10)
_JETPACKS = {"32": "4", "34": "5", "35": "5", "36": "6", "38": "7"}
_RELEASE = pattern(r"# R(\d+) \(release\), REVISION: ([\d.]+)")


def dotted(version: tuple[int, ...]) -> str:
    """As people write it."""
    return ".".join(map(str, version))


def look_at_git(patient: Patient) -> list[Finding]:
    try:
        found = git_version()
    except RefusedError as error:
        return [Finding(error.message, error.hint, error.code)]
    if found[:2] >= OLDEST_GIT:
        return []
    return [Finding(f"git {dotted(found)} is too old", f"install git {dotted(OLDEST_GIT)} or later")]


def look_at_sqlite(patient: Patient) -> list[Finding]:
    found = patient.system.sqlite
    if found < OLDEST_SQLITE:
        oldest = dotted(OLDEST_SQLITE)
        return [Finding(f"SQLite {dotted(found)} is too old", f"use a Python with SQLite {oldest} or later")]
    if found < WAL_MENDED:
        return [
            note(
                f"SQLite {dotted(found)} is older than {dotted(WAL_MENDED)}, which mends a rare fault of its "
                "write-ahead log (two connections, one of them resetting it)",
                "upgrade SQLite when the system offers it; waifusync itself never resets that log",
            )
        ]
    return []


def look_at_python(patient: Patient) -> list[Finding]:
    found = patient.system.python
    if found >= OLDEST_PYTHON:
        return []
    return [Finding(f"Python {dotted(found)} is too old", f"use Python {dotted(OLDEST_PYTHON)} or later")]


def look_at_board(patient: Patient) -> list[Finding]:
    """What is particular about a Jetson, or another small board."""
    system = patient.system
    model = system.read("proc/device-tree/model")
    if not model or system.machine != "aarch64":
        return []
    found = [
        note(f"this is a {model}", "its clock may begin in 1970 at each start, until the network sets it")
    ]
    release = _RELEASE.search(system.read("etc/nv_tegra_release"))
    return found + (_of_jetpack(release[1], release[2]) if release else [])


def _of_jetpack(major: str, minor: str) -> list[Finding]:
    name = f"Jetson Linux {major}.{minor} (JetPack {_JETPACKS.get(major, 'unknown')})"
    if int(major) >= 36:
        return [note(f"{name} has what waifusync needs")]
    return [
        Finding(
            f"{name} has a Python, git and SQLite that are too old for waifusync",
            "upgrade to JetPack 6, or install Python 3.10, git 2.34 and SQLite 3.37 beside the system's",
        )
    ]


CHECKS = (
    Check("git", "waifusync calls git for all that leaves this device", look_at_git),
    Check("sqlite", "the memory is an SQLite database", look_at_sqlite),
    Check("python", "waifusync runs on it", look_at_python),
    Check("board", "small boards have needs of their own", look_at_board),
)
