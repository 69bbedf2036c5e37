"""What the crash points found, each as it was found."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from tests.companions import INSTALLED, World, clean_environment
from tests.crashing.fates import Fate, How, meet
from tests.crashing.stopping import why_not
from waifusync.errors import RefusedError
from waifusync.memory.connection import explained
from waifusync.repository.committing import FileEdits, build_commit
from waifusync.repository.git import Git, GitError
from waifusync.repository.stale_locks import remove_left_locks
from waifusync.workflows.first_showing import show_first


@pytest.fixture
def git(world: World) -> Git:
    world.git(world.folder, "init", "-q", "-b", "main", "here")
    return Git(world.folder / "here")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _commit(git: Git, **files: str) -> str:
    edits = FileEdits(write={name: text.encode() for name, text in files.items()})
    return build_commit(git, parents=[], edits=edits, message="m", author=None, time=0)


def _keep(git: Git, text: str) -> Path:
    [pack] = (git.git_dir / "objects/pack").glob("*.pack")
    for made in (pack, pack.with_suffix(".idx")):
        made.rename(git.git_dir / made.name)
    keep = pack.with_suffix(".keep")
    keep.write_text(text)
    return keep


def test_a_keep_file_of_a_commit_that_died_stops_the_same_commit_once_at_most(git: Git) -> None:
    """T14: T20: no room for what git lays beside the pack."""
    made = _commit(git, page="one")
    keep = _keep(git, "")
    with pytest.raises(GitError):
        _commit(git, page="one")
    assert not keep.exists()
    assert _commit(git, page="one") == made


def test_a_keep_file_goes_with_the_locks_of_a_run_that_was_killed_and_a_persons_stays(git: Git) -> None:
    """T20: its pack would be kept apart for ever."""
    _commit(git, page="one")
    keep = _keep(git, "fast-import")
    assert remove_left_locks(git, since=0) == (keep.name,)
    keep.write_text("because I said so")
    assert remove_left_locks(git, since=0) == ()


def test_what_was_shown_before_the_kill_is_in_nobodys_way_and_what_a_person_wrote_is(git: Git) -> None:
    """T20: T5: git had written some of the files, and the index of none."""
    first, second = _commit(git, a="1", b="1", c="1"), _commit(git, a="2", b="2", c="2")
    note = git.git_dir / "showing"
    note.write_text(first)
    assert show_first(git, note, tip=None, commit=first).moved
    git.run("read-tree", "--empty")
    (git.directory / "c").unlink()
    (git.directory / "a").write_text("1")
    (git.directory / "b").write_text("")
    assert show_first(git, note, tip=None, commit=second).moved
    assert [(git.directory / name).read_text() for name in "abc"] == ["2", "2", "2"]
    # Shown whole, and then it died: the branch had not moved.
    assert show_first(git, note, tip=None, commit=first).moved
    git.run("read-tree", "--empty")
    (git.directory / "c").write_text("a person's")
    shown = show_first(git, note, tip=None, commit=second)
    assert (shown.moved, shown.kept_back) == (False, ("c",))
    assert (git.directory / "c").read_text() == "a person's"


def test_a_page_that_the_power_emptied_after_it_was_shown_is_written_anew(git: Git) -> None:
    """T20: the index was synced, and the page not yet."""
    commit, note = _commit(git, a="1", b="1"), git.git_dir / "showing"
    assert show_first(git, note, tip=None, commit=commit).moved
    (git.directory / "b").write_text("")
    assert show_first(git, note, tip=None, commit=commit).moved
    assert [(git.directory / name).read_text() for name in "ab"] == ["1", "1"]


def test_a_repository_that_init_had_begun_is_made_anew(world: World) -> None:
    """T20: HEAD was there, and empty; the settings were locked."""
    begun = world.folder / "laptop/.waifusync-init"
    world.git(world.folder, "init", "-q", "-b", "main", str(begun))
    (begun / ".git/HEAD").write_text("")
    (begun / ".git/config.lock").touch()
    world.run("init", "laptop", "--device", "laptop")
    assert not begun.exists()
    world.run("verify", where=world.folder / "laptop")


def _to_its_last_change(world: World, *words: str) -> None:
    """The command twice: once to count its changes, and, as nothing of it was kept, until the power goes."""

    def command() -> int:
        os.chdir(world.folder)
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        os.execve(INSTALLED, [str(INSTALLED), *words], clean_environment(world.home))

    place = f"{world.folder}{os.sep}laptop"
    count = meet(command, place, None).changes
    _undo(world)
    assert meet(command, place, Fate(count - 3, How.POWER)).met


def _undo(world: World) -> None:
    os.rename(world.folder / "laptop", world.folder / "counted")


@pytest.mark.skipif(why_not() is not None, reason=why_not() or "")
def test_what_setting_up_put_in_place_is_there_when_the_power_goes_soon_after(world: World) -> None:
    """T20: git syncs neither its settings nor the work tree."""
    _to_its_last_change(world, "init", "laptop", "--device", "laptop", "--remote", str(world.remote))
    laptop = world.folder / "laptop"
    assert str(world.remote) in (laptop / ".git/config").read_text()
    assert (laptop / ".git/HEAD").read_text() == "ref: refs/heads/main\n"
    for name in ("waifusync.toml", ".gitignore", "device_contexts/LAPTOP_CONTEXT.md", ".git/info/exclude"):
        assert (laptop / name).read_text(), name
    world.run("init", "laptop", "--device", "laptop")
    world.run("sync", where=laptop)
    assert world.git(laptop, "status", "--porcelain") == ""


def test_a_lock_that_a_push_left_at_the_remote_is_told_as_that(world: World) -> None:
    """T20: T17: not as other devices that were faster, and nothing is lost."""
    laptop = world.device("laptop")
    lock = world.remote / "refs/heads/main.lock"
    lock.touch()
    laptop.say("one")
    refused = laptop.run("push", code=4)
    assert "error: the remote kept the branch locked, 8 times in a row: " in refused.err
    assert "refs/heads/main.lock is there" in refused.err
    lock.unlink()
    laptop.run("push")


def test_a_write_ahead_log_that_a_disk_lets_nobody_recover_is_no_bug_of_ours(tmp_path: Path) -> None:
    """T14: SQLite calls it a locking protocol; the file system had become read-only."""
    with pytest.raises(RefusedError), explained(tmp_path / "memory.db"):
        raise sqlite3.OperationalError("locking protocol")
