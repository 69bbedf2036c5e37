"""What `git gc --prune=now` would take for garbage is safe while the companion's lock is held."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from tests.companions import World
from waifusync.repository.gc_lock import without_gc
from waifusync.repository.git import Git
from waifusync.workflows.companion import Companion

_OTHER = "waifusync-tests-other-machine"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    (tmp_path / ".git" / "waifusync").mkdir()
    return Git(tmp_path)


def _hold(git: Git, *, wait_seconds: float = 0.0):  # type: ignore[no-untyped-def]
    return without_gc(git.common_dir, git.state_directory, wait_seconds=wait_seconds)


def test_an_object_that_no_ref_names_survives_a_gc_meanwhile(git: Git) -> None:
    """T20: T12: git's own message tells the person to wait; afterwards, gc is as before."""
    with _hold(git):
        blob = git.run("hash-object", "-w", "--stdin", stdin=b"not named yet").text.strip()
        refused = git.run("gc", "--prune=now", check=False)
        assert refused.status != 0 and "already running" in refused.stderr
        assert git.run("cat-file", "-e", blob, check=False).status == 0
    assert git.run("gc", "-q", "--prune=now").status == 0
    assert git.run("cat-file", "-e", blob, check=False).status != 0


@pytest.mark.parametrize("left", ["1 {here}", "{dead} {here}", "{alive} {here} waifusync", "", "no number"])
def test_what_a_killed_process_left_holds_up_nobody(git: Git, left: str) -> None:
    """T20: not even where its number is another process's by now, and twelve hours have passed."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    place = git.common_dir / "gc.pid"
    place.write_text(left.format(here=os.uname().nodename, dead=ended.pid, alive=os.getpid()))
    if left.startswith("1 "):
        os.utime(place, (1_000_000_000, 1_000_000_000))
    with _hold(git):
        assert str(os.getpid()) in place.read_text()
    assert not place.exists()


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_gc_that_is_running_is_waited_for_and_keeps_its_lock(git: Git, where: str) -> None:
    place = git.common_dir / "gc.pid"
    place.write_text(f"{os.getpid()} {os.uname().nodename if where == 'here' else _OTHER}\n")
    with _hold(git, wait_seconds=0.1):
        assert "waifusync" not in place.read_text().split()
    assert place.exists()
    ending = threading.Timer(0.2, place.unlink)
    ending.start()
    with _hold(git, wait_seconds=30):
        assert "waifusync" in place.read_text().split()
    ending.join()


def test_every_command_that_takes_the_lock_keeps_gc_out(tmp_path: Path) -> None:
    companion = Companion.find(World(tmp_path).device("laptop").directory)
    with companion.locked("test"):
        assert "waifusync" in (companion.git.common_dir / "gc.pid").read_text().split()
    assert not (companion.git.common_dir / "gc.pid").exists()
