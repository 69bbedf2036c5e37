"""What stays on one device: known texts are looked for in everything that could carry them away."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing

import pytest

from tests.companions import BOTH_LAYOUTS, World, assert_same
from waifusync import DistributedMemory
from waifusync.core.learning.collections import TABLES
from waifusync.workflows.companion import Companion
from waifusync.workflows.working import at_work

SECRET = "the-heron-nests-under-bridge-nine"
WRITTEN_BY_A_PROGRAM = "the-otter-sleeps-behind-the-mill"


@pytest.fixture
def world(tmp_path, layout):
    return World(tmp_path, layout)


def everything_in_git(directory):
    """Every object, also those that no ref leads to, unpacked."""
    batch = ["git", "-C", str(directory), "cat-file", "--batch", "--batch-all-objects", "--unordered"]
    return subprocess.run(batch, capture_output=True, check=True).stdout


def add_everything_to_git(device):
    """As a person does who adds all that is there."""
    device.git("add", "-A")
    device.git("commit", "-q", "--allow-empty", "-m", "all that is here")


@BOTH_LAYOUTS
def test_a_private_memory_is_in_nothing_that_leaves_the_device(world, tmp_path):
    """T26: sound by construction; searched for in every object, export, snapshot, and on the other device."""
    laptop = world.device("laptop")
    laptop.say("the moon is new")
    key = laptop.run("remember", "--private", SECRET, "--answer", f"yes: {SECRET}").out.strip()
    laptop.sql("INSERT INTO private_memories (user_input) VALUES (?)", (WRITTEN_BY_A_PROGRAM,))
    laptop.run("embed")
    laptop.run("push", "--full")
    laptop.run("export", str(tmp_path / "all.jsonl"))
    laptop.run("export", "--database", str(tmp_path / "plain.db"))
    add_everything_to_git(laptop)
    laptop.run("push")
    jetson = world.device("jetson")
    told = [everything_in_git(laptop.directory), everything_in_git(world.remote)]
    told += [(tmp_path / name).read_bytes() for name in ("all.jsonl", "plain.db")]
    told += [path.read_bytes() for path in (jetson.directory / ".git/waifusync").rglob("*") if path.is_file()]
    for text in (SECRET, WRITTEN_BY_A_PROGRAM):
        assert not [place for place, content in enumerate(told) if text.encode() in content]
    assert any(b"the moon is new" in content for content in told)
    assert key == "private-1"
    assert_same(laptop, jetson)
    laptop.run("rebuild")
    laptop.run("verify")
    assert laptop.sql("SELECT user_input FROM private_memories") == [(SECRET,), (WRITTEN_BY_A_PROGRAM,)]


def test_a_private_memory_is_found_forgotten_and_brought_back_on_its_device(world):
    laptop = world.device("laptop")
    laptop.say("a heron by the lake")
    laptop.run("remember", "--private", "the grey heron", "--conversation", "birds")
    found = [json.loads(line) for line in laptop.run("search", "heron", "--json").out.splitlines()]
    assert {each["user_input"]: each["private"] for each in found} == {
        "a heron by the lake": False,
        "the grey heron": True,
    }
    assert "private-1" in laptop.run("search", "GREY", "--conversation", "birds").out
    assert "private-1" not in laptop.run("search", "heron", "--conversation", "fish").out
    assert laptop.run("forget", "private-1").out == "Forgot 1 record.\n"
    assert laptop.sql("SELECT id FROM private_memories") == []
    assert laptop.run("forget", "private-1", "--json").json["unchanged"] == ["private-1"]
    assert laptop.run("forget", "private-1", "--undo", "--json").json["restored"] == ["private-1"]
    assert laptop.sql("SELECT user_input FROM private_memories") == [("the grey heron",)]
    assert "private-9" in laptop.run("forget", "private-1", "private-9", code=2).err
    assert "private-1" in laptop.run("search", "grey").out, "none of them is forgotten where one is unknown"


def test_python_has_private_memories_where_it_asks_for_them(world):
    laptop = world.device("laptop")
    memory = DistributedMemory("laptop", laptop.directory)
    memory.add_memory("shared", "yes", timestamp="2026-01-01", conversation_id="c")
    key = memory.add_memory("kept", "here", timestamp="2026-01-02", conversation_id="c", private=True)
    assert [each.user_input for each in memory.get_memories()] == ["shared"]
    assert [each.user_input for each in memory.build_context("c", 100)] == ["shared"]
    [shared, kept] = memory.get_memories(conversation_id="c", private=True)
    assert (shared.user_input, shared.is_private) == ("shared", False)
    assert (kept.user_input, kept.is_private, kept.key) == ("kept", True, key)
    assert [each.user_input for each in memory.get_memories(private=True, limit=1)] == ["kept"]


def test_neither_an_older_copy_nor_a_log_can_make_such_a_table_travel(world, tmp_path):
    """T24: a log that describes a table of that name makes none, and the rest of it comes in."""
    laptop, jetson = world.pair()
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection, connection:
        connection.execute("CREATE TABLE Private_Memories (id INTEGER PRIMARY KEY, user_input TEXT)")
        connection.execute("INSERT INTO Private_Memories (user_input) VALUES (?)", (SECRET,))
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
        connection.execute("INSERT INTO notes (text) VALUES ('a note')")
    jetson.run("import", str(tmp_path / "old.db"))
    with at_work(Companion.find(jetson.directory), "test") as work, work.lesson() as learning:
        described = learning.read(TABLES, "table:memories")
        assert described
        learning.put(TABLES, "table:private_memories", described)
        learning.put("private_memories", "stranger-1", {"user_input": "planted"})
    jetson.run("push")
    laptop.run("pull")
    assert laptop.sql("SELECT text FROM notes") == [("a note",)]
    assert SECRET.encode() not in everything_in_git(jetson.directory)
    assert laptop.sql("SELECT name FROM sqlite_master WHERE name = 'private_memories'") == []
    assert laptop.run("remember", "--private", "mine").out == "private-1\n"
    laptop.run("verify")
