"""Showing a commit where the disk refuses, or everything ends: at every change that git makes for it."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.companions import World
from tests.crashing.fates import Fate, How, Met, meet
from tests.crashing.stopping import why_not
from waifusync.errors import WaifusyncError
from waifusync.repository.cloning import clone
from waifusync.repository.committing import FileEdits, build_commit
from waifusync.repository.git import Git
from waifusync.repository.half_shown import is_cut_off, take_back
from waifusync.repository.refs import RefUpdate, update_refs
from waifusync.repository.worktree import show_commit

_LOG = "shared_memory/log/laptop-7k3q9x2a/0000/000000000{0}-000000000{0}.jsonl"
_OLD = {"waifusync.toml": "log", "page": "one", "gone": "x", _LOG.format(1): "1\n"}
_NEW = {"waifusync.toml": "database", "page": "two", "new/page": "y", _LOG.format(2): "2\n"}

needs_stopping = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _commit(git: Git, files: dict[str, str], *, parent: str | None) -> str:
    write = {name: text.encode() for name, text in files.items()}
    edits = FileEdits(write=write, delete=_OLD.keys() - files.keys() if parent else ())
    return build_commit(
        git, parents=[parent] if parent else [], edits=edits, message="m", author=None, time=0
    )


@pytest.fixture
def git(world: World) -> Git:
    """On the old commit."""
    world.git(world.folder, "init", "-q", "-b", "main", "here")
    git = Git(world.folder / "here")
    old = _commit(git, _OLD, parent=None)
    show_commit(git, old=None, new=old)
    update_refs(git, [RefUpdate("refs/heads/main", old, None)])
    return git


def _in_a_child(work: Callable[[], int]) -> Callable[[], int]:
    def run() -> int:
        os.dup2(os.open(os.devnull, os.O_RDWR), 2)
        try:
            return work()
        except WaifusyncError:
            return 3

    return run


def _held(git: Git) -> dict[str, str]:
    files = (path for path in git.directory.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(git.directory)): path.read_text() for path in files}


def _ends(git: Git, hows: Sequence[How]) -> Iterator[tuple[Met, How, str, str]]:
    """A showing, ended at each of its changes in turn, and the commits it was on its way from and to."""
    old = git.run("rev-parse", "HEAD").text.strip()
    new = _commit(git, _NEW, parent=old)
    kept = shutil.copytree(git.directory, git.directory.with_name("kept"))
    show = _in_a_child(lambda: 0 if show_commit(git, old=old, new=new).moved else 1)
    for at in itertools.count(1):
        how = hows[at % len(hows)]
        met = meet(show, f"{git.directory}/", Fate(at, how))
        if not met.met:
            assert at > 12
            return
        yield met, how, old, new
        shutil.rmtree(git.directory)
        shutil.copytree(kept, git.directory)


def _is_at(git: Git, commit: str, files: dict[str, str]) -> bool:
    return _held(git) == files and git.run("diff-index", commit).text == ""


@needs_stopping
def test_a_showing_that_the_disk_refuses_once_is_whole_or_has_not_been(git: Git) -> None:
    """T14: T5: git had removed waifusync.toml, could not write the new one, and its index knew of neither."""
    ends = set()
    for met, _, _, _ in _ends(git, [How.FAILING_ONCE]):
        wanted, found = _persons(_NEW if met.status == 0 else _OLD), _persons(_held(git))
        if met.met == "unlink gone":  # git warns, and goes on
            found -= {("gone", "x")}
        assert found == wanted, met
        ends.add(met.status)
    assert ends == {0, 1, 3}


def _persons(files: dict[str, str]) -> set[tuple[str, str]]:
    """Our own files may be ahead of the branch."""
    return {(name, text) for name, text in files.items() if not name.startswith("shared_memory")}


@needs_stopping
def test_a_showing_that_was_ended_is_taken_back_from_wherever_it_was(git: Git) -> None:
    """T20: T14: T5: what is half shown is nobody's edit."""
    for met, how, old, new in _ends(git, [How.KILL, How.READ_ONLY, How.POWER]):
        (git.git_dir / "index.lock").unlink(missing_ok=True)
        take_back(git, old=old, shown=new)
        show_commit(git, old=new, new=old)
        assert _is_at(git, old, _OLD), f"{how} at {met}"


def test_what_a_person_wrote_is_not_taken_back(git: Git) -> None:
    """T20: neither what they edited, nor what they made, nor what the other commit does not change."""
    old = git.run("rev-parse", "HEAD").text.strip()
    new = _commit(git, {**_NEW, "same": "s"}, parent=old)
    theirs = {"page": "three", "new/page": "theirs", "mine": ""}
    (git.directory / "new").mkdir()
    for name, text in theirs.items():
        (git.directory / name).write_text(text)
    (git.directory / "same").touch()
    take_back(git, old=old, shown=new)
    assert _held(git) == {**_OLD, **theirs}


def test_what_a_folder_that_became_a_link_leads_to_is_not_taken_back(git: Git, tmp_path: Path) -> None:
    """T25: what lies there is not ours."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "page").write_text("y")
    (git.directory / "new").symlink_to(outside)
    old = git.run("rev-parse", "HEAD").text.strip()
    take_back(git, old=old, shown=_commit(git, _NEW, parent=old))
    assert (outside / "page").read_text() == "y"


def test_where_there_is_no_work_tree_nothing_is_taken_back(world: World) -> None:
    world.git(world.folder, "init", "-q", "--bare", "-b", "main", "bare")
    bare = Git(world.folder / "bare")
    old = _commit(bare, _OLD, parent=None)
    take_back(bare, old=old, shown=_commit(bare, _NEW, parent=old))
    assert not (bare.directory / "page").exists()


def test_only_a_part_of_a_file_is_cut_off(git: Git) -> None:
    new = _commit(git, _NEW, parent=git.run("rev-parse", "HEAD").text.strip())
    file, found = git.directory / "waifusync.toml", {}
    for text in ("", "data", "database", "log", "database and more"):
        file.write_text(text)
        found[text] = is_cut_off(git, "waifusync.toml", new)
    assert [text for text, cut_off in found.items() if cut_off] == ["", "data"]
    file.unlink()
    assert not is_cut_off(git, "waifusync.toml", new)


@needs_stopping
def test_a_clone_that_the_disk_refuses_once_is_whole_or_not_there(git: Git, world: World) -> None:
    """T14: T20: a folder could not be made, and the clone went on without its files."""
    copy = world.folder / "copy"
    cloning = _in_a_child(lambda: 0 if clone(str(git.directory), copy) else 1)
    last = meet(cloning, f"{copy}", None).changes
    shutil.rmtree(copy)
    for at in range(last - 16, last + 1):
        met = meet(cloning, f"{copy}", Fate(at, How.FAILING_ONCE))
        assert copy.exists() == (met.status == 0), met
        if copy.exists():
            assert _held(Git(copy)) == _OLD, met
            shutil.rmtree(copy)
