"""`waifusync run`: what a timer or cron starts: one sync with a time limit, one line, and nothing retried."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, WaifusyncError
from waifusync.values import NamedTuple

if TYPE_CHECKING:
    from waifusync.repository.git import Git
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.syncing.outcome import Outcome
    from waifusync.workflows.syncing.under_way import Wishes

EXAMPLES = ("waifusync run", "waifusync run --limit 1m", "waifusync -C ~/companion run --json")
_PURPOSE = "scheduled run"
_MOST_ROUNDS = 3
_AFTER_HOOK = "run after a git hook"


class _Ended(NamedTuple):
    """How a run ended; `outcome` is None where it did nothing, `error` where nothing failed."""

    told: str
    code: int
    outcome: Outcome | None = None
    error: WaifusyncError | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "line": self.told,
            "code": self.code,
            "error": self.error.message if self.error else None,
            "hint": self.error.hint if self.error else None,
            "outcome": self.outcome.to_json() if self.outcome else None,
        }


def run(
    *,
    directory: DirectoryOption = Path("."),
    limit: Annotated[str, Option("--limit", metavar="TIME", help="How long it may take.")] = "5m",
    if_due: Annotated[bool, Option("--if-due", help="Only if the schedule's time has come.")] = False,
    delay: Annotated[
        str, Option("--delay", metavar="TIME", help="First wait for a random part of this.")
    ] = "0s",
    after_hook: Annotated[bool, Option("--after-hook", help="It was started by a git hook.")] = False,
    json: JsonOption = False,
) -> int:
    """Sync once, unattended: with the environment that `schedule install` wrote down, within a time limit.

    Says one line. Where another waifusync is at work, it leaves a note for that one, and the exit code is 0.
    """

    from waifusync.automation.schedule.time_limit import ends_when_asked
    from waifusync.core.durations import seconds_of

    seconds, wait = seconds_of(limit, option="--limit"), seconds_of(delay, option="--delay", least=0.0)
    git = _repository(directory)
    if if_due and git is not None and not _is_due(git):
        return ExitCode.DONE
    with ends_when_asked():
        _pause(wait)
        purpose = _AFTER_HOOK if after_hook else _PURPOSE
        ended = _attempt(directory, git, seconds=seconds, told=limit, purpose=purpose)
    if json:
        output.answer_json(ended.to_json())
    else:
        output.answer(output.plain(f"{git.directory if git else directory}: {ended.told}"))
    return ended.code


def _pause(longest: float) -> None:
    """So that devices do not all come at once."""
    if longest > 0:
        import random

        time.sleep(random.uniform(0, longest))  # noqa: S311 - no secret


def _repository(directory: Path) -> Git | None:
    """None where there is none: the attempt says so."""
    from waifusync.repository.git import discover

    try:
        return discover(directory)
    except (WaifusyncError, OSError):
        return None


def _is_due(git: Git) -> bool:
    """Without a schedule there is nothing to wait for."""
    from waifusync.automation.schedule.record import read_last_run, read_record
    from waifusync.automation.schedule.rhythm import is_due
    from waifusync.workflows.companion import wall_clock

    record, last = read_record(git.state_directory), read_last_run(git.state_directory)
    if record is None:
        return True
    return is_due(record.rhythm, last=last.began / 1000 if last else None, now=wall_clock() / 1000)


def _attempt(directory: Path, git: Git | None, *, seconds: float, told: str, purpose: str) -> _Ended:
    """Every failure becomes an ending, and is noted where the companion keeps such things."""
    from waifusync.automation.schedule.record import LastRun, write_last_run
    from waifusync.workflows.companion import wall_clock

    began = wall_clock()
    state = git.state_directory if git is not None and git.state_directory.is_dir() else None
    if state is not None:
        write_last_run(state, LastRun(began))
    try:
        ended = _sync(directory, state, seconds=seconds, told=told, purpose=purpose)
    except Exception as error:
        from waifusync.cli import failures

        ended = _failed(failures.known(error, command="run", arguments=("-C", str(directory))))
    if state is not None:
        _note(state, ended, purpose=purpose)
        write_last_run(state, LastRun(began, ended.code, ended.told))
    return ended


def _sync(directory: Path, state: Path | None, *, seconds: float, told: str, purpose: str) -> _Ended:
    from waifusync.automation.schedule.environment_file import completed, written_down
    from waifusync.automation.schedule.time_limit import time_limit
    from waifusync.cli.by_itself import retain
    from waifusync.cli.syncing import exit_code
    from waifusync.repository.lock import LockTaken, leave_note
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.syncing.under_way import Wishes

    with time_limit(seconds, told=told):
        os.environ.update(completed(os.environ, written_down(state) if state else {}))
        companion = Companion.find(directory)
        wishes = Wishes(purpose, ask_remote=True, push=True, most_wait_seconds=0.0)
        try:
            outcome = _exchange(companion, wishes)
            retain(companion, outcome)
        except LockTaken as taken:
            leave_note(companion.git.state_directory, purpose)
            return _Ended(f"left a note, because {taken.message}", ExitCode.DONE)
    return _Ended(_sentence(outcome), exit_code(outcome), outcome)


def _exchange(companion: Companion, wishes: Wishes) -> Outcome:
    """Once more for those who came meanwhile and left a note; of the rounds, the last that did something."""
    from waifusync.repository.lock import take_note
    from waifusync.workflows.syncing.exchange import exchange

    state = companion.git.state_directory
    take_note(state)  # what others wanted done is done here
    outcome, rounds = exchange(companion, wishes), 1
    while rounds < _MOST_ROUNDS and take_note(state):
        again, rounds = exchange(companion, wishes), rounds + 1
        outcome = again if again.committed or again.received or again.sent else outcome
    return outcome


def _sentence(outcome: Outcome) -> str:
    from waifusync.cli.syncing import sentence

    count = len(outcome.warnings) + len(outcome.untrusted)
    more = f" {output.count(count, 'warning')}: waifusync status." if count else ""
    return sentence("sync", outcome) + more


def _failed(error: WaifusyncError) -> _Ended:
    hint = f"; {error.hint}" if error.hint else ""
    return _Ended(f"failed with {int(error.code)}: {error.message}{hint}", int(error.code), error=error)


def _note(state: Path, ended: _Ended, *, purpose: str) -> None:
    """For `status`, and once for each new failure on the screen, where there is one."""
    from waifusync.automation.notifying import all_is_well
    from waifusync.cli.by_itself import tell_desktop
    from waifusync.workflows.companion import wall_clock
    from waifusync.workflows.syncing.last_sync import note_failure

    if ended.error is None:
        if ended.outcome is not None:
            all_is_well(state)
        return
    note_failure(state, purpose, ended.error, wall_clock())
    tell_desktop(state, ended.error.message)
