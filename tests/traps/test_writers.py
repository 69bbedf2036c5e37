"""Chat programs that go on writing while waifusync works beside them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.companions import BOTH_LAYOUTS, Device, World, assert_same

NORMAL_CYCLES, LONG_CYCLES = 5, 50
# One held connection; each row is told only after its commit returned. Ends when its stdin does.
WRITER = """
import sqlite3, sys, threading, time
path, name, mode, most = sys.argv[1:]
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
connection = sqlite3.connect(path, timeout=5, isolation_level=None)
assert connection.execute("PRAGMA journal_mode=" + mode).fetchone()[0] == mode
number = 0
while not ended.is_set() and number < int(most):
    text = f"{name} {number}"
    connection.execute("INSERT INTO memories (user_input, ai_response) VALUES (?, 'first')", (text,))
    connection.execute("UPDATE memories SET ai_response = 'second' WHERE id = last_insert_rowid()")
    print(text, flush=True)
    number += 1
    time.sleep(0.004)
"""


class Writer:
    """A chat program with one connection that it never closes; `stop` gives what it acknowledged."""

    def __init__(self, device: Device, name: str, *, mode: str = "wal", most: int = 1_000_000) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(device.database), name, mode, str(most)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self._said += [line.strip() for line in self._process.stdout]

    def stop(self, *, at_once: bool = True) -> list[str]:
        assert self._process.stdin is not None and self._process.stderr is not None
        if at_once:
            self._process.stdin.close()
        self._reader.join(120)
        errors = self._process.stderr.read()
        assert self._process.wait(30) == 0 and errors == ""
        return self._said


@BOTH_LAYOUTS
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_writer_with_a_held_connection_loses_nothing_through_many_syncs(
    world: World, is_long: bool, mode: str
) -> None:
    """T2: every acknowledged row is on both devices, the writers saw no error, both databases are whole."""
    laptop, jetson = world.pair()
    for device in (laptop, jetson):
        device.sql(f"PRAGMA journal_mode={mode}")
    writers = [Writer(device, device.name, mode=mode) for device in (laptop, jetson)]
    for _ in range(LONG_CYCLES if is_long else NORMAL_CYCLES):
        for device in (laptop, jetson):
            device.run("push")
            device.run("pull")
    acknowledged = [text for writer in writers for text in writer.stop()]
    world.settle(laptop, jetson)
    assert len(acknowledged) > 100
    for device in (laptop, jetson):
        assert device.said() == sorted(acknowledged)
        assert device.integrity() == "ok"
        assert device.sql("SELECT count(*) FROM memories WHERE ai_response <> 'second'") == [(0,)]
        assert device.sql("PRAGMA journal_mode") == [(mode,)]
    assert_same(laptop, jetson)


def test_eight_writers_and_a_sync_loop_get_in_nobodys_way(world: World) -> None:
    """T12: eight programs, a thousand rows, a sync loop beside them: nothing lost, and nobody sees a lock."""
    laptop, jetson = world.pair()
    writers = [Writer(laptop, f"program {number}", most=125) for number in range(8)]
    for _ in range(4):
        laptop.sync()
    acknowledged = [text for writer in writers for text in writer.stop(at_once=False)]
    world.settle(laptop, jetson)
    assert len(acknowledged) == 1000
    assert jetson.said() == laptop.said() == sorted(acknowledged)
    assert_same(laptop, jetson)


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_rebuild_beside_writers_mends_what_is_broken_and_loses_none_of_their_rows(
    world: World, is_long: bool, mode: str
) -> None:
    """T12: rows written between its comparison and its swap are there, and what was broken is put right."""
    laptop, jetson = world.pair()
    laptop.sql(f"PRAGMA journal_mode={mode}")
    laptop.say(*(f"old {number}" for number in range(300)))
    laptop.sync()
    writers = [Writer(laptop, f"program {number}", mode=mode) for number in range(3)]
    changed = 0
    for _ in range(20 if is_long else 3):
        _break_behind_the_triggers(laptop)
        changed += laptop.run("rebuild", "--json").json["changed"].get("memories", 0)
    acknowledged = [text for writer in writers for text in writer.stop()]
    world.settle(laptop, jetson)
    assert changed >= 3
    assert len(acknowledged) > 30
    for device in (laptop, jetson):
        assert device.said() == sorted([*acknowledged, *(f"old {number}" for number in range(300))])
        assert device.sql("SELECT count(*) FROM memories WHERE ai_response NOT LIKE 'answer to old %'") == [
            (len(acknowledged),)
        ]
        assert device.integrity() == "ok"
    assert_same(laptop, jetson)


def _break_behind_the_triggers(device: Device) -> None:
    """A row is not as the log has it, and no mark tells: the disk, or a tool that drops triggers."""
    with closing(sqlite3.connect(device.database, timeout=30, isolation_level=None)) as connection:
        connection.executescript(
            "BEGIN IMMEDIATE; INSERT INTO waifusync_gate VALUES (1);"
            "UPDATE memories SET ai_response = 'rotten' WHERE user_input = 'old 7';"
            "DELETE FROM waifusync_gate; COMMIT;"
        )


def test_two_commands_at_once_wait_for_each_other(world: World) -> None:
    """T12: a hook, a timer and a person at the same moment: all succeed, one after the other."""
    laptop, jetson = world.pair()
    laptop.say("one", "two")
    threads = [
        threading.Thread(target=laptop.run, args=(verb,)) for verb in ("sync", "commit", "push", "pull")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jetson.sync()
    assert jetson.said() == ["one", "two"]
    assert_same(laptop, jetson)


@BOTH_LAYOUTS
def test_a_pull_beside_an_open_reader_is_seen_by_it(world: World, tmp_path: Path) -> None:
    """T2: the file is never replaced: a connection opened before the pull sees the rows after it."""
    laptop, jetson = world.pair()
    with closing(sqlite3.connect(jetson.database)) as held:
        assert held.execute("SELECT count(*) FROM memories").fetchone() == (0,)
        inode = jetson.database.stat().st_ino
        laptop.say("new")
        laptop.sync()
        jetson.sync()
        assert held.execute("SELECT user_input FROM memories").fetchall() == [("new",)]
        held.execute("INSERT INTO memories (user_input) VALUES ('from the held one')")
        held.commit()
    jetson.sync()
    laptop.sync()
    assert laptop.said() == ["from the held one", "new"]
    assert jetson.database.stat().st_ino == inode
