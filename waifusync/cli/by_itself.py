"""What keeps from running what is to run by itself: `status` and `doctor` tell it in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.repository.git import Git
    from waifusync.workflows.trouble_here import Problem


def of_schedule(git: Git) -> list[Problem]:
    """As far as files can tell, and quickly where there is no schedule."""
    if not (git.state_directory / "schedule.json").exists():
        return []
    from waifusync.automation.record import read_record
    from waifusync.automation.showing import INSTALL, trouble
    from waifusync.workflows.trouble_here import Problem

    record = read_record(git.state_directory)
    found = trouble(git, record) if record is not None else []
    return [Problem(text, f"run: {INSTALL}", ExitCode.REFUSED, INSTALL) for text in found]
