"""`watch` through what happens to the folders under it, and beside others that are at work."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.automation.watched import exchanges, texts, until, watching
from tests.companions import INSTALLED, Device, World, assert_same, clean_environment
from waifusync.workflows.syncing.last_sync import LastSync, write_last_sync

HOLD = """
import fcntl, json, os, sys
file = open(sys.argv[1], "r+")
fcntl.flock(file, fcntl.LOCK_EX)
file.truncate(0), file.write(json.dumps({"pid": os.getpid(), "purpose": "sync"})), file.flush()
print("held", flush=True)
sys.stdin.read()
file.truncate(0)
"""


@pytest.fixture
def laptop(world: World) -> Device:
    return world.devices["laptop"]


def test_a_folder_that_is_moved_away_and_put_back_is_waited_for(world: World, laptop: Device) -> None:
    away = world.folder / "elsewhere"
    with watching(laptop) as watch:
        watch.settled()
        laptop.directory.rename(away)
        assert "is not a folder" in watch.wait_for("waiting")["text"]
        Device(world, "laptop", away).say("said elsewhere")
        assert not laptop.directory.exists()
        away.rename(laptop.directory)
        watch.wait_for("back")
        until(lambda: "said elsewhere" in texts(world))
        laptop.say("said after that")
        until(lambda: "said after that" in texts(world))
        watch.stop()


def test_a_folder_that_is_replaced_by_a_copy_of_itself_is_gone_on_with(world: World, laptop: Device) -> None:
    """A backup put in its place, by the same device: other inodes, and the notices follow them."""
    copy = world.folder / "copy"
    with watching(laptop) as watch:
        watch.settled()
        shutil.copytree(laptop.directory, copy, symlinks=True)
        laptop.directory.rename(world.folder / "old")
        copy.rename(laptop.directory)
        watch.wait_for("watching", count=2)
        laptop.say("into the copy")
        until(lambda: "into the copy" in texts(world))
    assert watch.told("failed") == []


def test_another_companion_in_its_place_ends_it(world: World, laptop: Device) -> None:
    with watching(laptop) as watch:
        watch.settled()
        laptop.directory.rename(world.folder / "old")
        world.run("init", str(laptop.directory), "--device", "other")
        said = watch.ended(3)
    assert "another companion lies in" in said


def test_a_git_folder_that_is_deleted_is_waited_for(world: World, laptop: Device) -> None:
    """T6: nothing is made of its absence, and it goes on when the folder is there again."""
    with watching(laptop) as watch:
        watch.settled()
        (laptop.directory / ".git").rename(world.folder / "git")
        watch.wait_for("waiting")
        shutil.copytree(world.folder / "git", laptop.directory / ".git", symlinks=True)
        watch.wait_for("back")
        laptop.say("again")
        until(lambda: "again" in texts(world))
    assert laptop.said() == ["again", "first"]


def test_noting_a_failure_makes_no_folder_where_the_companion_was(tmp_path: Path) -> None:
    """T6: it may be put back at any moment, and must find its place free."""
    write_last_sync(tmp_path / "gone/.git/waifusync", LastSync())
    assert not (tmp_path / "gone").exists()


def test_a_second_watch_is_told_who_is_the_first(laptop: Device) -> None:
    with watching(laptop) as watch:
        watch.settled()
        refused = laptop.run("watch", code=3)
        assert f"another watch runs here already (process {watch.process.pid})" in refused.err
        watch.kill()
        with watching(laptop) as second:
            second.settled()


def test_while_another_waifusync_is_at_work_a_note_is_left_and_it_tries_again(
    world: World, laptop: Device
) -> None:
    with watching(laptop) as watch:
        watch.settled()
        lock = laptop.directory / ".git/waifusync/lock"
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        laptop.say("while it is held")
        assert watch.wait_for("busy")["pid"] == holder.pid
        until((laptop.directory / ".git/waifusync/note").exists)
        holder.communicate()
        until(lambda: "while it is held" in texts(world))
        until(lambda: not (laptop.directory / ".git/waifusync/note").exists())
        assert len(watch.told("busy")) == 1


def test_a_note_that_another_left_is_done(laptop: Device) -> None:
    with watching(laptop) as watch:
        watch.settled()
        last = exchanges(laptop)
        (laptop.directory / ".git/waifusync/note").write_text("git hook\n")
        until(lambda: exchanges(laptop) > last)
        until(lambda: not (laptop.directory / ".git/waifusync/note").exists())
        assert watch.told("failed") == watch.told("busy") == []


def test_two_of_everything_at_once_lose_nothing(world: World, laptop: Device) -> None:
    """T12: watch, hooks, a timer's run and syncs by hand: one works, the others leave a note or wait."""
    jetson = world.devices["jetson"]
    for device in (laptop, jetson):
        device.run("hooks", "install")
    with watching(laptop) as here, watching(jetson) as there:
        here.settled(), there.settled()
        for number in range(2):
            running = []
            for device in (laptop, jetson):
                device.say(f"{device.name} {number}")
                (device.directory / f"{device.name}.md").write_text(f"{number}\n")
                until(lambda here=device: _added(here))
                running += [_start(device, words) for words in ("sync", "sync", "run")]
                until(lambda here=device: _commit(here))
            for process in running:
                said, _ = process.communicate(timeout=60)
                assert process.returncode in (0, 4), (process.args, said)
        said = sorted(["first", *(f"{name} {number}" for name in world.devices for number in range(2))])
        until(lambda: laptop.said() == jetson.said() == said)
        until(lambda: laptop.head() == jetson.head() == world.remote_head())
        here.stop(), there.stop()
    assert_same(laptop, jetson)
    for device in (laptop, jetson):
        assert device.lock_files() == []
        device.git("fsck", "--strict")


def _added(device: Device) -> bool:
    """git refuses while another has the index, and a person asks again."""
    device.git("add", f"{device.name}.md", check=False)
    return device.git("diff", "--name-only", "--", f"{device.name}.md") == ""


def _commit(device: Device) -> bool:
    """git refuses where the branch moved while it was at it, and a person asks again."""
    device.git("commit", "-q", "-m", "notes", check=False)
    return device.git("status", "--porcelain", "--", f"{device.name}.md") == ""


def _start(device: Device, *words: str) -> subprocess.Popen[bytes]:

    return subprocess.Popen(
        [INSTALLED, *words],
        cwd=device.directory,
        env=clean_environment(device.world.home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
