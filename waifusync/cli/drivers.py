"""`waifusync drivers …`: what git calls to merge databases, and where that went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waifusync.workflows.driver_check import Promised
    from waifusync.workflows.driver_recovery import Lost

EXAMPLES = ("waifusync drivers install", "waifusync drivers check", "waifusync drivers recover HEAD~3")
_SHORT = 10
GlobalOption = Annotated[
    bool, Option("--global", help="In all of this person's repositories, not only here.")
]


def install(
    *, directory: DirectoryOption = Path("."), is_global: GlobalOption = False, json: JsonOption = False
) -> int:
    """Have git merge SQLite databases by rows, arrays by vectors and sessions by turns.

    What others' drivers have stays theirs.
    """
    from waifusync.workflows.driver_care import install as register

    done = register(directory, is_global=is_global)
    for each in done.kept:
        output.say(f"kept: {output.plain(each.line)} (from {output.plain(each.source)})")
    if json:
        kept = [each._asdict() for each in done.kept]
        output.answer_json({"config": str(done.places.config), "new": done.is_new, "kept": kept})
    else:
        where = f"in {done.places.config} and {done.places.attributes}"
        output.answer(f"Registered {where}." if done.is_new else f"All was registered {where}.")
    return ExitCode.DONE


def uninstall(*, directory: DirectoryOption = Path("."), is_global: GlobalOption = False) -> int:
    """Take out what `drivers install` put in, and nothing else."""
    from waifusync.workflows.driver_care import uninstall as unregister

    was_there = unregister(directory, is_global=is_global)
    output.answer("Taken out." if was_there else "Nothing of waifusync's was there.")
    return ExitCode.DONE


def check(
    *,
    directory: DirectoryOption = Path("."),
    since: Annotated[
        str | None,
        Option("--since", metavar="DATE", help="Look at merges since then only, such as 2026-01-31."),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Whether every file that is promised to a merge driver has one, and which past merges lost rows.

    Exit code 3: a driver is missing. 1: a merge kept one side, and what the other had is still missing today.
    """
    from waifusync.cli.progress import Progress
    from waifusync.repository.git import discover
    from waifusync.workflows.driver_check import check_promises
    from waifusync.workflows.driver_recovery import find_lost

    git = discover(directory)
    promised = check_promises(git)
    with Progress("Looking through merges") as progress:
        lost = list(find_lost(git, since=since, looked_at=progress.advance))
    if json:
        output.answer_json(_as_json(promised, lost))
    else:
        _tell(promised, lost)
    if promised.unmet:
        return ExitCode.REFUSED
    return ExitCode.CONFLICTS if lost else ExitCode.DONE


def recover(
    commit: Annotated[str, Argument("COMMIT", help="The merge, as `drivers check` names it.")],
    *,
    path: Annotated[
        str | None, Option("--path", metavar="FILE", help="This file only, as `drivers check` names it.")
    ] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Bring back what a merge lost, into the files of the work tree. What they have today stays."""
    from waifusync.repository.git import discover
    from waifusync.workflows.driver_recovery import recover as bring_back

    done = bring_back(discover(directory), commit, path=path)
    if json:
        output.answer_json({"recovered": [each.to_json() for each in done]})
        return ExitCode.DONE
    for each in done:
        name = output.plain(each.path)
        output.answer(f"Brought back {_amount(each)} into {name}; to keep that: git commit -- {name}")
    if not done:
        output.answer("Nothing was missing.")
    return ExitCode.DONE


def _as_json(promised: Promised, lost: Sequence[Lost]) -> dict[str, object]:
    return {
        "files": {driver: len(files) for driver, files in promised.files.items()},
        "problems": [each.to_json() for each in promised.unmet],
        "without": list(promised.without),
        "lost": [each.to_json() for each in lost],
        "next": _next(promised, lost),
    }


def _next(promised: Promised, lost: Sequence[Lost]) -> str | None:
    commands = [each.command for each in promised.unmet if each.command]
    commands += [f"waifusync drivers recover {each.commit[:_SHORT]}" for each in lost if each.rows]
    commands += ["waifusync drivers install"] if promised.without else []
    return commands[0] if commands else None


def _tell(promised: Promised, lost: Sequence[Lost]) -> None:
    for unmet in promised.unmet:
        text = f"{_first(unmet.files)}: the driver {unmet.driver} {unmet.reason}"
        output.answer(f"{output.paint('wrong:', 'red')} {output.plain(text)}")
    for each in lost:
        output.answer(_line(each))
    if promised.without:
        output.answer(f"note: no driver is asked for by {_first(promised.without)}")
    count = sum(len(files) for files in promised.files.values())
    if not (promised.unmet or lost or promised.without):
        output.answer(f"All is well: {output.count(count, 'file has', 'files have')} a driver.")
    if command := _next(promised, lost):
        output.answer(f"next: {command}")


def _first(files: Sequence[str]) -> str:
    more = f" and {output.count(len(files) - 1, 'other')}" if len(files) > 1 else ""
    return output.plain(files[0]) + more


def _line(lost: Lost) -> str:
    where = f"{lost.commit[:_SHORT]} {output.plain(lost.path)}: one side was kept"
    if lost.unknown:
        return f"{output.paint('unknown:', 'yellow')} {where}: {output.plain(lost.unknown)}"
    return f"{output.paint('lost:', 'red')} {where}; of the other's, {_amount(lost)} are missing"


def _amount(lost: Lost) -> str:
    tables = ", ".join(f"{count:,} in {output.plain(table)}" for table, count in sorted(lost.tables.items()))
    return f"{output.count(lost.rows, 'row')} ({tables})"
