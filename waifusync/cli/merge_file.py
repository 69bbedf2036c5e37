"""`waifusync merge-file`: three versions of a database, of embeddings or of a session, into one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.merging.files import Merged

EXAMPLES = (
    "waifusync merge-file base.db ours.db theirs.db -o merged.db",
    "waifusync merge-file - ours.db theirs.db -o ours.db --report conflicts.json",
)
_MOST = 50


def merge_file(
    base: Annotated[Path, Argument("BASE", help="What both began with; - when there is none.")],
    ours: Annotated[Path, Argument("OURS", help="One version.")],
    theirs: Annotated[Path, Argument("THEIRS", help="The other.")],
    *,
    out: Annotated[Path, Option("--out", "-o", metavar="OUT", help="Where the result goes; may be OURS.")],
    strategy: Annotated[
        Literal["manual_review", "latest_wins", "ours", "theirs"],
        Option("--strategy", help="How two changes of one thing are settled."),
    ] = "manual_review",
    report: Annotated[
        Path | None, Option("--report", metavar="FILE", help="Write all that was decided there, as JSON.")
    ] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Merge what OURS and THEIRS made of BASE, row by row, into OUT, which appears when it is whole.

    Exit code 1: merged, and where both changed one thing, a provisional winner stands in OUT.
    """
    from waifusync.core.three_way import Strategy
    from waifusync.workflows.merging_files import merge_file as merge

    merged = merge(
        None if str(base) == "-" else directory / base,
        directory / ours,
        directory / theirs,
        directory / out,
        strategy=Strategy(strategy),
    )
    if report is not None:
        merged.write_report(directory / report)
    if json:
        output.answer_json(merged.to_json())
    else:
        _tell(merged, report)
    return ExitCode.CONFLICTS if merged.conflicts else ExitCode.DONE


def _tell(merged: Merged, report: Path | None) -> None:
    for note in merged.notes:
        output.say(output.plain(note))
    conflicts = merged.conflicts
    if report is None:
        for each in conflicts[:_MOST]:
            place = " ".join(part for part in (each.table, each.key, each.column) if part)
            reason = each.clash.reason if each.clash else ""
            output.answer(
                f"conflict: {output.plain(place)}: {output.plain(reason)} ({each.side.value} stands)"
            )
    output.answer(_sentence(merged, report))


def _sentence(merged: Merged, report: Path | None) -> str:
    from waifusync.workflows.merging_files import taken_from_theirs

    count, (one, many) = taken_from_theirs(merged)
    text = f"Merged {output.count(count, one, many)} from theirs"
    if merged.conflicts:
        text += f"; {output.count(len(merged.conflicts), 'conflict')}"
        text += f", listed in {report}" if report else ""
    return f"{text}."
