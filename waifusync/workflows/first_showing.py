"""The first showing of a companion's files, as often as it takes.

Killed half-way, git has written some of them and knows of none, and they would be in its way as a person's.
So what is being shown is noted before, and the next attempt takes away what is as that commit says.
"""

from __future__ import annotations

from pathlib import Path

from waifusync.repository.git import Git
from waifusync.repository.objects import Change, blob_name, diff_trees, empty_tree
from waifusync.repository.worktree import Shown, show_commit
from waifusync.workflows.local_state import write_atomically


def show_first(git: Git, note: Path, *, tip: str | None, commit: str) -> Shown:
    """From `tip` (None: nothing yet) to `commit`; `note` is where the one before this was noted, if any."""
    shown = _noted(git, note)
    if shown is not None and git.run("diff-index", "--cached", "--quiet", shown, check=False).status == 0:
        tip = shown  # it was shown whole, and no branch moved there
    elif shown is not None:
        _take_back(git, tip, shown)
    write_atomically(note, commit)
    return show_commit(git, old=tip, new=commit)


def _noted(git: Git, note: Path) -> str | None:
    shown = note.read_text(encoding="ascii") if note.exists() and not git.is_bare else ""
    is_there = shown and git.run("cat-file", "-e", f"{shown}^{{commit}}", check=False).status == 0
    return shown if is_there else None


def _take_back(git: Git, tip: str | None, shown: str) -> None:
    for change in diff_trees(git, tip if tip is not None else empty_tree(shown), shown):
        if _is_as_shown(git, change):
            (git.directory / change.path).unlink()


def _is_as_shown(git: Git, change: Change) -> bool:
    """What was shown, or an empty file, which is as far as git came, or the power let it."""
    file = git.directory / change.path
    if change.new_sha is None or file.is_symlink() or not file.is_file():
        return False
    content = file.read_bytes()
    return not content or blob_name(content, like=change.new_sha) == change.new_sha
