"""Rows that are here already and entries that would make them again: the same content is the same memory.

Needed where a database is older than its log (a backup put back, a write lost with the power) or new to the
companion (`join --live`): an arriving row is matched with an unclaimed row of equal content.
"""

from __future__ import annotations

from collections.abc import Mapping

from waifusync.core import digest
from waifusync.core.entry import Entry
from waifusync.core.tables import quote
from waifusync.core.values import Stored
from waifusync.memory import tracking
from waifusync.memory.collections import Collection, TableCollection
from waifusync.memory.connection import any_text
from waifusync.memory.encoding import hash_row
from waifusync.memory.folding import Folder
from waifusync.memory.holding import Holding
from waifusync.memory.ledger import Ledger
from waifusync.memory.records import Records, State
from waifusync.memory.rows import LiveTable, adopted_key

# Local row numbers of parents are compared as they are: keys are known only for rows already claimed.
Content = tuple[str, tuple[Stored, ...]]


class Claims:
    """The unclaimed rows of each numbered table, by content; read when a table is first asked for."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._records = Records(ledger)
        self._holding = Holding(self._records)
        self._rows: dict[int, dict[Content, list[int]]] = {}

    def claim(self, collection: Collection, entry: Entry, folder: Folder) -> bool:
        """Whether the entry found its row; the row's mark is then taken away."""
        if not isinstance(collection, TableCollection):
            return False
        table = collection.table
        if table.is_named or self._records.by_key(entry.key) is not None:
            self._hold(collection, entry)
            return False
        # A new device has no rows: asking first spares it a third of its joining.
        if entry.fields is None or not self._unclaimed(table):
            return False
        values = {name: collection.resolve(name, each, entry.device) for name, each in entry.fields.items()}
        hashes = {name: each.hash for name, each in values.items()}
        content = content_of(table, hashes, {name: each.value for name, each in values.items()})
        rows = self._unclaimed(table).get(content)
        if not rows:
            return False
        row = rows.pop(0)
        folder.born(collection, entry, hashes, row=row)
        tracking.take_mark(self._ledger.connection, table, (row,))
        return True

    def may_claim(self, collection: TableCollection) -> bool:
        """Whether any entry of a new record could find a row, or write over one, that a program wrote."""
        return collection.table.is_named or bool(self._unclaimed(collection.table))

    def _hold(self, collection: TableCollection, entry: Entry) -> None:
        """Before the log goes over a row that a program wrote, what it wrote is held."""
        table, record = collection.table, self._records.by_key(entry.key)
        values = {
            name: collection.resolve(name, each, entry.device) for name, each in (entry.fields or {}).items()
        }
        token = record.row if record is not None and record.state == State.PLACED else None
        if record is None and table.is_named:
            token = table.token([values[n].value if n in values else None for n in table.key_columns])
        if token is not None and self._holding.hold(table, token, entry.key):
            table.delete(self._ledger.connection, table.place(token))
        self._holding.learn(entry.key, {name: each.hash for name, each in values.items()})

    def _unclaimed(self, table: LiveTable) -> dict[Content, list[int]]:
        if table.id not in self._rows:
            self._rows[table.id] = rows_by_content(table, self._records, only_unclaimed=True)
        return self._rows[table.id]


def rows_by_content(table: LiveTable, records: Records, *, only_unclaimed: bool) -> dict[Content, list[int]]:
    """Local row numbers by what their rows hold, lowest first."""
    names = ", ".join(map(quote, (table.rowid, *table.columns)))
    unclaimed = (
        " WHERE NOT EXISTS (SELECT 1 FROM waifusync_records"
        f" WHERE tbl = {table.id} AND row = t.{quote(table.rowid)} AND state = 0)"
    )
    query = f"SELECT {names} FROM {quote(table.name)} AS t" + unclaimed * only_unclaimed
    found: dict[Content, list[int]] = {}
    with any_text(records.connection):
        for row, *values in records.connection.execute(f"{query} ORDER BY 1"):
            hashes = hash_row(table, values, records)
            content = content_of(table, hashes, dict(zip(table.columns, values, strict=True)))
            found.setdefault(content, []).append(row)
    return found


def content_of(table: LiveTable, hashes: Mapping[str, bytes], values: Mapping[str, Stored]) -> Content:
    """What two rows have in common exactly when they hold the same."""
    plain = {n: each for n, each in hashes.items() if each != digest.UNSET and n not in table.references}
    return adopted_key(table.name, plain, 1), tuple(values.get(name) for name in sorted(table.references))
