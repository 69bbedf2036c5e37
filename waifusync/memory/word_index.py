"""Sets of words in SQLite, and which of them are alike: exact, at the cost of the candidates.

core/matching/prefixes.py says why no set is missed. The order of the words is fixed when they are first seen:
rare ones first when the index was made, and words that came later, which were rare then, before all of them.
Documents with the same words share one set, so a thousand copies cost one.
"""

from __future__ import annotations

import hashlib
import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from waifusync.core.matching.prefixes import SHARED, SLACK, fewest, most, prefix_length, shared_at_least
from waifusync.values import NamedTuple

TABLES = ("words", "sets", "postings", "docs")
_POSTINGS_TABLE = """CREATE TABLE postings (
    rank INTEGER, size INTEGER, place INTEGER, id INTEGER,
    PRIMARY KEY (rank, size, place, id)) WITHOUT ROWID"""
_SCHEMA = (
    "CREATE TABLE words (word TEXT PRIMARY KEY, rank INTEGER UNIQUE) WITHOUT ROWID",
    "CREATE TABLE sets (id INTEGER PRIMARY KEY, hash BLOB UNIQUE, size INTEGER, ranks BLOB)",
    _POSTINGS_TABLE,
    "CREATE TABLE docs (doc INTEGER PRIMARY KEY, id INTEGER)",
    "CREATE INDEX docs_of_set ON docs (id)",
)
_POSTINGS = f"""SELECT id FROM postings WHERE rank = :rank AND size BETWEEN :fewest AND :most
    AND ({SHARED} + min(:behind, size - 1 - place)) * (1 + :threshold) + {SLACK}
    >= :threshold * (:size + size)"""
_KNOWN_AT_MOST = 200_000
_BATCH = 500


class Alike(NamedTuple):
    """A document, and the share of words that it has in common with what was asked for."""

    doc: int
    likeness: float


class WordIndex:
    """Within the caller's transactions. No question below `floor` is answered."""

    def __init__(self, connection: sqlite3.Connection, floor: float) -> None:
        self.connection = connection
        self.floor = floor
        self._known: dict[str, int] = {}
        self._lowest: int | None = None

    def create(self, counts: Mapping[str, int]) -> None:
        """Empty; `counts` says in how many documents each word will be, as far as is known."""
        for name in TABLES:
            self.connection.execute(f"DROP TABLE IF EXISTS {name}")
        for statement in _SCHEMA:
            self.connection.execute(statement)
        ranked = enumerate(sorted(counts, key=lambda word: (counts[word], word)))
        self.connection.executemany("INSERT INTO words (rank, word) VALUES (?, ?)", ranked)
        self._known, self._lowest = {}, None

    def put(self, doc: int, words: Collection[str]) -> None:
        """In place of what the document had; nothing without a word is kept."""
        self.forget([doc])
        if words:
            ranks = array("i", sorted(self._ranks(words, is_to_learn=True).values()))
            self.connection.execute("INSERT INTO docs VALUES (?, ?)", (doc, self._set(ranks)))

    def forget(self, docs: Iterable[int]) -> None:
        """Their sets stay, and belong to nobody."""
        self.connection.executemany("DELETE FROM docs WHERE doc = ?", ((doc,) for doc in docs))

    def alike(self, words: Collection[str], threshold: float) -> Iterator[Alike]:
        """All documents whose likeness reaches the threshold, the most alike first."""
        ranks = self._ranks(words, is_to_learn=False)
        found = sorted(self._sets(set(ranks.values()), len(words), max(threshold, self.floor)), reverse=True)
        for likeness, number in found:
            for (doc,) in self.connection.execute(
                "SELECT doc FROM docs WHERE id = ? ORDER BY doc", (number,)
            ):
                yield Alike(doc, likeness)

    def _sets(self, ranks: set[int], size: int, threshold: float) -> Iterator[tuple[float, int]]:
        candidates = self._candidates(sorted(ranks), size, threshold)
        for start in range(0, len(candidates), _BATCH):
            some = candidates[start : start + _BATCH]
            marks = ", ".join("?" * len(some))
            rows = self.connection.execute(f"SELECT id, size, ranks FROM sets WHERE id IN ({marks})", some)
            for number, other, packed in rows:
                shared = len(ranks.intersection(array("i", packed)))
                likeness = shared / (size + other - shared)
                if likeness + SLACK >= threshold:
                    yield likeness, number

    def _candidates(self, ranks: list[int], size: int, threshold: float) -> list[int]:
        """`ranks` in order. Words that the index does not know stand before them: they are the rarest."""
        found: Counter[int] = Counter()
        for place, rank in enumerate(ranks, start=size - len(ranks)):
            if place >= prefix_length(size, threshold):
                break
            values = {
                "rank": rank,
                "fewest": fewest(size, threshold),
                "most": most(size, threshold),
                "behind": size - 1 - place,
                "threshold": threshold,
                "size": size,
            }
            found.update(number for (number,) in self.connection.execute(_POSTINGS, values))
        needed = min(SHARED, shared_at_least(size, fewest(size, threshold), threshold))
        return [number for number, count in found.items() if count >= needed]

    def _set(self, ranks: array[int]) -> int:
        packed = ranks.tobytes()
        hashed = hashlib.blake2b(packed, digest_size=16).digest()
        row = self.connection.execute("SELECT id FROM sets WHERE hash = ?", (hashed,)).fetchone()
        if row is not None:
            return int(row[0])
        number = self.connection.execute(
            "INSERT INTO sets (hash, size, ranks) VALUES (?, ?, ?)", (hashed, len(ranks), packed)
        ).lastrowid
        assert number is not None
        size = len(ranks)
        self.connection.executemany(
            "INSERT INTO postings VALUES (?, ?, ?, ?)",
            [(ranks[place], size, place, number) for place in range(prefix_length(size, self.floor))],
        )
        return number

    def _ranks(self, words: Collection[str], *, is_to_learn: bool) -> dict[str, int]:
        found = {word: self._known[word] for word in words if word in self._known}
        missing = [word for word in words if word not in found]
        for start in range(0, len(missing), _BATCH):
            some = missing[start : start + _BATCH]
            marks = ", ".join("?" * len(some))
            rows = self.connection.execute(f"SELECT word, rank FROM words WHERE word IN ({marks})", some)
            found.update(rows.fetchall())
        if is_to_learn:
            self._learn([word for word in missing if word not in found], found)
        if len(self._known) > _KNOWN_AT_MOST:
            self._known.clear()
        self._known.update(found)
        return found

    def _learn(self, words: list[str], found: dict[str, int]) -> None:
        if self._lowest is None:
            (lowest,) = self.connection.execute("SELECT min(rank) FROM words").fetchone()
            self._lowest = lowest or 0
        for word in sorted(words):
            self._lowest -= 1
            found[word] = self._lowest
        self.connection.executemany(
            "INSERT INTO words (word, rank) VALUES (?, ?)", [(word, found[word]) for word in words]
        )
