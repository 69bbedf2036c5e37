"""`waifusync hooks …`: plain git commands are followed by what keeps the companion whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.workflows.hook_status import HookStatus
    from waifusync.workflows.syncing.outcome import Outcome

EXAMPLES = ("waifusync hooks install", "waifusync hooks status", "waifusync hooks uninstall")


def install(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Have git keep the companion whole after commit, merge, pull, checkout and rebase.

    Hooks that are there already are called first, and their answer counts.
    """
    from waifusync.workflows.hooks import install as put_in

    done = put_in(directory)
    chained = [each.name for each in done.hooks if each.chained]
    if json:
        hooks = [each._asdict() for each in done.hooks]
        output.answer_json(
            {"folder": str(done.folder), "new": done.is_new, "passes_on": done.passes_on, "hooks": hooks}
        )
        return ExitCode.DONE
    if done.passes_on is not None:
        output.say(f"core.hooksPath led to {output.plain(done.passes_on)}, which is not ours to write in:")
        output.say("git asks ours from now on, and they call the ones there")
    elif chained:
        output.say(f"called first, as before: {', '.join(chained)}")
    verb = "Installed in" if done.is_new else "All was installed in"
    output.answer(f"{verb} {output.plain(str(done.folder))}: {', '.join(each.name for each in done.hooks)}.")
    return ExitCode.DONE


def uninstall(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Take our hooks out. What was there before them is there again."""
    from waifusync.workflows.hooks import uninstall as take_out

    names = take_out(directory)
    if json:
        output.answer_json({"removed": names})
    else:
        output.answer(f"Took out {', '.join(names)}." if names else "Nothing of waifusync's was there.")
    return ExitCode.DONE


def status(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Which hooks stand, whom they call, and who wrote over them. Exit code 1: one does not do its work."""
    from waifusync.workflows.hook_status import status as look

    found = look(directory)
    if json:
        output.answer_json(found.to_json())
    else:
        _tell(found)
    return found.exit_code


def _tell(found: HookStatus) -> None:
    if not found.is_wanted:
        output.answer(f"No hooks of waifusync's are here; to have them: {found.command}")
        return
    for each in found.hooks:
        by = f", called by {each.by or 'another hook'}" if each.by and each.state == "installed" else ""
        chained = ", calls another first" if each.chained else ""
        output.answer(f"{each.name}: {each.state}{by}{chained}")
    for problem in found.problems:
        output.answer(f"{output.paint('wrong:', 'red')} {output.plain(problem)}")
    output.answer(
        f"next: {found.command}" if found.command else f"All is well: {output.plain(str(found.folder))}"
    )


def run(
    name: Annotated[str, Argument("NAME", help="Which hook it is, such as post-commit.")],
    *,
    directory: DirectoryOption = Path("."),
) -> int:
    """Do what a hook does: commit and take in, here only. Waits for no remote and no other waifusync."""
    from waifusync.errors import UsageError, WaifusyncError
    from waifusync.workflows.after_git import after_git

    try:
        outcome = after_git(directory)
    except UsageError:  # no companion lives here any more: nothing to keep whole
        return ExitCode.DONE
    except WaifusyncError as error:
        output.warn(f"waifusync ({output.plain(name)}): {output.plain(error.message)}; see: waifusync status")
        return error.code
    if outcome is not None:
        _say(outcome)
    return ExitCode.DONE


def _say(outcome: Outcome) -> None:
    from waifusync.cli.syncing import sentence

    for repaired in outcome.repaired:
        output.say(f"waifusync: repaired: {output.plain(repaired)}")
    for warning in (*outcome.warnings, *outcome.untrusted):
        output.warn(f"waifusync: {output.plain(warning)}")
    if outcome.committed or outcome.received:
        output.say(f"waifusync: {sentence('commit', outcome)}")
