"""The full comparison: every row held against every record, for what triggers cannot see.

A row that is no record is marked, a row that differs is marked, and a record whose row is missing without a
deletion having been seen gets its row back out of the log: absence is not deletion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from waifusync.core.tables import quote
from waifusync.memory import tracking
from waifusync.memory.catalog import Catalog
from waifusync.memory.claiming import Content, content_of, rows_by_content
from waifusync.memory.collections import TableCollection
from waifusync.memory.connection import any_text
from waifusync.memory.encoding import VectorLookup, hash_row
from waifusync.memory.folding import EntryLookup, Folder
from waifusync.memory.ledger import Ledger
from waifusync.memory.placing import Placer
from waifusync.memory.records import Record, Records, State
from waifusync.memory.rows import LiveTable, share_in_common
from waifusync.memory.terms import Compared

_SAME_ROW_SHARE = 0.5


class Comparer:
    """Within the caller's transaction, the gate being open, all marks collected."""

    def __init__(
        self, ledger: Ledger, catalog: Catalog, entries: EntryLookup, vectors: VectorLookup, *, now: int
    ) -> None:
        self.ledger = ledger
        self.connection = ledger.connection
        self.records = Records(ledger)
        self.compared = Compared()
        self._placer = Placer(self.records, catalog)
        self._folder = Folder(self.records, entries)
        self._vectors = vectors
        self._now = now

    def compare(self, table: LiveTable, *, was_untracked: bool) -> None:
        """`was_untracked`: its triggers were gone, so a row's number proves nothing about which row it is."""
        if not table.is_named and table.shape.rowid_alias is None:
            self._match_by_content(table)
        with any_text(self.connection):
            differences = list(self._differences(table))
        for token, key, hashes in differences:
            self._count(self.compared.marked, table)
            tracking.add_mark(self.connection, table, table.place(token), gone=False, at=self._now)
            if was_untracked and key is not None and not self._resembles(table, key, token, hashes):
                self._detach(key)
        self._restore_missing(table)
        self._folder.flush(self.ledger)

    def settle(self) -> None:
        """After the last table."""
        self._placer.settle()

    def _differences(self, table: LiveTable) -> Iterator[tuple[int | str, str | None, dict[str, bytes]]]:
        """Rows that are no record (key None), or not as their record says."""
        names = ", ".join(map(quote, (*table.key_columns, *table.columns)))
        width = len(table.key_columns)
        for row in self.connection.execute(f"SELECT {names} FROM {quote(table.name)}"):
            token, hashes = table.token(row[:width]), hash_row(table, row[width:], self.records)
            record = self._record(table, token, hashes)
            if record is None or record.state != State.PLACED:
                yield token, None, hashes
            elif not self._is_as_recorded(table, record, row[width:], hashes):
                yield token, record.key, hashes

    def _record(self, table: LiveTable, token: int | str, hashes: dict[str, bytes]) -> Record | None:
        if not table.is_named:
            return self.records.by_row(table, token)
        return self.records.by_key(table.key_of(hashes))

    def _is_as_recorded(
        self, table: LiveTable, record: Record, row: tuple[object, ...], hashes: dict[str, bytes]
    ) -> bool:
        """References to records that are not here are NULL meanwhile."""
        waiting = self.connection.execute(
            "SELECT field FROM waifusync_pending WHERE record = ?", (record.id,)
        )
        fields = {name for (name,) in waiting.fetchall()}
        expected = table.unpack(record.fields)
        values = dict(zip(table.columns, row, strict=False))
        return all(
            each == expected[name] or (name in fields and values[name] is None)
            for name, each in hashes.items()
        )

    def _resembles(self, table: LiveTable, key: str, token: int | str, hashes: dict[str, bytes]) -> bool:
        record = self.records.by_key(key)
        row = table.read(self.connection, table.place(token)) or ()
        expected = table.unpack(record.fields) if record else {}
        return share_in_common(table, row, hashes, expected) >= _SAME_ROW_SHARE

    def _detach(self, key: str) -> None:
        """The row here is another one: the record has lost its place, and gets a new one from the log."""
        record = self.records.by_key(key)
        if record is not None:
            self.records.change(record.id, row=None, state=State.PLACED, fields=record.fields)

    def _restore_missing(self, table: LiveTable) -> None:
        collection = TableCollection(table, self._placer, self._vectors)
        rows = self.connection.execute(
            "SELECT key FROM waifusync_records WHERE tbl = ? AND state = 0", (table.id,)
        ).fetchall()
        for (key,) in rows:
            record = self.records.by_key(key)
            assert record is not None
            if record.row is None or table.read(self.connection, table.place(record.row)) is None:
                values = self._folder.values_from_log(collection, record)
                collection.add(record, values)
                self._count(self.compared.restored, table)

    def _match_by_content(self, table: LiveTable) -> None:
        """VACUUM may renumber the rows of a table that has no INTEGER PRIMARY KEY."""
        by_content = rows_by_content(table, self.records, only_unclaimed=False)
        rows = self.connection.execute(
            "SELECT key FROM waifusync_records WHERE tbl = ? AND state = 0", (table.id,)
        )
        records = [record for (key,) in rows.fetchall() if (record := self.records.by_key(key)) is not None]
        kept = {record.id for record in records if self._keeps_place(table, record, by_content)}
        for record in records:
            if record.id not in kept:
                content = content_of(table, table.unpack(record.fields), {})
                places = by_content.get(content, [])
                self.records.change(
                    record.id, row=places.pop(0) if places else None, state=State.PLACED, fields=record.fields
                )

    def _keeps_place(self, table: LiveTable, record: Record, by_content: Mapping[Content, list[int]]) -> bool:
        places = by_content.get(content_of(table, table.unpack(record.fields), {}), [])
        if isinstance(record.row, int) and record.row in places:
            places.remove(record.row)
            return True
        return False

    def _count(self, counts: dict[str, int], table: LiveTable) -> None:
        counts[table.name] = counts.get(table.name, 0) + 1
