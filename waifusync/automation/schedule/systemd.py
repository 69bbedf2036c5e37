"""The user's systemd, asked by systemctl: whether it is there, and what it knows of our units."""

from __future__ import annotations

import getpass
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from waifusync.errors import RefusedError

_PATIENCE_SECONDS = 20
_LINGERING = Path("/var/lib/systemd/linger")


class SystemdRefused(RefusedError):
    """systemctl did not do what it was asked."""


def unit_folder(environment: Mapping[str, str]) -> Path:
    """Where a user's own units are."""
    home = environment.get("XDG_CONFIG_HOME") or os.path.join(environment.get("HOME", ""), ".config")
    return Path(home) / "systemd" / "user"


def is_there(environment: Mapping[str, str]) -> bool:
    """Whether a systemd of this user's runs and answers."""
    return _ask(environment, "show", "--property=Version") is not None


def properties(environment: Mapping[str, str], unit: str, *names: str) -> Mapping[str, str] | None:
    """What systemd says of a unit; None when it does not answer."""
    answer = _ask(environment, "show", f"--property={','.join(names)}", "--timestamp=unix", "--", unit)
    if answer is None:
        return None
    return dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)


def call(environment: Mapping[str, str], *words: str) -> None:
    """Raises SystemdRefused."""
    done = _run(environment, *words)
    if done is None or done.returncode != 0:
        told = "it does not answer" if done is None else done.stderr.strip().splitlines()[-1:]
        why = told if isinstance(told, str) else "".join(told)
        raise SystemdRefused(
            f"systemctl --user {words[0]} failed: {why}", hint="to use cron instead: --with crontab"
        )


def lingers() -> bool:
    """Whether the user's systemd runs on after logout, and from boot on."""
    try:
        return (_LINGERING / getpass.getuser()).exists()
    except (KeyError, OSError):
        return False


def _ask(environment: Mapping[str, str], *words: str) -> str | None:
    done = _run(environment, *words)
    return done.stdout if done is not None and done.returncode == 0 else None


def _run(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(
            ["systemctl", "--user", "--no-pager", *words],
            env={**environment, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
