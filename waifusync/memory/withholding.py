"""Taking out of a memory what must not leave with it, before a commit holds it: redacted, or kept here whole.

    redact   the text is edited, on all devices; what stood there stays on this one
    keep     the memory moves to `private_memories`, and to the others it is one that was deleted

Either way the lines that are not sent yet say so from the first: see unsent.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from waifusync.core.entry import Entry
from waifusync.core.learning.secrets import Kind, find
from waifusync.core.learning.withheld import Sieve
from waifusync.core.tables import quote
from waifusync.core.values import Stored, Travel
from waifusync.core.versions import Head
from waifusync.errors import RefusedError
from waifusync.memory.answers import forget_redacted, note_let_out, note_redacted, redacted
from waifusync.memory.catalog import Catalog
from waifusync.memory.collecting import Collector
from waifusync.memory.connection import transaction
from waifusync.memory.embeddings import TABLE as VECTORS
from waifusync.memory.learned import Learning
from waifusync.memory.ledger import Ledger
from waifusync.memory.private import private_key, write_private
from waifusync.memory.records import Record, Records, State
from waifusync.memory.rows import LiveTable
from waifusync.memory.unsent import blank_vectors, rewrite

if TYPE_CHECKING:
    from waifusync.memory.live import LiveMemory

MEMORIES = "memories"
# What names a row of memory_vectors: a named table's record is nothing without its key.
_NAME_OF_VECTOR = ("memory", "model")


class Withholding:
    """`before` is our last entry that a commit holds: what came after it may be said otherwise still."""

    def __init__(self, memory: LiveMemory, before: Head, sieve: Sieve, *, wall_milliseconds: int) -> None:
        self._memory = memory
        self._ledger = memory.ledger
        self._connection = memory.connection
        self._records = Records(memory.ledger)
        self._before = before
        self._sieve = sieve
        self._wall = wall_milliseconds

    def redact(self, keys: Sequence[str]) -> None:
        """All of them, or none. Raises RefusedError where a table forbids the edit."""
        with transaction(self._connection):
            catalog = self._collected()
            for record in self._living(keys):
                table = catalog.by_id().get(record.table)
                if table is None:
                    self._redact_document(record)
                elif record.state == State.PLACED:
                    self._redact_row(table, record)
            self._forget_vectors(catalog, keys)
            self._collected()
            self._rewrite(keys, lambda entry: self._cleaned(catalog, entry))

    def keep(self, keys: Sequence[str]) -> dict[str, str]:
        """Memories that no other device has, all or none; their private keys by the ones they had.

        Raises RefusedError for any other record.
        """
        with transaction(self._connection):
            catalog = self._collected()
            table = catalog.tables.get(MEMORIES)
            kept = {record.key: self._keep(table, record) for record in self._living(keys)}
            self._forget_vectors(catalog, keys)
            self._collected()
            self._rewrite(keys, lambda entry: {})
        return kept

    def _collected(self) -> Catalog:
        catalog = self._memory.catalog()
        Collector(self._ledger, catalog, wall_milliseconds=self._wall).collect()
        return catalog

    def _living(self, keys: Iterable[str]) -> list[Record]:
        found = (self._records.by_key(key) for key in keys)
        return [record for record in found if record is not None and record.state != State.DELETED]

    def _redact_row(self, table: LiveTable, record: Record) -> None:
        assert record.row is not None
        place = table.place(record.row)
        row = table.read(self._connection, place) or ()
        values = dict(zip(table.columns, row, strict=True))
        texts = {name: each for name, each in values.items() if isinstance(each, str)}
        cleaned = {
            name: text
            for name, each in texts.items()
            if name not in table.key_columns and (text := self._sieve.clean(each)) != each
        }
        for name, text in cleaned.items():
            note_redacted(self._ledger, record.key, name, before=texts[name], after=text)
        if cleaned:
            update_row(self._connection, table, place, cleaned)

    def _redact_document(self, record: Record) -> None:
        name = collection_of(self._ledger, record)
        learning = Learning(self._ledger, wall_milliseconds=self._wall)
        known = learning.read(name, record.key)
        texts = {field: value for field, value in known.items() if isinstance(value, str)}
        cleaned = {field: text for field, each in texts.items() if (text := self._sieve.clean(each)) != each}
        for field, text in cleaned.items():
            note_redacted(self._ledger, record.key, field, before=texts[field], after=text)
        learning.put(name, record.key, cleaned)
        learning.close()

    def _keep(self, table: LiveTable | None, record: Record) -> str:
        is_ours = self._ledger.device_name(record.device) == self._ledger.device
        is_new = is_ours and record.number > self._before.number
        if table is None or record.table != table.id or record.state != State.PLACED or not is_new:
            raise RefusedError(
                f"{record.key} cannot be kept on this device: "
                + ("other devices have it" if table and record.table == table.id else "it is no memory"),
                hint=f"nothing was changed; waifusync secrets redact {record.key} takes the secret out of it",
            )
        assert record.row is not None
        place = table.place(record.row)
        row = table.read(self._connection, place) or ()
        values = {name: each for name, each in zip(table.columns, row, strict=True) if each is not None}
        number = write_private(self._ledger, values)
        self._connection.execute(f"DELETE FROM {MEMORIES} WHERE {quote(table.rowid)} = ?", place)
        return private_key(number)

    def _forget_vectors(self, catalog: Catalog, keys: Sequence[str]) -> None:
        """An embedding says something of the text it was made of; `embed` makes another one."""
        if VECTORS in catalog.tables:
            delete = f"DELETE FROM {VECTORS} WHERE memory = ?"
            self._connection.executemany(delete, [(key,) for key in keys])

    def _rewrite(self, keys: Sequence[str], said: Callable[[Entry], Mapping[str, Travel] | None]) -> None:
        wanted, emptied = frozenset(keys), list[Entry]()

        def rewritten(entry: Entry) -> Mapping[str, Travel] | None:
            if entry.fields is None:
                return None
            if entry.collection == VECTORS and entry.fields.get("memory") in wanted:
                emptied.append(entry)
                return {name: entry.fields[name] for name in _NAME_OF_VECTOR if name in entry.fields}
            fields = said(entry) if entry.key in wanted else None
            if fields is not None and not fields:
                emptied.append(entry)
            return fields

        rewrite(self._ledger, self._before, rewritten)
        blank_vectors(self._ledger, emptied)

    def _cleaned(self, catalog: Catalog, entry: Entry) -> Mapping[str, Travel] | None:
        table = catalog.tables.get(entry.collection)
        names = () if table is None else table.key_columns
        news = {name: each for name, each in self._sieve.cleaned(entry).items() if name not in names}
        return {**(entry.fields or {}), **news} if news else None


def update_row(
    connection: sqlite3.Connection, table: LiveTable, place: Sequence[Stored], values: Mapping[str, str]
) -> None:
    """As a program would, so that it is collected. Raises RefusedError where the table forbids it."""
    news = ", ".join(f"{quote(name)} = ?" for name in values)
    same = " AND ".join(f"{quote(name)} IS ?" for name in table.key_columns)
    try:
        connection.execute(f"UPDATE {quote(table.name)} SET {news} WHERE {same}", [*values.values(), *place])
    except sqlite3.IntegrityError as error:
        raise RefusedError(
            f"{table.name} does not take the redacted text: {str(error).partition(':')[0]}",
            hint="nothing was changed; edit the row, or let it go as it is: waifusync secrets send",
        ) from None


def take_back(learning: Learning, catalog: Catalog, key: str) -> None:
    """What was redacted of a record is as it was, where nobody changed it since, and may leave now."""
    ledger = learning.ledger
    told = redacted(ledger.connection, key)
    note_let_out(
        ledger, (text[f.start : f.end] for _, _, text, _ in told for f in find(text, kinds=tuple(Kind)))
    )
    record = Records(ledger).by_key(key)
    if record is not None and record.state == State.PLACED:
        table = catalog.by_id().get(record.table)
        before = {field: text for _, field, text, _ in told}
        if table is None:
            learning.put(collection_of(ledger, record), key, before)
        elif record.row is not None:
            place = table.place(record.row)
            row = dict(zip(table.columns, table.read(ledger.connection, place) or (), strict=False))
            same = {field: text for _, field, text, after in told if row.get(field) == after}
            if same:
                update_row(ledger.connection, table, place, same)
    forget_redacted(ledger.connection, key)


def collection_of(ledger: Ledger, record: Record) -> str:
    """The name of the collection that a record lies in."""
    query = "SELECT name FROM waifusync_tables WHERE id = ?"
    return str(ledger.connection.execute(query, (record.table,)).fetchone()[0])
