"""`import` of databases: exactly the union, whatever the copies, their order, and how often they come."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from tests.companions import BOTH_LAYOUTS
from tests.verbs.devices import Device, make_device

SCHEMA = """
CREATE TABLE memories (id INTEGER PRIMARY KEY, timestamp TEXT, device_id TEXT, conversation_id TEXT,
    user_input TEXT, ai_response TEXT, model_used TEXT, facts_extracted TEXT, embeddings BLOB);
CREATE TABLE facts (id INTEGER PRIMARY KEY, fact TEXT, source_memory_id INTEGER REFERENCES memories(id));
"""


def make_file(path: Path, memories: list[tuple[int, str]], facts: list[tuple[str, int]] = ()) -> Path:  # type: ignore[assignment]
    connection = sqlite3.connect(path)
    with connection:
        connection.executescript(SCHEMA)
        connection.executemany("INSERT INTO memories (id, user_input) VALUES (?, ?)", memories)
        connection.executemany("INSERT INTO facts (fact, source_memory_id) VALUES (?, ?)", facts)
    connection.close()
    return path


def families(device: Device) -> Counter[tuple[str, str]]:
    query = "SELECT user_input, fact FROM memories AS m LEFT JOIN facts ON source_memory_id = m.id"
    return Counter(device.execute(query))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_overlapping_copies_in_any_order_and_twice_are_exactly_their_union(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    """T3: the same numbers mean other rows in each copy, and every child stays under its own parent."""
    files = [
        make_file(
            tmp_path / "a.db", [(1, "x"), (2, "y"), (3, "same"), (4, "same")], [("of x", 1), ("of y", 2)]
        ),
        make_file(tmp_path / "b.db", [(1, "y"), (2, "z"), (9, "same")], [("of y", 1), ("of z", 2)]),
        make_file(tmp_path / "c.db", [(5, "same"), (6, "same"), (7, "same"), (8, "x")], [("of x", 8)]),
    ]
    device = make_device(tmp_path / "device", "laptop")
    for place in (*order, *order):
        device.ok("import", files[place])
    assert families(device) == Counter(
        {("x", "of x"): 1, ("y", "of y"): 1, ("z", "of z"): 1, ("same", None): 3}
    )
    before = device.digest()
    assert device.ok("import", files[0], "--json").json["added"] == {}
    assert device.digest() == before


@BOTH_LAYOUTS
def test_two_devices_that_take_in_copies_of_one_file_have_one_set_of_rows(
    pair: tuple[Device, Device],
) -> None:
    laptop, jetson = pair
    file = make_file(laptop.directory.parent / "a.db", [(1, "x"), (2, "x"), (3, "y")], [("of y", 3)])
    for device in pair:
        device.ok("import", file)
    for device in (*pair, *pair):
        device.ok("sync")
    assert laptop.texts() == jetson.texts() == ["x", "x", "y"]
    assert laptop.digest() == jetson.digest()


def test_rows_that_refer_to_their_own_table_keep_their_tree(laptop: Device, tmp_path: Path) -> None:
    file = tmp_path / "tree.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, parent REFERENCES t(id))")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?)", [(1, "leaf", 2), (2, "twig", 3), (3, "root", None)]
        )
    connection.close()
    laptop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, parent REFERENCES t(id))")
    laptop.execute("INSERT INTO t VALUES (1, 'other', NULL), (2, 'another', 1)")
    for _ in range(2):
        laptop.ok("import", file)
    query = "SELECT c.name, p.name FROM t AS c LEFT JOIN t AS p ON p.id = c.parent ORDER BY 1"
    expected = [("another", "other"), ("leaf", "twig"), ("other", None), ("root", None), ("twig", "root")]
    assert laptop.execute(query) == expected


def test_unknown_tables_and_columns_come_along(pair: tuple[Device, Device], tmp_path: Path) -> None:
    laptop, jetson = pair
    file = tmp_path / "more.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT, mood TEXT)")
        connection.execute("INSERT INTO memories VALUES (1, 'hello', 'glad')")
        connection.execute("CREATE TABLE notes (name TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID")
        connection.execute("INSERT INTO notes VALUES ('n', 'text')")
    connection.close()
    assert laptop.ok("import", file, "--json").json["added"] == {"memories": 1, "notes": 1}
    laptop.ok("push"), jetson.ok("pull")
    for device in pair:
        assert device.execute("SELECT user_input, mood FROM memories") == [("hello", "glad")]
        assert device.execute("SELECT * FROM notes") == [("n", "text")]
    assert laptop.digest() == jetson.digest()


def test_a_backup_of_our_own_database_adds_only_what_is_missing(laptop: Device, tmp_path: Path) -> None:
    laptop.say("old"), laptop.say("kept")
    laptop.ok("commit")
    laptop.ok("export", "--database", tmp_path / "plain.db")
    backup = tmp_path / "backup.db"
    with sqlite3.connect(laptop.live) as live, sqlite3.connect(backup) as copy:
        live.backup(copy)
    live.close(), copy.close()
    laptop.execute("UPDATE memories SET user_input = 'new' WHERE user_input = 'old'")
    laptop.execute("DELETE FROM memories WHERE user_input = 'kept'")
    laptop.ok("commit")
    assert laptop.ok("import", backup, "--json").json == {
        "added": {},
        "known": {"memories": 2},
        "different": {},
    }
    assert laptop.texts() == ["new"]


@pytest.mark.parametrize("was_adopted", [False, True])
def test_a_row_of_the_same_name_but_other_content_is_listed_and_not_overwritten(
    laptop: Device, tmp_path: Path, was_adopted: bool
) -> None:
    laptop.execute("CREATE TABLE traits (name TEXT PRIMARY KEY, value TEXT)")
    values = {"mine": "here", "theirs": "there"}
    files = {}
    for name, value in values.items():
        files[name] = tmp_path / f"{name}.db"
        with sqlite3.connect(files[name]) as connection:
            connection.execute("CREATE TABLE traits (name TEXT PRIMARY KEY, value TEXT)")
            connection.execute("INSERT INTO traits VALUES ('warmth', ?)", (value,))
        connection.close()
    if was_adopted:
        laptop.ok("import", files["mine"])
    else:
        laptop.ok("commit")
        laptop.execute("INSERT INTO traits VALUES ('warmth', 'here')")
    for _ in range(2):
        ran = laptop.run("import", files["theirs"], "--json")
        assert ran.json["different"] == {"traits": 1} or not was_adopted
        assert laptop.execute("SELECT * FROM traits") == [("warmth", "here")]
    assert ran.json["added"] == {}
    assert laptop.execute("SELECT count(*) FROM waifusync_clashes") == [(0 if was_adopted else 1,)]


@BOTH_LAYOUTS
def test_undo_takes_out_what_an_import_added_and_nothing_else(laptop: Device, tmp_path: Path) -> None:
    laptop.execute("INSERT INTO memories (user_input) VALUES ('x')")
    file = make_file(tmp_path / "a.db", [(1, "x"), (2, "y")], [("of y", 2)])
    laptop.ok("import", file)
    assert len(laptop.ok("undo", "--json").json["forgotten"]) == 2
    assert (laptop.texts(), laptop.execute("SELECT * FROM facts")) == (["x"], [])
    laptop.ok("undo")
    assert families(laptop) == Counter({("x", None): 1, ("y", "of y"): 1})


def broken_files(tmp_path: Path) -> dict[str, Path]:
    whole = make_file(tmp_path / "whole.db", [(number, "text " * 200) for number in range(1, 200)])
    data = whole.read_bytes()
    files = {"text": b"just text\n" * 500, "empty": b"", "cut": data[: len(data) // 2]}
    files |= {"page": data[:-8192], "encrypted": bytes((7 * place + 3) % 256 for place in range(8192))}
    files |= {"export": b'{"waifusync":"export","format":1,"companion":""}\n{"device":"a-aaaaaaaa"}\n'}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in [*files, "absent"]}


def test_a_file_that_is_no_whole_database_changes_nothing(laptop: Device, tmp_path: Path) -> None:
    """T24: an error and a hint, exit code 3 or 5, and the companion as it was."""
    laptop.say("hello")
    digest = laptop.digest()
    schema = laptop.execute("SELECT sql FROM sqlite_master ORDER BY name")
    for name, path in broken_files(tmp_path).items():
        ran = laptop.run("import", path)
        assert ran.status == (3 if name == "absent" else 5), name
        assert "error: " in ran.err
        assert name in ("absent",) or "hint: " in ran.err, name
    assert laptop.digest() == digest
    assert laptop.execute("SELECT sql FROM sqlite_master ORDER BY name") == schema


def test_hostile_names_in_a_file_are_names_and_nothing_more(laptop: Device, tmp_path: Path) -> None:
    """T24: a table named like a statement, a trigger and a view that would write."""
    file = make_file(tmp_path / "a.db", [(1, "x")])
    with sqlite3.connect(file) as connection:
        connection.execute('CREATE TABLE "t""; DROP TABLE memories; --" ("a""b" TEXT)')
        connection.execute("""INSERT INTO "t""; DROP TABLE memories; --" VALUES ('v')""")
        connection.execute("CREATE TRIGGER evil AFTER INSERT ON memories BEGIN DELETE FROM memories; END")
        connection.execute("CREATE VIEW facts_view AS SELECT load_extension('x')")
    connection.close()
    laptop.ok("import", file)
    assert laptop.texts() == ["x"]
    assert laptop.execute("""SELECT "a""b" FROM "t""; DROP TABLE memories; --" """) == [("v",)]
    assert laptop.execute("SELECT 1 FROM sqlite_master WHERE name IN ('evil', 'facts_view')") == []


def test_a_copied_file_is_not_written_to(laptop: Device, tmp_path: Path) -> None:
    file = make_file(tmp_path / "a.db", [(1, "x")])
    before = shutil.copy(file, tmp_path / "before")
    laptop.ok("import", file)
    assert file.read_bytes() == Path(before).read_bytes()
