"""`export` and `import` of logs lose nothing; `export --database` is a plain file."""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path

import pytest

from tests.companions import BOTH_LAYOUTS
from tests.verbs.devices import Device, make_device


def fill(laptop: Device, jetson: Device) -> None:
    """Rows with children, embeddings, edits, a clash and a deletion, from two devices."""
    laptop.execute(
        "CREATE TABLE facts (id INTEGER PRIMARY KEY, fact TEXT, source_memory_id REFERENCES memories(id))"
    )
    for number in range(5):
        laptop.say(f"turn {number}", embeddings=struct.pack("<4f", number, 1, 2, 3), model_used="mini")
        jetson.say(f"jetson {number}", "日本語 🎉 \x00 \u2028")
    laptop.execute("INSERT INTO facts VALUES (1, 'a fact', 2)")
    for device in (laptop, jetson, laptop):
        device.ok("sync")
    laptop.execute("DELETE FROM memories WHERE user_input = 'turn 4'")
    laptop.execute("UPDATE memories SET ai_response = 'laptop edit' WHERE user_input = 'turn 0'")
    jetson.execute("UPDATE memories SET ai_response = 'jetson edit' WHERE user_input = 'turn 0'")
    laptop.ok("sync"), jetson.run("sync"), laptop.run("sync")


def digest_of(device: Device) -> str:
    return str(device.run("commit", "--json").json["digest"])


@BOTH_LAYOUTS
def test_an_export_taken_in_elsewhere_gives_the_same_digest(
    pair: tuple[Device, Device], tmp_path: Path
) -> None:
    """T27: nothing is lost on the way, and what lost a conflict is not either."""
    laptop, jetson = pair
    fill(laptop, jetson)
    file = tmp_path / "all.jsonl"
    entries = laptop.ok("export", file, "--json").json["entries"]
    fresh = make_device(tmp_path / "fresh", "fresh")
    taken = fresh.run("import", file, "--json")
    assert (taken.status, taken.json["received"].keys()) == (0, {"laptop", "jetson"})
    assert digest_of(fresh) == digest_of(laptop)
    clashes = "SELECT count(*) FROM waifusync_clashes"
    assert fresh.execute(clashes) == laptop.execute(clashes) == [(1,)]
    rows = "SELECT user_input, ai_response, embeddings FROM memories ORDER BY 1"
    assert fresh.execute(rows) == laptop.execute(rows)
    again = fresh.ok("export", tmp_path / "again.jsonl", "--json").json["entries"]
    assert again >= entries
    assert fresh.ok("import", file, "--json").json["received"] == {}
    assert digest_of(fresh) == digest_of(laptop)


@BOTH_LAYOUTS
def test_an_export_may_be_older_or_newer_than_what_is_here(
    pair: tuple[Device, Device], tmp_path: Path
) -> None:
    laptop, jetson = pair
    laptop.say("first")
    laptop.ok("export", tmp_path / "old.jsonl")
    laptop.say("second")
    laptop.ok("export", tmp_path / "new.jsonl")
    laptop.ok("push")
    assert jetson.ok("import", tmp_path / "new.jsonl").out == "Took in 2 from laptop.\n"
    assert jetson.ok("import", tmp_path / "old.jsonl").out == "Took in nothing new.\n"
    for device in (jetson, laptop):
        device.ok("sync")
    assert jetson.texts() == laptop.texts() == ["first", "second"]
    assert jetson.digest() == laptop.digest()


def test_without_a_file_the_lines_are_the_answer(laptop: Device, tmp_path: Path) -> None:
    laptop.say("hello")
    laptop.ok("export", tmp_path / "file")
    assert laptop.ok("export").out.encode() == (tmp_path / "file").read_bytes()


def test_an_altered_export_is_refused_and_changes_nothing(laptop: Device, tmp_path: Path) -> None:
    laptop.say("hello"), laptop.say("world")
    file = tmp_path / "all.jsonl"
    laptop.ok("export", file)
    fresh = make_device(tmp_path / "fresh", "fresh")
    before, data = fresh.digest(), file.read_bytes()
    for altered in (
        data.replace(b"hello", b"jello"),
        data[:-20],
        data.replace(b"world", b"w\n"),
        data + b"{}\n",
    ):
        file.write_bytes(altered)
        ran = fresh.run("import", file, "--json")
        assert (ran.status, ran.json["code"]) == (5, 5)
    assert (fresh.digest(), fresh.texts()) == (before, [])


def test_a_log_that_is_another_one_under_the_same_id_is_refused(laptop: Device, tmp_path: Path) -> None:
    import shutil

    laptop.ok("commit")
    shutil.copytree(laptop.directory, tmp_path / "copy", symlinks=True)
    copy = Device(tmp_path / "copy")
    laptop.say("here"), copy.say("there")
    laptop.ok("commit")
    copy.ok("export", tmp_path / "copy.jsonl")
    before = laptop.digest()
    ran = laptop.run("import", tmp_path / "copy.jsonl")
    assert (ran.status, "not the one that is held here" in ran.err) == (5, True)
    assert (laptop.digest(), laptop.texts()) == (before, ["here"])


def test_a_plain_database_holds_the_tables_and_nothing_of_ours(laptop: Device, tmp_path: Path) -> None:
    laptop.say("hello")
    laptop.execute("CREATE TABLE notes (body TEXT)")
    laptop.execute("INSERT INTO notes VALUES ('n')")
    laptop.ok("commit")
    file = tmp_path / "plain.db"
    assert laptop.ok("export", "--database", file, "--json").json["rows"] == {"memories": 1, "notes": 1}
    connection = sqlite3.connect(file)
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert names == {"memories", "notes"}
    connection.execute("INSERT INTO memories (user_input) VALUES ('no trigger is left')")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()
    assert [path.name for path in tmp_path.iterdir() if path.name != "laptop"] == ["plain.db"]


@pytest.mark.parametrize("option", [[], ["--database"]])
def test_a_file_that_exists_is_not_written_over(laptop: Device, tmp_path: Path, option: list[str]) -> None:
    file = tmp_path / "precious"
    file.write_text("mine")
    ran = laptop.run("export", *option, file)
    assert (ran.status, file.read_text()) == (3, "mine")
    assert laptop.run("export", file, "--database", file).status == 2


def test_the_live_database_cannot_be_exported_over(laptop: Device) -> None:
    laptop.say("hello")
    for target in (laptop.directory / "shared_memory/memory.db", laptop.live):
        assert laptop.run("export", "--database", target).status == 3
    assert laptop.texts() == ["hello"]
