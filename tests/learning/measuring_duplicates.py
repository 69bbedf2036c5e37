"""100 new memories against many: words and vectors, each beside a floor, and whether nothing was missed.

    python -m tests.learning.measuring_duplicates 100000

A bench can call `words` and `vectors`: they make the data, build, measure, check, and give back a Measured.
"""

from __future__ import annotations

import itertools
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy

from waifusync.core.matching.likeness import jaccard
from waifusync.memory.matching_vectors import Vectors
from waifusync.memory.word_index import WordIndex

VOCABULARY = 30_000
DIMENSION = 384
THRESHOLD = 0.8
TIMES = 7


class Measured(NamedTuple):
    """Medians in seconds of processor time; `recall` against comparing everything with everything."""

    build: float
    keep: float
    ask: float
    floor: float
    recall: float


def texts(count: int, seed: int) -> list[frozenset[str]]:
    """Sets of 40 to 140 words, common ones as much more often than rare ones as in talk."""
    chance = random.Random(seed)
    names = [f"w{number}" for number in range(VOCABULARY)]
    weights = list(itertools.accumulate(1 / (number + 2) for number in range(VOCABULARY)))
    return [
        frozenset(chance.choices(names, cum_weights=weights, k=chance.randint(40, 140))) for _ in range(count)
    ]


def nearly(sets: list[frozenset[str]], count: int) -> list[frozenset[str]]:
    """The first so many, each with another word in place of one."""
    return [frozenset([*sorted(words)[1:], f"new{place}"]) for place, words in enumerate(sets[:count])]


def words(count: int, new: int = 100, *, times: int = TIMES) -> Measured:
    """The floor: one pass over all sets, looking at nothing but their sizes."""
    known, asked = texts(count, 1), texts(new - new // 5, 2)
    asked += nearly(known, new // 5)
    with tempfile.TemporaryDirectory() as folder, closing(_open(Path(folder) / "words.db")) as connection:
        index = WordIndex(connection, 0.7)
        build = _once(lambda: _fill(connection, index, known))
        keep = _once(lambda: _add(connection, index, asked, count))
        spent, found = [], {}
        for _ in range(times):
            start = time.process_time()
            found = {
                place: {doc for doc, _ in index.alike(each, THRESHOLD)} for place, each in enumerate(asked)
            }
            spent.append(time.process_time() - start)
    everything = [*known, *asked]
    floor = _once(lambda: [len(each) for each in everything])
    return Measured(build, keep, sorted(spent)[times // 2], floor, _recall(found, asked, everything))


def _recall(
    found: dict[int, set[int]], asked: list[frozenset[str]], everything: list[frozenset[str]]
) -> float:
    expected = {
        (place, doc)
        for place, each in enumerate(asked)
        for doc, other in enumerate(everything)
        if jaccard(each, other) >= THRESHOLD
    }
    given = {(place, doc) for place, docs in found.items() for doc in docs}
    assert given <= expected, "something was found that is not alike"
    return len(given & expected) / len(expected)


def vectors(count: int, new: int = 100, *, times: int = TIMES) -> Measured:
    """The floor: the matrix product alone, in the same blocks, out of memory."""
    chance = numpy.random.default_rng(3)
    numbers = chance.standard_normal((count + new, DIMENSION), dtype="f4")
    numbers[count : count + new // 5] = numbers[: new // 5] + 0.1 * numbers[new // 5 : 2 * (new // 5)]
    numbers /= numpy.linalg.norm(numbers, axis=1, keepdims=True)
    with tempfile.TemporaryDirectory() as folder, closing(_open(Path(folder) / "slots.db")) as connection:
        kept = _vectors(connection, Path(folder))
        rows = [(record, each.tobytes()) for record, each in enumerate(numbers)]
        build = _once(lambda: kept.put(rows[:count]))
        keep = _once(lambda: kept.put(rows[count:]))
        asked = list(range(count, count + new))
        ask, floor = [], []
        for _ in range(times):
            floor.append(_once(lambda: _products(numbers[count:], numbers)))
            start = time.process_time()
            found = kept.near(asked, THRESHOLD)
            ask.append(time.process_time() - start)
    near = numpy.argwhere(numbers[count:] @ numbers.T >= THRESHOLD).tolist()
    expected = {(count + place, other) for place, other in near if count + place != other}
    given = {(record, other) for record, others in found.items() for other in others}
    recall = len(given & expected) / len(expected)
    return Measured(build, keep, sorted(ask)[times // 2], sorted(floor)[times // 2], recall)


def _products(asked: numpy.ndarray, everything: numpy.ndarray) -> None:
    for start in range(0, len(everything), 8192):
        asked @ everything[start : start + 8192].T


def _vectors(connection: sqlite3.Connection, folder: Path) -> Vectors:
    connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value)")
    live = sqlite3.connect(":memory:")
    live.execute("CREATE TABLE memory_vectors (model, source, dimension, vector)")
    live.execute("INSERT INTO memory_vectors VALUES ('m', 'm@1', ?, x'00')", (DIMENSION,))
    kept = Vectors(connection, live, folder / "vectors.f32")
    kept.create("")
    return kept


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA cache_size=-32000")
    return connection


def _fill(connection: sqlite3.Connection, index: WordIndex, sets: list[frozenset[str]]) -> None:
    connection.execute("BEGIN")
    index.create(Counter(word for each in sets for word in each))
    for doc, each in enumerate(sets):
        index.put(doc, each)
    connection.execute("COMMIT")


def _add(connection: sqlite3.Connection, index: WordIndex, sets: list[frozenset[str]], first: int) -> None:
    connection.execute("BEGIN")
    for doc, each in enumerate(sets, start=first):
        index.put(doc, each)
    connection.execute("COMMIT")


def _once(do) -> float:
    start = time.process_time()
    do()
    return time.process_time() - start


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for measure in (words, vectors):
        found = measure(size)
        told = "  ".join(
            f"{name} {1000 * value:.1f} ms" for name, value in found._asdict().items() if name != "recall"
        )
        print(f"{measure.__name__}, 100 against {size:,}: {told}  recall {found.recall}")
