"""What runs by itself: what keeps it from running, what follows a sync, and who is told of a failure."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.errors import ExitCode, WaifusyncError

if TYPE_CHECKING:
    from waifusync.repository.git import Git
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.syncing.outcome import Outcome
    from waifusync.workflows.trouble_here import Problem


def of_schedule(git: Git) -> list[Problem]:
    """As far as files can tell, and quickly where there is no schedule."""
    if not (git.state_directory / "schedule.json").exists():
        return []
    from waifusync.automation.schedule.record import read_record
    from waifusync.automation.schedule.showing import INSTALL, trouble
    from waifusync.workflows.trouble_here import Problem

    record = read_record(git.state_directory)
    found = trouble(git, record) if record is not None else []
    return [Problem(text, f"run: {INSTALL}", ExitCode.REFUSED, INSTALL) for text in found]


def retain(companion: Companion, outcome: Outcome) -> None:
    """What this device chose to keep of the past, once a day. The sync is done, so failing is a warning."""
    from waifusync.workflows.retaining.applying import apply_if_due

    try:
        applied = apply_if_due(companion)
    except WaifusyncError as error:
        outcome.warnings.append(f"retention could not be applied: {error.message}")
        return
    if applied is not None and applied.over:
        limits = " and ".join(applied.over)
        outcome.warnings.append(f"above the limit chosen for this device: {limits}; waifusync retention show")


def tell_desktop(state_directory: Path, failure: str) -> None:
    """Once for each failure that will last, where there is a desktop."""
    from waifusync.automation.notifying import notify_once
    from waifusync.workflows.syncing.last_sync import read_last_sync

    noted = read_last_sync(state_directory).error
    if noted is not None and noted.will_last:
        name = state_directory.parent.parent.name
        notify_once(state_directory, companion=name, failure=failure, environment=os.environ)
