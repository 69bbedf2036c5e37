"""`waifusync watch` beside plain programs, plain git and other devices, as a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.automation.watched import exchanges, texts, until, watching
from tests.companions import Device, World, assert_same


@pytest.fixture
def laptop(world: World) -> Device:
    return world.devices["laptop"]


@pytest.fixture
def jetson(world: World) -> Device:
    return world.devices["jetson"]


def test_what_a_program_writes_is_on_the_other_device_by_itself(laptop: Device, jetson: Device) -> None:
    with watching(laptop) as here, watching(jetson) as there:
        here.settled(), there.settled()
        laptop.say("from the laptop")
        until(lambda: "from the laptop" in jetson.said())
        jetson.say("from the jetson")
        until(lambda: "from the jetson" in laptop.said())
        told = here.wait_for("synced")
        assert (told["sent"], told["text"]) == (1, "Pushed 1 change.")
        assert there.wait_for("synced")["received"] == {"laptop": 1}
        here.stop(), there.stop()
    assert here.events[0]["event"] == "watching"
    assert here.events[0]["directory"] == str(laptop.directory)
    assert here.events[-1]["event"] == "stopped"
    assert_same(laptop, jetson)


def test_a_session_without_memories_travels_by_itself(laptop: Device, jetson: Device) -> None:
    with watching(laptop) as here, watching(jetson) as there:
        here.settled(), there.settled()
        name = laptop.run("session", "start").last_line
        until(lambda: (jetson.directory / f"shared_memory/context_tokens/{name}.json").exists())
        here.stop(), there.stop()
    assert name in jetson.run("session", "list").out


@pytest.mark.parametrize("layout", ["database"], indirect=True)
def test_it_works_in_the_layout_database_too(tmp_path: Path, layout: str) -> None:
    world = World(tmp_path, layout)
    laptop, jetson = world.pair()
    with watching(laptop) as here, watching(jetson) as there:
        here.settled(), there.settled()
        laptop.say("one")
        until(lambda: jetson.said() == ["one"])
        here.stop(), there.stop()
        commits = world.commits()
    assert_same(laptop, jetson)
    assert world.commits() == commits


def test_a_burst_becomes_one_push(world: World, laptop: Device) -> None:
    """Rows that follow each other closely go in one commit, however many transactions they come in."""
    with watching(laptop, "--interval", "10") as watch:
        watch.settled()
        before = world.commits()
        with closing(sqlite3.connect(laptop.database, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=OFF")  # a slow disk would make several bursts of it
            for number in range(60):
                connection.execute("INSERT INTO memories (user_input) VALUES (?)", (f"row {number}",))
                time.sleep(0.01)
        assert watch.wait_for("synced")["sent"] == 60
        assert world.commits() == before + 1


def test_a_plain_commit_and_a_plain_pull_are_seen(world: World, laptop: Device, jetson: Device) -> None:
    """The branch moved without us: what it brought is applied, and goes on to the remote."""
    with watching(laptop, "--interval", "1") as watch:
        watch.settled()
        (laptop.directory / "notes.md").write_text("water the fern\n")
        laptop.git("add", "notes.md")
        laptop.git("commit", "-q", "-m", "notes")
        until(lambda: "notes.md" in world.git(world.remote, "ls-tree", "--name-only", "main"))
        laptop.git("remote", "set-url", "origin", str(world.folder / "nowhere"))
        jetson.say("by a plain pull")
        jetson.sync()
        laptop.git("pull", "-q", "--no-rebase", str(world.remote), "main")
        until(lambda: "by a plain pull" in laptop.said())
    assert laptop.said() == jetson.said()


def test_nothing_to_do_costs_nothing(laptop: Device, world: World) -> None:
    """T13: not by its own writes, nor by readers, their -wal, or swap files: no exchange, hardly any time."""
    with watching(laptop, "--interval", "5") as watch:
        laptop.say("one")
        watch.settled()
        watch.wait_for("synced")
        until(lambda: world.git(world.remote, "rev-parse", "main") == laptop.head())
        time.sleep(2 * watch_interval_part(5))  # not before it has settled what it wrote itself
        commits, last = world.commits(), exchanges(laptop)
        began, spent = time.monotonic(), watch.processor_seconds()
        with closing(sqlite3.connect(laptop.database)) as reader:
            while time.monotonic() < began + 12:
                reader.execute("SELECT count(*) FROM memories").fetchone()
                laptop.said()
                (laptop.directory / ".notes.md.swp").write_text(str(time.monotonic()))
                (laptop.directory / "shared_memory/.memory.db.swp").write_text("x")
                (laptop.directory / "experiments/4913").write_text("x")
                time.sleep(0.3)
        share = (watch.processor_seconds() - spent) / (time.monotonic() - began)
        print(f"{share:.3%} of a core, {watch.memory_kilobytes() / 1024:.1f} MB")
        assert exchanges(laptop) == last
        assert world.commits() == commits
        assert share < 0.005


def watch_interval_part(interval: float) -> float:
    return interval * 0.2


def test_a_write_that_changes_no_memory_makes_no_exchange(laptop: Device, world: World) -> None:
    """T13: the file was touched; the marks in it say that nothing was said."""
    with watching(laptop) as watch:
        watch.settled()
        last = exchanges(laptop)
        laptop.sql("PRAGMA user_version = 7")
        laptop.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        os.utime(laptop.database)
        time.sleep(1.5)
        assert exchanges(laptop) == last
        laptop.say("but this is")
        until(lambda: "but this is" in texts(world))


def test_once_is_one_exchange(world: World, laptop: Device, jetson: Device) -> None:
    laptop.say("one")
    ran = laptop.run("watch", "--once", "--json")
    assert (ran.json["event"], ran.json["sent"], ran.json["pushed"]) == ("synced", 1, True)
    assert jetson.run("watch", "--once").out == "Took in 1 from laptop.\n"
    assert jetson.run("watch", "--once").last_line == "Nothing new here or on the remote."
    shutil.rmtree(world.remote)
    assert "error: the remote could not be reached" in laptop.run("watch", "--once", code=4).err


def test_wrong_uses_are_refused_at_once(world: World, laptop: Device) -> None:
    assert "--interval" in laptop.run("watch", "--interval", "0", code=2).err
    assert "--interval" in laptop.run("watch", "--interval", "inf", code=2).err
    assert "--interval" in laptop.run("watch", "--interval", "nan", code=2).err
    plain = world.folder / "plain"
    plain.mkdir()
    assert "not in a git repository" in world.run("watch", where=plain, code=2).err


def test_low_power_means_six_times_the_interval(laptop: Device) -> None:
    with watching(laptop, "--interval", "0.5", "--low-power") as watch:
        assert watch.wait_for("watching")["interval"] == 3.0


def test_people_read_what_programs_read(world: World, laptop: Device) -> None:
    """The answers are on stdout, at once, and the conversation is on stderr."""
    with watching(laptop, "--quiet") as watch:
        watch.settled()
        laptop.say("one")
        event = watch.wait_for("synced")
        assert set(event) == {
            *("event", "at", "text", "sent", "received", "pushed"),
            *("digest", "conflicts", "merged", "repaired", "warnings"),
        }
        json.dumps(event)
        watch.stop(signal.SIGINT, code=130)
    assert watch.events[-1]["event"] == "stopped"
