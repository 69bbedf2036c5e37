"""Showing commits in the work tree: the person's edits stay, our own files come back byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from waifusync.repository import layout
from waifusync.repository.attributes import ATTRIBUTES, ensure_local_rules, with_block
from waifusync.repository.git import Git
from waifusync.repository.packs import count_packs, tidy
from waifusync.repository.refs import RefUpdate, update_refs
from waifusync.repository.worktree import Shown, repair_own_paths, show_commit

from .conftest import MAIN, Commit, git_by_hand

LOG = "shared_memory/log/laptop-7k3q9x2a/0000/0000000001-0000000002.jsonl"
LOG_2 = "shared_memory/log/laptop-7k3q9x2a/0000/0000000003-0000000003.jsonl"
NOTES = "device_contexts/LAPTOP_CONTEXT.md"


def status(git: Git) -> str:
    return git_by_hand(git.directory, "status", "--porcelain", "-uall")


def content(git: Git, path: str) -> bytes:
    return (git.directory / path).read_bytes()


def test_a_commit_is_shown_and_the_branch_follows(git: Git, commit: Commit) -> None:
    one = commit({LOG: b"1\n", "a": b"1"}, show=True)
    commit({LOG_2: b"2\n", "a": b"2"}, parent=one, delete=(LOG,), show=True)
    assert (content(git, "a"), content(git, LOG_2)) == (b"2", b"2\n")
    assert not (git.directory / LOG).exists()
    assert status(git) == ""


def test_unrelated_edits_and_staged_files_survive(git: Git, commit: Commit) -> None:
    one = commit({"a": b"1", "b": b"1"}, show=True)
    (git.directory / "b").write_bytes(b"edited")
    (git.directory / "new").write_bytes(b"staged")
    git_by_hand(git.directory, "add", "new")
    commit({"a": b"2"}, parent=one, show=True)
    assert status(git) == "M b\nA  new"  # git_by_hand strips the first blank
    assert content(git, "b") == b"edited"


def test_an_edit_in_the_way_is_kept_and_our_own_paths_move_on(git: Git, commit: Commit) -> None:
    """T5: never overwritten, and said."""
    one = commit({"a": b"1", "b": b"1"}, show=True)
    (git.directory / "a").write_bytes(b"mine")
    (git.directory / "c").write_bytes(b"untracked")
    two = commit({"a": b"2", "b": b"2", "c": b"2", LOG: b"x\n"}, parent=one)
    assert show_commit(git, old=one, new=two) == Shown(moved=False, kept_back=("a", "c"))
    assert (content(git, "a"), content(git, "b"), content(git, "c")) == (b"mine", b"1", b"untracked")
    assert content(git, LOG) == b"x\n"
    (git.directory / "a").write_bytes(b"1")
    (git.directory / "c").unlink()
    assert show_commit(git, old=one, new=two).moved
    update_refs(git, [RefUpdate(MAIN, two, one)])
    assert status(git) == ""


def test_our_own_commit_of_an_edited_file_is_shown(git: Git, commit: Commit) -> None:
    """The work tree already holds what was committed from it, and the index does not."""
    one = commit({NOTES: b"1\n", "experiments/x/y": b"1"}, show=True)
    (git.directory / NOTES).write_bytes(b"2\n")
    commit({NOTES: b"2\n"}, parent=one, show=True)
    assert status(git) == ""


def test_edited_notes_are_not_overwritten(git: Git, commit: Commit) -> None:
    one = commit({NOTES: b"1\n"}, show=True)
    (git.directory / NOTES).write_bytes(b"mine\n")
    two = commit({NOTES: b"2\n"}, parent=one)
    assert show_commit(git, old=one, new=two) == Shown(moved=False, kept_back=(NOTES,))
    assert content(git, NOTES) == b"mine\n"


def test_damaged_log_files_do_not_stand_in_the_way(git: Git, commit: Commit) -> None:
    one = commit({LOG: b"1\n"}, show=True)
    (git.directory / LOG).write_bytes(b"torn")
    commit({LOG_2: b"2\n"}, parent=one, delete=(LOG,), show=True)
    assert status(git) == ""


def test_touched_files_do_not_stand_in_the_way(git: Git, commit: Commit) -> None:
    one = commit({"a": b"1"}, show=True)
    os.utime(git.directory / "a", (1, 1))
    commit({"a": b"2"}, parent=one, show=True)
    assert content(git, "a") == b"2"


def test_a_held_index_is_left_and_said(git: Git, commit: Commit) -> None:
    one = commit({"a": b"1"}, show=True)
    lock = git.git_dir / "index.lock"
    lock.touch()
    two = commit({"a": b"2"}, parent=one)
    assert show_commit(git, old=one, new=two) == Shown(moved=False, is_locked=True)
    assert lock.exists()
    assert content(git, "a") == b"1"


def test_a_bare_repository_shows_nothing(remote: Git) -> None:
    assert show_commit(remote, old=None, new="0" * 40).moved
    assert repair_own_paths(remote, "0" * 40, [layout.LOG]) == ()


def test_our_folders_are_repaired_and_nothing_else(git: Git, commit: Commit) -> None:
    """T20: removed by hand, half written, stale in the index."""
    sha = commit({LOG: b"1\n", LOG_2: b"2\n", "a": b"1"}, show=True)
    (git.directory / LOG).unlink()
    (git.directory / LOG_2).write_bytes(b"")
    (git.directory / "a").unlink()
    stray = git.directory / "shared_memory/log/stray"
    stray.write_bytes(b"unknown")
    extra = "shared_memory/log/extra"
    (git.directory / extra).write_bytes(b"x")
    git_by_hand(git.directory, "add", extra)
    assert repair_own_paths(git, sha, layout.MACHINE_PREFIXES) == (extra, LOG, LOG_2)
    assert (content(git, LOG), content(git, LOG_2)) == (b"1\n", b"2\n")
    assert not (git.directory / extra).exists()
    assert not (git.directory / "a").exists()
    assert stray.read_bytes() == b"unknown"
    assert repair_own_paths(git, sha, layout.MACHINE_PREFIXES) == ()


def test_a_folder_replaced_by_a_link_leads_nowhere(git: Git, commit: Commit, tmp_path: Path) -> None:
    """T25: what lies behind the link is not ours to remove."""
    one = commit({LOG: b"1\n"}, show=True)
    two = commit({"a": b"1"}, parent=one, delete=(LOG,))
    outside = tmp_path / "outside"
    (git.directory / LOG).parent.rename(outside)
    (git.directory / LOG).parent.symlink_to(outside)
    repair_own_paths(git, two, layout.MACHINE_PREFIXES)
    assert (outside / Path(LOG).name).read_bytes() == b"1\n"


@pytest.mark.parametrize("attributes", [b"", b"* text eol=crlf\n"])
def test_our_bytes_survive_line_end_conversion(git: Git, commit: Commit, attributes: bytes) -> None:
    """T29: core.autocrlf=true, and a .gitattributes that asks for it."""
    git_by_hand(git.directory, "config", "core.autocrlf", "true")
    one = commit({".gitattributes": attributes, LOG: b"1\n2\n", NOTES: b"a\nb\n"}, show=True)
    assert content(git, LOG) == b"1\n2\n"
    (git.directory / LOG).unlink()
    repair_own_paths(git, one, layout.MACHINE_PREFIXES)
    assert content(git, LOG) == b"1\n2\n"
    assert status(git) == ""


def test_local_rules_keep_what_others_wrote(git: Git) -> None:
    info = git.common_dir / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text("*.png binary")
    assert ensure_local_rules(git)
    assert not ensure_local_rules(git)
    text = (info / "attributes").read_text()
    assert text.startswith("*.png binary\n")
    assert with_block(text + "*.jpg binary\n", ATTRIBUTES).index("*.jpg") < text.index(ATTRIBUTES[0])
    assert git_by_hand(git.directory, "check-ignore", "shared_memory/memory.db") == "shared_memory/memory.db"


def test_it_works_in_a_linked_work_tree(git: Git, commit: Commit, tmp_path: Path) -> None:
    one = commit({"a": b"1"}, show=True)
    git_by_hand(git.directory, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    linked = Git(tmp_path / "linked")
    two = commit({LOG: b"1\n"}, parent=one)
    assert show_commit(linked, old=one, new=two).moved
    assert content(linked, LOG) == b"1\n"
    assert not (git.directory / LOG).exists()


def test_many_packs_become_few_and_nothing_is_lost(git: Git, commit: Commit) -> None:
    """T14: and what no ref names stays."""
    shas = []
    parent = None
    for number in range(8):
        parent = commit({f"f{number}": b"x" * number}, parent=parent)
        shas.append(parent)
    crash = git.git_dir / "fast_import_crash_1"
    crash.write_text("fast-import crash report:\n  refs/waifusync/next\n")
    other = git.git_dir / "fast_import_crash_2"
    other.write_text("fast-import crash report:\n  refs/heads/imported\n")
    assert not tidy(git)
    assert tidy(git, most_packs=3)
    assert count_packs(git) < 4
    for sha in shas:
        git.run("cat-file", "-e", f"{sha}^{{tree}}")
    assert other.exists()
    assert not crash.exists()
