"""Every value that SQLite can hold comes back as it was, type and bits."""

from __future__ import annotations

import math
import struct

import pytest

from tests.memory.conftest import Pair

_VALUES = {
    "embedded NUL": "CAST(x'610062' AS TEXT)",
    "text that is not UTF-8": "CAST(x'ff00fe61' AS TEXT)",
    "half a surrogate": "CAST(x'eda080' AS TEXT)",
    "infinity": "9e999",
    "minus infinity": "-9e999",
    "greatest integer": "9223372036854775807",
    "least integer": "-9223372036854775808",
    "a float that is whole": "3.0",
    "a small float": "5e-324",
    "an integer that no float holds": "9007199254740993",
    "empty text": "''",
    "empty blob": "x''",
    "a blob that looks like text": "x'616263'",
    "conflict markers": "'<<<<<<< ours' || char(10) || '=======' || char(10) || '>>>>>>> theirs'",
    "an emoji": "'\U0001f300'",
    "NULL": "NULL",
}


@pytest.mark.parametrize("name", _VALUES)
def test_a_value_travels_bit_for_bit(pair: Pair, name: str) -> None:
    pair.both("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
    pair.laptop.program.execute(f"INSERT INTO t (v) VALUES ({_VALUES[name]})")
    pair.sync()
    shown = "SELECT typeof(v), hex(v), quote(v) FROM t"
    assert pair.jetson.query(shown) == pair.laptop.query(shown)
    pair.jetson.program.execute("INSERT INTO t (v) VALUES ('another')")
    pair.jetson.program.execute("UPDATE t SET v = 'edited' WHERE id = 1")
    pair.sync()
    assert pair.laptop.query("SELECT v FROM t ORDER BY v") == [("another",), ("edited",)]


def test_text_that_is_not_utf8_may_be_a_key(pair: Pair) -> None:
    pair.both("CREATE TABLE t (k TEXT PRIMARY KEY, v) WITHOUT ROWID")
    pair.laptop.program.execute("INSERT INTO t VALUES (CAST(x'ff' AS TEXT), 1)")
    pair.sync()
    pair.jetson.program.execute("UPDATE t SET v = 2")
    pair.sync()
    assert pair.laptop.query("SELECT hex(k), typeof(k), v FROM t") == [("FF", "text", 2)]


def test_a_full_look_reads_text_that_is_not_utf8(pair: Pair) -> None:
    pair.laptop.program.execute("INSERT INTO memories (user_input) VALUES (CAST(x'ff' AS TEXT))")
    pair.sync()
    with pair.laptop.memory() as memory:
        _, compared = memory.collect(pair.laptop.sources, full=True)
    assert compared.marked == compared.restored == {}


def test_vectors_of_two_models_are_kept_apart_and_come_back_bit_for_bit(pair: Pair) -> None:
    """T15: equal length does not make two models one; a row without a vector is an ordinary row."""
    one, two = struct.pack("<4f", 1, 2, 3, 4), struct.pack("<4f", 5, 6, 7, 8)
    broken = struct.pack("<4f", 1, 2, math.nan, 4)
    rows = [("phi3", one), ("llama3", two), ("phi3", None), ("phi3", broken), (None, one)]
    pair.laptop.program.executemany("INSERT INTO memories (model_used, embeddings) VALUES (?, ?)", rows)
    pair.sync()
    assert pair.jetson.query("SELECT model_used, embeddings FROM memories ORDER BY id") == rows
    groups = {group for _, group, _ in pair.world.vectors}
    assert len(groups) == 3
    assert sum(1 for _, group, _ in pair.world.vectors if group == "phi3-4") == 1
