"""Cutting off git's history where the remote keeps it, and fetching it again.

    noted that it begins   →   what no ref names is kept   →   the remote draws the line, which is noted
    →   lines of reflogs that lead beyond it go aside   →   git repacks what is left   →   the note goes

A run that was killed leaves the note: then all history is fetched again first, since what of it is still here
cannot be told from what somebody lost.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from waifusync.errors import RefusedError
from waifusync.repository import shortening
from waifusync.repository.git import Git, GitLocked
from waifusync.repository.hardening import sync_file
from waifusync.repository.refs import read_refs
from waifusync.repository.remote import remote_tip
from waifusync.values import NamedTuple
from waifusync.workflows.aside import keep_aside
from waifusync.workflows.companion import HELD, Companion, wall_clock
from waifusync.workflows.local_state import write_atomically
from waifusync.workflows.retaining.choosing import Retention, sizes_of

_DAY_SECONDS = 24 * 60 * 60
# Nearer and nearer, where a size is asked for.
_STEPS = (365, 180, 90, 60, 30, 14, 7, 3, 1)
_NOTE = "cutting-off"


class Cut(NamedTuple):
    """How many commits went, and how old they were at least."""

    commits: int = 0
    days: int | None = None


def cut_to_fit(companion: Companion, chosen: Retention, *, tip: Callable[[], str], is_rehearsal: bool) -> Cut:
    """`tip` gives what `level_tip` does, and may be asked again."""
    done = Cut()
    for days in _lines(chosen):
        if days != chosen.days and "repository" not in sizes_of(companion).over(chosen):
            break
        count = _cut(companion, tip(), days, is_rehearsal=is_rehearsal)
        if count:
            done = Cut(count if is_rehearsal else done.commits + count, days)
        if is_rehearsal and days == chosen.days:
            break  # what it would come to is not known before
    return done


def _lines(chosen: Retention) -> Iterator[int]:
    """The days that are tried, until the repository fits."""
    if chosen.days is not None:
        yield chosen.days
    if chosen.repository_bytes is not None:
        yield from (days for days in _STEPS if chosen.days is None or days < chosen.days)


def level_tip(companion: Companion, *, is_rehearsal: bool) -> str:
    """The commit that is the newest here and there, after a run that was killed was made undone: what the
    remote has is all that may go. Raises RefusedError, GitUnreachable."""
    if (companion.git.state_directory / _NOTE).exists() and not is_rehearsal:
        bring_history_back(companion)
    state, seconds = companion.state, companion.config.remote_timeout_seconds
    _refuse_shortened(companion)
    tip = remote_tip(companion.git, state.remote, state.branch, timeout_seconds=seconds)
    if tip is None or tip != read_refs(companion.git, HELD)[HELD]:
        raise RefusedError(
            "this device and the remote are not level, so nothing was cut off",
            hint="run: waifusync sync, then the command again",
        )
    return tip


def bring_history_back(companion: Companion) -> bool:
    """False when nothing of it was lacking. Raises GitUnreachable: then nothing changed."""
    is_shortened = shortening.is_shortened(companion.git)
    _mend_emptied(companion.git)
    shortening.lengthen(companion.git, companion.state.remote, companion.state.branch)
    (companion.git.state_directory / _NOTE).unlink(missing_ok=True)
    return is_shortened


def _mend_emptied(git: Git) -> None:
    """Where history ends, after a power cut that left git's file empty: as the note has it."""
    note, shallow = git.state_directory / _NOTE, git.common_dir / "shallow"
    if note.exists() and shallow.exists() and not shallow.stat().st_size:
        write_atomically(shallow, note.read_text(encoding="ascii"), beside=git.state_directory)


def _refuse_shortened(companion: Companion) -> None:
    """A remote that is a folder may be shallow itself; hosts take no shallow pushes, so theirs are whole."""
    git = companion.git
    url = git.run("remote", "get-url", "--", companion.state.remote).text.strip().removeprefix("file://")
    folder = git.directory / url
    if any((folder / name).exists() for name in ("shallow", ".git/shallow")):
        raise RefusedError(
            "the remote has had its own history cut off, so nothing was cut off here",
            hint="make the remote whole first: git fetch --unshallow, in there",
        )


def _cut(companion: Companion, tip: str, days: int, *, is_rehearsal: bool) -> int:
    git, state = companion.git, companion.state
    since = wall_clock() // 1000 - days * _DAY_SECONDS
    old = set(shortening.commits_before(git, tip, since)) - {tip}
    if is_rehearsal or not old:
        return len(old)
    (git.state_directory / _NOTE).touch()
    shortening.keep_unnamed(git)
    before = set(shortening.commits_of(git, tip))
    is_all_old = shortening.time_of(git, tip) <= since
    shortening.shorten(git, state.remote, state.branch, since=None if is_all_old else since)
    shallow = git.common_dir / "shallow"
    sync_file(shallow)  # before what it says is not here goes
    write_atomically(git.state_directory / _NOTE, shallow.read_text(encoding="ascii"))
    gone = before - set(shortening.commits_of(git, tip))
    _trim_reflogs(git, gone)
    shortening.drop_unreachable(git)
    sync_file(shallow)  # which that wrote anew
    (git.state_directory / _NOTE).unlink()
    return len(gone)


def _trim_reflogs(git: Git, gone: AbstractSet[str]) -> None:
    for file, lock in shortening.reflogs_of(git):
        with _held(lock):
            text = file.read_text(encoding="utf-8", errors="surrogateescape")
            kept, taken = shortening.without_commits(text, gone)
            if taken:
                why = f"lines of {file} that led to history which was cut off; the remote has it"
                keep_aside(git, f"reflog-of-{file.name}", taken, why=why)
            if kept != text:
                # We hold its lock, so one name will do: what a run that died left is written over.
                beside = file.with_name(f".{file.name}.waifusync")
                beside.write_text(kept, encoding="utf-8", errors="surrogateescape")
                os.replace(beside, file)


@contextlib.contextmanager
def _held(lock: Path) -> Iterator[None]:
    """As git itself does. Raises GitLocked."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
    except FileExistsError:
        raise GitLocked(
            f"{lock} is held by another git program, or was left by one that died",
            hint="run the command again; if that does not help: waifusync doctor",
            path=str(lock),
        ) from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
