"""`waifusync path`: where the live database is."""

from __future__ import annotations

from pathlib import Path

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption
from waifusync.errors import ExitCode


def path(*, directory: DirectoryOption = Path(".")) -> int:
    """Print where the live database is: the file that programs open."""
    from waifusync.workflows.companion import Companion

    output.answer(str(Companion.find(directory).live_path))
    return ExitCode.DONE
