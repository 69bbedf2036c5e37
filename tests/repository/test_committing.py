"""Commits are made without index, work tree, hooks or signing."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from waifusync.repository.committing import NOBODY, FileEdits, build_commit, read_author
from waifusync.repository.git import Git, GitError
from waifusync.repository.objects import ObjectReader, ls_tree
from waifusync.repository.refs import read_refs

from .conftest import Commit, git_by_hand


def make(
    git: Git, edits: FileEdits, *parents: str, author: tuple[str, str] | None = None, time: int = 5
) -> str:
    return build_commit(git, parents=parents, edits=edits, message="größe\n", author=author, time=time)


NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12
).filter(lambda name: name not in (".", "..") and name.casefold() != ".git")


@given(files=st.dictionaries(NAMES, st.binary(max_size=50), max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_is_read_again(git: Git, files: dict[str, bytes]) -> None:
    sha = make(git, FileEdits(write=files))
    with ObjectReader(git) as reader:
        found = {path: reader.read(entry.sha) for path, entry in ls_tree(git, sha).items()}
    assert found == files


def test_the_first_parent_gives_the_tree_and_all_are_recorded(git: Git) -> None:
    one = make(git, FileEdits(write={"a": b"1", "x/y": b"2", "gone": b"3"}))
    other = make(git, FileEdits(write={"b": b"1"}))
    linked = ls_tree(git, other)["b"]
    edits = FileEdits(
        write={"gone/now a folder": b"4"}, link_existing={"l": ("100755", linked.sha)}, delete=["x/y", "gone"]
    )
    merged = make(git, edits, one, other)
    assert sorted(ls_tree(git, merged)) == ["a", "gone/now a folder", "l"]
    assert ls_tree(git, merged)["l"].mode == "100755"
    assert git_by_hand(git.directory, "log", "-1", "--format=%P", merged) == f"{one} {other}"
    git_by_hand(git.directory, "fsck", "--strict", "--no-dangling")


def test_nothing_of_the_persons_is_touched(git: Git, commit: Commit) -> None:
    """T5: the person's index, work tree and refs stay as they are."""
    one = commit({"a": b"1"}, show=True)
    (git.directory / "a").write_bytes(b"edited")
    (git.directory / "new").write_bytes(b"staged")
    git_by_hand(git.directory, "add", "new")
    before = (git.git_dir / "index").read_bytes()
    make(git, FileEdits(write={"a": b"2"}), one)
    assert (git.git_dir / "index").read_bytes() == before
    assert (git.directory / "a").read_bytes() == b"edited"
    assert read_refs(git, "refs/waifusync/next").shas == {"refs/waifusync/next": None}
    assert read_refs(git).head == one


def test_names_that_differ_by_case_stay_two_files(git: Git) -> None:
    """T29: macOS sets core.ignoreCase."""
    git_by_hand(git.directory, "config", "core.ignoreCase", "true")
    one = make(git, FileEdits(write={"notes/a": b"1"}))
    assert sorted(ls_tree(git, make(git, FileEdits(write={"notes/A": b"2"}), one))) == ["notes/A", "notes/a"]


def test_who_and_when(git: Git) -> None:
    sha = make(git, FileEdits(), author=("A <b>\nc", ""), time=-3)
    line = git_by_hand(git.directory, "log", "-1", "--format=%an|%ae|%at|%s", sha)
    assert line == "A  b c|waifusync@localhost|0|größe"
    git_by_hand(git.directory, "config", "user.name", "Grace")
    assert read_author(git)[0] == "Grace"
    assert NOBODY == ("waifusync", "waifusync@localhost")


def test_signing_and_a_required_identity_stop_nothing(git: Git, commit: Commit) -> None:
    """T18: commit.gpgSign on, user.useConfigOnly on, no name."""
    git_by_hand(git.directory, "config", "commit.gpgSign", "true")
    git_by_hand(git.directory, "config", "user.useConfigOnly", "true")
    git_by_hand(git.directory, "config", "user.email", "")
    assert commit({"a": b"1"}, show=True)


def test_a_failure_leaves_no_crash_report(git: Git) -> None:
    with pytest.raises(GitError):
        make(git, FileEdits(link_existing={"a": ("100644", "0123456789" * 4)}), "9876543210" * 4)
    assert not list(git.git_dir.glob("fast_import_crash_*"))


def test_killed_in_the_middle_leaves_the_next_commit_untouched(git: Git, commit: Commit) -> None:
    """T20: kill -9 at any moment leaves unused objects and nothing else."""
    one = commit({"a": b"1"}, show=True)
    arguments = git.command_line("fast-import", "--quiet", "--done", "--depth=0", "--date-format=raw")
    for written in (b"", b"commit refs/waifusync/next\nmark :1\n", b"blob\ndata 900000\nxxx"):
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            assert child.stdin is not None
            child.stdin.write(written)
            child.stdin.flush()
            child.kill()
    two = make(git, FileEdits(write={"b": b"2"}), one)
    assert sorted(ls_tree(git, two)) == ["a", "b"]
    git_by_hand(git.directory, "fsck", "--strict", "--no-dangling")
