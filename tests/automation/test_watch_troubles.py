"""`watch` while something does not work: told once, seen by `status`, gone on with, and over in the end."""

from __future__ import annotations

import os
import resource
import shutil
import time
from pathlib import Path

import pytest

from tests.automation.watched import exchanges, texts, until, watching
from tests.companions import BOTH_LAYOUTS, Device, World


@pytest.fixture
def laptop(world: World) -> Device:
    return world.devices["laptop"]


def test_while_the_remote_is_away_all_is_committed_here_and_sent_when_it_is_back(
    world: World, laptop: Device
) -> None:
    """T28: told once, and once more when it is over; `status` knows."""
    away = world.remote.with_name("away.git")
    with watching(laptop, "--interval", "0.3") as watch:
        watch.settled()
        world.remote.rename(away)
        laptop.say("while away")
        watch.wait_for("failed")
        assert watch.wait_for("synced")["text"] == "Committed 1 change."
        status = laptop.run("status", "--json").json
        assert "did not reach the remote" in status["warnings"][0]
        time.sleep(2)
        away.rename(world.remote)
        assert watch.wait_for("recovered")["failures"] >= 2
        until(lambda: "while away" in texts(world))
        assert laptop.run("status", "--json").json["last_error"] is None
        assert len(watch.told("failed")) == len(watch.told("recovered")) == 1
        assert (watch.told("failed")[0]["where"], watch.told("failed")[0]["code"]) == ("remote", 4)


def test_what_needs_a_person_stops_neither_the_watch_nor_the_commits(world: World, laptop: Device) -> None:
    """T10: the remote's history was rewritten: told, shown by `status`, and all goes on here."""
    with watching(laptop, "--interval", "0.3") as watch:
        watch.settled()
        first = world.git(world.remote, "rev-list", "--max-parents=0", "main")
        world.git(world.remote, "update-ref", "refs/heads/main", first)
        assert watch.wait_for("failed")["code"] == 3
        laptop.say("still written down")
        assert watch.wait_for("synced")["text"] == "Committed 1 change."
        assert laptop.run("status", "--json", code=None).json["code"] == 3
        laptop.sync("--accept-rewritten")
        watch.wait_for("recovered")


def test_a_desktop_is_told_once_of_what_needs_a_person(world: World, laptop: Device) -> None:
    """T18: the watch of a terminal that nobody looks at."""
    tool = world.folder / "tools" / "notify-send"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\necho "$*" >>"$0.shown"\n')
    tool.chmod(0o755)
    desktop = {
        "PATH": f"{tool.parent}{os.pathsep}{os.environ['PATH']}",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere",
    }
    shown = tool.with_name("notify-send.shown")
    with watching(laptop, "--interval", "0.3", **desktop) as watch:
        watch.settled()
        first = world.git(world.remote, "rev-list", "--max-parents=0", "main")
        world.git(world.remote, "update-ref", "refs/heads/main", first)
        until(shown.exists)
        laptop.say("nobody may read this")
        watch.wait_for("synced")
    assert "its history was rewritten" in shown.read_text()
    assert len(shown.read_text().splitlines()) == 1
    assert "nobody may read this" not in shown.read_text()


def test_a_companion_without_a_remote_is_committed_and_one_that_comes_is_used(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.run("init", "laptop", "--device", "laptop")
    laptop = Device(world, "laptop", tmp_path / "laptop")
    with watching(laptop, "--interval", "1.5") as watch:
        assert "no remote yet" in watch.wait_for("failed")["text"]
        laptop.say("one")
        until(lambda: any(each["text"].startswith("Committed") for each in watch.told("synced")))
        error = exchanges(laptop)
        until(lambda: exchanges(laptop) > error)  # a second failure, after which it waits for six seconds
        laptop.git("remote", "add", "origin", str(world.remote))
        began = time.monotonic()
        watch.wait_for("recovered")
        assert time.monotonic() - began < 4
        until(lambda: "one" in texts(world))


def test_a_broken_setting_is_told_and_its_repair_ends_it(world: World, laptop: Device) -> None:
    file = laptop.directory / "waifusync.toml"
    good = file.read_text()
    with watching(laptop, "--interval", "0.3") as watch:
        watch.settled()
        file.write_text(good + "\nexclud = []\n")
        laptop.say("meanwhile")
        assert "exclud" in watch.wait_for("failed")["text"]
        file.write_text(good)
        watch.wait_for("recovered")
        until(lambda: "meanwhile" in texts(world))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are Linux's")
def test_a_disk_that_takes_nothing_is_told_and_waited_for(world: World, laptop: Device) -> None:
    """T14: by a limit on the size of files, which the system tells of as it does of a full disk."""
    with watching(laptop, "--interval", "0.3") as watch:
        watch.settled()
        before = resource.prlimit(watch.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        laptop.say("in hard times")
        failed = watch.wait_for("failed")
        assert (failed["text"], failed["code"]) == ("no file may grow that large here", 3)
        time.sleep(2)
        assert len(watch.told("failed")) == 1
        resource.prlimit(watch.pid, resource.RLIMIT_FSIZE, before)
        watch.wait_for("recovered")
        until(lambda: "in hard times" in texts(world))


@BOTH_LAYOUTS
def test_an_older_backup_put_back_is_brought_up_to_date(tmp_path: Path, layout: str) -> None:
    """T23: the database was replaced under the watch: nothing that was pushed is lost."""
    world = World(tmp_path, layout)
    laptop, _ = world.pair()
    backup, live = tmp_path / "backup.db", laptop.directory / ".git/waifusync/memory.db"
    shutil.copy(live, backup)
    with watching(laptop) as watch:
        watch.settled()
        laptop.say("after the backup")
        watch.wait_for("synced")
        until(watch.is_idle)
        os.replace(backup, live)
        live.with_name("memory.db-wal").unlink(missing_ok=True)
        until(lambda: laptop.said() == ["after the backup"])
        assert "older than the log" in watch.wait_for("repaired")["text"]
