"""`waifusync verify`: the proof that nothing is missing, repeated or altered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.workflows.verifying import Verified

EXAMPLES = ("waifusync verify", "waifusync verify --json")
_MOST = 20


def verify(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Prove that no entry is missing, repeated or altered, and that the database is what they come to.

    Reads everything and changes nothing; programs and syncs go on meanwhile.
    """
    from waifusync.cli.progress import Progress
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.verifying import verify as check

    companion = Companion.find(directory)
    done = 0
    with Progress("Verifying") as progress:

        def advance(count: int) -> None:
            nonlocal done
            progress.advance(count - done)
            done = count

        verified = check(companion, progress=advance)
    if json:
        output.answer_json(verified.to_json())
    else:
        _show(verified)
    return ExitCode.DONE if verified.is_good else ExitCode.UNTRUSTED


def _show(verified: Verified) -> None:
    for note in verified.notes:
        output.warn(output.plain(note))
    for each in verified.findings[:_MOST]:
        place = f"{each.path} line {each.line}" if each.line else each.path
        what = " ".join(part for part in (each.table, each.key) if part)
        text = f"{place}: {what}: {each.reason}" if what else f"{place}: {each.reason}"
        output.answer(f"{output.paint('wrong:', 'red')} {output.plain(text)}")
    entries, rows = sum(verified.report.entries.values()), sum(verified.checked.rows.values())
    looked = f"{output.count(entries, 'entry', 'entries')} and {output.count(rows, 'row')}"
    if verified.is_good:
        output.answer(f"All is well: {looked} are as they were written.")
    else:
        count = output.count(len(verified.findings), "thing is", "things are")
        output.answer(f"Of {looked}, {count} wrong; to mend the database: waifusync rebuild")
