"""Vectors of memories, of one source, as plain float32 in one file: a product with all of them is one call.

The file lies beside the cache, which says whose vector stands in which slot. Vectors are written with length
1, so a product is a cosine; a slot of zeros is nobody's. numpy is imported when there is what to compare.
"""

from __future__ import annotations

import os
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from waifusync.core.matching.likeness import cosine
from waifusync.memory.embeddings import TABLE, text_hash, text_of
from waifusync.memory.memory_rows import Row
from waifusync.values import NamedTuple

_SLOTS = "CREATE TABLE slots (slot INTEGER PRIMARY KEY, record INTEGER UNIQUE)"
_BIGGEST = f"""SELECT source, dimension FROM {TABLE} WHERE vector IS NOT NULL AND model = coalesce(?, model)
    GROUP BY source, dimension ORDER BY count(*) DESC, source LIMIT 1"""
# Whose vector it is and what it is; no vector where it was taken away, or is of another source.
_STAND = f"""SELECT m.id, v.vector FROM waifusync_records AS r
    JOIN waifusync_records AS m ON m.key = json_extract(r.row, '$[0]')
    LEFT JOIN {TABLE} AS v ON r.state = 0 AND v.source = ? AND v.dimension = ?
        AND v.memory = json_extract(r.row, '$[0]') AND v.model = json_extract(r.row, '$[1]')
    WHERE r.tbl = (SELECT id FROM waifusync_tables WHERE name = '{TABLE}')"""
_PAGE = 500
_BLOCK = 8192
# float32 products differ from the true ones by less; what is near the limit is worked out again.
_SLACK = 1e-4
_KNOWN_AT_MOST = 1000


class Space(NamedTuple):
    """Vectors that can be compared with each other."""

    source: str
    dimension: int


class Vectors:
    """The vectors of one source. Within the caller's transactions of the cache."""

    def __init__(self, connection: sqlite3.Connection, live: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self._live = live
        self._path = path
        self._known: dict[str, array[float] | None] = {}

    @property
    def space(self) -> Space | None:
        """None where no vectors are kept."""
        found = dict(self.connection.execute("SELECT name, value FROM meta WHERE name GLOB 'vector_*'"))
        if not found.get("vector_source"):
            return None
        return Space(str(found["vector_source"]), int(found["vector_dimension"]))

    @property
    def has_any(self) -> bool:
        """Whether there are vectors in the live database."""
        found = self._live.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone()
        return (
            found is not None and self._live.execute(f"SELECT 1 FROM {TABLE} LIMIT 1").fetchone() is not None
        )

    def create(self, model: str) -> None:
        """Empty; of the model that was chosen, else of the source that has most."""
        self.connection.execute("DROP TABLE IF EXISTS slots")
        self.connection.execute(_SLOTS)
        self._path.write_bytes(b"")
        found = self._live.execute(_BIGGEST, (model or None,)).fetchone() if self.has_any else None
        source, dimension = found or ("", 0)
        values = [("vector_model", model), ("vector_source", source), ("vector_dimension", dimension)]
        self.connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)

    def pages(self) -> Iterator[list[tuple[int, bytes | None]]]:
        """Every memory that has a vector, with it."""
        if (space := self.space) is None:
            return
        last = 0
        while rows := self._live.execute(
            f"{_STAND.replace('SELECT m.id', 'SELECT r.id, m.id')} AND r.state = 0 AND r.id > ?"
            " ORDER BY r.id LIMIT ?",
            (*space, last, _PAGE),
        ).fetchall():
            last = rows[-1][0]
            yield [(record, vector) for _, record, vector in rows]

    def changed(self, records: Sequence[int]) -> list[tuple[int, bytes | None]]:
        """Of these records those that are vectors: whose, and what it is now."""
        if (space := self.space) is None:
            return []
        marks = ", ".join("?" * len(records))
        return self._live.execute(f"{_STAND} AND r.id IN ({marks})", (*space, *records)).fetchall()

    def put(self, found: Iterable[tuple[int, bytes | None]]) -> list[int]:
        """Records that have a vector now; on the disk before the cache says so."""
        space = self.space
        if space is None:
            return []
        written = []
        with self._path.open("r+b") as file:
            for record, vector in found:
                numbers = _unit(vector, space.dimension)
                slot = self._slot(record, is_needed=numbers is not None)
                if slot is not None:
                    file.seek(slot * space.dimension * 4)
                    file.write((numbers or array("f", bytes(space.dimension * 4))).tobytes())
                if numbers is not None:
                    written.append(record)
            file.flush()
            os.fsync(file.fileno())
        return written

    def near(self, records: Sequence[int], limit: float) -> dict[int, list[int]]:
        """For each of these records all others whose cosine may reach the limit, the nearest first."""
        space = self.space
        slots = self._slots(records)
        if space is None or not slots:
            return {}
        import numpy

        count = self._path.stat().st_size // (space.dimension * 4)
        everything = numpy.memmap(self._path, dtype="f4", mode="r", shape=(count, space.dimension))
        asked = everything[list(slots.values())]
        hits: list[tuple[float, int, int]] = []
        for start in range(0, count, _BLOCK):
            product = asked @ everything[start : start + _BLOCK].T
            for place, other in numpy.argwhere(product >= limit - _SLACK).tolist():
                hits.append((float(product[place, other]), place, start + other))
        return self._named(list(slots), sorted(hits, reverse=True))

    def cosine(self, ours: Row, theirs: Row) -> float | None:
        """None where one of the two has no vector of its text as it is now."""
        mine, other = self._vector(ours), self._vector(theirs)
        if mine is None or other is None or len(mine) != len(other):
            return None
        return cosine(mine, other)

    def _named(self, records: Sequence[int], hits: Sequence[tuple[float, int, int]]) -> dict[int, list[int]]:
        query = "SELECT slot, record FROM slots WHERE slot IN (SELECT value FROM json_each(?))"
        slots = str(sorted({slot for _, _, slot in hits}))
        owners: Mapping[int, int] = dict(self.connection.execute(query, (slots,)).fetchall())
        found: dict[int, list[int]] = {}
        for _, place, slot in hits:
            record = owners.get(slot)
            if record is not None and record != records[place]:
                found.setdefault(records[place], []).append(record)
        return found

    def _slots(self, records: Sequence[int]) -> dict[int, int]:
        query = "SELECT record, slot FROM slots WHERE record IN (SELECT value FROM json_each(?))"
        return dict(self.connection.execute(query, (str(list(records)),)).fetchall())

    def _slot(self, record: int, *, is_needed: bool) -> int | None:
        row = self.connection.execute("SELECT slot FROM slots WHERE record = ?", (record,)).fetchone()
        if row is None and is_needed:
            self.connection.execute(
                "INSERT INTO slots SELECT coalesce(max(slot) + 1, 0), ? FROM slots", (record,)
            )
            return self._slot(record, is_needed=False)
        return None if row is None else int(row[0])

    def _vector(self, row: Row) -> array[float] | None:
        if row.key not in self._known:
            if len(self._known) >= _KNOWN_AT_MOST:
                self._known.clear()
            self._known[row.key] = self._read(row)
        return self._known[row.key]

    def _read(self, row: Row) -> array[float] | None:
        if (space := self.space) is None:
            return None
        hashed = text_hash(text_of(row.said, row.answered))
        found = self._live.execute(
            f"SELECT vector FROM {TABLE} WHERE memory = ? AND source = ? AND text_hash = ?",
            (row.key, space.source, hashed),
        ).fetchone()
        return _unit(found[0], space.dimension) if found else None


def _unit(vector: object, dimension: int) -> array[float] | None:
    """None for what is no vector, or has no direction."""
    if not isinstance(vector, bytes) or len(vector) != dimension * 4:
        return None
    numbers = array("f", vector)
    length = sum(each * each for each in numbers) ** 0.5
    return array("f", (each / length for each in numbers)) if 0 < length < float("inf") else None
