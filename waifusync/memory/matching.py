"""What is kept to find duplicates: a cache beside the live database, brought up to date by what changed.

It knows which words each memory has and which memories were not compared yet. What it finds are candidates:
whether two memories are one is decided by their rows, which are the live database's.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from waifusync.core.matching.prefixes import marked_words
from waifusync.core.matching.vetoes import Told
from waifusync.memory.connection import transaction
from waifusync.memory.ledger import Ledger
from waifusync.memory.links import MAKE_INDEX
from waifusync.memory.matching_vectors import Vectors
from waifusync.memory.memory_rows import MemoryRows, Row
from waifusync.memory.noticing import own_change
from waifusync.memory.rows import LiveTable
from waifusync.memory.word_index import TABLES, Alike, WordIndex

FORMAT = 1
_UNMATCHED = "waifusync_unmatched"
# Before the insertion: what the search has not read yet is ignored there, and yet has changed once more.
_FEED = (
    f"CREATE TABLE {_UNMATCHED} (record INTEGER PRIMARY KEY)",
    f"""CREATE TRIGGER waifusync_unmatched_feed BEFORE INSERT ON waifusync_changed BEGIN
        INSERT OR IGNORE INTO {_UNMATCHED} VALUES (new.record); END""",
    MAKE_INDEX,
)
_BATCH = 250
# Words get their order from what was there when it was made; when this many times as much is there, anew.
_GROWTH = 8
_SMALL = 500


class Matching:
    """The index of one live table. Raises sqlite3.DatabaseError for a damaged file."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        ledger: Ledger,
        table: LiveTable,
        *,
        floor: float,
        vectors: Path,
        model: str = "",
    ) -> None:
        self.connection = connection
        self.vectors = Vectors(connection, ledger.connection, vectors)
        self._model = model
        self.words = WordIndex(connection, floor)
        self._ledger = ledger
        self._live = ledger.connection
        self.rows = MemoryRows(ledger.connection, table)
        self._table = table
        self._floor = floor

    def bring_up_to_date(self, on_look: Callable[[int], None]) -> None:
        """From what was noted as changed, or from the beginning where that cannot be relied on.

        `on_look` is told of memories that were read, and of those that need not be.
        """
        if not self._is_whole():
            self._begin()
            self._rebuild(on_look)
        else:
            on_look(self._count())
        while count := self._take_changes():
            on_look(count)
        if self._has_outgrown():
            self._rebuild(on_look)
        is_chosen = self.meta("vector_model") == self._model
        if not is_chosen or (self.vectors.space is None and self.vectors.has_any):
            self._rebuild_vectors()

    def new(self) -> list[int]:
        """Records that were not compared yet, in the order they came."""
        return [record for (record,) in self.connection.execute("SELECT record FROM fresh ORDER BY record")]

    def compared(self, records: Iterable[int]) -> None:
        """They are not new any more."""
        with transaction(self.connection):
            self.connection.executemany("DELETE FROM fresh WHERE record = ?", ((each,) for each in records))

    def everything(self) -> list[int]:
        """Records of all memories that have words, in the order they came."""
        return [record for (record,) in self.connection.execute("SELECT doc FROM docs ORDER BY doc")]

    def compare_all_again(self, choices: str) -> None:
        """Every memory is new: it was compared with other choices."""
        with transaction(self.connection):
            self.connection.execute("INSERT OR IGNORE INTO fresh SELECT doc FROM docs")
            self.set_meta("choices", choices)

    def alike(self, memory: Told, threshold: float) -> Iterator[Alike]:
        """Records in which both halves may reach the threshold; the most alike first."""
        if not memory.is_error:
            yield from self.words.alike(list(marked_words(memory)), threshold)

    def meta(self, name: str) -> object:
        """What was noted under this name; None where nothing was."""
        row = self.connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_meta(self, name: str, value: float | str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def _is_whole(self) -> bool:
        try:
            found = dict(self.connection.execute("SELECT name, value FROM meta").fetchall())
        except sqlite3.OperationalError:  # no such table
            return False
        wanted = {"format": FORMAT, "marker": self._ledger.meta("marker"), "table": self._table.id}
        is_ours = wanted.items() <= found.items() and float(found.get("floor", 1)) <= self._floor
        return is_ours and has_feed(self._live)

    def _has_outgrown(self) -> bool:
        made, count = self.meta("made_of"), self._count()
        return count > _SMALL and isinstance(made, int) and count > made * _GROWTH

    def _count(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM docs").fetchone()[0])

    def _begin(self) -> None:
        """Everything is new; what changes from here on is noted, and taken afterwards."""
        with transaction(self.connection):
            for name in ("meta", "fresh", "slots", *TABLES):
                self.connection.execute(f"DROP TABLE IF EXISTS {name}")
            self.connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID")
            self.connection.execute("CREATE TABLE fresh (record INTEGER PRIMARY KEY)")
        with transaction(self._live):
            make_feed(self._ledger)
            self._live.execute(f"DELETE FROM {_UNMATCHED}")

    def _rebuild(self, on_look: Callable[[int], None]) -> None:
        """The order of the words afresh, then all sets in it; what was compared stays compared."""
        is_first = self.meta("format") is None
        counts: Counter[str] = Counter()
        for rows in self.rows.pages(_BATCH):
            for row in rows:
                counts.update(_words(row))
        with transaction(self.connection):
            self.set_meta("format", 0)  # until it is whole again
            self.words.create(counts)
        made = 0
        for rows in self.rows.pages(_BATCH):
            with transaction(self.connection):
                self._index(rows, is_new=is_first)
            made += len(rows)
            on_look(len(rows))
        with transaction(self.connection):
            self.set_meta("made_of", made)
            self.set_meta("floor", self._floor)
            self.set_meta("marker", str(self._ledger.meta("marker")))
            self.set_meta("table", self._table.id)
            self.set_meta("format", FORMAT)

    def _take_changes(self) -> int:
        """One small batch. The index first: a note that is taken twice costs little, one lost a memory."""
        with transaction(self._live):
            query = f"SELECT record FROM {_UNMATCHED} LIMIT ?"
            records = [record for (record,) in self._live.execute(query, (_BATCH,)).fetchall()]
            if not records:
                return 0
            marks = ", ".join("?" * len(records))
            with transaction(self.connection):
                self.words.forget(records)
                self.connection.execute(f"DELETE FROM fresh WHERE record IN ({marks})", records)
                self._index(list(self.rows.of(records).values()), is_new=True)
                self._put_vectors(self.vectors.changed(records))
            self._live.execute(f"DELETE FROM {_UNMATCHED} WHERE record IN ({marks})", records)
        return len(records)

    def _rebuild_vectors(self) -> None:
        with transaction(self.connection):
            self.vectors.create(self._model)
            for found in self.vectors.pages():
                self._put_vectors(found)

    def _put_vectors(self, found: Sequence[tuple[int, bytes | None]]) -> None:
        """A memory that has another vector now may be like others that it was not like."""
        new = [(record,) for record in (self.vectors.put(found) if found else ())]
        self.connection.executemany("INSERT OR IGNORE INTO fresh VALUES (?)", new)

    def _index(self, rows: Sequence[Row], *, is_new: bool) -> None:
        for row in rows:
            self.words.put(row.record, _words(row))
        if is_new:
            new = [(row.record,) for row in rows]
            self.connection.executemany("INSERT OR IGNORE INTO fresh VALUES (?)", new)


def has_feed(connection: sqlite3.Connection) -> bool:
    """Whether what changes is noted for us."""
    row = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_UNMATCHED,)).fetchone()
    return row is not None


def has_news(connection: sqlite3.Connection) -> bool:
    """Whether anything changed since the index was brought up to date; also where there is none yet."""
    if not has_feed(connection):
        return True
    return connection.execute(f"SELECT 1 FROM {_UNMATCHED} LIMIT 1").fetchone() is not None


def make_feed(ledger: Ledger) -> None:
    """Within a transaction: only companions that look for duplicates pay for noting what changed."""
    if has_feed(ledger.connection):
        return
    with own_change(ledger):
        for statement in _FEED:
            ledger.connection.execute(statement)


def _words(row: Row) -> list[str]:
    """Nothing for an error text: it is never fused with anything."""
    memory = row.told
    return [] if memory.is_error else list(marked_words(memory))
