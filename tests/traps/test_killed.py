"""kill -9 at any moment of any verb, and one more run: nothing acknowledged is lost or left locked."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.companions import INSTALLED, Device, World, assert_same, clean_environment

VERBS = ("sync", "push", "pull", "commit", "sync --full")
NORMAL_KILLS, LONG_KILLS = 30, 300
_LONGEST_SECONDS = 0.9


class Diary:
    """What programs were told is written, on every device."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def write(self, device: Device, chance: random.Random) -> None:
        for _ in range(chance.randint(1, 4)):
            text = f"{device.name} {len(self.said)}"
            device.say(text)
            self.said.append(text)


def _run_and_kill(world: World, device: Device, words: list[str], chance: random.Random) -> bool:
    """The command alone dies, as by the OOM killer; every other time its git with it, as by power."""
    process = subprocess.Popen(
        [INSTALLED, *words],
        cwd=device.directory if device.directory.exists() else world.folder,
        env=clean_environment(world.home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(chance.uniform(0.02, _LONGEST_SECONDS))
        return False
    except subprocess.TimeoutExpired:
        children = list(_descendants(process.pid)) if chance.random() < 0.5 else []
        for pid in [process.pid, *children]:
            _kill(pid)
        process.wait()
        return True


def _descendants(pid: int) -> Iterator[int]:
    """Every process below this one; git runs in sessions of its own, so no group holds them all."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = [int(word) for word in file.read().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from _descendants(child)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("seed", range(2))
def test_kill_9_at_random_moments_of_every_verb_loses_nothing(world: World, is_long: bool, seed: int) -> None:
    """T20: T5: killed at every step; one more run, and every acknowledged memory is on both devices."""
    chance = random.Random(seed)
    laptop, jetson = world.pair()
    diary, kills, tries = Diary(), 0, 0
    wanted = (LONG_KILLS if is_long else NORMAL_KILLS) // 2
    while kills < wanted and tries < 4 * wanted:
        tries += 1
        device = chance.choice((laptop, jetson))
        diary.write(device, chance)
        kills += _run_and_kill(world, device, chance.choice(VERBS).split(), chance)
        if tries % 10 == 0:
            _one_more_run(world, (laptop, jetson), diary)
    _one_more_run(world, (laptop, jetson), diary)
    assert kills == wanted


def _one_more_run(world: World, devices: tuple[Device, ...], diary: Diary) -> None:
    for device in (*devices, *devices):
        device.sync()
    for device in devices:
        assert device.said() == sorted(diary.said)
        assert device.integrity() == "ok"
        device.git("fsck", "--strict")
        assert device.lock_files() == []
        assert device.git("status", "--porcelain") == ""
    assert_same(*devices)
    world.git(world.remote, "fsck", "--strict")


@pytest.mark.parametrize("seed", range(2))
def test_setting_up_that_is_killed_goes_on_when_asked_again(world: World, is_long: bool, seed: int) -> None:
    """T20: `init` and `join` killed at random moments, run again, are as if they had never been."""
    chance = random.Random(seed)
    laptop = Device(world, "laptop", world.folder / "laptop")
    words = ["init", str(laptop.directory), "--device", "laptop", "--remote", str(world.remote)]
    for _ in range(20 if is_long else 4):
        _run_and_kill(world, Device(world, "x", world.folder), words, chance)
    world.run(*words)
    laptop.say(*(f"laptop {number}" for number in range(50)))
    laptop.run("push")
    for number in range(10 if is_long else 2):
        jetson = Device(world, f"jetson{number}", world.folder / f"jetson{number}")
        words = ["join", str(world.remote), str(jetson.directory), "--device", jetson.name]
        for _ in range(5):
            _run_and_kill(world, Device(world, "x", world.folder), words, chance)
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
    laptop.say(*(f"row {number}" for number in range(4000)))
    laptop.sync()
    half = 0
    for _ in range(8):
        process = subprocess.Popen(
            [INSTALLED, "pull"],
            cwd=jetson.directory,
            env=clean_environment(world.home),
            stderr=subprocess.DEVNULL,
        )
        before = len(jetson.said())
        deadline = time.monotonic() + 20
        while len(jetson.said()) == before and process.poll() is None and time.monotonic() < deadline:
            pass
        process.kill()
        process.wait()
        half += 0 < len(jetson.said()) < 4000
        jetson.say("said in between")
        if len(jetson.said()) > 4000:
            break
    jetson.sync()
    laptop.sync()
    assert half
    assert len([text for text in laptop.said() if text.startswith("row")]) == 4000
    assert_same(laptop, jetson)


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
