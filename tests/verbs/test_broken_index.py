"""A full-text index that asks for more memory than there is: the tables beside it are read all the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.companions import BOTH_LAYOUTS
from tests.merging.sqlite.attacks_by_objects import TOO_MANY_PARTS
from tests.verbs.devices import Device

_BROKEN = f"""CREATE VIRTUAL TABLE found USING fts5 (text); INSERT INTO found VALUES ('x');
UPDATE found_data SET block = {TOO_MANY_PARTS} WHERE id = 10;"""


def _spoil(path: Path, more: str = "") -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(more + _BROKEN)


def test_a_file_with_a_broken_index_is_imported(laptop: Device, tmp_path: Path) -> None:
    """T24: it may come from anybody."""
    file = tmp_path / "file.db"
    _spoil(file, "CREATE TABLE memories (id INTEGER PRIMARY KEY, user_input TEXT);")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO memories (user_input) VALUES ('of the file')")
    laptop.ok("import", file)
    assert laptop.texts() == ["of the file"]


@BOTH_LAYOUTS
def test_a_broken_index_of_the_chat_programs_keeps_no_memory_from_travelling(
    pair: tuple[Device, Device],
) -> None:
    """T24: in the layout `database` the index goes along, and is opened by nobody."""
    laptop, jetson = pair
    _spoil(laptop.live)
    laptop.say("of the laptop")
    laptop.ok("sync")
    jetson.say("of the jetson")
    jetson.ok("sync")
    laptop.ok("sync")
    assert sorted(laptop.texts()) == sorted(jetson.texts()) == ["of the jetson", "of the laptop"]
