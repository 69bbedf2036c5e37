"""Several devices, watched, written to and killed for a while; WAIFUSYNC_LONG_TESTS=1: for ten minutes."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.automation.watched import Watch, until, watching
from tests.companions import Device, World, assert_same

IS_LONG = os.environ.get("WAIFUSYNC_LONG_TESTS", "") not in ("", "0")
WRITE_SECONDS = 600.0 if IS_LONG else 8.0
INTERVAL_SECONDS = 5.0 if IS_LONG else 2.0
KILLS = 100 if IS_LONG else 8
CYCLES = 300 if IS_LONG else 60
# What reading the three databases costs, and other tests on the same cores.
_SLACK_SECONDS = 20.0


class Writer(threading.Thread):
    """A program that adds, edits and deletes at random, sometimes in bursts; it keeps what must be there."""

    def __init__(self, device: Device, seed: int, seconds: float) -> None:
        super().__init__()
        self.device, self.chance, self.seconds = device, random.Random(seed), seconds
        self.there: set[str] = set()
        self.start()

    def run(self) -> None:
        deadline, number = time.monotonic() + self.seconds, 0
        with closing(sqlite3.connect(self.device.database, timeout=30, isolation_level=None)) as connection:
            while time.monotonic() < deadline:
                for _ in range(self.chance.choice((1, 1, 1, 30))):
                    number += 1
                    self._write(connection, f"{self.device.name} {number}")
                time.sleep(self.chance.uniform(0.0, 0.7))

    def _write(self, connection: sqlite3.Connection, text: str) -> None:
        connection.execute("INSERT INTO memories (user_input, ai_response) VALUES (?, 'a')", (text,))
        what = self.chance.random()
        if what < 0.1:
            connection.execute("DELETE FROM memories WHERE user_input = ?", (text,))
            return
        self.there.add(text)
        if what < 0.4:
            connection.execute("UPDATE memories SET ai_response = 'b' WHERE user_input = ?", (text,))


@pytest.fixture
def devices(tmp_path: Path) -> tuple[Device, ...]:
    world = World(tmp_path)
    return (*world.pair(), world.device("tablet"))


def test_three_devices_converge_within_two_intervals_after_the_last_word(devices: tuple[Device, ...]) -> None:
    """T8: T13: the same digest on all, not one commit without content, and not one more afterwards."""
    world = devices[0].world
    with ExitStack() as stack:
        watches = [
            stack.enter_context(watching(each, "--interval", str(INTERVAL_SECONDS))) for each in devices
        ]
        for watch in watches:
            watch.settled()
        writers = [Writer(device, seed, WRITE_SECONDS) for seed, device in enumerate(devices)]
        for writer in writers:
            writer.join()
        said = sorted(text for writer in writers for text in writer.there)
        ended = time.monotonic()
        until(lambda: all(each.said() == said for each in devices), seconds=60)
        took = time.monotonic() - ended
        until(lambda: len({world.remote_head(), *(each.head() for each in devices)}) == 1)
        commits = world.commits()
        time.sleep(2 * INTERVAL_SECONDS)
        assert world.commits() == commits
        spent = [watch.processor_seconds() for watch in watches]
        print(f"\n{len(said)} rows in {WRITE_SECONDS:g} s, {commits} commits; level after {took:.1f} s")
        print(f"processor {spent} s, memory {[watch.memory_kilobytes() // 1024 for watch in watches]} MB")
        for watch in watches:
            watch.stop()
            assert watch.told("failed") == [], watch.events
    assert took < 2 * INTERVAL_SECONDS + (0 if IS_LONG else _SLACK_SECONDS)
    assert_same(*devices)
    assert list(_commits_without_content(world)) == []


def _commits_without_content(world: World) -> Iterator[str]:
    """Commits whose tree is one of their parents'."""
    lines = world.git(world.remote, "log", "--format=%H %T %P", "main").splitlines()
    trees = {line.split()[0]: line.split()[1] for line in lines}
    for line in lines:
        commit, tree, *parents = line.split()
        if tree in [trees[parent] for parent in parents]:
            yield commit


def test_killed_at_any_moment_and_started_again_it_goes_on(tmp_path: Path) -> None:
    """T20: kill -9 in the middle of whatever it is at, under writers; nothing is lost and no lock is left."""
    world, chance = World(tmp_path), random.Random(5)
    laptop, jetson = world.pair()
    writers = [Writer(each, seed, 0.45 * KILLS) for seed, each in enumerate((laptop, jetson))]
    with watching(jetson) as there:
        for _ in range(KILLS):
            with watching(laptop, "--interval", "0.2") as watch:
                time.sleep(chance.uniform(0.2, 1.2))
                watch.kill()
        for writer in writers:
            writer.join()
        said = sorted(text for writer in writers for text in writer.there)
        with watching(laptop) as watch:
            watch.settled()
            until(lambda: laptop.said() == jetson.said() == said, seconds=60)
            watch.stop()
        there.stop()
    assert_same(laptop, jetson)
    for device in (laptop, jetson):
        device.run("verify")
        assert device.integrity() == "ok"
        assert device.lock_files() == []
        device.git("fsck", "--strict")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_number_of_cycles(tmp_path: Path) -> None:
    world = World(tmp_path)
    laptop = world.device("laptop")
    with watching(laptop, "--interval", "0.05") as watch:
        watch.settled()
        sizes = [_after_cycles(laptop, watch, CYCLES // 2) for _ in range(2)]
        descriptors = len(os.listdir(f"/proc/{watch.pid}/fd"))
        print(f"\n{sizes} KB after each {CYCLES // 2} cycles, {descriptors} files open")
        assert sizes[1] - sizes[0] < 1024
        assert descriptors < 24
        watch.stop(signal.SIGTERM)


def _after_cycles(laptop: Device, watch: Watch, count: int) -> int:
    for _ in range(count):
        told = len(watch.told("synced"))
        laptop.say("one more")
        watch.wait_for("synced", count=told + 1)
    return watch.memory_kilobytes()
