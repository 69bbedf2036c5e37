"""The harness: that a process stops where it is said to, and that what is lost is what was not synced."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crashing.fates import Fate, How, Met, meet
from tests.crashing.stopping import why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")

# Made, written, synced and put in place; then another that is put in place unsynced.
SCRIPT = """
set -e
echo old > kept
sync kept
mkdir folder
echo new > beside
python3 -c "import os; os.replace('beside', 'kept')"
"""


def shell(place: Path, script: str) -> Callable[[], int]:
    def run() -> int:
        os.chdir(place)
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 2)
        os.execvp("sh", ["sh", "-c", script])

    return run


def met(place: Path, at: int, how: How, script: str = SCRIPT) -> Met:
    return meet(shell(place, script), f"{place}/", Fate(at, how))


def test_every_change_is_counted_of_every_process_and_only_below_the_place(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    assert meet(shell(inside, SCRIPT), f"{inside}/", None) == Met(7, "", 0)
    assert meet(shell(outside, SCRIPT), f"{inside}/", None) == Met(0, "", 0)


@pytest.mark.parametrize(
    ("at", "call", "left"),
    [
        (1, "openat kept", {}),
        (2, "write kept", {"kept": ""}),
        (3, "fsync kept", {"kept": "old\n"}),
        (4, "mkdir folder", {"kept": "old\n"}),
        (5, "openat beside", {"kept": "old\n"}),
        (7, "rename kept", {"kept": "old\n", "beside": "new\n"}),
    ],
)
def test_who_is_killed_at_a_change_has_made_those_before_it_and_no_other(
    tmp_path: Path, at: int, call: str, left: dict[str, str]
) -> None:
    """T20: the shell and what it started die at one moment."""
    assert met(tmp_path, at, How.KILL) == Met(at, call, -9)
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()} == left


def test_with_the_power_goes_what_was_written_and_not_synced_and_its_name_stays(tmp_path: Path) -> None:
    """T20: a file that was put in place unsynced is there, and empty."""
    assert met(tmp_path, 8, How.POWER, f"{SCRIPT}\nmkdir last\n").met == "mkdir last"
    assert (tmp_path / "kept").read_text() == ""
    assert not (tmp_path / "last").exists()


def test_what_was_synced_stays_when_the_power_goes(tmp_path: Path) -> None:
    """T20: also what a synced file held before it was written again."""
    assert met(tmp_path, 4, How.POWER).met == "mkdir folder"
    assert (tmp_path / "kept").read_text() == "old\n"
    script = "echo longer > kept; sync kept; echo again >> kept; mkdir other"
    (tmp_path / "kept").unlink()
    assert met(tmp_path, 6, How.POWER, script).met == "mkdir other"
    assert (tmp_path / "kept").read_text() == "longer\n"


@pytest.mark.parametrize(
    ("how", "left"),
    [
        (How.FULL_ONCE, {"b": "", "a": ""}),
        (How.FULL, {"a": ""}),
        (How.FAILING_ONCE, {"a": "", "b": ""}),
        (How.READ_ONLY, {"a": ""}),
    ],
)
def test_a_disk_refuses_once_or_from_there_on(tmp_path: Path, how: How, left: dict[str, str]) -> None:
    """T14: and the process lives to tell of it."""
    found = met(tmp_path, 2, how, "echo one > a; touch b; exit 7")
    assert (found.met, found.status) == ("write a", 7)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == left


def test_a_full_disk_refuses_what_needs_room_and_lets_go_what_gives_room(tmp_path: Path) -> None:
    """T14"""
    (tmp_path / "old").write_text("x")
    assert met(tmp_path, 1, How.FULL, "rm old; mkdir new").met == "mkdir new"
    assert list(tmp_path.iterdir()) == []


def test_all_below_a_process_die_with_it_also_who_was_left_by_its_parent(tmp_path: Path) -> None:
    """T20: the orphan makes no change of its own after the end."""
    script = "( : > first; sleep 5; : > orphan ) & sleep 0.01; while [ ! -e first ]; do :; done; mkdir last"
    assert met(tmp_path, 2, How.KILL, script).met == "mkdir last"
    assert {path.name for path in tmp_path.iterdir()} == {"first"}
