"""What a schedule left to remember, and how its last run went: two small files in `.git/waifusync/`."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waifusync.repository.hook_places import write_file
from waifusync.values import NamedTuple

if TYPE_CHECKING:
    from waifusync.automation.schedule.rhythm import Rhythm

_SCHEDULE, _RUN = "schedule.json", "last_run.json"
SYSTEMD, CRONTAB = "systemd", "crontab"


class Record(NamedTuple):
    """`kind` is who starts it, `name` what it is called there; times in milliseconds since 1970."""

    kind: str
    name: str
    directory: str
    program: tuple[str, ...]
    limit: str
    installed: int
    every: int | None = None
    cron: str | None = None
    format: int = 1

    @property
    def rhythm(self) -> Rhythm:
        from waifusync.automation.schedule.rhythm import Cron, Every

        return Cron(self.cron) if self.cron is not None else Every(self.every or 60)


class LastRun(NamedTuple):
    """`code` and `line` are None while it goes on, and for ever when it was ended by force."""

    began: int
    code: int | None = None
    line: str | None = None


def read_record(directory: Path) -> Record | None:
    """None where no schedule was installed, or the file is damaged: installing mends that."""
    found = _read(directory / _SCHEDULE)
    with contextlib.suppress(TypeError, KeyError):
        if found is not None:
            return Record(**{**found, "program": tuple(found["program"])})
    return None


def write_record(directory: Path, record: Record | None) -> None:
    """None forgets it. Raises CannotWrite."""
    if record is None:
        (directory / _SCHEDULE).unlink(missing_ok=True)
    else:
        write_file(directory / _SCHEDULE, json.dumps(record._asdict(), indent=1) + "\n", mode=0o600)


def read_last_run(directory: Path) -> LastRun | None:
    found = _read(directory / _RUN)
    with contextlib.suppress(TypeError):
        if found is not None:
            return LastRun(**found)
    return None


def write_last_run(directory: Path, run: LastRun) -> None:
    """It only informs, so a disk that does not take it stops nothing. Raises nothing."""
    from waifusync.errors import WaifusyncError

    with contextlib.suppress(OSError, WaifusyncError):
        write_file(directory / _RUN, json.dumps(run._asdict(), ensure_ascii=False) + "\n", mode=0o600)


def _read(path: Path) -> dict[str, Any] | None:  # Any: JSON
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
