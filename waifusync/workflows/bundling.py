"""A bundle, one file on a memory stick, in the remote's place, for devices that never meet a server.

    pull FILE             read and check, then take in what it holds
    push --bundle FILE    the same where there is one; then one with all of it, and more, takes its place

Always whole: every device can read every bundle, in any order, and join from it. It says nothing about the
remote, so nothing of it is remembered as the remote's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from waifusync.errors import RefusedError
from waifusync.log.source import log_segments
from waifusync.repository.bundle import check_place, read_bundle, write_bundle
from waifusync.repository.git import Git
from waifusync.repository.layout import LOG
from waifusync.repository.refs import merge_base, read_refs
from waifusync.repository.shortening import is_shortened
from waifusync.values import dataclass, replace
from waifusync.workflows.companion import HELD, Companion
from waifusync.workflows.syncing.accepting import UnrelatedRemote
from waifusync.workflows.syncing.exchange import Wishes, exchange
from waifusync.workflows.syncing.git_source import memory_paths
from waifusync.workflows.syncing.letting_out import Answer, SecretsWait
from waifusync.workflows.syncing.outcome import Outcome
from waifusync.workflows.syncing.under_way import Asked

_MOST_TRIES = 8


@dataclass(frozen=True, slots=True)
class Bundled:
    """What the exchange came to, with entries that were new in the file as `sent`, and the file's size in
    bytes. `is_written` is false where it held all of it already and was left as it was."""

    outcome: Outcome
    size: int
    is_written: bool = True


def pull_bundle(companion: Companion, file: Path, *, answers: Mapping[str, Answer] | None = None) -> Outcome:
    """Raises what read_bundle raises, and UnrelatedRemote, before anything is done."""
    return _take_in(companion, Wishes("pull"), _read(companion, _resolved(file)), answers=answers)


def push_bundle(
    companion: Companion, file: Path, wishes: Wishes, *, answers: Mapping[str, Answer] | None = None
) -> Bundled:
    """Raises like pull_bundle where there is a file, and RefusedError where history is cut off here.

    Where a secret waits, what may go is written first, and then SecretsWait is raised.
    """
    file = _resolved(file)
    check_place(file)
    _refuse_cut_off(companion)
    for _ in range(_MOST_TRIES):
        tip = _read(companion, file) if os.path.lexists(file) else None
        outcome, waits = Outcome(), None
        try:
            outcome = _take_in(companion, wishes, tip, answers=answers)
        except SecretsWait as error:
            waits = error
        bundled = _write(companion, file, outcome, before=tip)
        if waits is not None:
            raise waits
        if bundled is not None:
            return bundled
    raise RefusedError(
        f"{file} was written by others {_MOST_TRIES} times in a row",
        hint="everything is safe here; run the command again",
    )


def _resolved(file: Path) -> Path:
    """A link stays one, and a file of that name is never taken for a remote of that name."""
    return Path(os.path.realpath(file))


def _read(companion: Companion, file: Path) -> str:
    git, state = companion.git, companion.state
    tip = read_bundle(git, file, state.branch)
    ours = read_refs(git, companion.branch_ref)[companion.branch_ref]
    if ours is not None and merge_base(git, ours, tip) is None:
        raise UnrelatedRemote(
            f"{file} holds another history than this companion",
            hint="nothing was changed here or in the file; choose another name for this companion's bundle",
        )
    return tip


def _take_in(
    companion: Companion, wishes: Wishes, tip: str | None, *, answers: Mapping[str, Answer] | None
) -> Outcome:
    """What was read is the remote that was asked a moment ago, and of which all is here."""
    asked = Asked(tip, is_here=True)
    wishes = replace(wishes, ask_remote=tip is not None, elsewhere=True)
    return exchange(companion, wishes, asked=asked, answers=answers)


def _write(companion: Companion, file: Path, outcome: Outcome, *, before: str | None) -> Bundled | None:
    """All that this device holds; None where somebody wrote the file since `before` was read out of it."""
    git, state = companion.git, companion.state
    with companion.locked("push"):
        held = read_refs(git, HELD)[HELD]
        outcome.pushed = True
        if held is None or held == before:
            return Bundled(outcome, file.stat().st_size, is_written=False)
        size = write_bundle(git, file, held, branch=state.branch, before=before, beside=state.id)
    if size is None:
        return None
    outcome.sent = _entries(git, held) - _entries(git, before)
    return Bundled(outcome, size)


def _entries(git: Git, commit: str | None) -> int:
    logs = log_segments(memory_paths(git, commit, LOG))
    return sum(max(segment.last for segment in segments) for segments in logs.values())


def _refuse_cut_off(companion: Companion) -> None:
    if is_shortened(companion.git):
        raise RefusedError(
            "history is cut off on this device, and a bundle must hold all of it",
            hint="waifusync retention off fetches it from the remote; waifusync pull FILE works without it",
        )
