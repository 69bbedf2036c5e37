"""A page that hides a row is seen where SQLite's own quick_check sees it, without reading the whole table."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from waifusync.merging.sqlite.whole_pages import INTERIOR, LEAF, Page, is_whole, read_varint

SIZE = 1024


@pytest.fixture
def data(tmp_path: Path) -> bytes:
    """A table that was written in, taken from and rewritten: free blocks, lost bytes, overflow."""
    chance = random.Random(7)
    with closing(sqlite3.connect(tmp_path / "lived.db")) as connection:
        connection.execute(f"PRAGMA page_size = {SIZE}")
        connection.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        for number in range(-300, 1500):
            row = (number * 3, "x" * chance.choice((1, 2, 20, 90, 3000 if number % 50 == 0 else 5)))
            connection.execute("INSERT INTO people VALUES (?, ?)", row)
        for _ in range(1200):
            place = chance.randrange(-300, 1500) * 3
            if chance.random() < 0.4:
                connection.execute("DELETE FROM people WHERE id = ?", (place,))
            else:
                name = "y" * chance.choice((1, 3, 30, 80))
                connection.execute("UPDATE people SET name = ? WHERE id = ?", (name, place))
        connection.commit()
    return (tmp_path / "lived.db").read_bytes()


def pages(data: bytes) -> list[int]:
    """Where the pages of the table begin, as far as their first byte tells; page 1 is the schema's."""
    return [at for at in range(SIZE, len(data), SIZE) if data[at] in (INTERIOR, LEAF)]


def page_at(data: bytes, at: int) -> Page:
    return Page(data[at : at + SIZE], 0, SIZE)


def is_sound(data: bytes, path: Path) -> bool:
    path.write_bytes(data)
    with closing(sqlite3.connect(path)) as connection:
        try:
            return connection.execute("PRAGMA quick_check(people)").fetchall() == [("ok",)]
        except sqlite3.DatabaseError:
            return False


def test_every_page_of_a_sound_table_is_whole(data: bytes, tmp_path: Path) -> None:
    assert is_sound(data, tmp_path / "sound.db")
    kinds = [data[at] for at in pages(data)]
    assert kinds.count(INTERIOR) == 1 and kinds.count(LEAF) > 50
    assert [at for at in pages(data) if not is_whole(page_at(data, at))] == []


def test_where_quick_check_objects_the_page_is_not_whole(data: bytes, tmp_path: Path) -> None:
    """T6: one bit in the header of a page, in its list of cells, or anywhere; a text may be another text."""
    chance, objected = random.Random(1), 0
    for _ in range(400):
        at = chance.choice(pages(data))
        changed = bytearray(data)
        changed[at + chance.randrange(chance.choice((8, 60, SIZE)))] ^= 1 << chance.randrange(8)
        if not is_sound(bytes(changed), tmp_path / "flipped.db") and is_whole(page_at(changed, at)):
            # What leads to other pages than it did: the walk down the tree sees that, or the rows there.
            assert changed[at] == INTERIOR or _leads_elsewhere(data, bytes(changed), at)
        else:
            objected += not is_whole(page_at(changed, at))
    assert objected > 100


def _leads_elsewhere(before: bytes, after: bytes, at: int) -> bool:
    """Whether the bit lies among the cells: rows that are there and damaged, or in a neighbour's place."""
    place = next(place for place in range(at, at + SIZE) if before[place] != after[place])
    cells = int.from_bytes(before[at + 3 : at + 5], "big")
    return place >= at + 8 + 2 * cells


def test_a_cell_that_is_no_longer_named_leaves_a_gap(data: bytes) -> None:
    """T6: a count that is one too small hides one row, and nothing else looks wrong."""
    for at in pages(data):
        changed = bytearray(data[at : at + SIZE])
        count = int.from_bytes(changed[3:5], "big")
        changed[3:5] = (count - 1).to_bytes(2, "big")
        assert not is_whole(Page(bytes(changed), 0, SIZE))


@pytest.mark.parametrize("place", [0, -1])
def test_a_row_beyond_the_limits_of_its_page_cannot_be_found(data: bytes, place: int) -> None:
    """T6: it ascends still, and every search goes past it."""
    at = next(at for at in pages(data) if data[at] == LEAF)
    low, high = _limits(data, at)
    page = page_at(data, at)
    assert is_whole(page._replace(low=low, high=high))
    assert not is_whole(page._replace(low=low + 1) if place == 0 else page._replace(high=high - 1))


def _limits(data: bytes, at: int) -> tuple[int, int]:
    """The row numbers of the first and the last cell."""
    count = int.from_bytes(data[at + 3 : at + 5], "big")
    found = []
    for place in (0, count - 1):
        cell = at + int.from_bytes(data[at + 8 + 2 * place : at + 10 + 2 * place], "big")
        _, after = read_varint(data, cell)
        number, _ = read_varint(data, after)
        found.append(number - (1 << 64) if number >= 1 << 63 else number)
    return found[0], found[1]
