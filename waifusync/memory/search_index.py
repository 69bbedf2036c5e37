"""The search index: a cache beside the live database, never in it, which may vanish at any time.

A full-text table without content (`content=''`) cannot forget a row before SQLite 3.43. So each version of a
memory gets a number of its own, `current` says which number a record has now, and what no record has any more
is passed over; when that is more than half, the index is made anew.

Letters of scripts that put no spaces between words are indexed one by one, and a word of them is looked for
as a phrase of its letters: any part of such a text is found, be it one letter long.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from waifusync.core.tables import quote
from waifusync.core.unspaced import UNSPACED
from waifusync.memory.connection import any_text, transaction
from waifusync.memory.ledger import Ledger
from waifusync.memory.rows import LiveTable
from waifusync.patterns import pattern

FORMAT = 1
COLUMNS = ("user_input", "ai_response", "facts_extracted")
_BATCH = 1000
# Words are sorted in memory before they are written, and what was written small is written again, larger:
# with 16 MB, and a COMMIT for 16,000 memories, making the index takes half the time.
_SORTED_BYTES = 16 << 20
_BATCHES_A_COMMIT = 16
# Below this, making the index anew is not worth a thought.
_STALE_AT_LEAST = 1000
_UNSPACED = pattern(UNSPACED)
_WORDS = (
    f"CREATE VIRTUAL TABLE words USING fts5({', '.join(COLUMNS)}, content='',"
    " tokenize='unicode61 remove_diacritics 2')"
)
_SCHEMA = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE current (record INTEGER PRIMARY KEY, doc INTEGER UNIQUE)",
    _WORDS,
)


def spaced(text: str) -> str:
    """The text with its unspaced letters standing apart."""
    if text.isascii():  # known without looking at the letters
        return text
    return _UNSPACED.sub(r" \g<0> ", text)


class SearchIndex:
    """The index of one live table. Raises sqlite3.DatabaseError for a damaged file."""

    def __init__(self, connection: sqlite3.Connection, ledger: Ledger, table: LiveTable) -> None:
        self.connection = connection
        self._ledger = ledger
        self._live = ledger.connection
        self._table = table
        self._columns = [name for name in COLUMNS if name in table.columns]

    def bring_up_to_date(self) -> None:
        """From what was noted as changed, or from the beginning where that cannot be relied on."""
        if not self._is_whole():
            self._rebuild()
        taken = 0
        while count := self._take_changes():
            taken += count
        if taken and self._is_mostly_stale():  # counting a million takes longer than finding some of them
            self._rebuild()

    def _is_whole(self) -> bool:
        try:
            found = dict(self.connection.execute("SELECT name, value FROM meta").fetchall())
        except sqlite3.OperationalError:  # no such table
            return False
        wanted = {"format": FORMAT, "marker": self._ledger.meta("marker"), "table": self._table.id}
        return wanted.items() <= found.items()

    def _is_mostly_stale(self) -> bool:
        given = self._next_doc() - 1
        (current,) = self.connection.execute("SELECT count(*) FROM current").fetchone()
        return given >= _STALE_AT_LEAST and current * 2 < given

    def _rebuild(self) -> None:
        """What changes meanwhile is noted by then, and taken afterwards."""
        with transaction(self.connection):
            for name in ("meta", "current", "words"):
                self.connection.execute(f"DROP TABLE IF EXISTS {name}")
            for statement in _SCHEMA:
                self.connection.execute(statement)
            self.connection.execute(
                "INSERT INTO words (words, rank) VALUES ('hashsize', ?)", (_SORTED_BYTES,)
            )
            self._set_meta("next_doc", 1)
        with transaction(self._live):
            self._live.execute("DELETE FROM waifusync_changed")
        last: int | None = 0
        while last is not None:
            with transaction(self.connection):
                last = self._index_from(last)
        with transaction(self.connection):
            self._set_meta("format", FORMAT)
            self._set_meta("marker", str(self._ledger.meta("marker")))
            self._set_meta("table", self._table.id)

    def _index_from(self, last: int) -> int | None:
        """Some more of all records, after this one; the last of them, None when there are no more."""
        for _ in range(_BATCHES_A_COMMIT):
            rows = self._rows("r.id > ? AND r.state = 0 ORDER BY r.id LIMIT ?", (last, _BATCH))
            if not rows:
                return None
            self._index(rows)
            last = rows[-1][0]
        return last

    def _take_changes(self) -> int:
        """One small batch; of how many records. The index first: a note that is taken twice costs a number,
        one lost a memory."""
        with transaction(self._live):
            query = "SELECT record FROM waifusync_changed LIMIT ?"
            records = [record for (record,) in self._live.execute(query, (_BATCH,)).fetchall()]
            if not records:
                return 0
            marks = ", ".join("?" * len(records))
            with transaction(self.connection):
                self.connection.execute(f"DELETE FROM current WHERE record IN ({marks})", records)
                self._index(self._rows(f"r.id IN ({marks}) AND r.state = 0", records))
            self._live.execute(f"DELETE FROM waifusync_changed WHERE record IN ({marks})", records)
        return len(records)

    def _rows(self, condition: str, values: Sequence[object]) -> list[tuple[int, ...]]:
        # The + keeps SQLite from the index by table, out of which it would sort all records for every batch.
        texts = ", ".join(f"t.{quote(name)}" for name in self._columns)
        with any_text(self._live):
            return self._live.execute(
                f"SELECT r.id, {texts} FROM waifusync_records AS r JOIN {quote(self._table.name)} AS t"
                f" ON t.{quote(self._table.rowid)} = r.row WHERE +r.tbl = {self._table.id} AND {condition}",
                values,
            ).fetchall()

    def _index(self, rows: Sequence[tuple[object, ...]]) -> None:
        first = self._next_doc()
        columns, marks = ", ".join(self._columns), ", ".join("?" * (len(self._columns) + 1))
        texts = (
            (doc, *(spaced(text) if isinstance(text, str) else None for text in row[1:]))
            for doc, row in enumerate(rows, start=first)
        )
        self.connection.executemany(f"INSERT INTO words (rowid, {columns}) VALUES ({marks})", texts)
        current = ((row[0], doc) for doc, row in enumerate(rows, start=first))
        self.connection.executemany("INSERT OR REPLACE INTO current VALUES (?, ?)", current)
        self._set_meta("next_doc", first + len(rows))

    def _next_doc(self) -> int:
        row = self.connection.execute("SELECT value FROM meta WHERE name = 'next_doc'").fetchone()
        return int(row[0])

    def _set_meta(self, name: str, value: int | str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
