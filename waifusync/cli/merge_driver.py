"""`waifusync merge-driver`: as git calls it. stdout stays empty: what `git merge-tree` answers goes there."""

from __future__ import annotations

from typing import Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument
from waifusync.errors import ExitCode

EXAMPLES = ("waifusync merge-driver %O %A %B %L %P      (in git's settings: waifusync drivers install)",)


def merge_driver(
    words: Annotated[
        tuple[str, ...], Argument("%O %A %B %L %P", help="Base, ours, theirs, and what git says.")
    ],
) -> int:
    """Merge one file for git, in place of its second argument; `waifusync drivers install` sets it up."""
    from waifusync.drivers.merge_driver import drive, read_arguments

    asked = read_arguments(words)
    done = drive(asked)
    name = output.plain(asked.path or asked.ours.name)
    for note in done.notes:
        output.say(f"{name}: {output.plain(note)}")
    if not done.conflicts:
        return ExitCode.DONE
    where = f", listed in {output.plain(str(done.report))}" if done.report else ""
    output.say(f"{name}: merged, with {output.count(done.conflicts, 'conflict')}{where}")
    return ExitCode.CONFLICTS
