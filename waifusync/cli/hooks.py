"""`waifusync hooks …`: plain git commands are followed by what keeps the companion whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.workflows.hook_status import HookStatus
    from waifusync.workflows.syncing.outcome import Outcome

EXAMPLES = ("waifusync hooks install", "waifusync hooks install --push", "waifusync hooks uninstall")
_PUSHES = "What a hook commits is pushed by a run of its own: see waifusync status."


def install(
    *,
    directory: DirectoryOption = Path("."),
    push: Annotated[
        bool, Option("--push", help="And push what a hook committed, after git's command has ended.")
    ] = False,
    no_push: Annotated[bool, Option("--no-push", help="Ask no remote any more, as before --push.")] = False,
    json: JsonOption = False,
) -> int:
    """Have git keep the companion whole after commit, merge, pull, checkout and rebase.

    Hooks that are there already are called first, and their answer counts.
    """
    from waifusync.workflows.hooks import install as put_in

    if push and no_push:
        raise UsageError("--push and --no-push exclude each other")
    done = put_in(directory, pushes=push if push or no_push else None)
    if push:
        _write_environment_down(directory)
    chained = [each.name for each in done.hooks if each.chained]
    if json:
        hooks = [each._asdict() for each in done.hooks]
        output.answer_json(
            {
                "folder": str(done.folder),
                "new": done.is_new,
                "passes_on": done.passes_on,
                "pushes": done.pushes,
                "hooks": hooks,
            }
        )
        return ExitCode.DONE
    if done.passes_on is not None:
        output.say(f"core.hooksPath led to {output.plain(done.passes_on)}, which is not ours to write in:")
        output.say("git asks ours from now on, and they call the ones there")
    elif chained:
        output.say(f"called first, as before: {', '.join(chained)}")
    verb = "Installed in" if done.is_new else "All was installed in"
    output.answer(f"{verb} {output.plain(str(done.folder))}: {', '.join(each.name for each in done.hooks)}.")
    if done.pushes:
        output.answer(_PUSHES)
    return ExitCode.DONE


def _write_environment_down(directory: Path) -> None:
    """git may be called where there is no ssh agent to be seen, and no HOME."""
    import os

    from waifusync.automation.schedule import environment_file
    from waifusync.repository.git import discover

    kept = environment_file.worth_keeping(environment_file.completed(os.environ, {}))
    environment_file.write_down(discover(directory).state_directory, kept)


def uninstall(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Take our hooks out. What was there before them is there again."""
    from waifusync.workflows.hooks import uninstall as take_out

    names = take_out(directory)
    _forget_environment(directory)
    if json:
        output.answer_json({"removed": names})
    else:
        output.answer(f"Took out {', '.join(names)}." if names else "Nothing of waifusync's was there.")
    return ExitCode.DONE


def _forget_environment(directory: Path) -> None:
    """Unless a schedule needs it, too."""
    from waifusync.automation.schedule import environment_file, record
    from waifusync.repository.git import discover

    state = discover(directory).state_directory
    if record.read_record(state) is None:
        environment_file.forget(state)


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
    if found.pushes:
        output.answer(_PUSHES)
    output.answer(
        f"next: {found.command}" if found.command else f"All is well: {output.plain(str(found.folder))}"
    )


def run(
    name: Annotated[str, Argument("NAME", help="Which hook it is, such as post-commit.")],
    *,
    directory: DirectoryOption = Path("."),
) -> int:
    """Do what a hook does: commit and take in, here only. Waits for no remote and no other waifusync.

    With --push at installation, a run of its own is started where the remote lacks something.
    """
    from waifusync.errors import WaifusyncError
    from waifusync.workflows.after_git import after_git, has_to_push

    try:
        outcome = after_git(directory)
        if outcome is not None and has_to_push(directory):
            _start_pushing(directory)
    except UsageError:  # no companion lives here any more: nothing to keep whole
        return ExitCode.DONE
    except WaifusyncError as error:
        output.warn(f"waifusync ({output.plain(name)}): {output.plain(error.message)}; see: waifusync status")
        return error.code
    if outcome is not None:
        _say(outcome)
    return ExitCode.DONE


def _start_pushing(directory: Path) -> None:
    from waifusync.automation.detached import start_run
    from waifusync.repository.driver_registration import running_command
    from waifusync.repository.git import discover

    git = discover(directory)
    start_run(git.directory, running_command(), state_directory=git.state_directory)


def _say(outcome: Outcome) -> None:
    from waifusync.cli.syncing import sentence

    for repaired in outcome.repaired:
        output.say(f"waifusync: repaired: {output.plain(repaired)}")
    for warning in (*outcome.warnings, *outcome.untrusted):
        output.warn(f"waifusync: {output.plain(warning)}")
    if outcome.committed or outcome.received:
        output.say(f"waifusync: {sentence('commit', outcome)}")
