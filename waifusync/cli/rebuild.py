"""`waifusync rebuild`: the live database afresh out of the logs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.workflows.rebuilding import Rebuilt

EXAMPLES = ("waifusync rebuild", "waifusync rebuild --json")


def rebuild(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Make the live database afresh out of the logs, and carry over what differs, by SQL.

    Programs may go on. What they wrote stays; rows that were not as the log has them are kept in a file.
    """
    from waifusync.cli.progress import Progress
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.rebuilding import rebuild as build

    companion = Companion.find(directory)
    with Progress("Rebuilding") as progress:
        rebuilt = build(companion, progress=progress.advance)
    for warning in rebuilt.warnings:
        output.warn(output.plain(warning))
    if json:
        output.answer_json(rebuilt.to_json())
    else:
        _show(rebuilt)
    return ExitCode.UNTRUSTED if rebuilt.warnings and rebuilt.was_gone else ExitCode.DONE


def _show(rebuilt: Rebuilt) -> None:
    if rebuilt.moved_aside:
        output.say(f"The database that could not be read is now {rebuilt.moved_aside}")
    if rebuilt.kept:
        output.say(f"Rows that were not as the log has them are kept in {rebuilt.kept}")
    rows = output.count(sum(rebuilt.rows.values()), "memory", "memories")
    swapped = rebuilt.swapped
    if not swapped.rows and not swapped.ledger:
        output.answer(f"The database was as the logs have it: {rows}.")
        return
    told = (("added", swapped.added), ("changed", swapped.changed), ("removed", swapped.removed))
    parts = [f"{sum(counts.values()):,} {what}" for what, counts in told if counts]
    output.answer(f"Rebuilt {rows} out of the logs: {', '.join(parts) or 'only the ledger differed'}.")
