"""`waifusync import`: takes in the rows of another database, or an export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output, syncing
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.memory.importing import Imported
    from waifusync.workflows.syncing.outcome import Outcome

EXAMPLES = ("waifusync import old_shared_memory.db", "waifusync import companion.jsonl")


def import_file(
    file: Annotated[Path, Argument("FILE", help="An SQLite database, or what `waifusync export` wrote.")],
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Take in the rows of another SQLite file (an older copy, a backup), or the logs of an export.

    Rows are matched by what they hold, so copies may overlap and may be taken in again: the result is their
    union. What is here already is never overwritten. `waifusync undo` takes the rows of a database out again.
    """
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.importing import import_file as take_over

    taken = take_over(Companion.find(directory), directory / file)
    if taken.rows is not None:
        return _report_rows(taken.rows, json=json)
    assert taken.outcome is not None
    return _report_export(taken.outcome, json=json)


def _report_rows(rows: Imported, *, json: bool) -> int:
    if json:
        output.answer_json({"added": rows.added, "known": rows.known, "different": rows.different})
    else:
        came = ", ".join(f"{count:,} of {output.plain(name)}" for name, count in rows.added.items())
        output.answer(f"Took in {came or 'nothing new'}; {sum(rows.known.values()):,} known already.")
    for name, count in rows.different.items():
        output.warn(
            f"{output.count(count, 'row')} of {output.plain(name)} differ from what is here and were "
            "kept beside it: waifusync conflicts"
        )
    return ExitCode.CONFLICTS if rows.different else ExitCode.DONE


def _report_export(outcome: Outcome, *, json: bool) -> int:
    for warning in (*outcome.warnings, *outcome.untrusted):
        output.warn(output.plain(warning))
    if json:
        output.answer_json(outcome.to_json())
    else:
        came = [f"{count:,} from {name}" for name, count in sorted(outcome.received.items())]
        output.answer(f"Took in {' and '.join(came) or 'nothing new'}.")
    return syncing.exit_code(outcome)
