"""The two units of a companion for the user's systemd, as text. Pure.

A schedule that OnCalendar cannot say becomes a timer that comes often, and `run --if-due` looks at a stamp.
"""

from __future__ import annotations

from collections.abc import Sequence

from waifusync.automation.schedule.calendar import calendar_of, each_minutes
from waifusync.automation.schedule.rhythm import Every, Rhythm, minutes_between_looks
from waifusync.core.durations import seconds_of
from waifusync.values import NamedTuple

_OF = "X-WaifusyncOf="
_LONGEST_DELAY_SECONDS = 300
# `run` ends by itself at its limit; this is for one that does not.
_GRACE_SECONDS = 120

_SERVICE = """\
# Written by `waifusync schedule install`, taken out by `waifusync schedule remove`.
[Unit]
Description=waifusync: a sync of {directory}
{of}{directory}

[Service]
Type=oneshot
ExecStart={command}
SuccessExitStatus=1
TimeoutStartSec={seconds}s
Nice=10
"""
_TIMER = """\
# Written by `waifusync schedule install`, taken out by `waifusync schedule remove`.
[Unit]
Description=waifusync: a sync of {directory} {rhythm}
{of}{directory}

[Timer]
{calendar}
Persistent=true
RandomizedDelaySec={delay}s

[Install]
WantedBy=timers.target
"""


class Job(NamedTuple):
    """What is to be started, and when. `command` is the program with its own words."""

    directory: str
    command: tuple[str, ...]
    rhythm: Rhythm
    limit: str

    @property
    def words(self) -> list[str]:
        """The whole command line but for what a starter adds."""
        return [*self.command, "-C", self.directory, "run", "--limit", self.limit]


def service(job: Job) -> str:
    is_exact = calendar_of(job.rhythm) is not None
    words = job.words if is_exact else [*job.words, "--if-due"]
    seconds = int(seconds_of(job.limit, option="--limit")) + _GRACE_SECONDS
    return _SERVICE.format(
        directory=_escaped(job.directory), of=_OF, command=" ".join(map(_quoted, words)), seconds=seconds
    )


def timer(job: Job) -> str:
    lines = calendar_of(job.rhythm) or [each_minutes(minutes_between_looks(job.rhythm))]
    return _TIMER.format(
        directory=_escaped(job.directory),
        of=_OF,
        rhythm=_escaped(str(job.rhythm)),
        calendar="\n".join(f"OnCalendar={line}" for line in lines),
        delay=delay_seconds(job.rhythm, most=_LONGEST_DELAY_SECONDS),
    )


def delay_seconds(rhythm: Rhythm, *, most: int) -> int:
    """So that devices do not all come at once: a tenth of the time between two runs, `most` at most."""
    return min(most, rhythm.seconds // 10) if isinstance(rhythm, Every) else min(most, 60)


def directory_of(text: str) -> str | None:
    """Which companion a unit is for; None when we did not write it."""
    for line in text.splitlines():
        if line.startswith(_OF):
            return line.removeprefix(_OF).replace("%%", "%")
    return None


def _quoted(word: str) -> str:
    """For ExecStart: within quotes a backslash and a quote are escaped, and `%` and `$` mean something."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def file_names(name: str) -> Sequence[str]:
    return (f"{name}.service", f"{name}.timer")
