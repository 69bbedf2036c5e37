"""Real repositories for the tests: one to work in, a bare one to push to."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from waifusync.repository.committing import FileEdits, build_commit
from waifusync.repository.git import Git, discover
from waifusync.repository.refs import RefUpdate, update_refs
from waifusync.repository.worktree import show_commit

MAIN = "refs/heads/main"
Commit = Callable[..., str]


def git_by_hand(directory: Path, *args: str, stdin: bytes | None = None) -> str:
    """Plain git, as a person runs it: their index, their hooks, nothing of ours."""
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", "-C", str(directory), *identity, *args], input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


@pytest.fixture
def git(tmp_path: Path) -> Git:
    folder = tmp_path / "companion"
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    return discover(folder)


@pytest.fixture
def remote(tmp_path: Path) -> Git:
    folder = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    return Git(folder)


@pytest.fixture
def commit(git: Git) -> Commit:
    """Commit on top of a parent by our own way; with `show=True` the branch and the work tree follow."""

    def make(
        files: dict[str, bytes],
        *,
        parent: str | None = None,
        delete: tuple[str, ...] = (),
        show: bool = False,
    ) -> str:
        sha = build_commit(
            git,
            parents=[parent] if parent else [],
            edits=FileEdits(write=files, delete=delete),
            message="a change",
            author=("Ada", "ada@example.org"),
            time=1_700_000_000,
        )
        if show:
            assert show_commit(git, old=parent, new=sha).moved
            update_refs(git, [RefUpdate(MAIN, sha, parent)])
        return sha

    return make
