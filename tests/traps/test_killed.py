"""kill -9 at any moment of any verb, and one more run: nothing acknowledged is lost or left locked."""

from __future__ import annotations

import random
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from itertools import cycle

import pytest

from tests.companions import INSTALLED, Device, World, assert_same, clean_environment
from tests.traps.killing import VERBS, Diary, run_and_kill

NORMAL_KILLS, LONG_KILLS = 24, 300


@pytest.mark.parametrize(("seed", "layout"), [(0, "log"), (1, "log"), (2, "database")], indirect=["layout"])
def test_kill_9_at_random_moments_of_every_verb_loses_nothing(world: World, is_long: bool, seed: int) -> None:
    """T20: T5: killed at every step; one more run, and every acknowledged memory is on both devices."""
    chance = random.Random(seed)
    devices = world.pair()
    diary, kills = Diary(), Counter[str]()
    wanted = (LONG_KILLS if is_long else NORMAL_KILLS) // 2
    turns = cycle(chance.sample(sorted(VERBS), len(VERBS)))
    for tries in range(6 * wanted):
        name, device = next(turns), chance.choice(devices)
        diary.write(device, chance)
        attempt = VERBS[name](device, diary, chance)
        is_killed = run_and_kill(world, device.directory, attempt.words, chance)
        diary.expect(attempt, is_done=not is_killed)
        attempt.check()
        kills[name] += is_killed
        if tries % 10 == 0:
            _one_more_run(world, devices, diary)
        if kills.total() == wanted:
            break
    _one_more_run(world, devices, diary)
    assert kills.total() == wanted
    assert not is_long or set(kills) == set(VERBS)
    print(f"{kills.total()} kills: {dict(sorted(kills.items()))}")


def _one_more_run(world: World, devices: tuple[Device, ...], diary: Diary) -> None:
    for device in (*devices, *devices):
        device.sync()
    assert_same(*devices)
    for device in devices:
        device.run("verify")
        assert device.integrity() == "ok"
        device.git("fsck", "--strict")
        assert device.lock_files() == []
        assert device.git("status", "--porcelain") == ""
    for device in devices[1:]:
        assert device.said() == devices[0].said()
    diary.compare(devices[0])
    world.git(world.remote, "fsck", "--strict")


@pytest.mark.parametrize(("seed", "layout"), [(0, "log"), (1, "log"), (2, "database")], indirect=["layout"])
def test_setting_up_that_is_killed_goes_on_when_asked_again(world: World, is_long: bool, seed: int) -> None:
    """T20: `init` and `join` killed at random moments, run again, are as if they had never been."""
    chance = random.Random(seed)
    laptop = Device(world, "laptop", world.folder / "laptop")
    of_layout = () if world.layout == "log" else ("--layout", world.layout)
    words = ("init", str(laptop.directory), "--device", "laptop", "--remote", str(world.remote), *of_layout)
    for _ in range(20 if is_long else 4):
        run_and_kill(world, world.folder, words, chance)
    world.run(*words)
    laptop.say(*(f"laptop {number}" for number in range(50)))
    laptop.run("push")
    for number in range(10 if is_long else 2):
        jetson = Device(world, f"jetson{number}", world.folder / f"jetson{number}")
        words = ("join", str(world.remote), str(jetson.directory), "--device", jetson.name)
        for _ in range(5):
            run_and_kill(world, world.folder, words, chance)
        world.run(*words)
        jetson.say(jetson.name)
        jetson.sync()
        laptop.sync()
        assert_same(laptop, jetson)
        assert jetson.lock_files() == []
        jetson.git("fsck", "--strict")
    assert len(laptop.said()) == 50 + (10 if is_long else 2)


def test_a_pull_that_is_killed_half_way_goes_on_where_it_was(world: World) -> None:
    """T20: thousands of rows come in several transactions; killed in the middle, the rest comes next time."""
    laptop, jetson = world.pair()
    for number in range(8):
        laptop.say(*(f"row {number} {each}" for each in range(4000)))
        laptop.sync()
        before, there = len(jetson.said()), len(laptop.said())
        _kill_when_rows_arrive(jetson, before)
        is_half = before < len(jetson.said()) < there
        jetson.say(f"said in between {number}")
        jetson.sync()
        laptop.sync()
        assert len(laptop.said()) == there + 1
        assert_same(laptop, jetson)
        if is_half:
            return
    pytest.fail("eight pulls of 4,000 rows were all over before they could be killed")


def _kill_when_rows_arrive(device: Device, before: int) -> None:
    environment = clean_environment(device.world.home)
    process = subprocess.Popen(
        [INSTALLED, "pull"], cwd=device.directory, env=environment, stderr=subprocess.DEVNULL
    )
    with closing(sqlite3.connect(device.database, timeout=30)) as connection:
        while process.poll() is None:
            if connection.execute("SELECT count(*) FROM memories").fetchone()[0] > before:
                break
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    "name", ["HEAD.lock", "index.lock", "refs/heads/main.lock", "refs/waifusync/held.lock"]
)
def test_a_lock_of_a_run_that_was_killed_is_removed_and_anybody_elses_is_not(world: World, name: str) -> None:
    """T20: what the power left is cleared away by the next run; a lock that no dead run explains stays."""
    laptop, jetson = world.pair()
    lock = laptop.directory / ".git" / name
    lock.touch()
    laptop.say("one")
    laptop.run("sync", code=None)
    assert lock.exists()
    (laptop.directory / ".git/waifusync/at-work").touch()
    lock.touch()
    result = laptop.sync()
    assert f"repaired: {lock.name} was left by a run that was killed" in result.err
    assert laptop.lock_files() == []
    assert laptop.git("status", "--porcelain") == ""
    jetson.sync()
    assert jetson.said() == ["one"]
