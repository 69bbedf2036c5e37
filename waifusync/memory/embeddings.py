"""The table of embeddings, `memory_vectors`: one row for each memory and model, in the person's database.

An ordinary table, which travels like any other: its key is the memory's key and the model, so what two
devices made of one memory is one record.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence

from waifusync.memory.connection import any_text, transaction
from waifusync.values import NamedTuple

TABLE = "memory_vectors"
_CREATE = f"""CREATE TABLE {TABLE} (
    memory TEXT NOT NULL, model TEXT NOT NULL, source TEXT, digest TEXT, dimension INTEGER, text_hash TEXT,
    vector BLOB, PRIMARY KEY (memory, model))"""
_WRITE = f"""INSERT INTO {TABLE} (memory, model, source, digest, dimension, text_hash, vector)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (memory, model) DO UPDATE SET source = excluded.source,
    digest = excluded.digest, dimension = excluded.dimension, text_hash = excluded.text_hash,
    vector = excluded.vector"""
_IS_MEMORY = "r.tbl = (SELECT id FROM waifusync_tables WHERE name = 'memories')"
_LOOK = f"""SELECT m.id, r.key, m.user_input, m.ai_response, v.text_hash, v.source FROM memories AS m
    JOIN waifusync_records AS r ON r.row = m.id AND r.state = 0 AND {_IS_MEMORY}
    LEFT JOIN {TABLE} AS v ON v.memory = r.key AND v.model = ? AND v.vector IS NOT NULL
    WHERE m.id > ? ORDER BY m.id LIMIT ?"""
_PAGE = 500


class Source(NamedTuple):
    """Who made a vector. `digest` names the weights, and is "" where there are none."""

    model: str
    digest: str

    def __str__(self) -> str:
        """Vectors are compared within one source only, and filed away by it."""
        return f"{self.model}@{self.digest[:12]}" if self.digest else self.model


class Missing(NamedTuple):
    """A memory without the vector that it should have."""

    key: str
    text: str
    hash: str


def make_table(connection: sqlite3.Connection) -> bool:
    """False where it is there, be it from another device."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone():
        return False
    with transaction(connection):
        connection.execute(_CREATE)
    return True


def look_through(connection: sqlite3.Connection, source: Source) -> Iterator[Missing | None]:
    """Every memory that has a key and a text, in order; None for one whose vector is as it should be."""
    last = -(1 << 63)
    while rows := _page(connection, source, last):
        last = rows[-1][0]
        for _, key, said, answered, known_hash, known_source in rows:
            text = text_of(said, answered)
            if text:
                is_known = known_hash == text_hash(text) and known_source == str(source)
                yield None if is_known else Missing(key, text, text_hash(text))


def _page(
    connection: sqlite3.Connection, source: Source, last: int
) -> list[tuple[int, str, object, object, object, object]]:
    with any_text(connection):
        return connection.execute(_LOOK, (source.model, last, _PAGE)).fetchall()


def text_of(said: object, answered: object) -> str:
    """What of a memory is embedded: both sides of the turn; what is no text is left out."""
    return "\n".join(each for each in (said, answered) if isinstance(each, str) and each.strip())


def text_hash(text: str) -> str:
    """Sixteen hexadecimal digits by which a changed text is known."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def write_vectors(
    connection: sqlite3.Connection, source: Source, made: Sequence[tuple[Missing, bytes]]
) -> None:
    """All in one transaction, in place of what there was of that model."""
    rows = [
        (each.key, source.model, str(source), source.digest, len(vector) // 4, each.hash, vector)
        for each, vector in made
    ]
    with transaction(connection):
        connection.executemany(_WRITE, rows)


def remove_orphans(connection: sqlite3.Connection) -> int:
    """Vectors of memories that were deleted: a vector tells much of its text."""
    condition = (
        f"SELECT 1 FROM waifusync_records AS r WHERE r.key = {TABLE}.memory AND r.state <> 1 AND {_IS_MEMORY}"
    )
    with transaction(connection):
        return connection.execute(f"DELETE FROM {TABLE} WHERE NOT EXISTS ({condition})").rowcount
