"""`schedule install` and `remove`: what will be written is a plan first, and only then performed.

A schedule is called by the companion's path, so that several live beside each other, and a copy of a
companion never touches the schedule of the one that it was copied from.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from waifusync.automation.schedule import crontab, environment_file, systemd, units
from waifusync.automation.schedule.environment_file import KeptEnvironment
from waifusync.automation.schedule.record import CRONTAB, SYSTEMD, Record, read_record, write_record
from waifusync.automation.schedule.rhythm import Cron, Every, Rhythm
from waifusync.automation.schedule.units import Job
from waifusync.errors import RefusedError
from waifusync.repository.git import Git
from waifusync.repository.hook_places import read_record as read_hook_record
from waifusync.repository.hook_places import write_file
from waifusync.values import NamedTuple


class CannotSchedule(RefusedError):
    """Nothing here starts a program by the clock, or a path cannot be written down for it."""


class Wish(NamedTuple):
    """What was asked for. `kind` None: systemd where it runs, else cron; `program` calls us from anywhere."""

    rhythm: Rhythm
    limit: str
    program: tuple[str, ...]
    kind: str | None = None


class Plan(NamedTuple):
    """Everything that is to be there afterwards. `files` for systemd, `block` for the crontab."""

    record: Record
    environment: KeptEnvironment
    files: Mapping[Path, str]
    block: str = ""


def plan(git: Git, wish: Wish, environment: Mapping[str, str], *, now: int) -> Plan:
    """Raises CannotSchedule. Writes nothing; asks systemd and cron whether they are there."""
    directory = os.path.realpath(git.directory)
    if any(not letter.isprintable() for word in (directory, *wish.program) for letter in word):
        raise CannotSchedule(
            f"neither systemd nor cron could be told of {directory!r}", hint="rename that folder"
        )
    kind = wish.kind or _kind(environment)
    name = name_of(directory)
    rhythm = wish.rhythm
    seconds = rhythm.seconds if isinstance(rhythm, Every) else None
    fields = rhythm.fields if isinstance(rhythm, Cron) else None
    record = Record(kind, name, directory, wish.program, wish.limit, now, seconds, fields)
    return Plan(record, environment_file.worth_keeping(environment), *_to_write(record, environment))


def _to_write(record: Record, environment: Mapping[str, str]) -> tuple[Mapping[Path, str], str]:
    job = job_of(record)
    if record.kind == SYSTEMD:
        folder = systemd.unit_folder(environment)
        service, timer = (folder / file for file in units.file_names(record.name))
        return {service: units.service(job), timer: units.timer(job)}, ""
    logger = shutil.which("logger", path=environment.get("PATH"))
    return {}, crontab.block(job, name=record.name, logger=logger)


def job_of(record: Record) -> Job:
    """What the record's starter starts."""
    return Job(record.directory, record.program, record.rhythm, record.limit)


def _kind(environment: Mapping[str, str]) -> str:
    if systemd.is_there(environment):
        return SYSTEMD
    if crontab.is_there(environment):
        return CRONTAB
    raise CannotSchedule(
        "neither a systemd of yours nor a crontab answers here",
        hint="log in as yourself (not by su or sudo), or install cron",
    )


def name_of(directory: str) -> str:
    """The same for the same path, and readable in a list."""
    readable = re.sub(r"[^a-z0-9]+", "-", os.path.basename(directory).lower()).strip("-")[:32]
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:8]
    return "-".join(part for part in ("waifusync", readable, digest) if part)


def perform(git: Git, planned: Plan, environment: Mapping[str, str]) -> bool:
    """False: everything was so. Raises SystemdRefused, CrontabRefused, CannotWrite."""
    record, directory = planned.record, git.state_directory
    if record.kind == SYSTEMD and not systemd.is_there(environment):
        raise CannotSchedule(
            "no systemd of yours answers here", hint="log in as yourself, or use cron: --with crontab"
        )
    before = read_record(directory)
    if before is not None and (before.kind, before.name) != (record.kind, record.name):
        remove(git, environment)
    changed = environment_file.write_down(directory, planned.environment)
    changed |= _write(planned, environment)
    if before is None or before._replace(installed=record.installed) != record:
        write_record(directory, record)
        changed = True
    return changed


def _write(planned: Plan, environment: Mapping[str, str]) -> bool:
    if planned.record.kind == CRONTAB:
        text = crontab.read(environment)
        wanted = crontab.with_block(text, planned.record.name, planned.block)
        if wanted != text:
            crontab.write(environment, wanted)
        return wanted != text
    changed = [write_file(path, text) for path, text in planned.files.items()]
    _, timer = units.file_names(planned.record.name)
    for words in (("daemon-reload",), ("enable", timer), ("restart", timer)):
        systemd.call(environment, *words)
    return any(changed)


def remove(git: Git, environment: Mapping[str, str]) -> list[str]:
    """What was taken out. Of a copied companion, nothing but what it remembers of the other's schedule."""
    directory = git.state_directory
    record = read_record(directory)
    done: list[str] = []
    if record is not None and is_ours(git, record):
        done = _remove_from_crontab(record, environment)
        if record.kind == SYSTEMD:
            done += _remove_units(record, environment)
    write_record(directory, None)
    hooks = read_hook_record(git)
    if hooks is None or not hooks.pushes:  # runs that hooks start need it, too
        environment_file.forget(directory)
    return done


def is_ours(git: Git, record: Record) -> bool:
    """Whether it was made here, or where this companion was before it moved."""
    if record.directory == os.path.realpath(git.directory):
        return True
    return not os.path.exists(os.path.join(record.directory, ".git", "waifusync", "device.json"))


def _remove_from_crontab(record: Record, environment: Mapping[str, str]) -> list[str]:
    if record.kind != CRONTAB:
        return []
    text = crontab.read(environment)
    if crontab.block_in(text, record.name) is None:
        return []
    crontab.write(environment, crontab.without_block(text, record.name))
    return [f"the crontab's block {record.name}"]


def _remove_units(record: Record, environment: Mapping[str, str]) -> list[str]:
    """With a systemd that does not answer too: then what it would take away is taken away by hand."""
    folder = systemd.unit_folder(environment)
    service, timer = units.file_names(record.name)
    is_there = systemd.is_there(environment)
    if is_there and (folder / timer).exists():
        systemd.call(environment, "disable", "--now", timer)
    (folder / "timers.target.wants" / timer).unlink(missing_ok=True)
    done = [str(folder / file) for file in (service, timer) if (folder / file).exists()]
    for file in (service, timer):
        (folder / file).unlink(missing_ok=True)
    if is_there:
        systemd.call(environment, "daemon-reload")
    return done
