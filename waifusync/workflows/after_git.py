"""What a hook runs when something changed: one exchange without the remote, or a note where another is at it.

The exchange notes in the end that all is quiet; the next hook that finds it so does not come here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.repository.git import Git, discover
from waifusync.repository.hook_places import read_record
from waifusync.repository.lock import LockTaken, leave_note, take_note
from waifusync.repository.refs import read_shared_ref
from waifusync.workflows.local_state import read_local_state
from waifusync.workflows.quiet import note_if_quiet

if TYPE_CHECKING:  # what an exchange imports is most of its time, and most hooks need none
    from waifusync.workflows.syncing.outcome import Outcome

_PURPOSE = "git hook"


def after_git(directory: Path) -> Outcome | None:
    """None when there was nothing to do, or another is at work, who got a note."""
    git = discover(directory)
    state = read_local_state(git.state_directory)
    if state is None or read_record(git) is None or note_if_quiet(git, state):
        return None
    place = _work_tree_of(git, f"refs/heads/{state.branch}")
    if place is None:
        return None
    try:
        outcome = _exchange(place)
    except LockTaken:
        leave_note(git.state_directory, _PURPOSE)
        return None
    return outcome


def has_to_push(directory: Path) -> bool:
    """Whether a run is wanted after hooks, and would find that the remote lacks something."""
    git = discover(directory)
    state, record = read_local_state(git.state_directory), read_record(git)
    if state is None or record is None or not record.pushes:
        return False
    held = read_shared_ref(git, "refs/waifusync/held")
    if held is None or held == read_shared_ref(git, "refs/waifusync/seen"):
        return False
    return git.run("config", "--get", f"remote.{state.remote}.url", check=False).status == 0


def _exchange(place: Path) -> Outcome:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.hooks import write_after_git
    from waifusync.workflows.syncing.exchange import Wishes, exchange

    companion = Companion.find(place)
    write_after_git(companion.git, companion.state)
    take_note(companion.git.state_directory)  # what others wanted done is done here
    return exchange(companion, Wishes(_PURPOSE, most_wait_seconds=0.0))


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
