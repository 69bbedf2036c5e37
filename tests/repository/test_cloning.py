"""Cloning: checked before anything is checked out, and nothing left behind by a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from waifusync.errors import RefusedError, UntrustedError
from waifusync.repository.cloning import clone
from waifusync.repository.git import Git, GitUnreachable, NoSuchBranch
from waifusync.repository.refs import read_refs
from waifusync.repository.remote import push

from .conftest import MAIN, Commit, git_by_hand


def test_a_clone_holds_the_branch_and_its_files(
    git: Git, remote: Git, commit: Commit, tmp_path: Path
) -> None:
    one = commit({"a": b"1\n", "experiments/b": b"2\n"})
    push(git, str(remote.directory), one, "main")
    stages: list[tuple[str, float]] = []
    copy = clone(str(remote.directory), tmp_path / "new" / "copy", progress=lambda *seen: stages.append(seen))
    assert (copy.directory / "a").read_bytes() == b"1\n"
    refs = read_refs(copy)
    assert (refs.branch, refs.head) == (MAIN, one)
    assert git_by_hand(copy.directory, "status", "--porcelain") == ""
    assert not (copy.git_dir / "hooks").exists()
    assert ("receiving", 1.0) in stages
    # Where the remote moves to a server one day, it is to be asked as any other.
    assert "uploadpack" not in (copy.git_dir / "config").read_text().lower()


def test_another_branch_may_be_named(git: Git, remote: Git, commit: Commit, tmp_path: Path) -> None:
    push(git, str(remote.directory), commit({"a": b"1"}), "main")
    two = commit({"b": b"1"})
    push(git, str(remote.directory), two, "mind")
    copy = clone(str(remote.directory), tmp_path / "copy", branch="mind")
    assert read_refs(copy).head == two
    assert not (copy.directory / "a").exists()
    with pytest.raises(NoSuchBranch):
        clone(str(remote.directory), tmp_path / "copy2", branch="none")
    assert not (tmp_path / "copy2").exists()


def test_an_empty_remote_gives_a_branch_without_commits(remote: Git, tmp_path: Path) -> None:
    copy = clone(str(remote.directory), tmp_path / "copy", branch="main")
    assert (read_refs(copy).branch, read_refs(copy).head) == (MAIN, None)


def test_a_malicious_tree_is_never_checked_out(git: Git, remote: Git, tmp_path: Path) -> None:
    """T25: a symbolic link out of the companion."""
    target = git_by_hand(git.directory, "hash-object", "-w", "--stdin", stdin=b"/etc/passwd")
    tree = git_by_hand(git.directory, "mktree", stdin=f"120000 blob {target}\tlink\n".encode())
    bad = git_by_hand(git.directory, "commit-tree", "-m", "x", tree)
    push(git, str(remote.directory), bad, "main")
    with pytest.raises(UntrustedError, match="symbolic link"):
        clone(str(remote.directory), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_failure_removes_only_what_it_made(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(GitUnreachable):
        clone(str(tmp_path / "gone"), empty)
    assert list(empty.iterdir()) == []
    (empty / "mine").write_text("precious")
    with pytest.raises(RefusedError):
        clone(str(tmp_path / "gone"), empty)
    assert (empty / "mine").exists()
