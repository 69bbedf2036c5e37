"""Full-text tables whose index came from elsewhere: it is made anew, and SQLite never reads it before."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.merging.sqlite import hostile
from tests.merging.sqlite.attacks_by_objects import MANY_PARTS, TOO_MANY_PARTS
from tests.merging.sqlite.noise import SHARED, found, merge, spoil
from waifusync.merging import sqlite as databases
from waifusync.merging.files import CannotMerge


def _spoil(path: Path, block: str, more: str = "") -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{more}; UPDATE found_data SET block = {block} WHERE id = 10;")


def test_an_index_of_ours_that_asks_for_gigabytes_costs_nothing_and_finds_again(tmp_path: Path) -> None:
    """T24: in a rebase the other's file is ours. What both sides wrote is found in the result."""
    folder = tmp_path / "files"
    folder.mkdir()
    hostile.set_up(folder, hostile.sql("INSERT INTO found VALUES ('of theirs')"), more=SHARED)
    _spoil(folder / "ours.db", MANY_PARTS, "INSERT INTO found VALUES ('of ours')")
    outcome = hostile.merge(folder)
    assert outcome.code == 0 and outcome.mebibytes < hostile.MEBIBYTES, hostile.told(outcome)
    assert found(folder, "of OR before") == ["before", "of ours", "of theirs"]


@pytest.mark.parametrize("side", ["base", "ours", "theirs"])
@pytest.mark.parametrize("theirs", [hostile.THEIRS, "INSERT INTO found VALUES ('new');", "DROP TABLE found;"])
def test_an_index_that_no_memory_could_hold_stops_no_merge(tmp_path: Path, side: str, theirs: str) -> None:
    """T24: whichever side it is in, and whatever is done to the table."""
    hostile.set_up(tmp_path, hostile.sql("", first=theirs), more=SHARED)
    is_gone = theirs.startswith("DROP")
    if not (is_gone and side == "theirs"):
        _spoil(tmp_path / f"{side}.db", TOO_MANY_PARTS)
    merge(tmp_path)
    if not is_gone:
        assert found(tmp_path, "before") == ["before"]
    list(databases.differences(tmp_path / "theirs.db", tmp_path / "ours.db"))


def test_an_index_of_any_noise_is_made_anew(tmp_path: Path) -> None:
    """T24: whatever lies in it; SQLite itself opens hardly any of these."""
    hostile.set_up(tmp_path, hostile.sql("INSERT INTO found VALUES ('new');", first=""), more=SHARED)
    chance = random.Random(7)
    for _ in range(8):
        spoil(tmp_path / "ours.db", chance)
        merge(tmp_path)
        assert found(tmp_path, "new OR before") == ["before", "new"]


@pytest.mark.parametrize("part", ["data", "idx", "content", "docsize", "config"])
def test_a_full_text_table_within_a_full_text_table_is_refused(tmp_path: Path, part: str) -> None:
    """T24: emptying the one would open the other."""
    hostile.set_up(tmp_path, hostile.sql("INSERT INTO found VALUES ('new');", first=""), more=SHARED)
    with closing(sqlite3.connect(tmp_path / "ours.db")) as connection:
        connection.executescript(
            "CREATE VIRTUAL TABLE inner USING fts5 (id, block); PRAGMA writable_schema = ON;"
            f"DELETE FROM sqlite_master WHERE name = 'found_{part}';"
            "UPDATE sqlite_master SET name = replace(name, 'inner', 'found_PART'),"
            " tbl_name = replace(tbl_name, 'inner', 'found_PART'), sql = replace(sql, 'inner', 'found_PART')"
            " WHERE name GLOB 'inner*';".replace("PART", part)
        )
    with pytest.raises(CannotMerge, match=f"found_{part}|cannot be one"):
        merge(tmp_path)
