"""A snapshot that somebody with push access made: it is data, or it is refused; nothing in it is executed."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.companions import Device, World, assert_same, push_tree
from tests.layouts.conftest import SNAPSHOT, assert_well, by_hand, snapshot


def _level(world: World) -> tuple[Device, Device]:
    laptop, jetson = world.pair()
    laptop.say("one")
    world.settle(laptop, jetson)
    return laptop, jetson


def _push(world: World, make: Callable[[sqlite3.Connection], object]) -> None:
    """A snapshot changed at will, and pushed past waifusync."""
    file = world.folder / "stranger.db"
    content = world.folder.joinpath("laptop", SNAPSHOT).read_bytes()
    file.write_bytes(content)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA trusted_schema=ON")
        make(connection)
    push_tree(world, {SNAPSHOT: file.read_bytes()})


def _bomb(connection: sqlite3.Connection) -> None:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 24)) for _ in range(16)) + packer.flush()
    path = "shared_memory/log/twin-eviltwin/0000/0000000001-0000000001.jsonl"
    connection.execute("INSERT INTO waifusync_files VALUES (?, ?)", (path, packed))


def _another(path: str, content: object = b"{}") -> Callable[[sqlite3.Connection], object]:
    return lambda connection: connection.execute("INSERT INTO waifusync_files VALUES (?, ?)", (path, content))


def _view(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE waifusync_files RENAME TO files")
    connection.execute(
        "CREATE VIEW waifusync_files AS WITH RECURSIVE n(path, content) AS"
        " (SELECT 'x', x'00' UNION ALL SELECT path || 'x', content FROM n) SELECT * FROM n"
    )


def _computed(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TABLE waifusync_files")
    connection.execute(
        "CREATE TABLE waifusync_files (path TEXT PRIMARY KEY, content AS (zeroblob(999999999)))"
    )
    connection.execute("INSERT INTO waifusync_files (path) VALUES ('shared_memory/log/x')")


STRANGE: dict[str, Callable[[sqlite3.Connection], object]] = {
    "bomb": _bomb,
    "outside": _another("../../outside"),
    "absolute": _another("/tmp/outside"),
    "other folder": _another("shared_memory/devices/twin-eviltwin.json"),
    "no blob": _another("shared_memory/log/twin-eviltwin/0000/0000000001-0000000001.jsonl", "text"),
    "torn": _another("shared_memory/log/twin-eviltwin/0000/0000000001-0000000001.jsonl", b"\x78\x9ctorn"),
    "view": _view,
    "computed": _computed,
    "no format": lambda connection: connection.execute(
        "DELETE FROM waifusync_snapshot WHERE name = 'format'"
    ),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_no_waifusync_wrote_is_named_and_what_is_held_stays(world: World, name: str) -> None:
    """T25: exit 5 and the path; the memories of all devices are there, and pushed again."""
    laptop, jetson = world.scene(_level)
    _push(world, STRANGE[name])
    laptop.say("two")
    told = laptop.run("sync", code=5)
    assert f"warning: {SNAPSHOT}: " in told.err
    jetson.sync()
    assert laptop.said() == jetson.said() == ["one", "two"]
    assert not (world.folder / "outside").exists() and not Path("/tmp/outside").exists()
    assert_same(laptop, jetson)
    assert_well(laptop, jetson)


@pytest.mark.parametrize("content", [b"", b"<<<<<<< HEAD\n", b"SQLite format 3\0" + b"x" * 9000])
def test_a_file_that_is_no_database_is_named_and_healed(world: World, content: bytes) -> None:
    """T5: T20: conflict markers, nothing at all, and pages that are none."""
    laptop, jetson = world.scene(_level)
    push_tree(world, {SNAPSHOT: content})
    told = laptop.run("sync", code=None)
    assert SNAPSHOT in told.err
    jetson.sync()
    assert laptop.said() == jetson.said() == ["one"]
    assert_well(laptop, jetson)


def test_a_damaged_snapshot_that_somebody_checked_out_is_told_once_and_left_there(world: World) -> None:
    """T5: it is on no branch of ours, so nothing of it has to be healed, and no sync can."""
    laptop, jetson = world.scene(_level)
    laptop.git("checkout", "-q", "--detach")
    snapshot(laptop).write_bytes(b"<<<<<<< HEAD\n")
    laptop.git("commit", "-q", "-a", "-m", "mended")
    told = laptop.run("sync", code=5)
    assert SNAPSHOT in told.err
    laptop.say("two")
    assert laptop.sync().err == ""
    jetson.sync()
    laptop.git("checkout", "-q", "main")
    assert_same(laptop, jetson)
    assert jetson.said() == ["one", "two"]


def test_old_pages_cut_off_at_the_end_delete_nothing(world: World) -> None:
    """T6: T20: a file cut short that opens all the same."""
    laptop, jetson = world.scene(_level)
    laptop.say(*(f"row {number} {'x' * 500}" for number in range(200)))
    world.settle(laptop, jetson)
    before = laptop.said()
    content = snapshot(laptop).read_bytes()
    push_tree(world, {SNAPSHOT: content[: len(content) // 8192 * 4096]})
    laptop.run("sync", code=None)
    jetson.sync()
    assert laptop.said() == jetson.said() == before
    assert_well(laptop, jetson)


def test_a_snapshot_of_a_newer_format_is_refused_and_not_written_over(world: World) -> None:
    """T16: what only the newer one understands would be lost."""
    laptop, _ = world.scene(_level)
    _push(world, lambda c: c.execute("UPDATE waifusync_snapshot SET value = 2 WHERE name = 'format'"))
    before = world.remote_head()
    laptop.say("two")
    refused = laptop.run("sync", code=3)
    assert "format 2" in refused.err and "hint: upgrade waifusync" in refused.err
    assert world.remote_head() == before
    assert laptop.said() == ["one", "two"]


def test_triggers_views_and_names_of_a_stranger_are_carried_in_and_never_run(world: World) -> None:
    """T24: rows come in as rows, whatever the file would have done."""
    laptop, jetson = world.scene(_level)
    name = 'x"; DROP TABLE memories; --'

    def make(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TRIGGER evil AFTER INSERT ON memories BEGIN DELETE FROM memories; END")
        counting = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n"
        connection.execute(f"CREATE VIEW endless AS {counting}")
        quoted = name.replace('"', '""')
        connection.execute(f'CREATE TABLE "{quoted}" (id INTEGER PRIMARY KEY, text TEXT)')
        connection.execute(f'INSERT INTO "{quoted}" (text) VALUES (?)', ("'); DROP TABLE memories; --",))
        connection.execute("DROP TRIGGER evil")
        connection.execute("INSERT INTO memories (user_input) VALUES ('from a stranger')")
        connection.execute("CREATE TRIGGER evil AFTER INSERT ON memories BEGIN DELETE FROM memories; END")

    _push(world, make)
    laptop.run("sync", code=None)
    jetson.run("sync", code=None)
    for device in (laptop, jetson):
        assert device.said() == ["from a stranger", "one"]
        assert device.sql("SELECT count(*) FROM sqlite_master WHERE name IN ('evil', 'endless')") == [(0,)]
        assert device.integrity() == "ok"
    assert_same(laptop, jetson)


@pytest.mark.parametrize("beside", ["-wal", "-journal", "-shm"])
def test_nothing_beside_the_file_and_no_link_in_its_place_comes_in(world: World, beside: str) -> None:
    """T25: only the file itself is git's here."""
    laptop, _ = world.scene(_level)
    good, place = world.remote_head(), snapshot(laptop).read_bytes()
    target = world.git(world.remote, "hash-object", "-w", "--stdin", stdin=b"/etc/hostname")
    for files in ({SNAPSHOT + beside: b"frames"}, {SNAPSHOT: ("120000", target)}):
        push_tree(world, files)
        refused = laptop.run("pull", code=5)
        assert "error: " in refused.err and SNAPSHOT in refused.err
        assert snapshot(laptop).read_bytes() == place
        world.git(world.remote, "update-ref", "refs/heads/main", good)


def test_a_stranger_who_joins_by_hand_gets_no_row_into_a_companion_of_logs(world: World) -> None:
    """T25: where waifusync.toml says log, a database in its place is refused as ever."""
    laptop = world.device("laptop", "--layout", "log")
    push_tree(world, {SNAPSHOT: b"a database"})
    refused = laptop.run("pull", code=5)
    assert "would stand where a live database" in refused.err
    assert by_hand(laptop.database, "SELECT count(*) FROM memories") == [(0,)]
