"""A theirs.db that is damaged, by chance or by design: refused or merged, and no row is taken for deleted."""

from __future__ import annotations

import random
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.merging.sqlite import hostile
from waifusync.merging.files import CannotMerge, Versions
from waifusync.merging.sqlite import merge

BASE_ROWS = {"people": 200, "settings": 2}
# Enough of them that the files are compared by their pages first.
MANY = (
    "; WITH RECURSIVE n (i) AS (VALUES (1000) UNION ALL SELECT i + 1 FROM n WHERE i < 6000)"
    " INSERT INTO people SELECT i, 'person ' || i, printf('%.50c', 'x') FROM n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    hostile.set_up(tmp_path, hostile.sql(""))
    return tmp_path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """The same with five thousand rows more, which all three have."""
    hostile.set_up(tmp_path, hostile.sql(""), more=MANY)
    return tmp_path


def _merge(folder: Path, theirs: bytes) -> bool:
    """Whether it was merged; anything but a merge or a refusal is a bug, and so is a row that went."""
    (folder / "theirs.db").write_bytes(theirs)
    out = folder / "out.db"
    out.unlink(missing_ok=True)
    try:
        merge(Versions.of(folder / "base.db", folder / "ours.db", folder / "theirs.db"), out)
    except CannotMerge:
        assert not out.exists()
        return False
    with closing(sqlite3.connect(out)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for table in BASE_ROWS:
            (count,) = connection.execute(f"SELECT count(*) FROM {table} NOT INDEXED").fetchone()
            assert count >= _count(folder / "ours.db", table), table
    return True


def _count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _flipped(data: bytes, seeds: range) -> Iterator[bytes]:
    """Copies with one bit changed, or a few, often in the first hundred bytes."""
    for seed in seeds:
        chance = random.Random(seed)
        changed = bytearray(data)
        for _ in range(chance.choice([1, 1, 2, 5, 20])):
            place = chance.randrange(100 if chance.random() < 0.2 else len(data))
            changed[place] ^= 1 << chance.randrange(8)
        yield bytes(changed)


def test_bits_that_flipped_delete_nothing_and_are_no_bug(folder: Path) -> None:
    """T6: a row that cannot be found any more was not deleted."""
    data = (folder / "theirs.db").read_bytes()
    merged = [_merge(folder, flipped) for flipped in _flipped(data, range(300))]
    assert 50 < sum(merged) < 250  # text that became other text is merged; the rest has to be seen


def test_bits_that_flipped_in_a_large_file_delete_nothing(large: Path) -> None:
    """T6: nor where only the pages that differ are read."""
    data = (large / "theirs.db").read_bytes()
    merged = [_merge(large, flipped) for flipped in _flipped(data, range(80))]
    assert any(merged) and not all(merged)


def test_a_file_cut_short_anywhere_is_refused(folder: Path) -> None:
    data = (folder / "theirs.db").read_bytes()
    cuts = [*range(1, 600, 37), *range(600, len(data), 997)]
    assert not any(_merge(folder, data[:cut]) for cut in cuts)


@pytest.mark.parametrize("page", range(2, 7))
def test_a_page_of_noise_deletes_nothing(folder: Path, page: int) -> None:
    data = bytearray((folder / "theirs.db").read_bytes())
    for noise in (bytes(4096), b"\xff" * 4096, random.Random(page).randbytes(4096)):
        data[(page - 1) * 4096 : page * 4096] = noise
        _merge(folder, bytes(data))


# Where in the header a number stands, how long it is, and what it might be made to say.
HEADER = {
    "pages of no size": (16, 2, (0, 3, 512, 1)),
    "reserved space": (20, 1, (255, 200)),
    "fractions of a page": (21, 3, (0,)),
    "number of pages": (28, 4, (0, 1, 0xFFFFFFFF)),
    "free pages": (32, 8, (0xFFFFFFFF, 0x0000000200000002)),
    "schema format": (44, 4, (0, 99)),
    "largest root": (52, 4, (1, 0xFFFFFFFF)),
    "text encoding": (56, 4, (0, 2, 3, 77)),
    "journal mode": (18, 2, (0x0202, 0x0902)),
}


@pytest.mark.parametrize("name", HEADER)
def test_a_header_that_lies_deletes_nothing(folder: Path, name: str) -> None:
    place, size, values = HEADER[name]
    for value in values:
        data = bytearray((folder / "theirs.db").read_bytes())
        data[place : place + size] = value.to_bytes(size, "big")
        _merge(folder, bytes(data))


def _interior(page_size: int, child: int, width: int) -> bytes:
    """A page of a table that names the same child again and again."""
    cells = b"".join(struct.pack(">IB", child, place) for place in range(1, width + 1))
    start = page_size - len(cells)
    offsets = struct.pack(f">{width}H", *range(start, page_size, 5))
    head = struct.pack(">BHHHBI", 5, 0, width, start, 0, child)
    return (head + offsets).ljust(start, b"\0") + cells


def _with_tree(data: bytes, root: int, levels: int) -> bytes:
    """The table's root becomes the first of so many levels, each of which names the next a hundred times."""
    count = len(data) // 4096
    pages = bytearray(data)
    leaf = bytes(data[(root - 1) * 4096 : root * 4096])
    last = count + levels
    pages[(root - 1) * 4096 : root * 4096] = _interior(4096, count + 1, 100)
    for page in range(count + 1, last):
        pages += _interior(4096, page + 1, 100)
    pages += leaf if leaf[0] == 13 else data[4096 * (count - 1) : 4096 * count]
    pages[28:32] = last.to_bytes(4, "big")
    return bytes(pages)


@pytest.mark.parametrize("levels", [3, 15, 40])
@pytest.mark.parametrize("size", ["folder", "large"])
def test_a_tree_that_branches_without_end_is_refused(
    levels: int, size: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """T25: a few pages that stand for more rows than there are atoms."""
    where: Path = request.getfixturevalue(size)
    with closing(sqlite3.connect(where / "theirs.db")) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'people'").fetchone()
    assert not _merge(where, _with_tree((where / "theirs.db").read_bytes(), root, levels))


def test_a_tree_that_leads_back_to_its_root_is_refused(large: Path) -> None:
    with closing(sqlite3.connect(large / "theirs.db")) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'people'").fetchone()
    data = bytearray((large / "theirs.db").read_bytes())
    data[(root - 1) * 4096 : root * 4096] = _interior(4096, root, 50)
    assert not _merge(large, bytes(data))
