"""What a hook runs when something changed: one exchange without the remote, or a note where another is at it.

How things were left is noted in `.git/waifusync/hooks/quiet`; the next hook that finds them so starts no
Python. Noted is only what was so before and after the database was looked at.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from waifusync.repository.environment import scrubbed_environment
from waifusync.repository.git import Git, discover
from waifusync.repository.hook_places import read_record, state_folder, write_file
from waifusync.repository.layout import MACHINE_PREFIXES
from waifusync.repository.lock import LockTaken, leave_note, take_note
from waifusync.workflows.local_state import LocalState, read_local_state

if TYPE_CHECKING:  # what an exchange imports is most of its time, and most hooks need none
    from waifusync.workflows.syncing.outcome import Outcome

_PURPOSE = "git hook"
_FACTS = 'name=facts common=$1; . "$common/waifusync/hooks/after-git"'
_PATIENCE_SECONDS = 20


def after_git(directory: Path) -> Outcome | None:
    """None when there was nothing to do, or another is at work, who got a note."""
    git = discover(directory)
    state = read_local_state(git.state_directory)
    if state is None or read_record(git) is None or _note_if_quiet(git, state):
        return None
    place = _work_tree_of(git, f"refs/heads/{state.branch}")
    if place is None:
        return None
    try:
        outcome = _exchange(place)
    except LockTaken:
        leave_note(git.state_directory, _PURPOSE)
        return None
    _note_if_quiet(git, state)
    return outcome


def _exchange(place: Path) -> Outcome:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.hooks import write_after_git
    from waifusync.workflows.syncing.exchange import Wishes, exchange

    companion = Companion.find(place)
    write_after_git(companion.git, companion.state)
    take_note(companion.git.state_directory)  # what others wanted done is done here
    return exchange(companion, Wishes(_PURPOSE, most_wait_seconds=0.0))


def _note_if_quiet(git: Git, state: LocalState) -> bool:
    """Whether database, branch and what is held are level. A branch that was left behind stays to be done."""
    from waifusync.memory.settled import is_settled

    before = _facts(git)
    if before is None or not before.is_level:
        return False
    if not is_settled(git.state_directory / state.live, device=state.id, held=before.held):
        return False
    if _facts(git) == before:
        write_file(state_folder(git) / "quiet", before.text)
    return True


class _Facts(NamedTuple):
    """What the hook compares: our folders' trees in the branch, then in what is held; that; then files."""

    text: str

    @property
    def is_level(self) -> bool:
        """Whether the branch has what is held, no more and no less."""
        lines = ["" if line.endswith(" missing") else line for line in self.text.splitlines()]
        count = len(MACHINE_PREFIXES)
        return lines[:count] == lines[count : 2 * count]

    @property
    def held(self) -> str:
        return self.text.splitlines()[2 * len(MACHINE_PREFIXES)]


def _facts(git: Git) -> _Facts | None:
    """By the same lines of shell that the hook compares; None where they cannot tell."""
    done = subprocess.run(
        ["/bin/sh", "-c", _FACTS, "sh", os.path.abspath(git.common_dir)],
        cwd=git.directory,
        env=scrubbed_environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_PATIENCE_SECONDS,
    )
    return _Facts(done.stdout.decode("utf-8", "replace")) if done.returncode == 0 else None


def _work_tree_of(git: Git, branch: str) -> Path | None:
    """The work tree that shows the branch, else the one we are in; None: a rebase elsewhere has it."""
    linked = git.common_dir / "worktrees"
    if not linked.is_dir():
        return git.directory
    for git_dir in (git.common_dir, *linked.iterdir()):
        if not _is_same(git_dir, git.git_dir) and _is_rebasing(git_dir, branch):
            return None
    listed = git.run("worktree", "list", "--porcelain").text
    for each in listed.split("\n\n"):
        lines = each.splitlines()
        if f"branch {branch}" in lines:
            return Path(lines[0].removeprefix("worktree "))
    return git.directory


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _is_rebasing(git_dir: Path, branch: str) -> bool:
    for folder in ("rebase-merge", "rebase-apply"):
        try:
            if (git_dir / folder / "head-name").read_text().strip() == branch:
                return True
        except OSError:
            continue
    return False
