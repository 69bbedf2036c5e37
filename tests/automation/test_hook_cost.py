"""What hooks add to plain git commands when there is nothing to do, and that nothing is taken for nothing."""

from __future__ import annotations

import sqlite3
import statistics
import time
from contextlib import closing

import pytest

from tests.automation.hooked import Laptop
from tests.companions import clean_environment
from tests.timing import processor_seconds

_MOST_MILLISECONDS = 100
_ROUNDS = 11


def _milliseconds(laptop: Laptop, *words: str) -> float:
    began = time.perf_counter()
    laptop.plain_git(*words)
    return (time.perf_counter() - began) * 1000


def _processor_milliseconds(laptop: Laptop, *words: str) -> float:
    """Of git and of all that it starts: many short processes wait for each other on a busy machine."""
    environment = clean_environment(laptop.world.home)
    return processor_seconds(["git", *words], where=laptop.directory, environment=environment) * 1000


@pytest.mark.parametrize(
    "words",
    [("commit", "-q", "--allow-empty", "-m", "x"), ("switch", "-q", "draft"), ("merge", "-q", "side")],
)
def test_with_nothing_to_do_a_command_takes_less_than_a_tenth_of_a_second_longer(
    laptop: Laptop, words: tuple[str, ...]
) -> None:
    """Commands with and without hooks in turns, whatever else the machine does; Python is not started."""
    _prepare(laptop)
    with_hooks, without = [], []
    for _ in range(_ROUNDS):
        for times, setting in ((with_hooks, ()), (without, ("-c", "core.hooksPath=/dev/null"))):
            times.append(_milliseconds(laptop, *setting, *words))
            laptop.git("-c", "core.hooksPath=/dev/null", "switch", "-q", "main")
            laptop.git("-c", "core.hooksPath=/dev/null", "reset", "-q", "--hard", "start")
    assert laptop.starts() == 0
    added = statistics.median(with_hooks) - statistics.median(without)
    print(f"{words}: {statistics.median(without):.1f} ms, and {added:.1f} ms with hooks")
    assert added < _MOST_MILLISECONDS


def _prepare(laptop: Laptop) -> None:
    """A branch that goes its own way, and one that merges into main without its own commit."""
    laptop.commit()
    laptop.git("branch", "draft")
    laptop.git("switch", "-q", "-c", "side")
    laptop.commit("side.md")
    laptop.git("switch", "-q", "main")
    laptop.git("tag", "start")
    laptop.settled()


def test_a_commit_of_a_rebase_costs_a_look_and_no_more(laptop: Laptop) -> None:
    """Neither Python nor git is started for each of them."""
    laptop.git("switch", "-q", "-c", "base")
    laptop.commit("base.md")
    laptop.git("switch", "-q", "main")
    laptop.git("tag", "start")
    for number in range(20):
        laptop.commit(f"file {number}.md")
    laptop.git("tag", "end")
    laptop.settled()
    with_hooks, without = [], []
    rebase = ("rebase", "-q", "--force-rebase", "base")
    for _ in range(5):
        for times, setting in ((with_hooks, ()), (without, ("-c", "core.hooksPath=/dev/null"))):
            times.append(_processor_milliseconds(laptop, *setting, *rebase))
            laptop.git("-c", "core.hooksPath=/dev/null", "reset", "-q", "--hard", "end")
    assert laptop.starts() == 0
    added = (statistics.median(with_hooks) - statistics.median(without)) / 20
    print(f"{added:.2f} ms of a processor for each commit of a rebase")
    assert added < _MOST_MILLISECONDS / 10


@pytest.mark.parametrize("mode", ["wal", "delete"])
@pytest.mark.parametrize("is_held_open", [True, False])
def test_no_write_is_taken_for_nothing(laptop: Laptop, mode: str, is_held_open: bool) -> None:
    """T12: each row is in the log after the commit that follows it, however quickly one follows the other."""
    with closing(sqlite3.connect(laptop.database, isolation_level=None)) as held:
        assert held.execute(f"PRAGMA journal_mode={mode}").fetchone() == (mode,)
        for number in range(5):
            laptop.plain_git("commit", "-q", "--allow-empty", "-m", "nothing")
            if is_held_open:
                held.execute("INSERT INTO memories (user_input) VALUES (?)", [f"row {number}"])
            else:
                held.close()
                laptop.sql("INSERT INTO memories (user_input) VALUES (?)", [f"row {number}"])
            laptop.plain_git("commit", "-q", "--allow-empty", "-m", "after a row")
            assert f"row {number}" in laptop.committed()
    assert laptop.starts() <= 12
    laptop.commit()
    laptop.starts()
    laptop.commit()
    assert laptop.starts() == 0


def test_deeds_of_other_commands_are_no_nothing(laptop: Laptop) -> None:
    """`remember` leaves it to the next commit to carry what it did."""
    laptop.settled()
    key = laptop.call("remember", "by hand").last_line
    laptop.commit()
    assert "by hand" in laptop.committed()
    laptop.call("forget", key)
    before = laptop.committed().count("\n")
    laptop.commit()
    assert laptop.committed().count("\n") > before


def test_after_a_sync_the_next_command_finds_nothing_to_do(laptop: Laptop) -> None:
    """A sync notes how it left things, so no hook has to start Python to see it."""
    laptop.jetson.say("from the jetson")
    laptop.jetson.sync()
    laptop.say("here")
    laptop.call("sync")
    laptop.commit()
    assert laptop.starts() == 0
