"""Reading objects and refs, and moving refs by compare-and-swap."""

from __future__ import annotations

from pathlib import Path

import pytest

from waifusync.errors import UntrustedError
from waifusync.repository.git import Git, GitDamaged, GitError, GitLocked
from waifusync.repository.objects import ObjectReader, blob_sizes, diff_trees, ls_tree
from waifusync.repository.ref_files import refs_in_files
from waifusync.repository.refs import (
    RefMoved,
    RefUpdate,
    is_ancestor,
    merge_base,
    read_refs,
    read_shared_ref,
    update_refs,
)

from .conftest import MAIN, Commit, git_by_hand

PRIVATE = "refs/waifusync/held"


def test_files_are_read_whatever_they_hold(git: Git, commit: Commit) -> None:
    sha = commit({"a b/ä\n.bin": b"\0\n\xff" * 1000, "empty": b""})
    with ObjectReader(git) as reader:
        assert reader.read(f"{sha}:empty") == b""
        assert reader.read(ls_tree(git, sha)["a b/ä\n.bin"].sha) == b"\0\n\xff" * 1000
        assert reader.read(f"{sha}:missing") is None
        assert reader.read(f"{sha}:a b", kind="tree") is not None


def test_a_file_beyond_the_limit_is_refused_and_reading_goes_on(git: Git, commit: Commit) -> None:
    """T25: memory stays bounded."""
    sha = commit({"big": b"x" * 100_000, "small": b"y"})
    with ObjectReader(git) as reader:
        with pytest.raises(UntrustedError, match="100000 bytes"):
            reader.read(f"{sha}:big", max_bytes=1000)
        assert reader.read(f"{sha}:small") == b"y"
        with pytest.raises(UntrustedError, match="is a commit"):
            reader.read(sha)
        with pytest.raises(GitError):
            reader.read("a\nb")


@pytest.mark.parametrize("begun", ["big", "small", "missing", "a"])
def test_what_was_begun_changes_nothing_of_what_is_read(git: Git, commit: Commit, begun: str) -> None:
    """Whichever is read next, and though the pipe holds more of it than anybody wants."""
    sha = commit({"big": b"x" * 1_000_000, "small": b"y", "a/b": b"z"})
    wanted = {"big": b"x" * 1_000_000, "small": b"y", "missing": None, "a/b": b"z"}
    for first in wanted:
        with ObjectReader(git) as reader:
            for path in (first, *wanted):
                reader.begin(f"{sha}:{begun}")
                assert reader.read(f"{sha}:{path}") == wanted[path]
            reader.begin(f"{sha}:big")
            with pytest.raises(UntrustedError, match="1000000 bytes"):
                reader.read(f"{sha}:big", max_bytes=1000)
            assert reader.read(f"{sha}:small") == b"y"


def test_trees_are_listed_and_compared(git: Git, commit: Commit) -> None:
    one = commit({"log/a": b"1", "log/b": b"22", "logs": b"3"})
    two = commit({"log/c": b"1"}, parent=one, delete=("log/a",))
    assert list(ls_tree(git, one, "log")) == ["log/a", "log/b"]
    assert ls_tree(git, one, sizes=True)["log/b"].size == 2
    changes = {change.path: change for change in diff_trees(git, one, two)}
    assert set(changes) == {"log/a", "log/c"}
    assert changes["log/a"].new_sha is None
    assert changes["log/c"].old_sha is None
    assert [change.path for change in diff_trees(git, None, one, "log")] == ["log/a", "log/b"]
    sizes = blob_sizes(git, [entry.sha for entry in ls_tree(git, one).values()])
    assert sorted(sizes.values()) == [1, 1, 2]


def test_a_missing_object_is_damage_not_absence(git: Git) -> None:
    with pytest.raises(GitDamaged):
        blob_sizes(git, ["0123456789" * 4])


def test_head_is_described_on_an_unborn_a_born_and_no_branch(git: Git, commit: Commit) -> None:
    before = read_refs(git, MAIN)
    assert (before.branch, before.head, before[MAIN]) == (MAIN, None, None)
    sha = commit({"a": b"1"}, show=True)
    refs = read_refs(git, MAIN, "refs/heads/other")
    assert (refs.branch, refs.head, refs[MAIN], refs["refs/heads/other"]) == (MAIN, sha, sha, None)
    git_by_hand(git.directory, "checkout", "-q", "--detach")
    assert (read_refs(git).branch, read_refs(git).head) == (None, sha)


def test_a_merge_that_is_going_on_is_seen(git: Git, commit: Commit) -> None:
    """T5: a half-finished merge is the person's."""
    base = commit({"a": b"1\n"}, show=True)
    theirs = commit({"a": b"2\n"}, parent=base)
    commit({"a": b"3\n"}, parent=base, show=True)
    git_by_hand(git.directory, "update-ref", "refs/heads/theirs", theirs)
    with pytest.raises(Exception, match="returned non-zero"):
        git_by_hand(git.directory, "merge", "theirs")
    assert read_refs(git).under_way == "merge"


def test_an_emptied_ref_is_damage_not_a_branch_without_commits(git: Git, commit: Commit) -> None:
    """T20: power loss leaves empty files."""
    commit({"a": b"1"}, show=True)
    (git.git_dir / MAIN).write_bytes(b"")
    with pytest.raises(GitDamaged):
        read_refs(git, MAIN)


def test_refs_move_together_or_not_at_all(git: Git, commit: Commit) -> None:
    """T17: compare-and-swap."""
    one = commit({"a": b"1"})
    two = commit({"a": b"2"}, parent=one)
    update_refs(git, [RefUpdate(MAIN, one, None), RefUpdate(PRIVATE, one, None)], message="first")
    with pytest.raises(RefMoved):
        update_refs(git, [RefUpdate(PRIVATE, two, one), RefUpdate(MAIN, two, two)])
    with pytest.raises(RefMoved):
        update_refs(git, [RefUpdate(PRIVATE, two, one), RefUpdate(MAIN, two, None)])
    assert read_refs(git, PRIVATE)[PRIVATE] == one
    update_refs(git, [RefUpdate(PRIVATE, None, one), RefUpdate(MAIN, one, one)])
    assert read_refs(git, PRIVATE, MAIN).shas == {PRIVATE: None, MAIN: one}
    assert "first" in git_by_hand(git.directory, "reflog", "main")


def test_a_lock_that_somebody_holds_is_named_and_left(git: Git, commit: Commit) -> None:
    one = commit({"a": b"1"})
    lock = git.git_dir / (MAIN + ".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    with pytest.raises(GitLocked) as caught:
        update_refs(git, [RefUpdate(MAIN, one, None)])
    assert caught.value.facts["path"] == str(lock)
    assert lock.exists()


def test_ancestry(git: Git, commit: Commit) -> None:
    one = commit({"a": b"1"})
    two = commit({"a": b"2"}, parent=one)
    stranger = commit({"b": b"2"})
    assert is_ancestor(git, one, two)
    assert not is_ancestor(git, two, one)
    assert merge_base(git, one, two) == one
    assert merge_base(git, one, stranger) is None
    with pytest.raises(GitError):
        is_ancestor(git, one, "0123456789" * 4)


def test_a_private_ref_is_read_loose_and_packed(git: Git, commit: Commit) -> None:
    one = commit({"a": b"1"})
    assert read_shared_ref(git, PRIVATE) is None
    update_refs(git, [RefUpdate(PRIVATE, one, None)])
    assert read_shared_ref(git, PRIVATE) == one
    git_by_hand(git.directory, "pack-refs", "--all", "--prune")
    assert not Path(git.common_dir, PRIVATE).exists()
    assert read_shared_ref(git, PRIVATE) == one


def test_refs_in_files_are_what_git_says_of_them_or_left_to_git(git: Git, commit: Commit) -> None:
    one = commit({"a": b"1"}, show=True)
    two = commit({"a": b"2"}, parent=one)
    names = (MAIN, PRIVATE, "refs/heads/gone", "refs/heads/leads", "refs/heads/broken", "refs/tags/v1")
    folder = git.directory / ".git"

    def told() -> dict[str, str | None] | None:
        found = refs_in_files(git, names)
        if found is not None:
            listed = git_by_hand(git.directory, "for-each-ref", "--format=%(refname) %(objectname)", *names)
            by_git = dict(line.split(" ", 1) for line in listed.splitlines())
            assert found == {name: by_git.get(name) for name in names}
        return dict(found) if found is not None else None

    update_refs(git, [RefUpdate(PRIVATE, one, None)])
    git_by_hand(git.directory, "tag", "-a", "-m", "first", "v1", one)
    assert (told() or {})[PRIVATE] == one
    git_by_hand(git.directory, "pack-refs", "--all")
    assert not (folder / PRIVATE).exists()
    assert (told() or {})[PRIVATE] == one
    update_refs(git, [RefUpdate(PRIVATE, two, one)])
    assert (told() or {})[PRIVATE] == two
    git_by_hand(git.directory, "symbolic-ref", "refs/heads/leads", MAIN)
    assert told() is None
    (folder / "refs/heads/leads").unlink()
    (folder / "refs/heads/broken").write_text("")
    assert told() is None
    (folder / "refs/heads/broken").unlink()
    assert told() is not None
    (folder / "packed-refs").write_text("half a li\n")
    assert told() is None


def test_no_name_asks_for_no_ref_however_git_keeps_them(git: Git, commit: Commit) -> None:
    """Asked for nothing, git would tell of all, and of one that is broken."""
    sha = commit({"a": b"1"}, show=True)
    git_by_hand(git.directory, "checkout", "-q", "--detach")
    (git.git_dir / "refs/heads/broken").write_text("")
    (git.git_dir / "reftable").mkdir()  # nothing is read out of files then
    refs = read_refs(git)
    assert (dict(refs.shas), refs.head) == ({}, sha)
