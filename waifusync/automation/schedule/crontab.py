"""The user's crontab: a marked block for each companion, and everybody else's lines kept to the byte.

cron makes up for nothing that it missed, so its line comes often and `run --if-due` looks at a stamp.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping

from waifusync.automation.schedule.rhythm import minutes_between_looks
from waifusync.automation.schedule.units import Job, delay_seconds
from waifusync.errors import RefusedError

_PATIENCE_SECONDS = 20
_LONGEST_DELAY_SECONDS = 30
_MOST_LINES = 3


class CrontabRefused(RefusedError):
    """The crontab cannot be read or written, or holds what we do not understand."""


def block(job: Job, *, name: str, logger: str | None) -> str:
    """Our lines. What a run says goes to the system's log, because cron would send it by mail."""
    minutes = minutes_between_looks(job.rhythm)
    when = "* * * * *" if minutes == 1 else f"*/{minutes} * * * *"
    delay = delay_seconds(job.rhythm, most=_LONGEST_DELAY_SECONDS)
    command = shlex.join([*job.words, "--if-due", "--delay", f"{delay}s"])
    end = f"2>&1 | {shlex.quote(logger)} -t waifusync" if logger else ">/dev/null 2>&1"
    line = f"{when} {command} {end}".replace("%", "\\%")  # to cron, a bare one is the end of a line
    return f"{_begin(name)} {job.directory} {job.rhythm}\n{line}\n{_end(name)}\n"


def with_block(text: str, name: str, lines: str) -> str:
    """In the place of the one that is there, else at the end."""
    before, found, after = _split(text, name)
    if not found and before and not before.endswith("\n"):
        before += "\n"
    return before + lines + after


def without_block(text: str, name: str) -> str:
    before, _, after = _split(text, name)
    return before + after


def block_in(text: str, name: str) -> str | None:
    """Ours, as it stands there."""
    return _split(text, name)[1] or None


def _split(text: str, name: str) -> tuple[str, str, str]:
    """Raises CrontabRefused for a block that somebody cut in two: what follows is not ours to take."""
    lines = text.splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if line.startswith(_begin(name) + " ")), None)
    if first is None:
        return text, "", ""
    last = next((at for at, line in enumerate(lines) if at > first and line.rstrip() == _end(name)), None)
    if last is None or last - first >= _MOST_LINES:
        raise CrontabRefused(
            f"the crontab's block {name} has no end of its own", hint="take its lines out with: crontab -e"
        )
    return "".join(lines[:first]), "".join(lines[first : last + 1]), "".join(lines[last + 1 :])


def _begin(name: str) -> str:
    return f"# begin {name}:"


def _end(name: str) -> str:
    return f"# end {name}"


def is_there(environment: Mapping[str, str]) -> bool:
    """Whether there is a crontab to be had, and we may use it."""
    try:
        read(environment)
    except CrontabRefused:
        return False
    return True


def read(environment: Mapping[str, str]) -> str:
    """All of it; "" when the user has none yet."""
    done = _run(environment, "-l", given=None)
    if done.returncode != 0 and b"no crontab for" not in done.stderr:
        raise _refused("read", done.stderr)
    return os.fsdecode(done.stdout) if done.returncode == 0 else ""


def write(environment: Mapping[str, str], text: str) -> None:
    """All of it; an empty one is removed."""
    done = _run(environment, "-", given=os.fsencode(text)) if text else _run(environment, "-r", given=None)
    if done.returncode != 0:
        raise _refused("written", done.stderr)


def _refused(what: str, stderr: bytes) -> CrontabRefused:
    why = "".join(stderr.decode("utf-8", "replace").strip().splitlines()[-1:])
    return CrontabRefused(f"the crontab cannot be {what}: {why}", hint="see whether `crontab -l` works here")


def _run(
    environment: Mapping[str, str], word: str, *, given: bytes | None
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["crontab", word],
            env={**environment, "LC_ALL": "C"},
            input=given or b"",
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CrontabRefused(
            f"crontab could not be asked: {error}", hint="install cron, or use systemd"
        ) from error
