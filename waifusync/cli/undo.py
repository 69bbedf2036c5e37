"""`waifusync undo`: reverts the last thing a person's verb did on this device."""

from __future__ import annotations

from pathlib import Path

from waifusync.cli import reviving
from waifusync.cli.declare import DirectoryOption, JsonOption

EXAMPLES = ("waifusync undo", "waifusync undo        (again: does what was undone once more)")


def undo(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Revert the last remember, forget, restore, import, resolve or undo on this device.

    Pushes and pulls only carry what was done, so there is nothing in them to undo.
    """
    from waifusync.workflows import forgetting
    from waifusync.workflows.companion import Companion

    return reviving.report(forgetting.undo(Companion.find(directory)), json=json, is_undo=True)
