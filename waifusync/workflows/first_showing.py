"""The first showing of a companion's files, as often as it takes.

Killed half-way, git has written some of them and knows of none, and they would be in its way as a person's.
So what is being shown is noted before, and the next attempt takes away what is as that commit says.
"""

from __future__ import annotations

from pathlib import Path

from waifusync.repository.git import Git
from waifusync.repository.half_shown import noted_showing, take_back
from waifusync.repository.worktree import Shown, show_commit
from waifusync.workflows.local_state import write_atomically


def show_first(git: Git, note: Path, *, tip: str | None, commit: str) -> Shown:
    """From `tip` (None: nothing yet) to `commit`; `note` is where the one before this was noted, if any."""
    shown = None if git.is_bare else noted_showing(git, note)
    if shown is not None:
        take_back(git, old=tip, shown=shown)
        if git.run("diff-index", "--cached", "--quiet", shown, check=False).status == 0:
            tip = shown  # it was shown whole, and no branch moved there
    write_atomically(note, commit)
    return show_commit(git, old=tip, new=commit)
