"""Several processes at once, and processes killed at any moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from waifusync.repository.git import Git
from waifusync.repository.objects import ls_tree
from waifusync.repository.refs import read_refs

from .conftest import MAIN, Commit, git_by_hand

ROOT = Path(__file__).parents[2]
WRITER = """
import pathlib, sys
from waifusync.repository.committing import FileEdits, build_commit
from waifusync.repository.git import GitLocked, discover
from waifusync.repository.refs import RefMoved, RefUpdate, read_refs, update_refs
from waifusync.repository.worktree import show_commit
git, name, count = discover(pathlib.Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
shows = len(sys.argv) > 4
for number in range(count):
    while True:
        tip = read_refs(git, "refs/heads/main")["refs/heads/main"]
        edits = FileEdits(write={f"{name}/{number}": b"x"})
        sha = build_commit(git, parents=[tip] if tip else [], edits=edits, message="m", author=None, time=1)
        try:
            if shows and not show_commit(git, old=tip, new=sha).moved:
                continue
            update_refs(git, [RefUpdate("refs/heads/main", sha, tip)])
        except (RefMoved, GitLocked):
            continue
        print(number, flush=True)
        break
"""


def start_writer(git: Git, *args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(git.directory), *args], stdout=subprocess.PIPE, cwd=ROOT
    )


def test_no_commit_is_lost_when_several_move_one_branch(git: Git) -> None:
    """T12, T17: compare-and-swap, not last one wins."""
    writers = [start_writer(git, name, "12") for name in ("a", "b", "c")]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    tip = read_refs(git, MAIN)[MAIN]
    assert tip is not None
    assert set(ls_tree(git, tip)) == {f"{name}/{number}" for name in "abc" for number in range(12)}


def test_what_was_said_survives_a_kill_and_a_plain_commit(git: Git, commit: Commit) -> None:
    """T20: kill -9 between index and branch; `git commit` afterwards must not bring back old content."""
    commit({"start": b"1"}, show=True)
    said: set[str] = set()
    for round_number in range(8):
        name = f"r{round_number}"
        with start_writer(git, name, "1000", "show") as writer:
            assert writer.stdout is not None
            for _ in range(round_number % 3 + 1):
                said.add(f"{name}/{int(writer.stdout.readline())}")
            writer.kill()
            said.update(f"{name}/{int(line)}" for line in writer.stdout.read().splitlines())
    tip = settle(git)
    assert said <= set(ls_tree(git, tip))
    git_by_hand(git.directory, "commit", "-q", "--allow-empty", "-m", "by hand")
    assert said <= set(ls_tree(git, "HEAD"))
    git_by_hand(git.directory, "fsck", "--strict", "--no-dangling")


def settle(git: Git) -> str:
    """The tip, once the last git that a killed writer left has ended: no lock, two readings alike."""
    locks = (git.git_dir / "index.lock", git.git_dir / f"{MAIN}.lock")
    while True:
        before = read_refs(git, MAIN)[MAIN]
        if before and not any(lock.exists() for lock in locks) and read_refs(git, MAIN)[MAIN] == before:
            return before
