"""How commit, push, pull and sync report: one sentence for what really happened, or JSON of a fixed shape."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from waifusync.cli import output
from waifusync.errors import ExitCode, WaifusyncError
from waifusync.workflows.syncing.outcome import Outcome

if TYPE_CHECKING:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.syncing.letting_out import Answer

T = TypeVar("T")


def run(directory: Path, purpose: str, *, json: bool, **wishes: bool) -> int:
    """Performs one exchange and prints what it came to, also when it failed in the end."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.syncing.exchange import Wishes, exchange

    companion = Companion.find(directory)
    outcome = performed(
        companion,
        lambda answers: exchange(companion, Wishes(purpose, **wishes), answers=answers),
        json=json,
    )
    say_findings(outcome)
    if json:
        output.answer_json(outcome.to_json())
    else:
        output.answer(sentence(purpose, outcome))
    if outcome.level_at and outcome.is_nothing:
        _note_level(companion, outcome.level_at)
    return exit_code(outcome)


def _note_level(companion: Companion, commit: str) -> None:
    """For the next one, which may find nothing changed (cli/at_once.py)."""
    from waifusync.workflows.unchanged import Level, note_level

    git, state = companion.git, companion.state
    if git.common_dir == git.directory / ".git":
        live = str(companion.live_path) if os.path.isabs(state.live) or ".." in state.live else ""
        seconds = str(companion.config.remote_timeout_seconds)
        note_level(str(git.directory), Level(commit, state.remote, companion.branch_ref, seconds, live))


def performed(companion: Companion, work: Callable[[Mapping[str, Answer]], T], *, json: bool) -> T:
    """What was found until then is said also where it fails in the end."""
    try:
        return _asking(companion, work, json=json)
    except WaifusyncError as error:
        outcome_so_far = error.facts.get("outcome")
        if isinstance(outcome_so_far, Outcome) and not json:
            say_findings(outcome_so_far)
        raise


def _asking(companion: Companion, work: Callable[[Mapping[str, Answer]], T], *, json: bool) -> T:
    """On a terminal, a secret that was kept back is asked about, and then it is tried once more."""
    from waifusync.workflows.syncing.letting_out import SecretsWait

    try:
        return work({})
    except SecretsWait as error:
        from waifusync.cli.learning.asking import answers_to, may_ask

        if not may_ask(companion, json=json):
            raise
        answers = answers_to(error)
        if not answers:
            raise
    return work(answers)


def say_findings(outcome: Outcome) -> None:
    """What was mended and what a person should know, on stderr."""
    for repaired in outcome.repaired:
        output.say(f"repaired: {output.plain(repaired)}")
    for warning in (*outcome.warnings, *outcome.untrusted):
        output.warn(output.plain(warning))


def exit_code(outcome: Outcome) -> int:
    if outcome.untrusted:
        return ExitCode.UNTRUSTED
    return ExitCode.CONFLICTS if outcome.waits_for_person or outcome.to_settle else ExitCode.DONE


def sentence(purpose: str, outcome: Outcome) -> str:
    """The last line: what went, what came and from whom, or that nothing did."""
    if purpose == "commit":
        done = f"committed {told}" if (told := _told(outcome.committed, outcome.sessions)) else ""
    elif purpose == "pull":
        done = ""
    else:
        done = _pushed(outcome) if outcome.moved_remote else ""
    return as_sentence(done, outcome, otherwise=_nothing(purpose))


def as_sentence(done: str, outcome: Outcome, *, otherwise: str) -> str:
    """What was done, "" for nothing, and what came in; or, where neither was, `otherwise`."""
    came = [f"{count:,} from {name}" for name, count in sorted(outcome.received.items())]
    took = f"took in {' and '.join(came)}" if came else ""
    text = " and ".join(each for each in (done, took) if each) or otherwise
    return f"{text[0].upper()}{text[1:]}.{_conflicts(outcome)}"


def _pushed(outcome: Outcome) -> str:
    told = _told(outcome.sent, outcome.sessions)
    return f"pushed {told}" if told else "pushed, though no memory is new"


def _told(changes: int, sessions: int) -> str:
    parts = [output.count(changes, "change")] if changes else []
    return " and ".join([*parts, *([output.count(sessions, "session")] if sessions else [])])


def _conflicts(outcome: Outcome) -> str:
    merged = f" Merged {output.count(outcome.merged, 'field')} by weight." if outcome.merged else ""
    if outcome.to_settle:
        count = output.count(outcome.to_settle, "conflict")
        return f"{merged} {count} for you to settle: waifusync resolve."
    if outcome.new_conflicts:
        return f"{merged} {output.count(outcome.new_conflicts, 'edit')} lost to another: waifusync conflicts."
    return merged


def _nothing(purpose: str) -> str:
    return {
        "commit": "nothing new to commit",
        "pull": "nothing new on the remote",
        "push": "nothing to push: the remote has everything",
    }.get(purpose, "nothing new here or on the remote")
