"""`drivers check`: whether every file that is promised to a merge driver has one, as git itself sees it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

from waifusync.merging.kinds import SQLITE, VECTORS, kind_by_name
from waifusync.repository import driver_settings as settings
from waifusync.repository import layout
from waifusync.repository.git import Git
from waifusync.values import NamedTuple

OURS = (settings.SQLITE, settings.VECTORS, settings.SESSION)
_BUILT_IN = ("unspecified", "set", "unset", "text", "binary", "union")
_INSTALL = "waifusync drivers install"
_PATIENCE_SECONDS = 20


class Unmet(NamedTuple):
    """A driver that is promised and not there, or not right; `command` mends it, "" if none of ours can."""

    driver: str
    files: tuple[str, ...]
    reason: str
    command: str = ""

    def to_json(self) -> dict[str, object]:
        """As `drivers check --json` shows it."""
        return self._asdict()


class Promised(NamedTuple):
    """Files by the driver that attributes give them, what is wrong with any of these drivers, and files that
    could have one of ours and have none."""

    files: Mapping[str, tuple[str, ...]]
    unmet: tuple[Unmet, ...]
    without: tuple[str, ...]


def check_promises(git: Git) -> Promised:
    """Asks git which driver each file has, then whether that driver can run."""
    promised, without = _promised(git)
    found = (_unmet(git, driver, files) for driver, files in promised.items())
    return Promised(promised, tuple(each for each in found if each), without)


def _promised(git: Git) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    if git.is_bare:
        return {}, ()
    is_companion = (git.state_directory / "device.json").exists()
    listed = git.run("ls-files", "-z").stdout
    fields = git.run("check-attr", "-z", "--stdin", "merge", stdin=listed).text.split("\0")
    files: dict[str, list[str]] = {}
    without = []
    for path, driver in zip(fields[0::3], fields[2::3], strict=False):
        if driver not in _BUILT_IN:
            files.setdefault(driver, []).append(path)
        elif kind_by_name(path) in (SQLITE, VECTORS) and not (is_companion and layout.is_own(path)):
            without.append(path)
    return {driver: tuple(paths) for driver, paths in sorted(files.items())}, tuple(without)


def _unmet(git: Git, driver: str, files: tuple[str, ...]) -> Unmet | None:
    found = git.run("config", "--get", f"merge.{driver}.driver", check=False)
    registered = found.text.rstrip("\n") if found.status == 0 else ""
    if not registered:
        command = _INSTALL if driver in OURS else ""
        return Unmet(
            driver, files, "is not registered here, so git keeps one side and drops the other", command
        )
    if driver not in OURS:
        return None
    reason = _wrong(registered)
    return Unmet(driver, files, reason, _INSTALL) if reason else None


def _wrong(registered: str) -> str:
    """Why this driver would not do, "" when it would."""
    command = settings.command_of(registered)
    if not command or settings.driver_of(command) != registered:
        return "is registered with another command, or other placeholders, than waifusync's"
    if not os.access(command[0], os.X_OK):
        return f"is registered, but its program is gone: {command[0]}"
    return "" if _answers(command) else f"is registered, but its program does not run: {command[0]}"


def _answers(command: tuple[str, ...]) -> bool:
    try:
        done = subprocess.run(
            [*command, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.startswith(b"waifusync ")
