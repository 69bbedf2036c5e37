"""A desktop's notification of a failure that needs a person: once for each, until a run goes well again."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_FILE = "notified"
_LONGEST = 300
_MOST_REMEMBERED = 20
_PATIENCE_SECONDS = 5


def notify_once(directory: Path, *, companion: str, failure: str, environment: Mapping[str, str]) -> bool:
    """Whether one was shown. `failure` is an error's message, which never holds a memory's text.

    Remembered before it is shown, and not shown where that fails: a full disk must not make a loop.
    """
    known, failure = _remembered(directory), " ".join(failure.split())
    if failure in known or not can_notify(environment):
        return False
    try:
        lines = [*known, failure][-_MOST_REMEMBERED:]
        (directory / _FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError:
        return False
    return _show(f"waifusync: {companion}", failure[:_LONGEST], environment)


def all_is_well(directory: Path) -> None:
    """From here on every failure is new again."""
    with contextlib.suppress(OSError):
        (directory / _FILE).unlink(missing_ok=True)


def can_notify(environment: Mapping[str, str]) -> bool:
    """Whether there is a program for it and a session to show it in."""
    bus = environment.get("DBUS_SESSION_BUS_ADDRESS", "")
    return bool(bus) and shutil.which("notify-send", path=environment.get("PATH")) is not None


def _remembered(directory: Path) -> list[str]:
    try:
        return (directory / _FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _show(title: str, text: str, environment: Mapping[str, str]) -> bool:
    program = shutil.which("notify-send", path=environment.get("PATH"))
    assert program is not None
    words = [program, "--app-name=waifusync", "--icon=dialog-warning", "--", title, _as_markup(text)]
    try:
        done = subprocess.run(
            words,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _as_markup(text: str) -> str:
    """Desktops read HTML in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
