"""What holds for any file that a snapshot carries, and for any rows that it shows."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waifusync.memory.snapshot_file import packed, tables_of, unpacked

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False).map(lambda value: value or 0.0),  # SQLite knows no negative zero
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(),
)
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=6)


@given(st.one_of(st.binary(max_size=400), st.binary(max_size=9).map(lambda part: b"\x78" + part * 50)))
def test_what_was_packed_is_unpacked_and_never_grows_by_much(content: bytes) -> None:
    """T25: also where the content looks like a zlib stream itself."""
    stored = packed(content)
    assert unpacked(stored, most_bytes=len(content)) == content
    assert len(stored) <= len(content) + 32


@given(st.binary(min_size=1, max_size=9), st.integers(1, 10**6))
def test_a_stream_that_holds_more_than_it_may_is_refused_before_it_is_read(part: bytes, times: int) -> None:
    """T25"""
    content = b"{" + part * times
    stored = packed(content)
    if stored != content:
        with pytest.raises(ValueError, match="holds more than"):
            unpacked(stored, most_bytes=len(content) - 1)


def _digest(rows: list[tuple[object, ...]], *, columns: str = "a, b") -> str:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {columns})")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(n, *row) for n, row in enumerate(rows)])
        (table,) = tables_of(connection)
        return table.digest(table)


@given(ROWS, st.data())
def test_any_change_of_any_value_changes_the_hash_of_the_table(
    rows: list[tuple[object, ...]], data: st.DataObject
) -> None:
    assert _digest(rows) == _digest(list(rows))
    assert _digest(rows) != _digest([*rows, (None, None)])
    assert _digest(rows) != _digest(rows, columns="a, c")
    if rows:
        place = data.draw(st.integers(0, len(rows) - 1))
        other = data.draw(VALUES.filter(lambda value: not _same(value, rows[place][0])))
        changed = [*rows[:place], (other, rows[place][1]), *rows[place + 1 :]]
        assert _digest(changed) != _digest(rows)


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)
