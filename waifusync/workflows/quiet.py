"""Whether nothing is new here, noted so that a hook can see it without starting Python.

How things were left is noted in `.git/waifusync/hooks/quiet`, in the words that the hook's own shell makes.
Noted is only what was so before and after the database was looked at.
"""

from __future__ import annotations

import contextlib
import os
import subprocess

from waifusync.errors import WaifusyncError
from waifusync.memory.settled import is_settled
from waifusync.repository.environment import scrubbed_environment
from waifusync.repository.git import Git
from waifusync.repository.hook_places import state_folder, write_file
from waifusync.repository.hook_texts import WATCHED
from waifusync.values import NamedTuple
from waifusync.workflows.local_state import LocalState

_FACTS = 'name=facts common=$1; . "$common/waifusync/hooks/after-git"'
_PATIENCE_SECONDS = 20


def note_if_quiet(git: Git, state: LocalState) -> bool:
    """Whether database, branch and what is held are level; False in doubt, and where no hooks are.

    A branch that was left behind what is held stays to be done.
    """
    with contextlib.suppress(WaifusyncError, OSError, subprocess.TimeoutExpired):
        return (state_folder(git) / "after-git").exists() and _note(git, state)
    return False


def _note(git: Git, state: LocalState) -> bool:
    before = _facts(git)
    if before is None or not before.is_level:
        return False
    if not is_settled(git.state_directory / state.live, device=state.id, held=before.held):
        return False
    if _facts(git) == before:
        write_file(state_folder(git) / "quiet", before.text)
    return True


class _Facts(NamedTuple):
    """What the hook compares: our paths in the branch, then in what is held; that commit; then files."""

    text: str

    @property
    def is_level(self) -> bool:
        """Whether the branch has what is held, no more and no less."""
        lines = ["" if line.endswith(" missing") else line for line in self.text.splitlines()]
        count = len(WATCHED)
        return lines[:count] == lines[count : 2 * count]

    @property
    def held(self) -> str:
        return self.text.splitlines()[2 * len(WATCHED)]


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
