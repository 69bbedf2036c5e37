"""100 new vectors of 384 dimensions against 100,000: the nearest of each, exactly unless the name says
otherwise. Each candidate begins with what it would keep between two runs; making that is a note.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy

from experiments.bench.data import vectors
from experiments.bench.figure import Measured
from experiments.bench.ground import Setting
from experiments.bench.timing import Candidate, Cost, check, in_process, in_turns
from waifusync.memory import matching_vectors

_DIMENSIONS = 384
# Which of the old vectors are nearest to the new ones: known, because the new ones are made out of them.
_NOISE = 0.01
_BLOCK = 8_192
_LIMIT = 0.9

Nearest = Callable[[numpy.ndarray], numpy.ndarray]


class Vectors:
    """Old ones in a file, as plain float32; new ones are old ones, a little moved."""

    def __init__(self, folder: Path, count: int, new: int) -> None:
        self.folder, self.path = folder, folder / "vectors.npy"
        numpy.save(self.path, vectors(count, _DIMENSIONS, seed=9))
        self.old = numpy.load(self.path, mmap_mode="r")
        self.answer = numpy.random.default_rng(10).choice(count, new, replace=False)
        moved = self.old[self.answer] + _NOISE * vectors(new, _DIMENSIONS, seed=11)
        self.new = (moved / numpy.linalg.norm(moved, axis=1, keepdims=True)).astype(numpy.float32)


def measure(setting: Setting) -> Measured:
    made = Vectors(setting.folder(), setting.scale.rows, setting.scale.new)
    makers: dict[str, tuple[str | None, Callable[[Vectors], Nearest]]] = {
        "matrix product": (None, _product),
        "waifusync, its index": (None, _waifusync),
        "faiss, exact": ("faiss-cpu", _faiss),
        "usearch, exact": ("usearch", _usearch),
        "sqlite-vec, exact": ("sqlite-vec", _sqlite_vec),
        "hnswlib, approximate": ("hnswlib", _hnswlib),
    }
    candidates: dict[str, Candidate] = {}
    missing, notes = dict[str, str](), []
    for name, (peer, make) in makers.items():
        if peer and (reason := setting.peers.lacks(peer)):
            missing[name] = reason
            continue
        setting.tick(f"{name}: making what it keeps")
        start = time.perf_counter()
        candidates[name] = _search(make(made), made, is_exact=not name.endswith("approximate"))
        notes.append(f"{name}: {time.perf_counter() - start:.1f} s for what it keeps")
    measured = Measured.of_turns(in_turns(candidates, setting.scale.rounds, setting.tick))
    measured.missing, measured.notes = missing, notes
    return measured


def _search(nearest: Nearest, made: Vectors, *, is_exact: bool) -> Candidate:
    def search(number: int) -> Cost:
        found: list[numpy.ndarray] = []
        cost = in_process(lambda: found.append(nearest(made.new)))
        recall = float((found[0] == made.answer).mean())
        check(recall == 1 if is_exact else recall > 0.5, f"found {recall:.0%}")
        return cost

    return search


def _product(made: Vectors) -> Nearest:
    """What numpy does, in blocks that stay in the cache; the file is mapped, not read first."""

    def nearest(new: numpy.ndarray) -> numpy.ndarray:
        best = numpy.full(len(new), -2, dtype=numpy.float32)
        place = numpy.zeros(len(new), dtype=numpy.int64)
        for first in range(0, len(made.old), _BLOCK):
            likeness = new @ made.old[first : first + _BLOCK].T
            columns = likeness.argmax(axis=1)
            values = likeness[numpy.arange(len(new)), columns]
            better = values > best
            best[better], place[better] = values[better], columns[better] + first
        return place

    return nearest


def _waifusync(made: Vectors) -> Nearest:
    """The file of vectors that `dedupe` keeps up to date; the new ones are in it when they are asked for."""
    connection = sqlite3.connect(made.folder / "slots.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value)")
    live = sqlite3.connect(":memory:")
    live.execute("CREATE TABLE memory_vectors (model, source, dimension, vector)")
    live.execute("INSERT INTO memory_vectors VALUES ('m', 'm@1', ?, x'00')", (_DIMENSIONS,))
    kept = matching_vectors.Vectors(connection, live, made.folder / "vectors.f32")
    kept.create("")
    first = len(made.old)

    def keep(rows: Iterable[tuple[int, numpy.ndarray]]) -> None:
        """In one transaction, as the command does."""
        connection.execute("BEGIN")
        kept.put([(record, each.tobytes()) for record, each in rows])
        connection.execute("COMMIT")

    def nearest(new: numpy.ndarray) -> numpy.ndarray:
        records = range(first, first + len(new))
        keep(zip(records, new, strict=True))
        found = kept.near(list(records), _LIMIT)
        return numpy.array([found[record][0] for record in records])

    keep(enumerate(made.old))
    return nearest


def _faiss(made: Vectors) -> Nearest:
    import faiss

    index = faiss.IndexFlatIP(_DIMENSIONS)
    index.add(numpy.ascontiguousarray(made.old))
    return lambda new: index.search(new, 1)[1][:, 0]


def _usearch(made: Vectors) -> Nearest:
    from usearch.index import MetricKind, search

    old = numpy.ascontiguousarray(made.old)
    return lambda new: numpy.array(search(old, new, 1, MetricKind.IP, exact=True).keys).reshape(-1)


def _sqlite_vec(made: Vectors) -> Nearest:
    """By way of apsw: not every Python's own sqlite3 can load an extension."""
    connection = _opened(made.folder / "vec.db")
    with connection:
        connection.execute(f"CREATE VIRTUAL TABLE v USING vec0(e float[{_DIMENSIONS}])")
        rows = ((number, each.tobytes()) for number, each in enumerate(made.old))
        connection.executemany("INSERT INTO v (rowid, e) VALUES (?, ?)", rows)
    query = "SELECT rowid FROM v WHERE e MATCH ? AND k = 1"

    def nearest(new: numpy.ndarray) -> numpy.ndarray:
        return numpy.array([connection.execute(query, (each.tobytes(),)).fetchall()[0][0] for each in new])

    return nearest


def _opened(path: Path) -> Any:
    import apsw
    import sqlite_vec

    connection = apsw.Connection(str(path))
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    return connection


def _hnswlib(made: Vectors) -> Nearest:
    import hnswlib

    index = hnswlib.Index(space="ip", dim=_DIMENSIONS)
    index.init_index(max_elements=len(made.old), ef_construction=100, M=16)
    index.add_items(made.old)
    index.set_ef(64)
    return lambda new: index.knn_query(new, k=1)[0][:, 0].astype(numpy.int64)
