"""`waifusync rebuild`: out of the logs, by SQL, with every row where it was."""

from __future__ import annotations

import array
import json
import sqlite3

from tests.companions import BOTH_LAYOUTS
from tests.views.conftest import Folder, MemoryFile, Pair


def silently(folder: Folder, statement: str) -> None:
    folder.sql("INSERT INTO waifusync_gate VALUES (1)")
    folder.sql(statement)
    folder.sql("DELETE FROM waifusync_gate")


def rows(folder: Folder) -> list[tuple[object, ...]]:
    return folder.sql("SELECT * FROM memories ORDER BY id")


@BOTH_LAYOUTS
def test_a_healthy_database_comes_out_the_same_and_is_not_written_to(pair: Pair) -> None:
    for folder in (pair.laptop, pair.jetson):
        folder.sql("UPDATE memories SET ai_response = ? WHERE user_input = 'laptop one'", [str(folder.path)])
    pair.laptop.sql("DELETE FROM memories WHERE user_input = 'jetson one'")
    pair.sync()
    before, inode = rows(pair.jetson), pair.jetson.live.stat().st_ino
    told = pair.jetson.json("rebuild")
    assert (told["added"], told["changed"], told["removed"], told["ledger"]) == ({}, {}, {}, 0)
    assert (rows(pair.jetson), pair.jetson.live.stat().st_ino) == (before, inode)
    assert pair.jetson.ok("rebuild") == "The database was as the logs have it: 4 memories.\n"
    assert not (pair.jetson.live.parent / "rebuild.db").exists()


@BOTH_LAYOUTS
def test_what_differs_is_put_right_in_place_and_what_was_there_is_kept(pair: Pair) -> None:
    before, digest = rows(pair.laptop), pair.laptop.json("status")["digest"]
    silently(pair.laptop, "UPDATE memories SET user_input = 'damaged' WHERE id = 1")
    silently(pair.laptop, "DELETE FROM memories WHERE id = 2")
    pair.laptop.sql("UPDATE waifusync_records SET fields = zeroblob(64) WHERE row = 3")
    assert pair.laptop.run("verify").returncode == 5
    program = sqlite3.connect(pair.laptop.live)  # held open throughout, as a chat program does
    told = pair.laptop.json("rebuild")
    assert (told["added"], told["changed"]) == ({"memories": 1}, {"memories": 1})
    assert program.execute("SELECT * FROM memories ORDER BY id").fetchall() == before
    program.close()
    assert sqlite3.connect(told["kept"]).execute("SELECT user_input FROM memories").fetchall() == [
        ("damaged",)
    ]
    assert told["digest"] == digest and pair.laptop.run("verify").returncode == 0
    assert pair.laptop.json("sync")["sent"] == 0


def test_rows_that_are_not_collected_survive(pair: Pair) -> None:
    """T5"""
    pair.laptop.say("not collected")
    pair.laptop.ok("commit")
    pair.laptop.say("not collected either")
    silently(pair.laptop, "INSERT INTO memories (user_input) VALUES ('that no trigger saw')")
    before = rows(pair.laptop)
    pair.laptop.ok("rebuild")
    assert rows(pair.laptop) == before
    assert pair.laptop.run("verify").returncode == 0
    pair.sync()
    assert len(rows(pair.jetson)) == 8


@BOTH_LAYOUTS
def test_a_database_that_is_gone_is_made_out_of_the_logs(pair: Pair) -> None:
    """T20"""
    pair.laptop.sql("CREATE TABLE facts (id INTEGER PRIMARY KEY, text TEXT, memory REFERENCES memories(id))")
    pair.laptop.sql("INSERT INTO facts (text, memory) VALUES ('a fact', 2)")
    pair.laptop.sql(
        "INSERT INTO memories (user_input, model_used, embeddings) VALUES ('v', 'phi3', ?)",
        [array.array("f", [0.5] * 8).tobytes()],
    )
    pair.sync()
    digest, texts = pair.laptop.json("status")["digest"], _texts(pair.laptop)
    for beside in pair.laptop.live.parent.glob("memory.db*"):
        beside.unlink()
    told = pair.laptop.json("rebuild")
    assert (told["gone"], told["digest"]) == (True, digest)
    assert _texts(pair.laptop) == texts
    assert pair.laptop.run("verify").returncode == pair.laptop.run("status").returncode == 0
    pair.laptop.say("afterwards")
    pair.laptop.sql("INSERT INTO facts (text, memory) VALUES ('another', 1)")
    pair.sync()
    assert _texts(pair.jetson) == _texts(pair.laptop) and len(_texts(pair.laptop)) == 9


def _texts(folder: Folder) -> list[tuple[object, ...]]:
    return sorted(
        folder.sql("SELECT user_input, hex(embeddings) FROM memories")
        + folder.sql("SELECT text, user_input FROM facts JOIN memories ON memories.id = memory")
    )


@BOTH_LAYOUTS
def test_a_database_that_cannot_be_read_is_moved_aside_and_never_deleted(pair: Pair) -> None:
    """T20"""
    digest = pair.laptop.json("status")["digest"]
    for beside in pair.laptop.live.parent.glob("memory.db-*"):
        beside.unlink()
    pair.laptop.live.write_bytes(b"no database any more" * 100)
    told = pair.laptop.json("rebuild")
    assert told["digest"] == digest
    with open(told["moved_aside"], "rb") as aside:
        assert aside.read() == b"no database any more" * 100
    assert pair.laptop.run("verify").returncode == 0


def test_a_table_that_was_dropped_and_its_triggers_come_back(pair: Pair) -> None:
    pair.laptop.sql("CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT)")
    pair.laptop.sql("INSERT INTO notes VALUES ('a', 'b')")
    pair.laptop.ok("sync")
    pair.laptop.sql("DROP TABLE notes")
    assert pair.laptop.json("rebuild")["added"] == {"notes": 1}
    assert pair.laptop.sql("SELECT * FROM notes") == [("a", "b")]
    pair.laptop.sql("UPDATE notes SET text = 'c'")
    assert pair.laptop.json("sync")["sent"] == 1


def test_values_that_only_look_alike_are_told_apart(pair: Pair) -> None:
    pair.laptop.sql("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, value)")
    pair.laptop.sql("INSERT INTO things VALUES (1, 'Name', 1), (2, 'other', x'31')")
    pair.laptop.ok("sync")
    silently(pair.laptop, "UPDATE things SET name = 'name', value = 1.0 WHERE id = 1")
    silently(pair.laptop, "UPDATE things SET value = '1' WHERE id = 2")
    assert pair.laptop.json("rebuild")["changed"] == {"things": 2}
    assert pair.laptop.sql("SELECT name, typeof(value) FROM things") == [
        ("Name", "integer"),
        ("other", "blob"),
    ]


@BOTH_LAYOUTS
def test_a_damaged_log_takes_nothing_away(pair: Pair) -> None:
    """T25"""
    log = MemoryFile(pair.laptop, "log/jetson-*/0000/*.jsonl")
    log.replace(b"jetson two", b"jetson 2")
    pair.laptop.git("commit", "-qam", "by hand")
    pair.laptop.git("update-ref", "refs/waifusync/held", "HEAD")
    before = rows(pair.laptop)
    done = pair.laptop.run("rebuild", "--json")
    assert done.returncode == 5 and log.path in json.loads(done.stdout)["error"]
    assert rows(pair.laptop) == before
