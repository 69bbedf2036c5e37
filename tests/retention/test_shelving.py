"""`retention set --database`: old memories are in the log only, on one device, and all of them come back."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from subprocess import DEVNULL

import pytest

from tests.automation.hooked import copied
from tests.companions import INSTALLED, Device, World, assert_same, clean_environment

ROWS, KEPT = 1100, 1000
_INSERT = "INSERT INTO memories (timestamp, device_id, user_input, ai_response) VALUES (?, 'laptop', ?, ?)"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A laptop with a thousand newer memories and a hundred older ones, level with a jetson."""
    world = World(tmp_path_factory.mktemp("shelving"))
    laptop, jetson = world.pair()
    days = [f"{2010 + at // 336}-{at // 28 % 12 + 1:02}-{at % 28 + 1:02}" for at in range(ROWS)]
    answer = "an answer " * 40
    laptop.sql_many(_INSERT, [(f"{day}T10:00:00", f"said {at}", answer) for at, day in enumerate(days)])
    world.settle(laptop, jetson)
    return world


@pytest.fixture
def laptop(lived: World, tmp_path: Path) -> Device:
    return copied(lived, tmp_path / "world").devices["laptop"]


@pytest.fixture
def jetson(laptop: Device) -> Device:
    return laptop.world.devices["jetson"]


def shelve(laptop: Device, size: str = "1kB") -> int:
    """All that may go, where no size is named."""
    laptop.run("retention", "set", "--database", size)
    return int(laptop.run("retention", "apply", "--json", code=None).json["shelved"])


def rows(device: Device) -> int:
    return int(device.sql("SELECT count(*) FROM memories")[0][0])


def test_old_memories_leave_one_device_and_nobody_else_notices(laptop: Device, jetson: Device) -> None:
    """T6"""
    digest, before = assert_same(laptop, jetson), laptop.contents()
    head = laptop.world.remote_head()
    assert shelve(laptop) == ROWS - KEPT == ROWS - rows(laptop)
    assert laptop.run("verify").last_line.startswith("All is well")
    assert laptop.run("status", "--json").json["shelved"] == {"memories": ROWS - KEPT}
    assert "kept in the log only: 100 rows of memories" in laptop.run("status").out
    assert laptop.run("search", "nothing like it").err.splitlines()[-1].startswith("100 older memories")
    assert [
        each for each in laptop.run("doctor", code=None).out.splitlines() if each.startswith("wrong")
    ] == ["wrong: the database takes more than was chosen for this device"]
    assert laptop.sync("--full").code == 0 and laptop.world.remote_head() == head
    deleted = jetson.key_of("said 4")
    jetson.sql("UPDATE memories SET ai_response = 'mended' WHERE user_input = 'said 3'")
    jetson.sql("DELETE FROM memories WHERE user_input = 'said 4'")
    jetson.sync()
    laptop.sync()
    assert laptop.digest() == jetson.digest() != digest and rows(laptop) == KEPT
    assert rows(jetson) == ROWS - 1
    laptop.run("rebuild")
    assert rows(laptop) == KEPT and laptop.run("verify").last_line.startswith("All is well")
    assert laptop.run("retention", "off", "--json").json == {"brought_back": True, "rows": ROWS - KEPT - 1}
    assert_same(laptop, jetson)
    assert before.keys() - laptop.contents().keys() == {deleted}
    assert laptop.run("status", "--json").json["shelved"] == {}


def test_no_more_goes_than_the_size_asks_for(laptop: Device) -> None:
    used = laptop.run("retention", "show", "--json").json["sizes"]["used"]
    laptop.run("retention", "set", "--database", f"{(used - 20_000) / 1000:.1f}kB")
    would = laptop.run("retention", "apply", "--dry-run", "--json", code=None).json["shelved"]
    assert rows(laptop) == ROWS
    told = laptop.run("retention", "apply", "--json").json
    assert told["over"] == [] and told["after"]["used"] <= used - 20_000
    assert 0 < told["shelved"] < ROWS - KEPT and abs(told["shelved"] - would) < 60
    assert laptop.run("retention", "apply", "--json").json["shelved"] == 0


def test_one_memory_can_be_brought_back_and_a_copy_holds_all(laptop: Device, jetson: Device) -> None:
    """T27"""
    key = jetson.key_of("said 1")
    shelve(laptop)
    assert laptop.run("restore", key, "--json").json["restored"] == [key]
    assert laptop.said().count("said 1") == 1 and rows(laptop) == KEPT + 1
    copy = laptop.world.folder / "copy.db"
    laptop.run("export", "--database", str(copy))
    with closing(sqlite3.connect(copy)) as connection:
        said = [text for (text,) in connection.execute("SELECT user_input FROM memories ORDER BY 1")]
    assert said == jetson.said() and rows(laptop) == KEPT + 1
    laptop.run("import", str(copy))
    assert rows(laptop) == KEPT + 1
    laptop.run("forget", jetson.key_of("said 2"))
    laptop.run("undo")
    assert laptop.said().count("said 2") == 1
    laptop.world.settle(laptop, jetson)
    assert laptop.digest() == jetson.digest()
    assert laptop.run("retention", "set", "--database", "off").out.startswith("98 rows are back")
    assert_same(laptop, jetson)


def test_nothing_goes_that_the_remote_may_lack(laptop: Device) -> None:
    """T6"""
    laptop.say("not sent")
    laptop.run("commit")
    laptop.run("retention", "set", "--database", "1kB")
    assert "not level" in laptop.run("retention", "apply", code=3).err
    laptop.sync()
    laptop.world.remote.rename(laptop.world.folder / "away.git")
    laptop.run("retention", "apply", code=4)
    assert rows(laptop) == ROWS + 1
    assert laptop.run("retention", "set", "--database", "off").code == 0


def test_in_the_layout_database_every_row_stays_and_it_says_why(laptop: Device, jetson: Device) -> None:
    shelve(laptop)
    laptop.run("layout", "database")
    assert rows(laptop) == ROWS
    laptop.sync()
    told = laptop.run("retention", "apply", code=1)
    assert "in the layout database each commit holds all rows" in told.err and rows(laptop) == ROWS
    jetson.sync()
    with closing(sqlite3.connect(jetson.directory / "shared_memory/memory.db")) as snapshot:
        assert snapshot.execute("SELECT count(*) FROM memories").fetchone() == (ROWS,)


def test_a_run_by_itself_keeps_to_the_size_once_a_day(laptop: Device) -> None:
    laptop.run("retention", "set", "--database", "1kB")
    laptop.say("a moment ago")
    assert "1 warning" in laptop.run("run").out
    assert rows(laptop) == KEPT and "a moment ago" in laptop.said()
    assert laptop.sql("SELECT count(*) FROM waifusync_outbox") == [(0,)]


def _killed(device: Device, after_seconds: float, *words: str) -> None:
    environment = clean_environment(device.world.home)
    process = subprocess.Popen(
        [INSTALLED, *words], cwd=device.directory, env=environment, stdout=DEVNULL, stderr=DEVNULL
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(after_seconds)
    process.kill()
    process.wait()


def test_killed_at_any_moment_no_row_is_lost(laptop: Device, jetson: Device) -> None:
    """T20"""
    laptop.run("retention", "set", "--database", "1kB")
    for seconds in (0.35, 0.5):
        _killed(laptop, seconds, "retention", "apply")
        assert laptop.digest() == jetson.digest()
        laptop.run("retention", "apply", code=1)
        assert rows(laptop) == KEPT
        _killed(laptop, seconds, "retention", "off")
        laptop.run("retention", "set", "--database", "1kB")
    laptop.run("retention", "off")
    assert_same(laptop, jetson)
