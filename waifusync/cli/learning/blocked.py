"""`waifusync blocked`: what was not taken in on this device, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.workflows.learning.blocked import BlockedItem

EXAMPLES = ("waifusync blocked", "waifusync blocked --json")


def list_blocked(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """What was not taken in on this device, from whom, why and how often. Texts are not kept."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.blocked import read_blocked

    found = read_blocked(Companion.find(directory))
    if json:
        output.answer_json([each.to_json() for each in found])
    elif found:
        output.answer_table(("last", "from", "reason", "characters", "times"), [_row(each) for each in found])
    else:
        output.answer("Nothing was blocked.")
    return ExitCode.DONE


def _row(each: BlockedItem) -> tuple[str, ...]:
    return (each.last or "", each.source, each.reason, f"{each.characters:,}", f"{each.times:,}")
