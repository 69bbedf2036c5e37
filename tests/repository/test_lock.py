"""One sync at a time, across processes, whatever happens to the holder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from waifusync.errors import RefusedError
from waifusync.repository.lock import LockTaken, hold_lock, leave_note, lock_holder, take_note

HOLDER = """
import pathlib, sys
from waifusync.repository.lock import hold_lock
with hold_lock(pathlib.Path(sys.argv[1]), purpose="sync"):
    print("held", flush=True)
    sys.stdin.read()
"""

FORKING_HOLDER = """
import os, pathlib, subprocess, sys
from waifusync.repository.lock import hold_lock
with hold_lock(pathlib.Path(sys.argv[1]), purpose="sync"):
    subprocess.Popen(["cat"], stdout=subprocess.DEVNULL)
    if os.fork() == 0:
        print("held", flush=True)
    sys.stdin.read()
"""


def start_holder(folder: Path, program: str = HOLDER) -> subprocess.Popen[bytes]:
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    return holder


def test_a_taken_lock_names_its_holder_and_kill_releases_it(tmp_path: Path) -> None:
    """T20: kill -9 leaves no lock behind."""
    with start_holder(tmp_path) as holder:
        with pytest.raises(LockTaken) as caught, hold_lock(tmp_path, purpose="push"):
            pass
        assert caught.value.facts == {"pid": holder.pid, "purpose": "sync"}
        holder.kill()
        holder.wait()
        with hold_lock(tmp_path, purpose="push"):
            pass


def test_waiting_gets_the_lock_when_the_holder_ends(tmp_path: Path) -> None:
    with start_holder(tmp_path) as holder:
        assert holder.stdin is not None
        holder.stdin.close()
        with hold_lock(tmp_path, wait_seconds=30, purpose="push"):
            assert (tmp_path / "lock").read_text().endswith('"purpose": "push"}')


def test_a_child_that_outlives_its_killed_parent_does_not_hold_it(tmp_path: Path) -> None:
    """T12: neither a program that was started nor a forked worker keeps the lock."""
    with start_holder(tmp_path, FORKING_HOLDER) as holder:
        holder.kill()
        holder.wait()
        with hold_lock(tmp_path, purpose="again"):
            pass
        assert holder.stdin is not None
        holder.stdin.close()


def test_a_released_lock_is_free_for_the_forked_child_too(tmp_path: Path) -> None:
    with hold_lock(tmp_path, purpose="sync"):
        reader, writer = os.pipe()
        forked = os.fork()
        if forked == 0:
            os.close(writer)
            os.read(reader, 1)
            os._exit(0)
    with hold_lock(tmp_path, purpose="again"):
        assert lock_holder(tmp_path) == (os.getpid(), "again")
    os.close(writer)
    os.close(reader)
    os.waitpid(forked, 0)


def test_an_error_inside_releases_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="x"), hold_lock(tmp_path, purpose="sync"):
        raise ValueError("x")
    with hold_lock(tmp_path, purpose="sync"), pytest.raises(LockTaken), hold_lock(tmp_path, purpose="sync"):
        pass


def test_notes_are_taken_once(tmp_path: Path) -> None:
    assert take_note(tmp_path) == ()
    leave_note(tmp_path, "hook")
    leave_note(tmp_path, "timer")
    leave_note(tmp_path, "hook")
    assert take_note(tmp_path) == ("hook", "timer")
    assert take_note(tmp_path) == ()


def test_a_repository_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    """T6: moved away in this moment, and put back in the next: nothing may stand in its place."""
    gone = tmp_path / "gone/.git"
    with pytest.raises(RefusedError, match="not there any more"), hold_lock(gone / "own", purpose="sync"):
        pass
    with pytest.raises(RefusedError, match="not there any more"):
        leave_note(gone / "own", "hook")
    assert not gone.parent.exists()
