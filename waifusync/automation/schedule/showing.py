"""How a schedule stands: the next run, the last, and what keeps it from running."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from waifusync.automation.schedule import crontab, environment_file, systemd, units
from waifusync.automation.schedule.record import SYSTEMD, LastRun, Record, read_last_run, read_record
from waifusync.automation.schedule.rhythm import is_due, next_after
from waifusync.automation.schedule.scheduling import is_ours, job_of
from waifusync.errors import ExitCode, WaifusyncError
from waifusync.repository.git import Git
from waifusync.values import NamedTuple

INSTALL = "waifusync schedule install"
_ELAPSE = "NextElapseUSecRealtime"


class Schedule(NamedTuple):
    """`next_run` is in milliseconds since 1970, None where nothing will come; `wrong` needs a person."""

    record: Record
    last: LastRun | None
    next_run: int | None
    wrong: list[str]
    notes: list[str]

    @property
    def command(self) -> str:
        return " ".join(job_of(self.record).words)

    @property
    def exit_code(self) -> int:
        return ExitCode.CONFLICTS if self.wrong else ExitCode.DONE


def show(git: Git, environment: Mapping[str, str], *, now: int) -> Schedule | None:
    """None where no schedule was installed. Asks systemd or cron; changes nothing."""
    record = read_record(git.state_directory)
    if record is None:
        return None
    last = read_last_run(git.state_directory)
    wrong = trouble(git, record)
    if record.kind == SYSTEMD:
        stopped, asked = _of_timer(record, environment)
    else:
        stopped, asked = _of_crontab(record, environment), None
    next_run = None if stopped or wrong else asked or _next(record, last, now)
    return Schedule(record, last, next_run, [*wrong, *stopped], notes(record))


def trouble(git: Git, record: Record) -> list[str]:
    """What can be seen without asking anybody: for `status`."""
    return list(_trouble(git, record))


def _trouble(git: Git, record: Record) -> Iterator[str]:
    if record.directory != os.path.realpath(git.directory):
        how = "it moved" if is_ours(git, record) else "this is a copy of it"
        yield f"the schedule is for {record.directory}, not for this folder: {how}"
    if not os.access(record.program[0], os.X_OK):
        yield f"the program that the schedule starts is gone: {record.program[0]}"
    try:
        environment_file.written_down(git.state_directory)
    except WaifusyncError as error:
        yield error.message


def _of_timer(record: Record, environment: Mapping[str, str]) -> tuple[list[str], int | None]:
    folder: Path = systemd.unit_folder(environment)
    gone = [name for name in units.file_names(record.name) if not (folder / name).exists()]
    if gone:
        return [f"{folder / name} is gone" for name in gone], None
    _, timer = units.file_names(record.name)
    found = systemd.properties(environment, timer, "ActiveState", "UnitFileState", _ELAPSE)
    if found is None:
        return ["the user's systemd does not answer here, so the timer does not run"], None
    wrong = [] if found.get("ActiveState") == "active" else [f"{timer} is stopped"]
    if found.get("UnitFileState") == "disabled":
        wrong.append(f"{timer} is disabled: it will not be there after the next start")
    elapse = found.get(_ELAPSE, "").removeprefix("@")
    return wrong, int(elapse) * 1000 if elapse.isdigit() else None


def _of_crontab(record: Record, environment: Mapping[str, str]) -> list[str]:
    try:
        there = crontab.block_in(crontab.read(environment), record.name)
    except WaifusyncError as error:
        return [error.message]
    return [] if there else [f"the crontab's block {record.name} is gone"]


def _next(record: Record, last: LastRun | None, now: int) -> int:
    began = last.began / 1000 if last else None
    if is_due(record.rhythm, last=began, now=now / 1000):
        return now
    return int(next_after(record.rhythm, now / 1000) * 1000)


def notes(record: Record) -> list[str]:
    """What a person may want to know of this kind."""
    if record.kind == SYSTEMD and not systemd.lingers():
        return ["it runs while you are logged in; to have it run always: loginctl enable-linger"]
    return []
