"""Vectors kept beside the cache: what is near is found exactly, as things stand now."""

from __future__ import annotations

import random
import sqlite3
import struct
from contextlib import closing

import pytest

from waifusync.core.matching.likeness import cosine
from waifusync.memory.matching_vectors import Vectors

DIMENSION = 12


@pytest.fixture
def kept(tmp_path):
    with closing(sqlite3.connect(":memory:")) as connection, closing(sqlite3.connect(":memory:")) as live:
        connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value)")
        live.execute("CREATE TABLE memory_vectors (memory, model, source, dimension, vector)")
        live.execute("INSERT INTO memory_vectors VALUES ('k', 'm', 'm@1', ?, x'00')", (DIMENSION,))
        vectors = Vectors(connection, live, tmp_path / "matching.f32")
        vectors.create("")
        yield vectors


def packed(numbers):
    return struct.pack(f"{DIMENSION}f", *numbers)


def test_what_is_near_is_exactly_what_comparing_one_by_one_finds_and_nothing_that_is_gone(kept):
    chance = random.Random(4)
    directions = [[chance.gauss(0, 1) for _ in range(DIMENSION)] for _ in range(12)]
    numbers = {
        record: [each + chance.gauss(0, 0.25) for each in chance.choice(directions)] for record in range(300)
    }
    assert kept.put((record, packed(each)) for record, each in numbers.items()) == list(range(300))
    kept.put([(7, None), (8, packed([0.0] * DIMENSION)), (9, b"odd"), (10, packed(numbers[11]))])
    numbers = {record: each for record, each in numbers.items() if record not in (7, 8, 9)} | {
        10: numbers[11]
    }
    asked = [0, 10, 11, 150]
    found = kept.near(asked, 0.9)
    for record in asked:
        alike = {other: cosine(numbers[record], each) for other, each in numbers.items() if other != record}
        surely = {other for other, each in alike.items() if each >= 0.9}
        perhaps = {other for other, each in alike.items() if each >= 0.9 - 1e-3}
        assert surely <= set(found.get(record, ())) <= perhaps
    assert 10 in found[11]
    assert kept.near([7, 8, 9], 0.9) == {}


def test_the_source_with_most_vectors_is_taken_unless_a_model_was_chosen(kept):
    live = kept._live
    live.executemany(
        "INSERT INTO memory_vectors VALUES (?, 'n', 'n@2', 3, x'00')", [(str(each),) for each in range(3)]
    )
    kept.create("")
    assert kept.space == ("n@2", 3)
    kept.create("m")
    assert kept.space == ("m@1", DIMENSION)
    kept.create("unknown")
    assert kept.space is None
