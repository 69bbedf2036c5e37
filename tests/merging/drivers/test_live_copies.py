"""Copies of live databases that people keep in git: rows are matched by the keys of their records.

Numbers are each device's own: what is memory 1 on the laptop may well be memory 2 on the jetson.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.companions import FACTS, Device, World

Row = tuple[object, ...]
KEPT = {"ours.db", "honest.db", "theirs.db", "empty", "report.json"}


class Copies:
    """A folder with copies of what devices hold, and one command that merges three of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.folder = world.folder / "copies"
        self.folder.mkdir()

    def of(self, device: Device, name: str) -> Path:
        """As `sqlite3 .backup` makes one."""
        path = self.folder / name
        with closing(sqlite3.connect(device.database)) as live, closing(sqlite3.connect(path)) as copy:
            live.backup(copy)
        return path

    def merge(self, base: Path | None, ours: Path, theirs: Path, *, code: int | None = 0) -> Path:
        empty = self.folder / "empty"
        empty.touch()
        out = self.folder / f"{ours.stem}-{theirs.stem}.db"
        report = self.folder / "report.json"
        words = (str(base or empty), str(ours), str(theirs), "-o", str(out), "--report", str(report))
        self.world.run("merge-file", *words, where=self.folder, code=code)
        decisions = json.loads(report.read_text())["decisions"] if report.exists() else []
        self.conflicts = [each for each in decisions if each.get("conflict")]
        return out


def read(path: Path, statement: str) -> list[Row]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert not connection.execute("PRAGMA foreign_key_check").fetchall()
        return sorted(connection.execute(statement).fetchall(), key=repr)


def memories(path: Path) -> list[Row]:
    return read(path, "SELECT user_input, ai_response FROM memories")


def facts(path: Path) -> list[Row]:
    return read(path, "SELECT f.text, m.user_input FROM facts f JOIN memories m ON m.id = source_memory_id")


@pytest.fixture
def copies(world: World) -> Copies:
    return Copies(world)


@pytest.fixture
def pair(world: World) -> tuple[Device, ...]:
    return world.scene(_met_late)


def _met_late(world: World) -> None:
    """What was memory 1 on either before they met is memory 2 on the other."""
    laptop, jetson = world.pair()
    for device in (laptop, jetson):
        device.sql(FACTS)
        device.say(f"from {device.name}")
        device.sql("INSERT INTO facts (text, source_memory_id) VALUES (?, 1)", (f"of {device.name}",))
    for device in (laptop, jetson, laptop):
        device.sync()
    numbers = [device.sql("SELECT id, user_input FROM memories") for device in (laptop, jetson)]
    assert sorted(numbers[0]) != sorted(numbers[1])


def test_a_row_is_the_same_row_whatever_number_it_has(copies: Copies, pair: tuple[Device, Device]) -> None:
    """T3"""
    laptop, jetson = pair
    base = copies.of(laptop, "base.db")
    for device in pair:
        device.sql("UPDATE memories SET ai_response = 'again' WHERE user_input = ?", (f"from {device.name}",))
    ours, theirs = copies.of(laptop, "laptop.db"), copies.of(jetson, "jetson.db")
    for one, other in ((ours, theirs), (theirs, ours)):
        merged = copies.merge(base, one, other)
        assert memories(merged) == [("from jetson", "again"), ("from laptop", "again")]
        assert facts(merged) == [("of jetson", "from jetson"), ("of laptop", "from laptop")]


def test_equal_words_said_twice_are_two_memories_and_one_record_is_one(
    copies: Copies, pair: tuple[Device, Device]
) -> None:
    laptop, jetson = pair
    base = copies.of(laptop, "base.db")
    for device in pair:
        device.sql("INSERT INTO memories (user_input) VALUES ('good night')")
        device.run("commit")
    jetson.say("arrived everywhere")
    jetson.sync()
    jetson.sql("DELETE FROM memories WHERE user_input = 'good night'")  # the only one that it has
    ours, theirs = copies.of(laptop, "laptop.db"), copies.of(jetson, "jetson.db")
    merged = copies.merge(base, ours, theirs)
    assert [text for text, _ in memories(merged)].count("good night") == 1
    laptop.sync()
    merged = copies.merge(base, copies.of(laptop, "later.db"), theirs)
    assert [text for text, _ in memories(merged)].count("arrived everywhere") == 1


def test_without_a_base_what_both_hold_is_there_once_and_an_edit_of_it_is_a_conflict(
    copies: Copies, pair: tuple[Device, Device]
) -> None:
    laptop, jetson = pair
    jetson.sql("UPDATE memories SET ai_response = 'other' WHERE user_input = 'from laptop'")
    merged = copies.merge(None, copies.of(laptop, "laptop.db"), copies.of(jetson, "jetson.db"), code=1)
    assert [text for text, _ in memories(merged)] == ["from jetson", "from laptop"]
    assert [(each["table"], each["column"]) for each in copies.conflicts] == [("memories", "ai_response")]


def test_the_merged_copy_has_the_keys_for_the_next_merge_and_nothing_that_would_wake(
    copies: Copies, pair: tuple[Device, Device]
) -> None:
    laptop, jetson = pair
    for device in pair:
        device.say(f"second from {device.name}")
        device.run("commit")
    ours, theirs = copies.of(laptop, "laptop.db"), copies.of(jetson, "jetson.db")
    merged = copies.merge(None, ours, theirs)
    names = read(merged, "SELECT name FROM sqlite_master WHERE name GLOB 'waifusync*'")
    assert names == [("waifusync_keys",)]
    for device in (laptop, jetson, laptop):
        device.sync()
    laptop.sql("DELETE FROM memories WHERE user_input = 'second from jetson'")
    jetson.sql("UPDATE memories SET ai_response = 'new' WHERE user_input = 'second from laptop'")
    after = copies.merge(merged, copies.of(laptop, "laptop2.db"), copies.of(jetson, "jetson2.db"))
    assert memories(after) == [
        ("from jetson", "answer to from jetson"),
        ("from laptop", "answer to from laptop"),
        ("second from laptop", "new"),
    ]


RECORDS = "DROP TABLE waifusync_records; CREATE "
ATTACKS = (
    "UPDATE waifusync_records SET row = 'x' || row",
    "UPDATE waifusync_records SET row = 1",
    "UPDATE waifusync_records SET key = x'00ff' || id",
    "UPDATE waifusync_records SET tbl = 99",
    "UPDATE waifusync_tables SET name = 'waifusync_meta' WHERE name = 'memories'",
    f"{RECORDS} VIRTUAL TABLE waifusync_records USING fts5(tbl, row, key, state)",
    f"{RECORDS} VIEW waifusync_records AS SELECT 1 AS tbl",
    f"{RECORDS} TABLE waifusync_records (tbl, row, state, key AS (zeroblob(9)))",
    "CREATE TABLE waifusync_keys (tbl, row, key)",
    "CREATE TABLE waifusync_keys AS SELECT 'memories' AS tbl, id AS row, 'k' AS key FROM memories",
)


def test_a_ledger_that_lies_takes_no_row_away(copies: Copies, pair: tuple[Device, Device]) -> None:
    """T24"""
    ours, honest = copies.of(pair[0], "ours.db"), copies.of(pair[1], "honest.db")
    before = ours.read_bytes()
    for attack in ATTACKS:
        theirs = copies.folder / "theirs.db"
        shutil.copy(honest, theirs)
        with closing(sqlite3.connect(theirs)) as connection:
            connection.executescript(attack)
        merged = copies.merge(None, ours, theirs, code=None)
        assert ours.read_bytes() == before
        if merged.exists():
            assert {("from jetson",), ("from laptop",)} <= {row[:1] for row in memories(merged)}, attack
            merged.unlink()
        assert {path.name for path in copies.folder.iterdir()} <= KEPT, attack


@pytest.mark.parametrize("side", ["base", "ours", "theirs"])
def test_a_copy_that_lacks_rows_which_live_in_the_log_only_is_not_merged(
    copies: Copies, pair: tuple[Device, Device], side: str
) -> None:
    """T6: such an absence is no deletion. State 3 is what a row has that a small board put aside."""
    versions = {name: copies.of(pair[0], f"{name}.db") for name in ("base", "ours", "theirs")}
    with closing(sqlite3.connect(versions[side])) as copy, copy:
        copy.execute("UPDATE waifusync_records SET state = 3 WHERE row = 1")
        copy.execute("DELETE FROM memories WHERE id = 1")
    before = versions["ours"].read_bytes()
    copies.merge(*versions.values(), code=3)
    assert versions["ours"].read_bytes() == before


@pytest.mark.parametrize("seed", range(4))
def test_copies_merge_to_what_the_devices_come_to(
    copies: Copies, pair: tuple[Device, Device], seed: int
) -> None:
    """A three-way merge equals the fold where both apply: rows that only one side touched."""
    laptop, jetson = pair
    chance = random.Random(seed)
    for number in range(6):
        chance.choice(pair).say(f"early {number}")
    for device in (laptop, jetson, laptop):
        device.sync()
    base = copies.of(chance.choice(pair), "base.db")
    for number in range(8):
        touch(chance.choice(pair), chance, number, mine=f"%{number}")
    for device in pair:
        device.run("commit")
    ours, theirs = copies.of(laptop, "laptop.db"), copies.of(jetson, "jetson.db")
    merged = [copies.merge(base, ours, theirs), copies.merge(base, theirs, ours)]
    for device in (laptop, jetson, laptop):
        device.sync()
    for each in merged:
        assert memories(each) == memories(laptop.database)
        assert facts(each) == facts(laptop.database)


def touch(device: Device, chance: random.Random, number: int, mine: str) -> None:
    """Adds, edits or deletes; each early row is touched by one device only."""
    what = chance.choice(("say", "edit", "delete", "fact"))
    if what == "say":
        device.say(f"late {number} on {device.name}")
    elif what == "edit":
        device.sql("UPDATE memories SET ai_response = ai_response || '!' WHERE user_input LIKE ?", (mine,))
    elif what == "delete":
        device.sql("DELETE FROM memories WHERE user_input LIKE ?", (f"early{mine}",))
    else:
        device.sql(
            "INSERT INTO facts (text, source_memory_id) SELECT ?, id FROM memories"
            " WHERE user_input = 'from jetson'",
            (f"fact {number}",),
        )
